/*
 * params: the query of a request, read strictly: what is not known, or not of its form, is a problem
 * and never passed over, since a filter that is spelt wrong must not show everything.
 *
 * Each function: false when something is wrong; *a then says what.
 */
#ifndef PDFSPOOLD_PARAMS_H
#define PDFSPOOLD_PARAMS_H

#include "spoold/http/answer.h"
#include "spoold/http/request.h"

/* Are all parameters of this request among these names (ended by NULL)? */
bool params_known(const struct request *rq, struct answer *a, const char *const *names);
/* A number within the bounds; *out keeps its value when there is none. */
bool params_uint(const struct request *rq, struct answer *a, const char *name,
                 const uint64_t bounds[2], uint64_t *out);
/* Each word of a list with commas; `most` at most. The word is good for the call alone. False of the
 * visit: it is not known. */
typedef bool params_visit(void *arg, const char *word);
bool params_list(const struct request *rq, struct answer *a, const char *name, params_visit *visit,
                 void *arg);
/* Which one of these (ended by NULL) it is; `fallback` when there is none. -1: it is wrong. */
int params_choice(const struct request *rq, struct answer *a, const char *name,
                  const char *const *choices, int fallback);

#endif
