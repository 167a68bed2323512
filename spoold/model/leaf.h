/*
 * leaf: up to 256 documents of the catalog, in the order of their paths (bytes), in two blocks of
 * memory: rows of fixed size, and their strings.
 *
 * One writer; any number of readers, each of whom holds the leaf (leaf_hold). A leaf that anybody
 * else holds is never changed: the writer changes a copy of it. Holding is only ever done by the
 * writer (catalog_share), dropping by anybody.
 */
#ifndef PDFSPOOL_LEAF_H
#define PDFSPOOL_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/docstate.h"

enum { LEAF_ROWS = 256, ROW_HOSTS_BITS = 64, NO_HOST = 0xffff, NO_GROUP = 0xffff };

/* A document. Strings are borrowed: from the leaf until it is changed or dropped. */
struct doc_row {
    const char *path; /* as it was dropped; of one that only its file tells of: that of the file */
    const char *id;   /* the document's; "": it has none yet; "!...": not known, the file's place */
    const char *as;   /* where it was published, from the top of the spool; "": nowhere */
    const char *history; /* letters of the tries before (token.h) */
    const char *message; /* of the latest failure or return */
    const char *claim;   /* id of the last one; what it has in common with `id`, up to its '-', left
                            out; "": not known */
    const char *tiers_packed; /* pages of each tier (tiers.h), with `tiers` and `pages` */
    int64_t time_ms;          /* of the latest event, by the server's clock; 0: none is known */
    uint64_t size;
    uint32_t since_s; /* pending: dropped; waiting: due; by the server's clock; 0: not known */
    uint32_t pages, ocr_pages; /* ocr_pages: of these wait for OCR */
    uint32_t took_ms;
    uint16_t attempt, host, group; /* NO_HOST, NO_GROUP: none */
    uint8_t state, outcome;        /* enum doc_state; enum outcome, OUTCOME_COUNT: not known */
    uint8_t tiers;                 /* a bit for each page_tier that it has pages of */
    bool ocr;                      /* waits for OCR */
};

/* least > most: of none. */
struct leaf_span {
    int64_t least, most;
};

/* What is in a leaf, or in many, so that a search can pass by, and of the oldest that waits. */
struct leaf_sum {
    uint64_t count[DOC_STATES];                        /* documents */
    struct leaf_span changed[DOC_STATES], size, pages; /* leaf_row_changed, size, pages of them */
    uint32_t states, outcomes, tiers;                  /* bits */
    uint64_t hosts;                                    /* bits: number of the host modulo 64 */
    uint32_t oldest_s;                                 /* of pending ones; UINT32_MAX: none */
    uint64_t ocr_pages;                                /* that wait for OCR */
    uint32_t ocr_documents;                            /* that wait for OCR */
    uint32_t ocr_unknown;                              /* of these: with pages not known */
};

struct leaf;

/* When the row has changed last, as far as is known: ms since the epoch, server's clock; 0: not
 * known. */
int64_t leaf_row_changed(const struct doc_row *d);

struct leaf *leaf_new(void); /* NULL: no memory, as with all that give one */
/* Changeable copy. */
struct leaf *leaf_copy(const struct leaf *l);
void leaf_hold(struct leaf *l);
void leaf_drop(struct leaf *l); /* NULL is fine */
/* Does anybody else hold it? Writer only. */
bool leaf_shared(const struct leaf *l);

unsigned leaf_count(const struct leaf *l);
void leaf_row(const struct leaf *l, unsigned i, struct doc_row *row);
/* Its state alone. */
uint8_t leaf_state(const struct leaf *l, unsigned i);
/* Place of the first row that is not before (path, id). True: it is that row. */
bool leaf_find(const struct leaf *l, const char *path, const char *id, unsigned *at);
/* Order of row i and (path, id): below 0, 0, above 0. */
int leaf_compare(const struct leaf *l, unsigned i, const char *path, const char *id);
/* May any row have this key (key.h)? Of a hundred leaves that have none some two may say yes, none of
 * those that have one says no. Summed leaves only. */
bool leaf_may_have_key(const struct leaf *l, uint64_t key);
/* The first row from `from` on with this key; leaf_count: there is none. */
unsigned leaf_find_key(const struct leaf *l, uint64_t key, unsigned from);

/* Changes, by the writer. Put a row before row `at` (fewer than LEAF_ROWS are there), or, with
 * `replace`, in its place. -1: no memory, nothing is changed. The row's strings are not the
 * leaf's own. */
int leaf_put(struct leaf *l, unsigned at, const struct doc_row *row, bool replace);
void leaf_remove(struct leaf *l, unsigned at);
/* Cut it in two: rows from `at` on go to the leaf returned. NULL: no memory, nothing is changed. */
struct leaf *leaf_split(struct leaf *l, unsigned at);
/* The sum; made anew where rows have changed since. Readers only ever see leaves that the writer has
 * had summed. */
const struct leaf_sum *leaf_summed(struct leaf *l);
/* The sum of nothing, and adding to it. */
void leaf_sum_none(struct leaf_sum *sum);
void leaf_sum_add(struct leaf_sum *sum, const struct leaf_sum *more);
/* Memory in bytes. */
size_t leaf_bytes(const struct leaf *l);

#endif
