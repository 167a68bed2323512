/*
 * pageimage: a page that is nothing but its images, taken from these as they are: one image, or
 * strips and tiles of one resolution that are put together again.
 *
 * The pixels are not resampled, except: halved (again and again) where there are more than are
 * wanted or allowed, and stretched along one axis where that has fewer pixels an inch (fax).
 */
#ifndef PDFSPOOL_PAGEIMAGE_H
#define PDFSPOOL_PAGEIMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/parser/picture.h"
#include "extractd/parser/survey.h"

struct pageimage_limits {
    uint64_t max_pixels; /* of the picture, and of each image as it is decoded */
    uint64_t max_bytes;  /* in memory at once */
    uint32_t max_side;
    float dpi_min;  /* it is not brought below this, to fit */
    float dpi_want; /* it is halved while it stays at or above this, but for a twentieth */
};

struct pageimage_plan {
    uint32_t count;         /* of the images that are put together; 0: it must be rendered */
    const uint8_t *taken;   /* of the survey's images: not 0 if so; owned by the plan */
    fz_rect area;           /* what they show, in points */
    float dpi[2];           /* along x and y of the page */
    int halved;             /* so many times */
    uint32_t width, height; /* of the picture before it is stretched */
    uint64_t bytes;         /* in memory at most */
    bool limit;             /* it would do, but has too many pixels */
    const char *why;        /* it does not do; a constant */
};

/* Can the page be made from its images? Always fills *plan; pageimage_forget it. */
void pageimage_plan(const struct survey *s, const struct pageimage_limits *l,
                    struct pageimage_plan *plan);
/* Decode and compose. Throws; then *out is all zero. */
void pageimage_make(const struct survey *s, const struct pageimage_plan *plan, struct picture *out);
void pageimage_forget(struct pageimage_plan *plan);

#endif
