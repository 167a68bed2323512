/*
 * recognise: from pixels to words. The only user of tesseract.
 *
 * A recogniser is made in the zygote, before any fork, because it reads files (60 to 150 ms a
 * model). A caged child uses its copy for as many pages as it likes: nothing is opened then. What
 * the library would say on stderr is thrown away.
 *
 * OMP_THREAD_LIMIT=1 must be in the environment when the program starts: a child has one thread.
 */
#ifndef PDFSPOOL_PARSER_RECOGNISE_H
#define PDFSPOOL_PARSER_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extractd/parser/picture.h"
#include "extractd/parser/recognition.h"

struct recogniser;
struct prepared;

enum recognise_result {
    RECOGNISE_OK,        /* words */
    RECOGNISE_NOTHING,   /* no word, or nothing but noise: *out has an empty text */
    RECOGNISE_PICTURE,   /* a picture that cannot be: too large, empty, not 8 bits */
    RECOGNISE_NO_MEMORY, /* it would not fit; nothing was tried */
    RECOGNISE_FAILED     /* the library says no */
};

enum recognise_layout { /* tesseract's page segmentation modes */
                        RECOGNISE_AUTO = 3,
                        RECOGNISE_COLUMN = 4,
                        RECOGNISE_BLOCK = 6,
                        RECOGNISE_SPARSE = 11
};

struct recognise_options {
    float dpi;            /* wanted; 0: RECOGNISE_DPI. Pictures are scaled down to it, and up to
                             dpi_least */
    float dpi_least;      /* 0: RECOGNISE_DPI_LEAST */
    uint64_t pixels_most; /* after scaling; 0: no bound but that of tesseract */
    bool dehyphenate;     /* make words whole that are parted at the end of a line */
    void (*tick)(void *); /* called while it works; NULL: not */
    void *tick_for;
};

/* Both 300: a scan of 200 dpi is read better when it is first made larger (word agreement 0.838
 * against 0.822 on ten pages), and more than 300 costs time for nothing. */
enum { RECOGNISE_DPI = 300, RECOGNISE_DPI_LEAST = 300 };

struct orientation {
    unsigned quarters;       /* to turn clockwise so that text stands upright */
    float confidence;        /* above 15 is sure, below 2 a guess */
    char script[32];         /* "Latin", "Cyrillic", ...; "" when unknown */
    float script_confidence; /* above 1 is likely */
};

/* Load models, "deu+eng", from a folder (NULL: the library's own). NULL, with a sentence in err,
 * when one of them cannot be loaded: a missing language is never passed over. The model of
 * orientation and script (osd) is loaded when there. */
struct recogniser *recogniser_new(const char *tessdata, const char *languages, char *err,
                                  size_t cap);
/* "deu+eng", as given. Borrowed. */
const char *recogniser_languages(const struct recogniser *r);
bool recogniser_has_osd(const struct recogniser *r);
void recogniser_free(struct recogniser *r);

/* Read a picture once. Always fills *out, which recognition_free takes; boxes are in page points.
 * A second reading at 420 dpi is not worth its time: of 13 pages with a confidence below 93 it was
 * better for two (word agreement), worse for two, and the same for nine. */
enum recognise_result recognise(struct recogniser *r, const struct picture *p,
                                const struct recognise_options *o, struct recognition *out);
/* One reading of a picture that is prepared. */
enum recognise_result recognise_prepared(struct recogniser *r, const struct prepared *s,
                                         enum recognise_layout layout,
                                         const struct recognise_options *o,
                                         struct recognition *out);
/* How a picture lies. False when it cannot be told (too few letters, no model, no memory). */
bool recognise_orientation(struct recogniser *r, const struct prepared *s, struct orientation *out);
/* The resolution to read a picture of this one at. */
float recognise_dpi(const struct recognise_options *o, float dpi);
/* Is a reading so poor that another is worth its time? */
bool recognise_is_poor(const struct recognition *r);
/* Put the better of two readings into *best, free the other; passes and times add up. True when it
 * was *other. */
bool recognise_better(struct recognition *best, struct recognition *other);

#endif
