/* The tables: what a section [lane:NAME] or [tier:NAME] has. A new key is a member of its struct and a
 * row here, and LANE_KEYS or TIER_KEYS one more. */
#include <stddef.h>

#include "spool/settings_named.h"

#define K      INT64_C(1024)
#define M      (1024 * K)
#define G      (1024 * M)
#define T      (1024 * G)
#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static const char *const ocr_modes[] = {"auto", "now", "later", "never", NULL};
static const char *const duplicates_modes[] = {"reuse", "extract", NULL};
static const char *const whens[] = {"bad", "ocr", NULL};

/* ---- tables ---- */

#define FIELD(record, name, kind, scop, lo, hi, deflt, names, same, text)                          \
    {                                                                                              \
        {.key = #name,                                                                             \
         .type = kind,                                                                             \
         .scope = scop,                                                                            \
         .offset = offsetof(struct record, name),                                                  \
         .min = lo,                                                                                \
         .max = hi,                                                                                \
         .choices = names,                                                                         \
         .fallback = deflt,                                                                        \
         .help = text},                                                                            \
            same                                                                                   \
    }
#define LANE(name, kind, lo, hi, deflt, text)                                                      \
    FIELD(lane_settings, name, kind, SETTINGS_CLUSTER, lo, hi, deflt, NULL, LIKE_NONE, text)
#define LIKE(name, kind, lo, hi, names, text)                                                      \
    FIELD(lane_settings, name, kind, SETTINGS_CLUSTER, lo, hi, NULL, names,                        \
          offsetof(struct settings, name), text)
#define TIER(name, kind, lo, hi, deflt, names, text)                                               \
    FIELD(tier_settings, name, kind, SETTINGS_CLUSTER, lo, hi, deflt, names, LIKE_NONE, text)

/* clang-format off */
static const struct named_field lane_fields[LANE_KEYS] = {
    LANE(folder, SETTINGS_TEXT, 0, 0, "\"\"", "folder in the top of pending/; empty: called as the lane is"),
    LANE(priority, SETTINGS_NUMBER, -100, 100, "0", "all documents of a higher priority go before all of a lower one"),
    LANE(weight, SETTINGS_NUMBER, 1, 1000, "10", "among lanes of one priority: the share of the slots' time"),
    LANE(max_slots, SETTINGS_NUMBER, 0, 1024, "0", "slots that it may have on each host; 0: all"),
    LANE(max_running, SETTINGS_NUMBER, 0, 256, "0", "documents of it in work at once in the whole cluster; 0: any number"),
    LANE(per_minute, SETTINGS_NUMBER, 0, 1000000, "0", "documents of it that the whole cluster may begin in a minute; 0: any number"),
    LANE(per_day, SETTINGS_NUMBER, 0, 1000000000, "0", "the same in 24 hours"),
    LANE(burst, SETTINGS_NUMBER, 0, 1000000, "0", "how many of per_minute may come at once after a quiet time; 0: all of them"),
    LANE(tiers, SETTINGS_TEXT, 0, 0, "\"\"", "ways to text that may be used: text, repair, ocr, ocr-hard, or names of [tier:NAME]; empty: the first four"),
    LIKE(ocr, SETTINGS_CHOICE, 0, 0, ocr_modes, "as in [ocr]"),
    LIKE(languages, SETTINGS_LANGUAGES, 0, 0, NULL, "as in [ocr]"),
    LIKE(duplicates, SETTINGS_CHOICE, 0, 0, duplicates_modes, "as in [text]"),
    LIKE(document_timeout, SETTINGS_DURATION, 100, 30 * DAY, NULL, "as in [parser]"),
    LIKE(stall_timeout, SETTINGS_DURATION, 100, 30 * DAY, NULL, "as in [parser]"),
    LIKE(memory_limit, SETTINGS_SIZE, 16 * M, 1 * T, NULL, "as in [parser]"),
    LIKE(max_input, SETTINGS_SIZE, 1, 16 * T, NULL, "as in [parser]"),
    LIKE(max_pages, SETTINGS_NUMBER, 1, 10000000, NULL, "as in [parser]"),
    LIKE(passwords, SETTINGS_PATH_OR_EMPTY, 0, 0, NULL, "as in [parser]; the same path on each host"),
    LIKE(dehyphenate, SETTINGS_BOOL, 0, 0, NULL, "as in [text]"),
};

static const struct named_field tier_fields[TIER_KEYS] = {
    FIELD(tier_settings, command, SETTINGS_TEXT, SETTINGS_HOST, 0, 0, "\"\"", NULL, LIKE_NONE,
          "for sh -c: a page's picture (PNG) on its standard input, text (UTF-8) on its standard output; empty: this host has no such tier"),
    TIER(when, SETTINGS_CHOICE, 0, 0, "bad", whens, "bad: for pages that the built-in tiers found no good text for; ocr: instead of OCR"),
    TIER(timeout, SETTINGS_DURATION, 100, 1 * DAY, "2m", NULL, "time that the command may take for a page"),
    TIER(memory_limit, SETTINGS_SIZE, 16 * M, 1 * T, "1G", NULL, "address space that each process of the command may take"),
    TIER(resolution, SETTINGS_NUMBER, 36, 1200, "300", NULL, "of the picture, in dots an inch"),
    TIER(max_running, SETTINGS_NUMBER, 0, 256, "0", NULL, "commands at once in the whole cluster; 0: any number"),
    TIER(per_minute, SETTINGS_NUMBER, 0, 1000000, "0", NULL, "pages that the whole cluster may begin in a minute; 0: any number"),
    TIER(per_day, SETTINGS_NUMBER, 0, 1000000000, "0", NULL, "the same in 24 hours"),
    TIER(burst, SETTINGS_NUMBER, 0, 1000000, "0", NULL, "how many of per_minute may come at once after a quiet time; 0: all of them"),
};
/* clang-format on */

const struct named named_kinds[NAMED_KINDS] = {
    {"lane:", "lane", LANE_NAME, LANES, offsetof(struct settings, lanes),
     sizeof(struct lane_settings), offsetof(struct settings, n_lanes),
     offsetof(struct lane_settings, origin), lane_fields, LANE_KEYS},
    {"tier:", "tier", TIER_NAME, TIERS, offsetof(struct settings, tiers),
     sizeof(struct tier_settings), offsetof(struct settings, n_tiers),
     offsetof(struct tier_settings, origin), tier_fields, TIER_KEYS},
};

/* Each record begins with its section. */
_Static_assert(offsetof(struct lane_settings, section) == 0, "the section is first");
_Static_assert(offsetof(struct tier_settings, section) == 0, "the section is first");
