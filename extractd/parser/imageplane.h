/*
 * imageplane: an image of a page, decoded to one plane of grey. Everything may throw but what is
 * computed beforehand: the pixels and bytes that decoding will take.
 */
#ifndef PDFSPOOL_IMAGEPLANE_H
#define PDFSPOOL_IMAGEPLANE_H

#include <stdint.h>

#include "extractd/parser/picture.h"
#include "extractd/parser/survey.h"

struct imageplane {
    struct picture_source source; /* its samples belong to the pixmap */
    fz_pixmap *pixmap;
};

/* Pixels of the largest pixmap on the way, when sides are halved so many times. JPEG 2000 is
 * decoded whole by MuPDF, and so are images with a palette. */
uint64_t imageplane_pixels(fz_context *ctx, const struct survey_image *one, int halved);
/* Bytes in memory at most: what is decoded, and the grey beside it. */
uint64_t imageplane_bytes(fz_context *ctx, const struct survey_image *one, int halved);
/* Throws. */
void imageplane_load(fz_context *ctx, const struct survey_image *one, int halved,
                     struct imageplane *out);
void imageplane_drop(fz_context *ctx, struct imageplane *plane);

#endif
