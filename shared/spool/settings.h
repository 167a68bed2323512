/*
 * settings: what can be configured, as one typed table.
 *
 * Two files may set them: SPOOL/spool.ini (for the whole cluster) and the file given by --config
 * (for one host), which wins. One table in settings_table.c has section, key, type, bounds,
 * default, and help; it drives reading, checking, `spoolctl config`, and the sample file. Durations
 * are int64_t milliseconds, sizes uint64_t bytes.
 */
#ifndef PDFSPOOL_SETTINGS_H
#define PDFSPOOL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/langlist.h"
#include "spool/alertkind.h"

enum { SETTINGS_MAX = 120 }; /* more than there are rows */

/* When pages that need OCR are read: at once, or after all documents that need none. */
enum ocr_mode { OCR_AUTO, OCR_NOW, OCR_LATER, OCR_NEVER };

/* Which PDFs are looked through for PDFs that they carry: none; those whose pages are a cover for
 * that; all. */
enum attachments_mode { ATTACHMENTS_NO, ATTACHMENTS_PORTFOLIO, ATTACHMENTS_YES };
/* Another program in place of the one that runs: it is executed when what is in hand is finished. */
enum upgrade_mode { UPGRADE_RESTART, UPGRADE_NO };
/* Documents with the content of a finished one: its text is taken over, or they are read anew. */
enum duplicates_mode { DUPLICATES_REUSE, DUPLICATES_EXTRACT };

enum sandbox_mode { SANDBOX_REQUIRE, SANDBOX_PREFER, SANDBOX_OFF };

/* Who is told of alerts: a section [webhook:NAME]. */
enum webhook_format { WEBHOOK_GENERIC, WEBHOOK_SLACK, WEBHOOK_DISCORD };
enum { WEBHOOKS = 8, WEBHOOK_NAME = 32, WEBHOOK_KEYS = 4 };
struct webhook_settings {
    char section[WEBHOOK_NAME + 8]; /* "webhook:NAME" */
    char url[512];                  /* whoever knows it may send there: never shown */
    int format;                     /* enum webhook_format */
    char events[512];               /* "all", or names of alertkind.h, parted by commas */
    char secret_file[512];          /* "": messages are not signed */
    uint32_t kinds;                 /* a bit for each event of `events` */
    unsigned char origin[WEBHOOK_KEYS];
};

/* A section [lane:NAME], of spool.ini alone: what is dropped below a folder in the top of pending/
 * has an order, limits and ways of its own. [lane:default] is for all that no other lane has. What a
 * lane does not say is as it is without it; settings_lane_apply knows. */
enum { LANES = 32, LANE_NAME = 32, LANE_KEYS = 19 };
struct lane_settings {
    char section[LANE_NAME + 8]; /* "lane:NAME" */
    char folder[512];            /* in the top of pending/; "": NAME */
    int64_t priority;            /* 0; all of a higher one goes before all of a lower one */
    int64_t weight;              /* 10; among lanes of one priority: shares of the slots' time */
    int64_t max_slots;           /* of each host; 0: all */
    int64_t max_running;         /* documents in work in the whole cluster; 0: any number */
    int64_t per_minute, per_day; /* begun in the whole cluster; 0: any number */
    int64_t burst;               /* at once, after a quiet time; 0: per_minute */
    char tiers[512];             /* "": the built-in ones; else names, parted by commas */
    /* The others are in struct settings, too, and say the same as there. */
    enum ocr_mode ocr;
    char languages[LANGLIST_CAP];
    enum duplicates_mode duplicates;
    int64_t document_timeout, stall_timeout;
    uint64_t memory_limit, max_input;
    int64_t max_pages;
    char passwords[512];
    bool dehyphenate;
    unsigned char origin[LANE_KEYS];
};

/* A section [tier:NAME]: a program of the user's that gets text out of a page's picture. Its command
 * is of the host that runs it; all else belongs into spool.ini. */
enum { TIERS = 8, TIER_NAME = 16, TIER_KEYS = 9 };
enum builtin_tier { USE_TEXT, USE_REPAIR, USE_OCR, USE_HARD, BUILTIN_TIERS };
#define USE_EXTERNAL (UINT32_C(1) << 8) /* the bit of tiers[0] */
enum tier_when { TIER_WHEN_BAD, TIER_WHEN_OCR };
struct tier_settings {
    char section[TIER_NAME + 8]; /* "tier:NAME" */
    char command[512];           /* for sh -c; "": this host has none */
    int when;                    /* enum tier_when */
    int64_t timeout;             /* 2 min a page */
    uint64_t memory_limit;       /* 1 GiB of address space */
    int64_t resolution;          /* 300 dpi */
    int64_t max_running;         /* pages at once in the whole cluster; 0: any number */
    int64_t per_minute, per_day, burst;
    unsigned char origin[TIER_KEYS];
};

