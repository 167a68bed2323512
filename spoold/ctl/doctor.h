/*
 * doctor: is this share fit for a spool? Each check tries the very thing that the protocol needs,
 * in a private folder.
 */
#ifndef PDFSPOOL_CTL_DOCTOR_H
#define PDFSPOOL_CTL_DOCTOR_H

#include "base/fsop.h"
#include "spoold/ctl/ctl.h"

enum verdict { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_VERDICTS };

struct doctor {
    struct ctl *c;
    const struct spool *spool;
    int dir;      /* the private folder */
    char tag[32]; /* its name: .doctor-<random>; also of probes elsewhere */
    unsigned count[DOCTOR_VERDICTS];
    struct buf b;
    struct jsonw w;
};

/* One line: what was found, what it means, what to do. */
void doctor_say(struct doctor *d, enum verdict v, const char *check, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* What to do about an error met while writing to a folder of the share (-1: none that is open), as
 * words that begin with a semicolon; "" when there is nothing to say. Valid until the next call. */
const char *doctor_hint(int dir, int error);
/* Make an empty file in the folder. 0 or -1. */
int doctor_make(int dir, const char *name);

/* doctor_tree.c: the transitions of the protocol, names, times. False when nothing can be made
 * here, so that what is left need not be tried. */
bool doctor_tree(struct doctor *d);
void doctor_race(struct doctor *d);  /* doctor_race.c: exclusive claims */
void doctor_mount(struct doctor *d); /* doctor_mount.c: type, options, space */
void doctor_host(struct doctor *d,
                 const char *parser); /* doctor_host.c: clock, user, limits, names, parser */

#endif
