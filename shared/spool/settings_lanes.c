/* What the sections [lane:NAME] and [tier:NAME] mean: which lane a document has, what it changes. */
#include <errno.h>
#include <string.h>

#include "spool/settings_named.h"

static const char *const builtin[BUILTIN_TIERS] = {"text", "repair", "ocr", "ocr-hard"};

/* ---- asked for ---- */

const char *settings_named(const char *section)
{
    const char *colon = strchr(section, ':');
    return colon ? colon + 1 : section;
}

static bool has_folder(const struct lane_settings *l, const char *folder, size_t n)
{
    const char *mine = *l->folder ? l->folder : settings_named(l->section);
    return strlen(mine) == n && memcmp(mine, folder, n) == 0;
}

const struct lane_settings *settings_lane_of(const struct settings *s, const char *path)
{
    const char *slash = strchr(path, '/');
    const struct lane_settings *rest = NULL;

    for (size_t i = 0; i < s->n_lanes; i++) {
        const struct lane_settings *l = &s->lanes[i];
        if (strcmp(l->section, "lane:default") == 0)
            rest = l;
        else if (slash && has_folder(l, path, (size_t)(slash - path)))
            return l;
    }
    return rest;
}

const struct tier_settings *settings_tier(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->n_tiers; i++)
        if (strcmp(settings_named(s->tiers[i].section), name) == 0)
            return &s->tiers[i];
    return NULL;
}

static void copy(void *to, const void *from, const struct settings_field *f)
{
    switch (f->type) {
    case SETTINGS_NUMBER:
    case SETTINGS_DURATION:
    case SETTINGS_SIZE:
        memcpy(to, from, sizeof(int64_t));
        return;
    case SETTINGS_BOOL:
        memcpy(to, from, sizeof(bool));
        return;
    case SETTINGS_CHOICE:
        memcpy(to, from, sizeof(int));
        return;
    case SETTINGS_PATH:
    case SETTINGS_PATH_OR_EMPTY:
    case SETTINGS_TEXT:
        memcpy(to, from, SETTINGS_PATH_MAX);
        return;
    case SETTINGS_LANGUAGES:
        memcpy(to, from, LANGLIST_CAP);
        return;
    }
}

void settings_lane_apply(struct settings *s, const struct lane_settings *l)
{
    for (size_t i = 0; l && i < LANE_KEYS; i++) {
        const struct named_field *n = &named_kinds[NAMED_LANE].fields[i];
        if (n->like != LIKE_NONE && l->origin[i] != ORIGIN_DEFAULT)
            copy((char *)s + n->like, (const char *)l + n->f.offset, &n->f);
    }
}

/* The bit of the name in a list at *at, which goes to the next name (NULL: there is none). 0: there is
 * no such tier. */
static uint32_t next_tier(const struct settings *s, const char **at)
{
    const char *name = *at + strspn(*at, " "), *end = name + strcspn(name, ",");
    size_t n = (size_t)(end - name);
    *at = *end ? end + 1 : NULL;
    while (n > 0 && name[n - 1] == ' ')
        n--;
    for (unsigned i = 0; i < BUILTIN_TIERS; i++)
        if (strlen(builtin[i]) == n && memcmp(builtin[i], name, n) == 0)
            return 1u << i;
    for (size_t i = 0; i < s->n_tiers; i++) {
        const char *mine = settings_named(s->tiers[i].section);
        if (strlen(mine) == n && memcmp(mine, name, n) == 0)
            return USE_EXTERNAL << i;
    }
    return 0;
}

uint32_t settings_lane_tiers(const struct settings *s, const struct lane_settings *l)
{
    uint32_t bits = 0;

    if (!l || !*l->tiers)
        return (1u << BUILTIN_TIERS) - 1;
    for (const char *at = l->tiers; at;)
        bits |= next_tier(s, &at);
    return bits;
}