struct settings {
    /* [spool]: must be the same on all hosts, so only spool.ini may set them */
    int64_t format;        /* version of the tree's layout; 1 */
    int64_t beat_interval; /* 20 s */
    int64_t self_stop;     /* 60 s: a lease stops its own work this long after its last good beat */
    int64_t lease_timeout; /* 180 s: unchanged for this long, a beat is dead */
    int64_t settle; /* 30 s: a drop must have been left alone for this long (key settle_time) */
    int64_t max_attempts;    /* 4 */
    int64_t max_unspent;     /* 20: returns that cost no attempt */
    int64_t retry_delay;     /* 60 s; times 4 for each further attempt, +- 20 % */
    int64_t retry_delay_max; /* 1 h */
    int64_t sweep_age; /* 1 d: leftovers (private results, reservations, path files) older than this
                          go */
    int64_t alone_wait; /* 1 h: so long a document that needs more memory waits for such a host */
    int64_t empty_folder_age; /* 1 d: user folders in pending/ empty for this long go; 0: never */
    /* [worker] */
    int64_t slots;     /* documents in hand at once; 0: by the next two */
    int64_t slots_min; /* 1: slots that take documents follow memory and load from here ... */
    int64_t
        slots_max; /* 0: by the cores and the share's distance; ... to here, where `slots` is 0 */
    int64_t cores; /* parsers at work at once; 0: the number of cores */
    int64_t poll_min;          /* 1 s: shortest interval between two listings of a quiet pending/ */
    int64_t poll_max;          /* 15 s: longest */
    int64_t janitor_interval;  /* 30 s +- 50 % */
    int64_t shutdown_grace;    /* 30 s */
    int64_t long_after;        /* 30 s of a core: then a document is a long one */
    int64_t long_share;        /* 50 per cent of the cores are kept by long ones */
    enum upgrade_mode upgrade; /* restart */
    int64_t free_space_floor;  /* 2 per cent: below this nothing is claimed */
    uint64_t memory_file;  /* 64 MiB: a document above this is copied to a local unlinked file, not
                              to memory */
    char scratch_dir[512]; /* /var/tmp: where that file is made */
    /* [parser] */
    enum sandbox_mode sandbox; /* require */
    int64_t parser_documents;  /* 64: documents per parser process; 1 = strict */
    int64_t document_timeout;  /* 1 h */
    int64_t stall_timeout;     /* 120 s without progress */
    int64_t cpu_limit;         /* 60 s of CPU a page */
    uint64_t memory_limit;     /* 1 GiB of address space beyond the parser's own */
    uint64_t memory_alone;     /* what one may take that is tried alone; 0: half of all there is */
    uint64_t max_input;        /* 512 MiB */
    int64_t max_pages;         /* 10,000 */
    uint64_t max_page_text;    /* 16 MiB */
    uint64_t max_text;         /* 256 MiB a document */
    char passwords[512];       /* "": none */
    /* [text] */
    bool dehyphenate;                /* no: join words that are hyphenated at a line's end */
    enum duplicates_mode duplicates; /* reuse */
    /* [ocr] */
    enum ocr_mode ocr;            /* auto */
    char languages[LANGLIST_CAP]; /* "auto" */
    bool ocr_here;                /* yes */
    int64_t ocr_share;            /* 50 per cent of the slots */
    int64_t ocr_keep;             /* 30 s between two states of a page file */
    uint64_t ocr_pixels;          /* 100 M */
    /* [archives] */
    bool open_archives;                /* yes (key open) */
    enum attachments_mode attachments; /* portfolio */
    int64_t max_entries;               /* 10,000 */
    uint64_t max_unpacked;             /* 4 GiB: of all documents that come out of one */
    int64_t max_ratio;                 /* 200 */
    /* [page]: of spoold */
    char listen[512];        /* 127.0.0.1:8090 */
    char allowed_hosts[512]; /* "": further names under which the page may be asked for */
    char token_file[512];    /* "": nobody may change anything */
    bool read_only;          /* no */
    uint64_t upload_max;     /* 512 MiB; 0: no uploads */
    bool allow_insecure;     /* no: may others reach the page without a token? */
    char keep_file[512];     /* "": what was counted is counted anew after a restart */
    /* [alerts]: of spoold */
    int64_t no_progress_after; /* 15 min; 0: never */
    int64_t failure_ratio;     /* 20 per cent; 0: never */
    int64_t failure_window;    /* 1 h, 60 min at most */
    int64_t failure_least;     /* 50 documents in it */
    int64_t space_low;         /* per cent; 0: twice free_space_floor */
    int64_t temperature_limit; /* 90 degrees Celsius; 0: never */
    int64_t alert_hold;        /* 30 s: what is over sooner is told to nobody (key hold) */
    int64_t folder_quiet;      /* 1 min without a new end of a document */
    char on_folder_done[512];  /* "": nothing is run */
    int64_t command_timeout;   /* 5 min */
    int64_t digest;            /* 1 min: at most one message of a kind in that time */
    int64_t retry_first;       /* 10 s between two tries to send, twice as long each time */
    int64_t retry_longest;     /* 1 h */
    int64_t send_timeout;      /* 10 s */
    char state_folder[512];    /* /var/lib/pdfspool */
    uint64_t messages_most;    /* 16 MiB that wait there */
    /* [webhook:NAME] */
    struct webhook_settings webhooks[WEBHOOKS];
    size_t n_webhooks;
    /* [lane:NAME], [tier:NAME] */
    struct lane_settings lanes[LANES];
    size_t n_lanes;
    struct tier_settings tiers[TIERS];
    size_t n_tiers;
    /* [log] */
    int log_format;     /* enum log_format */
    int log_level;      /* enum log_level */
    char log_file[512]; /* "": stderr */
    /* Where each came from, for settings_row alone: index as in the table; an enum of
     * settings_table.h. */
    unsigned char origin[SETTINGS_MAX];
    char host_file[512]; /* the --config file (its beginning, when longer) */
};

