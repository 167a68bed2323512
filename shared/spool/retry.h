/*
 * retry: back to waiting, into pending/.retry/ under a name that only this intent can make; never
 * under the plain name, which a user may have used again.
 */
#ifndef PDFSPOOL_RETRY_H
#define PDFSPOOL_RETRY_H

#include "spool/lease.h"
#include "spool/look.h"
#include "spool/spool.h"
#include "spool/token.h"

/* When a spent attempt may be followed by the next: server time in seconds; exponential in
 * t->attempt (the attempt to come), with jitter. */
int64_t retry_due(const struct settings *s, const struct token *t, int64_t server_now_ms);
/* When a return that cost nothing may be tried again: soon, with jitter. */
int64_t retry_due_unspent(const struct settings *s, int64_t server_now_ms);
/* Move the entry `name` of folder `dir` (a token, or a sealed name) to .retry/ as *t says. */
enum moved retry_move(const struct spool *s, int dir, const char *name, const struct token *t,
                      int64_t due_s, const char *need);

#endif
