#include "spoold/model/eta.h"

enum { MINUTE_MS = 60000 };

static const unsigned windows[] = {60, 15, 5}; /* minutes; the longest first */
enum { WINDOWS = sizeof windows / sizeof *windows };

static double per(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static int64_t span_ms(double pages, double pages_per_minute)
{
    double ms = pages / pages_per_minute * MINUTE_MS;
    return ms < (double)(INT64_MAX / 4) ? (int64_t)ms : INT64_MAX / 4;
}

/* How many of the minutes of a window there has been something to count in: a cluster that began
 * ten minutes ago has no pace of an hour. */
static unsigned minutes_known(const struct history *h, int64_t now_ms, unsigned window)
{
    unsigned back = window;
    while (back > 1 && !history_minute(h, now_ms / MINUTE_MS - (int64_t)back))
        back--;
    return back;
}

static void guess(const struct history *h, int64_t now_ms, enum history_count pages, struct eta *e)
{
    uint64_t n[HISTORY_COUNTS];
    double fastest = 0, slowest = 0;
    for (int i = 0; i < WINDOWS; i++) {
        history_sum(h, now_ms, windows[i], n);
        double pace = (double)n[pages] / minutes_known(h, now_ms, windows[i]);
        if (pace <= 0)
            continue;
        if (e->pages_per_minute <= 0)
            e->pages_per_minute = pace;
        fastest = pace > fastest ? pace : fastest;
        slowest = slowest <= 0 || pace < slowest ? pace : slowest;
    }
    if (e->pages_left <= 0) {
        e->likely_ms = e->low_ms = e->high_ms = 0;
    } else if (fastest > 0) {
        e->likely_ms = span_ms(e->pages_left, e->pages_per_minute);
        e->low_ms = span_ms(e->pages_left, fastest);
        e->high_ms = span_ms(e->pages_left, slowest);
    }
}

void eta_of(const struct history *h, int64_t now_ms, const struct eta_work *work,
            struct eta out[ETA_KINDS])
{
    uint64_t n[HISTORY_COUNTS];
    history_sum(h, now_ms, HISTORY_MINUTES - 1, n);
    uint64_t finished = n[DID_DONE] + n[DID_FAILED];
    double text_pages = finished ? per(n[DID_TEXT_PAGES], finished) : 1;
    double ocr_pages = per(n[DID_OCR_PAGES], finished);
    double ocr_document = n[DID_OCR_DOCS] ? per(n[DID_OCR_PAGES], n[DID_OCR_DOCS]) : 1;
    for (int i = 0; i < ETA_KINDS; i++)
        out[i] = (struct eta){.likely_ms = -1, .low_ms = -1, .high_ms = -1};
    out[ETA_TEXT].pages_left = (double)work->documents * text_pages;
    out[ETA_OCR].pages_left = (double)work->ocr_pages + (double)work->ocr_documents * ocr_document +
                              (double)work->documents * ocr_pages;
    guess(h, now_ms, DID_TEXT_PAGES, &out[ETA_TEXT]);
    guess(h, now_ms, DID_OCR_PAGES, &out[ETA_OCR]);
}