/* What is told about a problem; line 0: the file as a whole. */
typedef void settings_report(void *arg, const char *file, int line, const char *section,
                             const char *key, const char *what);

enum settings_scope { SETTINGS_CLUSTER, SETTINGS_HOST }; /* spool.ini, --config file */

/* All defaults. */
void settings_defaults(struct settings *s);
/* Read a file on top of *s. All problems are reported (unknown keys with the nearest name;
 * duplicates; bad units; out of range; keys that belong into the other file). On any, -1, and *s is
 * as it was. 0 when all is well. */
int settings_load(struct settings *s, const char *file, enum settings_scope scope,
                  settings_report *report, void *arg);
/* The format of the spool whose spool.ini this is, where it is another than this program knows; 0: it
 * fits, or nothing is known of it. Then, for people, what to do (dst: at least 200 bytes). */
uint64_t settings_other_format(const char *file);
void settings_say_format(uint64_t format, char *dst, size_t cap);
/* Relations that must hold between settings (e.g. lease_timeout >= 2 x self_stop). Reports with
 * file "settings". -1 when one is violated. Call after the last settings_load. */
int settings_check(const struct settings *s, settings_report *report, void *arg);
/* A report function that prints "FILE:LINE: [section] key: what" to stderr; arg unused. */
settings_report settings_report_stderr;

/* The lane of a document, by its path below pending/: of its first folder, or else the one called
 * "default". NULL: none has it. Borrowed from *s. */
const struct lane_settings *settings_lane_of(const struct settings *s, const char *path);
/* What its `tiers` says: 1 << enum builtin_tier for each, USE_EXTERNAL << i for tiers[i] of *s. NULL:
 * the built-in ones. */
uint32_t settings_lane_tiers(const struct settings *s, const struct lane_settings *l);
/* When its documents are read by OCR: what it says, or *s; never, where its `tiers` have nothing that
 * reads pictures. NULL: as *s says. */
enum ocr_mode settings_lane_ocr(const struct settings *s, const struct lane_settings *l);
/* Is there a lane, or a document without one, that is read by OCR or by an external tier? Whose text is taken over from
 * another document? */
bool settings_ocr_somewhere(const struct settings *s);
bool settings_reuse_somewhere(const struct settings *s);
/* NAME of "lane:NAME", "tier:NAME"; borrowed. */
const char *settings_named(const char *section);
/* What the lane says itself takes the place of what *s says for all. NULL: nothing is changed. */
void settings_lane_apply(struct settings *s, const struct lane_settings *l);
/* The external tier of that name, or NULL. Borrowed from *s. */
const struct tier_settings *settings_tier(const struct settings *s, const char *name);

/* One row per key in the table's order, then the keys of each lane, tier and webhook: i from 0; false at the end.
 * Strings live for ever, but `value`, the current value in *s as it would be written into a file,
 * goes to value[cap]; origin is "default", "spool.ini" or the path of the --config file (that one
 * borrowed from *s, as the sections of lanes, tiers and webhooks are). */
struct settings_row {
    const char *section, *key, *help, *fallback, *origin;
    enum settings_scope scope; /* SETTINGS_CLUSTER: only in spool.ini; SETTINGS_HOST: in either */
    bool secret;               /* not to be shown: value is "(set)" */
};
bool settings_row(const struct settings *s, size_t i, struct settings_row *row, char *value,
                  size_t cap);
/* Append what may be written for row i: "50ms to 10m"; nothing when there is no such row. */
void settings_row_bounds(const struct settings *s, size_t i, struct buf *out);
/* Append a complete sample file, each key commented out with its help and default. */
void settings_sample(struct buf *out, enum settings_scope scope);

#endif
