/*
 * history: what was done in each of the last 60 minutes, and in each hour of the last 30 days, by
 * the file server's clock. What is older is dropped as it comes.
 */
#ifndef PDFSPOOL_HISTORY_H
#define PDFSPOOL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { HISTORY_MINUTES = 61, HISTORY_HOURS = 720 }; /* 60 whole minutes, and the one that is */

enum history_count {
    DID_DONE,       /* documents published in done/ */
    DID_FAILED,     /* documents that failed */
    DID_RETRY,      /* attempts that were spent in vain */
    DID_PUT_BACK,   /* returns that cost nothing */
    DID_OCR_LATER,  /* documents whose pages but those for OCR are done */
    DID_PAGES,      /* pages of the first two */
    DID_TEXT_PAGES, /* of these: that have their text without OCR, or are blank */
    DID_OCR_PAGES,  /* of these: that were read by OCR */
    DID_OCR_DOCS,   /* of the first two: with pages that were read by OCR */
    DID_BYTES,      /* of the first two: size of the PDFs */
    DID_MS,         /* time spent on all that is counted above */
    HISTORY_COUNTS
};

struct bucket {
    int64_t number; /* of the minute or hour since the epoch; 0: nothing yet */
    uint64_t n[HISTORY_COUNTS];
};

/* Zero-initialise. Plain memory: it may be copied. Bucket k is at index k modulo the size. */
struct history {
    struct bucket minutes[HISTORY_MINUTES];
    struct bucket hours[HISTORY_HOURS];
    int64_t newest_ms; /* the latest time that anything was counted for */
};

/* Count what happened at that time. */
void history_add(struct history *h, int64_t time_ms, const uint64_t n[HISTORY_COUNTS]);
/* Sum of the `minutes` (1 to 60) whole minutes before the one that `now_ms` is in. */
void history_sum(const struct history *h, int64_t now_ms, unsigned minutes,
                 uint64_t n[HISTORY_COUNTS]);
/* The bucket of that minute or hour; NULL: nothing was counted in it. */
const struct bucket *history_minute(const struct history *h, int64_t number);
const struct bucket *history_hour(const struct history *h, int64_t number);

/* The file server's clock was ahead for a while, and is not any more: what was counted more than an
 * hour ahead of now counts as of now. It would be in the way of all that comes until then. */
void history_fold(struct history *h, int64_t now_ms);

/* As text: "minute NUMBER COUNT..." and "hour NUMBER COUNT...", a line each. */
void history_write(const struct history *h, struct buf *out);
/* One such line, without its newline (NUL-terminated). False: it is none, and nothing has changed. */
bool history_read_line(struct history *h, const char *line);

#endif
