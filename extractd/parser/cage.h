/*
 * cage: what a parser gives up before it sees the first byte of a document.
 *
 * In this order: die with the parent; no dumps; no new privileges; first to go when memory runs
 * out; limits; every descriptor but 0 to 5 closed; Landlock; seccomp. There is no way back. The
 * tier says how much of it this kernel gave: full (Landlock and seccomp), seccomp, none.
 */
#ifndef PDFSPOOL_CAGE_H
#define PDFSPOOL_CAGE_H

#include <stdint.h>
#include <sys/types.h>

enum cage_tier { CAGE_NONE, CAGE_SECCOMP, CAGE_FULL, CAGE_TIERS };

struct cage_order {
    uint32_t sandbox;       /* enum sandbox_mode */
    enum cage_tier at_most; /* CAGE_FULL, but for tests */
    pid_t parent;           /* who must still be the parent */
    uint64_t memory_limit;  /* bytes of address space beyond what is mapped now; 0: no limit */
    uint64_t cpu_limit_s;   /* seconds a document; 0: no limit */
    uint32_t documents;     /* that this process may parse */
    uint32_t niceness;      /* 0 to 19: added to its own */
};

/* Prepare in the zygote: builds the seccomp program. -1 and errno when there can be no filter. */
int cage_prepare(void);
/* Shut the calling process in. Returns the tier in force; -1 with a sentence in *why when the order
 * cannot be met: the caller must exit then, and touch no document. */
int cage_enter(const struct cage_order *order, const char **why);
/* "full", "seccomp", "none". */
const char *cage_tier_name(enum cage_tier tier);

#endif
