/*
 * slot_parts: what the files of slot share: slot.c is the life of a slot, slot_read.c gets from a
 * document in hand to what is known of it, slot_end.c from there to where it goes.
 */
#ifndef PDFSPOOL_SLOT_PARTS_H
#define PDFSPOOL_SLOT_PARTS_H

#include "extractd/decide.h"
#include "extractd/extractd.h"
#include "extractd/parserlink.h"
#include "extractd/report.h"

struct slot {
    struct extractd *x;
    int index;
    struct slot_board *board;
    struct lease lease;
    struct parserlink *link;
    struct sha256 *hash;
    struct parse_result parsed;
    struct buf json, line;
    char path[PATH_CAP];
    char sha256[SHA256_HEX]; /* of the document in hand */
    int path_unknown;        /* errno: the path of the document in hand cannot be read just now */
    struct report report;    /* of the document in hand */
};

/* The stage on the board; counts as progress. */
void slot_stage(struct slot *s, enum slot_stage to);
/* Load the document, and have it parsed. */
struct decision slot_read(struct slot *s, struct hand *h);
/* Results, reservation, seal, publish. `changing`: that the file still changes is known, and is why
 * it fails. Returns *d when the document is decided, else what to do instead. */
struct decision slot_finish(struct slot *s, struct hand *h, const struct decision *d,
                            bool changing);
/* Back to waiting. The token that could not be moved stays in work/, where the claimer finds it as
 * a stranger. */
void slot_put_back(struct slot *s, struct hand *h, const struct decision *d);

#endif
