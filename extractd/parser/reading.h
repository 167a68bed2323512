/*
 * reading: one picture read as well as its cause for doubt is worth: made to stand upright, glanced
 * at for its language, read, and where that went badly read again by tier 4.
 */
#ifndef PDFSPOOL_PARSER_READING_H
#define PDFSPOOL_PARSER_READING_H

#include "extractd/parser/hard.h"
#include "extractd/parser/languages.h"

struct reading_order {
    struct recogniser *recogniser;
    struct recognise_options options;
    const struct languages *installed; /* that may be asked for; NULL: none */
    bool plain;                        /* as it is: not turned, straightened or cleaned */
    bool settled; /* an earlier page of the document was in the languages that are loaded */
};

struct reading {
    struct recognition words;
    struct hard_reading how;
    char want[LANGUAGES_CAP]; /* it would be read better in these; "" when not */
    bool telling; /* it is in the languages that are loaded, and long enough to say so */
};

/* RECOGNISE_OK: words, or with `want` none that are worth taking. Always fills *out; end it by
 * reading_free(). */
enum recognise_result reading_make(const struct reading_order *order, const struct picture *p,
                                   struct reading *out);
void reading_free(struct reading *r);

#endif