/* Does the lane itself say anything of this key? */
static bool says(const struct lane_settings *l, const char *key)
{
    for (size_t i = 0; i < LANE_KEYS; i++)
        if (strcmp(named_kinds[NAMED_LANE].fields[i].f.key, key) == 0)
            return l->origin[i] != ORIGIN_DEFAULT;
    return false;
}

enum ocr_mode settings_lane_ocr(const struct settings *s, const struct lane_settings *l)
{
    const uint32_t pictures = 1u << USE_OCR | 1u << USE_HARD;

    if (!l)
        return s->ocr;
    if (!(settings_lane_tiers(s, l) & pictures))
        return OCR_NEVER;
    return says(l, "ocr") ? l->ocr : s->ocr;
}

bool settings_ocr_somewhere(const struct settings *s)
{
    bool any = s->ocr != OCR_NEVER;
    for (size_t i = 0; i < s->n_lanes; i++)
        any = any || settings_lane_ocr(s, &s->lanes[i]) != OCR_NEVER ||
              settings_lane_tiers(s, &s->lanes[i]) >= USE_EXTERNAL;
    return any;
}

bool settings_reuse_somewhere(const struct settings *s)
{
    bool any = s->duplicates == DUPLICATES_REUSE;
    for (size_t i = 0; i < s->n_lanes; i++)
        any =
            any || (says(&s->lanes[i], "duplicates") && s->lanes[i].duplicates == DUPLICATES_REUSE);
    return any;
}

/* ---- do they fit each other? ---- */

static int wrong(settings_report *report, void *arg, const char *section, const char *key,
                 const char *what)
{
    report(arg, "settings", 0, section, key, what);
    errno = EINVAL;
    return -1;
}

static int check_tiers(const struct settings *s, const struct lane_settings *l,
                       settings_report *report, void *arg)
{
    for (const char *at = *l->tiers ? l->tiers : NULL; at;)
        if (next_tier(s, &at) == 0)
            return wrong(
                report, arg, l->section, "tiers",
                "names a tier that there is not: there are text, repair, ocr, ocr-hard and "
                "those that have a section [tier:NAME]");
    return 0;
}

static const char *folder_of(const struct lane_settings *l)
{
    return *l->folder ? l->folder : settings_named(l->section);
}

static int check_lane(const struct settings *s, size_t i, settings_report *report, void *arg)
{
    const struct lane_settings *l = &s->lanes[i];
    bool rest = strcmp(l->section, "lane:default") == 0;
    struct settings with;
    int rc = check_tiers(s, l, report, arg);

    if (rest && *l->folder)
        rc |= wrong(report, arg, l->section, "folder",
                    "this lane has all that no other has: leave it out");
    for (size_t k = 0; k < i && !rest; k++)
        if (strcmp(s->lanes[k].section, "lane:default") != 0 &&
            strcmp(folder_of(&s->lanes[k]), folder_of(l)) == 0)
            rc |= wrong(report, arg, l->section, "folder", "is another lane's folder, too");
    memcpy(&with, s, sizeof with);
    settings_lane_apply(&with, l);
    if (with.document_timeout < with.stall_timeout)
        rc |= wrong(report, arg, l->section, "document_timeout",
                    "is shorter than stall_timeout: a document could never be told to stand still");
    if (l->burst > l->per_minute)
        rc |= wrong(report, arg, l->section, "burst", "is more than per_minute");
    return rc;
}

int named_check(const struct settings *s, settings_report *report, void *arg)
{
    int rc = 0;
    for (size_t i = 0; i < s->n_lanes; i++)
        rc |= check_lane(s, i, report, arg);
    for (size_t i = 0; i < s->n_tiers; i++) {
        for (size_t b = 0; b < BUILTIN_TIERS; b++)
            if (strcmp(settings_named(s->tiers[i].section), builtin[b]) == 0)
                rc |= wrong(report, arg, s->tiers[i].section, "", "is the name of a built-in tier");
        if (s->tiers[i].burst > s->tiers[i].per_minute)
            rc |= wrong(report, arg, s->tiers[i].section, "burst", "is more than per_minute");
    }
    return rc;
}
