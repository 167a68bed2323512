/*
 * child: the life of a parser after the fork: into the cage, then documents, one after another.
 */
#ifndef PDFSPOOL_CHILD_H
#define PDFSPOOL_CHILD_H

#include <sys/types.h>

#include "extractd/parser/cage.h"

struct models;

struct child_fds {
    int command, results, status, errors; /* as lent by the slot, wherever they are */
};

/* Put the descriptors in their places (wire.h) and mend the signal mask. -1 and errno. */
int child_settle(const struct child_fds *fds);
/* Parse documents as ordered. models: for OCR; NULL: it does none. Never returns. The descriptors
 * must be in their places. */
void child_run(const struct cage_order *order, const struct models *models)
    __attribute__((noreturn));

#endif
