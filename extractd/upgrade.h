/*
 * upgrade: another program in place of the one that runs.
 *
 * The reporter looks, every second, whether the file of extractd, of pdfspool-parser or of
 * pdfspool-parser-whole is still the one of the start. Another one that has been there unchanged
 * for a few seconds is asked whether it can work here ("--check", which is its own word for its own
 * parser, this spool's format and this configuration). If it says yes, the supervisor ends as it does
 * at SIGTERM (nothing is claimed, what is in hand is finished within shutdown_grace, the rest goes
 * back unspent, the lease is given back), and then executes it, with the same arguments, under the
 * same pid. If it says no, that is logged once, and the old program works on.
 *
 * What runs never mixes with what lies there: the parser is executed by descriptors that were opened
 * at the start (struct extractd).
 */
#ifndef PDFSPOOL_UPGRADE_H
#define PDFSPOOL_UPGRADE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "extractd/ask.h"

enum { UPGRADE_FILES = 3, UPGRADE_ARGS = 32 };

/* What is told of a file by a look at it; all 0: it is not there. */
struct upgrade_file {
    uint64_t device, inode, size;
    int64_t mtime_s, mtime_ns;
};

struct upgrade_look {
    struct upgrade_file file[UPGRADE_FILES];
};

struct upgrade {
    char program[PATH_MAX]; /* by this path it was started; "": not known */
    char parser[PATH_MAX], whole[PATH_MAX + 8];
    char *argv[UPGRADE_ARGS + 2]; /* borrowed from main; room for "--check" and NULL */
    char **environment; /* of the start: what is taken from it later is for the new one, too */
    int argc;
    struct upgrade_look began, last, refused;
    bool refusing, asking;
    int64_t next, since; /* boot clock, ms: the next look; of `last` the first */
    struct ask ask;
};

/* Note what runs. argv: as main got it, kept. Before anything is taken from the environment. Without a path by which the program can be found
 * again nothing is ever noticed. */
void upgrade_begin(struct upgrade *u, int argc, char **argv, const char *parser);
/* One step, without being held up by anything but the local disk. True, once: there is another
 * program, and it can work here; ask.text is what it said. */
bool upgrade_step(struct upgrade *u, int64_t now);
/* Execute the program that is there now, or if that fails the one that runs, anew; all children must
 * have ended. Signals that ask for something wait until the new one takes them. -1: neither could
 * be. */
int upgrade_exec(struct upgrade *u);

#endif
