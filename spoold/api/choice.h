/*
 * choice: what the body of a retry or a cancel says (RetryRequest and CancelRequest of
 * docs/openapi.yaml), read strictly: a member that is not known, or comes twice, or is of another
 * form, refuses all of it; a filter that is spelt wrong must not have everything done again.
 */
#ifndef PDFSPOOLD_CHOICE_H
#define PDFSPOOLD_CHOICE_H

#include "spoold/api/acts.h"
#include "spoold/api/rows.h"
#include "spoold/http/answer.h"
#include "spoold/http/request.h"

enum { CHOICE_RETRY_IDS = 1000, CHOICE_CANCEL_IDS = 256 };

struct choice_id {
    char key[ROW_KEY];
};

struct choice {
    enum act_kind kind; /* ACT_RETRY or ACT_CANCEL */
    bool dry, all;
    bool has_expect;
    uint64_t expect;
    struct choice_id *ids; /* sorted; NULL: not by id */
    size_t n_ids;
    /* Group and filter, as the query of a list of documents would have them. */
    struct request filter;
    int64_t older_ms; /* -1: of any age */
    struct buf words[REQUEST_QUERIES];
};

/* Read the body (n bytes) of an action of this kind. NULL: *a says what is wrong. */
struct choice *choice_read(enum act_kind kind, const char *body, size_t n, struct answer *a);
void choice_free(struct choice *c); /* NULL is fine */

#endif
