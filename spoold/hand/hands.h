/*
 * hands: short-lived children for what a request needs of the share. Each gets 5 s; then whoever
 * asked is told that the share does not answer, the child is killed, and its place stays taken until
 * it is gone (in the kernel, on a dead server, it cannot be killed), so there are never more than
 * HANDS of them.
 *
 * A child is this program, executed anew:
 *
 *   spoold hand SPOOL CONFIG KIND WORD...     CONFIG: "" for none
 *
 * It says on stdout "STATUS WORD\n" and the answer's body; WORD is "json" or "text", or, with a
 * status of 400 and more, the problem's code, and the body is its detail. hand.h is the child's
 * side.
 */
#ifndef PDFSPOOLD_HANDS_H
#define PDFSPOOLD_HANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spoold/http/answer.h"

enum { HANDS = 4, HANDS_WORDS = 6, HANDS_MS = 5000, HANDS_BYTES = 8 * 1024 * 1024 };

struct hands;

struct hands_job {
    uint64_t ticket;                /* of server_later */
    const char *words[HANDS_WORDS]; /* kind and words, ended by NULL; copied */
};

/* Where answers go: server_complete. Any thread. */
typedef void hands_done(void *arg, uint64_t ticket, struct answer *a);

/* spool and config (NULL: none) are borrowed. NULL: no memory. */
struct hands *hands_new(const char *spool, const char *config, hands_done *done, void *arg);
/* Begin. False: all hands are full, or there is no thread; nobody will answer. Any thread. */
bool hands_begin(struct hands *h, const struct hands_job *job);
/* No more answers come after this; at most about a second. Children that hang are left behind, and
 * then *h is, too. NULL is fine. */
void hands_stop(struct hands *h);

#endif
