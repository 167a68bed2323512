/*
 * recipe: the settings that decide a document's text, as one line. Two documents with the same
 * content, made by the same version and recipe, have the same text.
 *
 * What only bounds the work (time, memory, pages) is not in it: where a bound was met, a page says
 * so, and the text is not taken for another document's.
 */
#ifndef PDFSPOOL_RECIPE_H
#define PDFSPOOL_RECIPE_H

#include <stdbool.h>
#include <stdint.h>

enum { RECIPE_CAP = 200 };

struct recipe {
    bool dehyphenate;
    bool attached; /* PDFs that it carries are looked for, whatever it is (so one that was made into
                      nothing but text has none) */
    uint32_t without;      /* JOB_NO_... (wire.h) */
    const char *languages; /* what OCR is told to expect, or "auto" */
    uint64_t pixels;       /* the most of a picture */
    const char *outside; /* a hash of what is asked outside of this program; "" or NULL: nothing */
};
void recipe_make(const struct recipe *r, char out[RECIPE_CAP]);
/* Do both make the same text, of a document that OCR was done for, or was not? An empty recipe is
 * like no other. */
bool recipe_same(const char *a, const char *b, bool ocr);

#endif
