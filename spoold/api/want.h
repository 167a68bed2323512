/*
 * want: the filters of documents (StateFilter and its kin in docs/openapi.yaml), out of a query.
 *
 * Zero-initialise; want_read; want_free.
 */
#ifndef PDFSPOOLD_WANT_H
#define PDFSPOOLD_WANT_H

#include "spoold/api/view.h"
#include "spoold/http/answer.h"
#include "spoold/http/request.h"
#include "spoold/model/search.h"

enum { WANT_GROUP = 20 };

struct want {
    const struct view *view;
    struct search search; /* what leaves can be passed by with */
    struct buf prefix, words;
    bool nothing; /* no document can be so */
    bool by_host; /* only those of the hosts below */
    unsigned char hosts[HOSTS_NAMES / 8];
};

/* Names of the parameters, for params_known. */
#define WANT_NAMES "state", "class", "outcome", "tier", "host", "prefix", "text", "group"

/* False: something is wrong with them, and *a says what. The view is borrowed. */
bool want_read(struct want *w, const struct view *v, const struct request *rq, struct answer *a);
void want_free(struct want *w);
/* Is there anything for want_row to look at? */
bool want_looks(const struct want *w);
/* What search_page does not look at: hosts, words. */
bool want_row(const struct want *w, const struct doc_row *d);
/* Key of a group of failures: of its class, stage and message, so that it outlives a restart. */
void want_group_key(const struct group *g, char key[WANT_GROUP]);

#endif
