/*
 * pagepicture: the picture of a page, or of a part of it, that recognition reads: the page's own
 * image where that is all there is to see, put together from strips or tiles, or rendered.
 *
 * A picture's dpi is that of the page, but on paper larger than A3: sizes like these are mostly
 * made up, and the page's own image then has the resolution that it would have on A3.
 *
 * No allocation is tried that the limits forbid; what a page may need at most is known beforehand.
 */
#ifndef PDFSPOOL_PAGEPICTURE_H
#define PDFSPOOL_PAGEPICTURE_H

#include <stdint.h>

#include "extractd/parser/picture.h"

struct document;

struct picture_limits {
    uint64_t max_pixels; /* of a picture */
    uint64_t max_bytes;  /* of picture and decoded images at once; 0: picture_bytes_most() */
    uint32_t max_side;   /* pixels; tesseract has 16 bits for a coordinate */
    float dpi_min;       /* a page that does not fit at this is refused */
    float dpi_want;
};

extern const struct picture_limits picture_limits_default;

enum picture_how { PICTURE_NONE, PICTURE_OWN_IMAGE, PICTURE_STRIPS, PICTURE_RENDERED };

enum picture_result {
    PICTURE_OK,
    PICTURE_PARTIAL, /* something could not be drawn; the rest is there */
    PICTURE_EMPTY,   /* the page draws nothing; no picture */
    PICTURE_LIMIT,   /* too many pixels, even at dpi_min; no picture */
    PICTURE_MEMORY,  /* no memory; no picture */
    PICTURE_BAD      /* the page cannot be read; no picture */
};

enum { PICTURE_WHY = 200 };

struct picture_area {
    float x0, y0, x1, y1; /* points of the page as displayed, y down from its top */
};

/* Make the picture of a page (from 0). *out is the caller's, all zero when there is none. *how and
 * why (at least PICTURE_WHY bytes) always say what was done, and why not less; any bytes. */
enum picture_result picture_of_page(struct document *d, uint32_t page,
                                    const struct picture_limits *limits, struct picture *out,
                                    enum picture_how *how, char *why);
/* The picture of a part of it, without the page's text layer: that is known already. Its own image
 * where the part has one and nothing else. */
enum picture_result picture_of_area(struct document *d, uint32_t page,
                                    const struct picture_area *area,
                                    const struct picture_limits *limits, struct picture *out,
                                    enum picture_how *how, char *why);

/* Bytes that making a picture takes at most under these limits, MuPDF's and ours together, without
 * what MuPDF needs for the document itself and for blending while it renders (which its
 * allocator's cap bounds): 1 for the picture, 4 for a decoded image in CMYK, 1 for its grey. */
uint64_t picture_bytes_most(const struct picture_limits *limits);

const char *picture_how_name(enum picture_how how);
const char *picture_result_name(enum picture_result result);

#endif
