/* outside_parts: what the files of outside share. */
#ifndef PDFSPOOL_OUTSIDE_PARTS_H
#define PDFSPOOL_OUTSIDE_PARTS_H

#include "extractd/outside.h"

/* What the keeper has, all the child's to move: the command's three, and its end of the line to the
 * slot, on which it says how the command ended (an int, as waitpid has it), and which ends when the
 * slot wants an end, or is gone. */
struct keeper {
    int in, out, err, life;
};

/* The keeper's life, in a process just forked. */
_Noreturn void keeper_main(const struct outside_order *o, const struct keeper *k);

#endif
