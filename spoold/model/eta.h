/*
 * eta: when what waits will be done, for each kind of work, with a range.
 *
 * Two kinds: pages that have their text without OCR, and pages that are read by OCR. What is left
 * is guessed from the mean document of the last hour; the pace is that of the last 5, 15 and 60
 * minutes: the longest of these that has anything is the likely one, the fastest and the slowest
 * are the range.
 */
#ifndef PDFSPOOL_ETA_H
#define PDFSPOOL_ETA_H

#include "spoold/model/history.h"

enum eta_kind { ETA_TEXT, ETA_OCR, ETA_KINDS };

struct eta {
    double pages_left;
    double pages_per_minute;            /* likely; 0: nothing was done in the last hour */
    int64_t likely_ms, low_ms, high_ms; /* -1: not known; all 0: nothing is left */
};

/* What waits. */
struct eta_work {
    uint64_t documents;     /* pending, or waiting or claimed for their first run */
    uint64_t ocr_documents; /* that wait for OCR, with pages not known */
    uint64_t ocr_pages;     /* that wait for it, of all others */
};

/* now_ms: by the clock of the history. */
void eta_of(const struct history *h, int64_t now_ms, const struct eta_work *work,
            struct eta out[ETA_KINDS]);

#endif
