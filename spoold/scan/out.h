/*
 * out: the scanner's end of the pipe. Facts are gathered and written in blocks; a reader that is
 * slow is waited for.
 */
#ifndef PDFSPOOL_SCAN_OUT_H
#define PDFSPOOL_SCAN_OUT_H

#include "base/buf.h"
#include "spoold/model/fact.h"

enum { OUT_TROUBLES = 16 };

struct out {
    int fd;
    struct buf bytes;
    uint64_t refused; /* facts that the other side would not take: names that are none of ours */
    struct {
        const char *what;
        int error;
    } troubles[OUT_TROUBLES]; /* that are told, and not over */
    bool gone;                /* nobody reads any more, or there is no memory: the scanner ends */
};

/* Take a fact; written when there are 64 KiB of them, or by out_flush. */
void out_fact(struct out *o, const struct fact *f);
void out_flush(struct out *o);
/* Something cannot be read (error: errno), or can be again (0). `what` names this kind of trouble, and
 * lives for ever; `path` is where it is met. Told when it is news. */
void out_trouble(struct out *o, int error, const char *what, const char *path);

#endif
