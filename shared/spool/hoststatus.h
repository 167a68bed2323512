/*
 * hoststatus: what a running lease says about itself, in claimed/<host>/<lease>/status.json
 * (replaced by rename). Written by the reporter of extractd, read by spoolctl and spoold. What is
 * read is hostile until checked.
 */
#ifndef PDFSPOOL_HOSTSTATUS_H
#define PDFSPOOL_HOSTSTATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "spool/layout.h"

enum { STATUS_SLOTS = 256, STATUS_LANGUAGES = 1024, STATUS_LANGUAGE = 32 };
#define STATUS_UNKNOWN INT64_MIN /* of a load that its machine or its version does not tell */

/* What a machine has to do, and what of it is extractd's; each may be STATUS_UNKNOWN. */
struct host_load {
    int64_t cpu_permille;     /* of all cores, since the look before */
    int64_t own_cpu_permille; /* the same, of this extractd's processes alone */
    int64_t load_hundredths;  /* load average over one minute */
    int64_t memory_total, memory_available, own_memory; /* bytes */
    int64_t temperature_millidegrees;                   /* Celsius, of the hottest processor */
};

/* Does the host do OCR? Older versions do not say. */
enum status_ocr { STATUS_OCR_UNKNOWN, STATUS_OCR_NO, STATUS_OCR_YES };

struct slot_status {
    char stage[12];                /* idle, load, wait, parse, open, text, ocr, emit, unpack,
                                      results, publish */
    char need[NEED_CAP];           /* kind of work: text or ocr; "" when idle or not known */
    char path[PATH_CAP];           /* of the document in hand, bytes; "" when idle */
    char document[ID_CAP];         /* its id */
    uint32_t attempt, page, pages; /* page x of y; pages 0: not known (yet) */
    uint64_t size;                 /* bytes of the document; 0: not known */
    int64_t running_ms;            /* since it was taken in hand */
    int64_t progress_ms;           /* since it last made progress */
};

struct host_status {
    char host[HOST_CAP], lease[LEASE_CAP], version[24], sandbox[16],
        state[16];    /* state: running, paused, draining,
                          stopping, sick */
    char reason[200]; /* why it is paused, draining or sick; "" otherwise */
    int64_t pid;
    int64_t written_ms; /* server time */
    int64_t uptime_ms;
    uint32_t protocol; /* SPOOL_PROTOCOL of its program; 0: it does not say */
    uint32_t cores, n_slots;
    uint32_t active_slots; /* of n_slots, those that take documents now */
    char slots_why[120];   /* why these are fewer than they may be; "" */
    uint64_t done, failed, retried, unspent, pages, bytes; /* since the start of the lease */
    uint64_t reused; /* of `done`: with the text of another document */
    uint64_t claims_tried, claims_won;
    uint64_t ignored_names, ignored_links, ignored_special, ignored_empty, unsettled, unreadable;
    uint64_t parser_kills, restarts;  /* of processes of this extractd */
    char wake[16];                    /* how the claimer hears of drops: "inotify+scan" or "scan" */
    char languages[STATUS_LANGUAGES]; /* models for OCR, each with a blank behind it */
    uint32_t ocr;                     /* enum status_ocr */
    struct host_load load;
    uint32_t shown_slots;
    struct slot_status slots[STATUS_SLOTS];
};

/* Append as JSON (one object, one line). */
void hoststatus_write(const struct host_status *h, struct buf *out);
/* Parts of it, as members of an object that is open: the counters that are shown to people; the
 * list "languages"; and, as an element of an array, a slot. */
void hoststatus_write_counts(struct jsonw *w, const struct host_status *h);
void hoststatus_write_languages(struct jsonw *w, const struct host_status *h);
void hoststatus_write_slot(struct jsonw *w, const struct slot_status *s);
/* Parse; -1 when it is no such JSON. Numbers are clamped, strings cut; a load that cannot be, or is
 * not there, is STATUS_UNKNOWN, and languages that are no names are left out. */
int hoststatus_read(struct host_status *h, const char *json, size_t n);
/* Nothing is known of it. */
void hoststatus_no_load(struct host_load *l);
/* The next of h->languages, from *at (at first h->languages): its length, 0 at the end; *at is then
 * behind it, and *name at its beginning. */
size_t hoststatus_language(const char **at, const char **name);

#endif
