/*
 * hard: tier 4. A page that tier 3 reads badly is turned, straightened, cleaned and scaled, and
 * read again; the best reading stays and says what was done.
 */
#ifndef PDFSPOOL_PARSER_HARD_H
#define PDFSPOOL_PARSER_HARD_H

#include "extractd/parser/recognise.h"

enum { HARD_WHY = 160, HARD_READINGS = 4 /* that a page is given at most */ };

struct hard_reading {
    char why[HARD_WHY];             /* "turned by 180, deskewed by 1.2 degrees, Sauvola"; "" when
                                       the best reading is that of the picture as it is */
    struct orientation orientation; /* as told by osd; all zeros when not asked or not known */
    bool asked;                     /* osd knew */
    bool looked;                    /* how it lies was told without osd */
};

/* Before any reading: turn a picture that does not stand upright, as far as a look tells that. Takes
 * s over and gives it back, or what came of it; always fills *out. */
struct prepared *hard_stand(struct prepared *s, struct hard_reading *out);
/* Is tier 4 worth its time (some three seconds) for this reading of tier 3? */
bool hard_is_worth_it(const struct recognition *r);
/* Read again. s and *out are of hard_stand(); *best holds the reading of s (or all zeros) and keeps
 * the better one, with passes and ms added up. */
enum recognise_result hard_read(struct recogniser *r, const struct prepared *s,
                                const struct recognise_options *o, struct recognition *best,
                                struct hard_reading *out);

#endif
