/* The names of what facts tell, as journals and pages have them. */
#include <string.h>

#include "spoold/model/fact.h"

static const char *const event_names[] = {"done", "failed", "retry", "put_back", "ocr_later"};
_Static_assert(sizeof event_names / sizeof *event_names == EVENTS, "a name for each");
static const char *const tier_names[] = {"none",     "text",     "repair", "ocr",
                                         "ocr-hard", "text+ocr", "blank",  "bad"};
_Static_assert(sizeof tier_names / sizeof *tier_names == PAGE_TIERS, "a name for each");

enum event_what event_of(const char *name)
{
    int i = 0;
    while (i < EVENTS && strcmp(event_names[i], name) != 0)
        i++;
    return (enum event_what)i;
}

const char *event_name(enum event_what what)
{
    return event_names[what];
}

enum page_tier page_tier_of(const char *name)
{
    int i = 0;
    while (i < PAGE_TIERS && strcmp(tier_names[i], name) != 0)
        i++;
    return (enum page_tier)i;
}

const char *page_tier_name(enum page_tier tier)
{
    return tier_names[tier];
}

bool fact_version_ok(const char *version)
{
    size_t n = strlen(version);
    return n < FACT_VERSION && strspn(version, "0123456789abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-+~_") == n;
}
