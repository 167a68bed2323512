/*
 * run_sum: what journals tell of a run, added up line by line: for spoolctl's report. Memory does
 * not grow with the number of lines: hours, hosts, versions and groups of failures are bounded, and
 * what finds no room in them is counted in the totals alone.
 *
 *   run_begin, run_add for each line, run_end (sorts), then read; run_free
 */
#ifndef PDFSPOOL_RUN_SUM_H
#define PDFSPOOL_RUN_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/layout.h"
#include "spoold/model/fact.h"
#include "spoold/model/groups.h"

enum {
    RUN_HOURS = 10 * 366 * 24,
    RUN_HOSTS = 4096,
    RUN_VERSIONS = 256,
    RUN_SLOWEST = 1000,
    RUN_PATH = 512,
    RUN_HOUR_MS = 3600000
};

/* Documents that have come to an end, and what led there. */
struct run_count {
    uint64_t done, failed, pages, bytes;
    uint64_t retried, put_back, ocr_later;  /* events: attempts in vain, returns, put off for OCR */
    int64_t ms, load_ms, parse_ms, wait_ms; /* of all events; the last three where they are said */
    int64_t said_ms;                        /* ms of those that say the last three */
};

struct run_hour {
    int64_t number; /* since the epoch */
    struct run_count n;
};

struct run_host {
    char name[HOST_CAP];
    int64_t first_ms, last_ms;
    struct run_count n;
};

struct run_version {
    char name[FACT_VERSION]; /* "": journals that do not say */
    uint64_t documents;
    int64_t first_ms, last_ms;
};

struct run_slow {
    int64_t ms, time_ms;
    uint8_t outcome;
    uint32_t pages;
    uint64_t size;
    char host[HOST_CAP], path[RUN_PATH]; /* its end, when it is longer */
};

struct run {
    int64_t since_ms, until_ms;          /* only events from then on, and before; 0: no bound */
    int64_t first_ms, last_ms, began_ms; /* of the events; began: of the first work; 0: none */
    struct run_count n;
    uint64_t outcomes[OUTCOME_COUNT], tiers[PAGE_TIERS];
    uint64_t reused;                    /* of the done ones: with the text of another document */
    uint64_t asked_again;               /* of the finished ones: sent back by `spoolctl retry` */
    uint64_t unlisted;                  /* events that are in the totals alone, for want of room */
    uint64_t journals, unread, skipped; /* read; could not be; were not: older than since_ms */
    uint64_t lines, harmed, bytes;      /* read; these make no sense */
    struct run_hour *hours;             /* by time, those in which anything happened */
    struct run_host *hosts;             /* by name */
    struct run_version *versions;       /* by name */
    struct run_slow *slowest;           /* the slowest first */
    size_t n_hours, n_hosts, n_versions, n_slowest;
    size_t cap_hours, cap_hosts, most_slowest;
    struct groups failures; /* the largest first, once run_end was called */
};

/* The bounds in time, and how many of the slowest are wanted (at most RUN_SLOWEST). 0 or -1: no
 * memory. */
int run_begin(struct run *r, int64_t since_ms, int64_t until_ms, size_t slowest);
/* A line, of this host's journal. 0 or -1: no memory. */
int run_add(struct run *r, const char *host, const struct fact_event *e, bool reused);
void run_end(struct run *r);
void run_free(struct run *r);

/* From the beginning of the first work to the last event, ms; at least 1. */
int64_t run_span(const struct run *r);

#endif
