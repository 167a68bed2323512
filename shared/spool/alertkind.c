#include "spool/alertkind.h"

#include <string.h>

static const char *const names[ALERT_KINDS + 1] = {
    "share_not_answering", "host_silent", "host_sick",        "no_progress", "failure_ratio",
    "space_low",           "temperature", "version_mismatch", "paused",      "unreadable_folders",
    "folder_done",         "test"};

const char *alertkind_name(enum alert_kind kind)
{
    return names[kind];
}

enum alert_kind alertkind_of(const char *name, size_t n)
{
    int i = 0;
    while (i < ALERT_KINDS && (strlen(names[i]) != n || memcmp(names[i], name, n) != 0))
        i++;
    return (enum alert_kind)i;
}
