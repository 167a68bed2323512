/*
 * took: how long documents took, counted in classes, for a histogram; and how long a page took by
 * where its text is from, of documents whose pages are all of one tier: of others a journal does not
 * tell which page took how long.
 */
#ifndef PDFSPOOL_MODEL_TOOK_H
#define PDFSPOOL_MODEL_TOOK_H

#include "spoold/model/fact.h"

enum { TOOK_BOUNDS = 14 };

/* The upper bounds of the classes, in ms, rising. */
extern const uint32_t took_bounds[TOOK_BOUNDS];

/* Zero-initialise. Plain memory: it may be copied. */
struct took {
    uint64_t documents[TOOK_BOUNDS + 1]; /* by class, each document in one; the last: above all */
    uint64_t ms;                         /* of all these together */
    uint64_t tier_pages[PAGE_TIERS], tier_ms[PAGE_TIERS];
};

/* Count a document that came to an end. */
void took_add(struct took *t, const struct fact_event *e);
/* As text: "took CLASS COUNT", "took ms COUNT", "took-pages TIER PAGES MS", a line each. */
void took_write(const struct took *t, struct buf *out);
/* One such line, without its newline (NUL-terminated). False: it is none, and nothing has changed. */
bool took_read_line(struct took *t, const char *line);

#endif
