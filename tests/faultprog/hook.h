/*
 * hook: faults in the real programs, at any of their file operations.
 *
 * extractd-fault and spoolctl-fault are the shipped programs' own objects and this one. Where the
 * environment names a file (FAULTPROG=FILE), it is mapped, and the table of faultop takes the place
 * of fsop_posix, process by process: the processes of extractd each have a role, by the name that
 * they give themselves, and each role has its own count, its own plan and its own proof in the
 * mapping. Without that variable the programs are what they always are.
 *
 * The first process of a role is the one that the fault is for; its successors only count on.
 * FAULTPROG=table prints what the runner must know and ends the program: the size of the mapping
 * and of its parts, and for each kind of fault the operations that it can happen to.
 */
#ifndef PDFSPOOL_TEST_HOOK_H
#define PDFSPOOL_TEST_HOOK_H

#include <stdatomic.h>
#include <stdint.h>

#include "tests/fault/faultop.h"

enum { HOOK_ROLES = 10, HOOK_NAME = 16 };

/* What the runner asks of a role; call 0: only count. */
struct hook_plan {
    uint32_t call;
    uint32_t kind; /* enum fault_kind */
};

struct hook_role {
    char name[HOOK_NAME]; /* "" : not met */
    struct hook_plan plan;
    _Atomic uint32_t processes; /* that have had this role */
    _Atomic int32_t pid;        /* of the first */
    struct fault_proof proof;
};

/* The mapping. The roles stand at fixed places, in the order of hook.c. */
struct hook_page {
    struct hook_role role[HOOK_ROLES];
};

#endif
