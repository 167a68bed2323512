/*
 * run_show: a run's sum as text, to be read or pasted into a mail (run_text.c), and as JSON for
 * programs (run_json.c), whose members stay what they are: others may be added.
 */
#ifndef PDFSPOOL_RUN_SHOW_H
#define PDFSPOOL_RUN_SHOW_H

#include "base/buf.h"
#include "spoold/ctl/run_sum.h"

struct run_about {
    const char *spool;
    int64_t made_ms; /* server's clock */
};

/* Append. */
void run_text(const struct run *r, const struct run_about *about, struct buf *out);
void run_json(const struct run *r, const struct run_about *about, struct buf *out);

#endif
