/*
 * batch: one short-lived child that does a thing to a batch of documents (hand_batch.c is its
 * side), in the thread of whoever calls. It gets HANDS_MS; then it is killed. What it has said
 * nothing of may be given to another one: doing a thing twice does no more than once.
 */
#ifndef PDFSPOOLD_BATCH_H
#define PDFSPOOLD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BATCH_HEAD "200 batch"
enum { BATCH_LINE = 320, BATCH_WORDS = 4, BATCH_WHY = 300 };
/* What a line can say of a document. */
enum { BATCH_DONE = 'D', BATCH_SKIPPED = 'S', BATCH_FAILED = 'F', BATCH_WAIT = 'W' };

struct batch {
    const char *spool, *config;     /* folder, and --config or NULL */
    const char *words[BATCH_WORDS]; /* kind and words, ended by NULL */
    const char *items;              /* n bytes (items.h) */
    size_t n;
    /* Document `i` of the batch. what: DONE, SKIPPED, FAILED; WAIT (i is of no meaning): no more
     * can be done now. why: for people; "" */
    void (*tell)(void *arg, unsigned i, char what, const char *why);
    /* Asked every 100 ms at least. False: end it. */
    bool (*go_on)(void *arg);
    void *arg;
    /* Set. */
    pid_t left;          /* it was killed and is not gone yet; waitpid it. 0: it is gone */
    char why[BATCH_WHY]; /* of SILENT and REFUSED, a sentence */
};

enum batch_end {
    BATCH_ENDED,   /* of itself; it may have left some undone */
    BATCH_REFUSED, /* it could not begin */
    BATCH_SILENT,  /* its time was over */
    BATCH_STOPPED  /* by go_on */
};

extern const char batch_silent[]; /* why, of SILENT */
enum batch_end batch_run(struct batch *b);
/* Is a child that was left gone by now? */
bool batch_reaped(struct batch *b);

#endif
