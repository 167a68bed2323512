/*
 * alertkind: what spoold tells of, by name: alerts (they begin, and they are over), and folders that
 * are done.
 */
#ifndef PDFSPOOL_ALERTKIND_H
#define PDFSPOOL_ALERTKIND_H

#include <stddef.h>
#include <stdint.h>

enum alert_kind {
    ALERT_SHARE,         /* share_not_answering */
    ALERT_HOST_SILENT,   /* host_silent */
    ALERT_HOST_SICK,     /* host_sick */
    ALERT_NO_PROGRESS,   /* no_progress */
    ALERT_FAILURE_RATIO, /* failure_ratio */
    ALERT_SPACE_LOW,     /* space_low */
    ALERT_TEMPERATURE,   /* temperature */
    ALERT_VERSION,       /* version_mismatch */
    ALERT_PAUSED,        /* paused */
    ALERT_UNREADABLE,    /* unreadable_folders */
    ALERT_FOLDER_DONE,   /* folder_done: happens, and is no state */
    ALERT_KINDS,
    ALERT_TEST = ALERT_KINDS /* test: what `spoold --test-alert` sends; no webhook asks for it */
};

/* As in docs/openapi.yaml and in `events` of a webhook. */
const char *alertkind_name(enum alert_kind kind);
/* ALERT_KINDS: there is no such name. */
enum alert_kind alertkind_of(const char *name, size_t n);

#endif
