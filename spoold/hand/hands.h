/*
 * hands: children for what a request needs of the share. Each gets 5 s; then whoever asked is told
 * that the share does not answer, the child is killed, and its place stays taken until it is gone (in
 * the kernel, on a dead server, it cannot be killed), so there are never more than so many of them.
 * What takes long has lanes of its own, so that it never keeps out what is short:
 *
 *   lane             at once   time
 *   HANDS_SHORT      4         HANDS_MS
 *   HANDS_PICTURES   2         HANDS_MS
 *   HANDS_UPLOADS    4         as long as the client sends and the share takes it: HANDS_STALL_MS
 *                              without the latter, or HANDS_END_MS after the last byte
 *
 * A child is this program, executed anew:
 *
 *   spoold hand SPOOL CONFIG KIND WORD...     CONFIG: "" for none
 *
 * It says on stdout "STATUS LENGTH WORD\n" and the answer's body of LENGTH bytes (one with less was
 * killed while it spoke, and counts as silent); WORD is "json", "text" or "png" (and may have a
 * blank and what Location is to say behind it), or, with a status of 400 and more, the problem's
 * code, and the body is its detail. hand.h is the child's side.
 */
#ifndef PDFSPOOLD_HANDS_H
#define PDFSPOOLD_HANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spoold/hand/feed.h"
#include "spoold/http/answer.h"

enum {
    HANDS_WORDS = 6,
    HANDS_MS = 5000,
    HANDS_STALL_MS = 30000,
    HANDS_END_MS = 30000,
    HANDS_BYTES = 9 * 1024 * 1024
};

enum hands_lane { HANDS_SHORT, HANDS_PICTURES, HANDS_UPLOADS, HANDS_LANES };

struct hands;

struct hands_job {
    uint64_t ticket; /* of server_later */
    enum hands_lane lane;
    struct feed *feed;              /* what the child reads on stdin; NULL: nothing */
    char etag[ANSWER_ETAG];         /* of a good answer, which the browser may keep; "": none */
    const char *words[HANDS_WORDS]; /* kind and words, ended by NULL; copied */
};

/* Where answers go: server_complete. Any thread. */
typedef void hands_done(void *arg, uint64_t ticket, struct answer *a);
/* A job's feed has room again: server_room. Any thread. */
typedef void hands_room(void *arg, uint64_t ticket);

struct hands_calls {
    hands_done *done;
    hands_room *room;
    void *arg;
};

/* spool and config (NULL: none) are borrowed. NULL: no memory. */
struct hands *hands_new(const char *spool, const char *config, const struct hands_calls *calls);
/* An answer of this entity tag, which the browser may keep for itself. */
void hands_keep(struct answer *a, const char *etag);
/* Begin. False: all hands are full, or there is no thread; nobody will answer. Any thread. */
bool hands_begin(struct hands *h, const struct hands_job *job);
/* No more answers come after this; at most about a second. Children that hang are left behind, and
 * then *h is, too. NULL is fine. */
void hands_stop(struct hands *h);

#endif
