/* attacks: what a parser that a document has taken over tries, and what must come of it. */
#ifndef PDFSPOOL_TEST_ATTACKS_H
#define PDFSPOOL_TEST_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>

enum { FULL, SECCOMP, NONE, TIERS };

/* What must come of it: a result as show() in run_sandbox.c words it; alternatives are parted by
 * '|'. */
struct attack {
    const char *line; /* "%s" is replaced by the victim's path, "%d" by a port, "%u" by a unix
                         socket's path */
    const char *want[TIERS];
    bool kill; /* the attack never ends: what the supervisor does after its clock is done here */
};

extern const struct attack attacks[];
extern const size_t attack_count;

/* Is `got` one of the alternatives, or does it begin with "protocol" as one of them is? */
bool attacks_match(const char *want, const char *got);

#endif
