/*
 * link: spoold's end of the scanner: starts it, takes its facts to the model, ends it when it has
 * hung for too long, and starts another once it is gone, never before: a process that hangs in the
 * kernel on a dead server cannot be killed, and there is never more than one of them.
 *
 * One thread. Nothing here ever waits: link_step takes what is there.
 */
#ifndef PDFSPOOL_SCAN_LINK_H
#define PDFSPOOL_SCAN_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "spoold/model/model.h"

/* The scanner's life in a child that was just forked: `out` is its pipe, `until` ends it. The
 * result is the exit code. A program with threads executes itself anew here. */
typedef int link_run(void *arg, int out, int until);

enum { LINK_HANG_MS = 60000 };

/* Zero-initialise but for the first four. */
struct link {
    struct model *model;
    link_run *run;
    void *arg;
    int64_t hang_ms; /* a scanner that says nothing for so long is killed; 0: LINK_HANG_MS */
    pid_t pid;       /* 0: none */
    int in, until;   /* our ends; good while pid is not 0 */
    bool killed;
    struct buf bytes;
    int64_t heard_ms, started_ms, next_start, pause_ms; /* the first three by the boot clock */
    uint64_t facts, starts, broken; /* taken; scanners; of these: spoke nonsense */
};

/* Do what there is to do: start, take facts (at most about 1 MiB of them), reap, kill. True: there is
 * more to take at once. */
bool link_step(struct link *l, int64_t boot_ms);
/* The descriptor that becomes readable when there are facts; -1: there is no scanner now. */
int link_fd(const struct link *l);
/* End the scanner; it is not waited for where it hangs (false). */
bool link_end(struct link *l);

#endif
