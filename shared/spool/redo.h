/*
 * redo: a failed document back to waiting, as a new document with all its attempts: what a person
 * asks for with 'spoolctl retry' or on the page.
 *
 *   redo_begin, then redo_document for each
 *
 * A PDF must never be without a place, and a crash between the steps must heal:
 *   1. x.json -> .<new id>.<new claim>.json   a private result of a claim that is in no work/:
 *                                             should we die here, the PDF is still in failed/, and
 *                                             who asks again finishes the work
 *   2. x.pdf  -> pending/.retry/<token>       the one rename that matters; of two who try, one wins
 *   3. the private result goes                should we die before, the janitor sweeps it by age
 * When 2 cannot be done, x.json gets its name back; nobody can have taken that, as x.pdf is still
 * there.
 */
#ifndef PDFSPOOL_REDO_H
#define PDFSPOOL_REDO_H

#include "spool/spool.h"
#include "spool/token.h"

/* The run of one who asks: new ids are <id>-<count>. */
struct redo {
    const struct spool *spool; /* borrowed */
    char id[16];
    unsigned count;
};

struct redo_wish {
    const char *folder, *name; /* its entry: folder from the top of the spool, name of the PDF */
    const char *path;     /* it goes back under this path where its x.json says none that can be */
    const char *document; /* only this one, as far as an x.json tells; NULL: whatever is there */
};

enum redone {
    REDO_DONE,  /* it waits */
    REDO_GONE,  /* it is not there any more (somebody else moved it), or another one is */
    REDO_FAILED /* it is where it was; errno says why */
};

void redo_begin(struct redo *r, const struct spool *s);
enum redone redo_document(struct redo *r, const struct redo_wish *wish);

#endif
