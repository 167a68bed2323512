/*
 * around: what there is to say of a spool beside its documents and hosts: the space of its file
 * system, and the commands in control/. Told when it has changed.
 */
#ifndef PDFSPOOL_SCAN_AROUND_H
#define PDFSPOOL_SCAN_AROUND_H

#include "spool/spool.h"
#include "spoold/scan/out.h"

/* Zero-initialise. */
struct around {
    bool told_space, told_control;
    struct fact_space space;
    bool pause;
    uint32_t cancels;
    struct buf drains;
};

void around_space(struct around *a, const struct spool *s, struct out *o);
void around_control(struct around *a, const struct spool *s, struct out *o);
void around_free(struct around *a);

#endif
