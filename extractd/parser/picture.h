/*
 * picture: a page or a part of it as pixels in memory, on the way from MuPDF to recognition.
 *
 * Grey, 8 bits a pixel, rows from the top. Who made the picture owns the samples, which come from
 * malloc; picture_free frees them. All functions here are pure: no MuPDF, no files.
 */
#ifndef PDFSPOOL_PARSER_PICTURE_H
#define PDFSPOOL_PARSER_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

struct picture {
    uint8_t *samples;
    uint32_t width, height, stride; /* pixels, pixels, bytes from row to row */
    unsigned bits;                  /* 8: grey, 0 black to 255 white; 1 bit is expanded */
    float dpi;                      /* along both axes */
    /* Pixel (x to the right, y down) to page space in points, y down from the top of the page as
     * displayed: X = m[0] x + m[2] y + m[4], Y = m[1] x + m[3] y + m[5]. */
    float m[6];
};

/* How an image's own pixels (u to the right, v down) lie on the page as displayed. */
struct picture_turn {
    bool swap;           /* x runs along v, and y along u */
    bool flip_x, flip_y; /* then these are mirrored */
};

/* Grey pixels that somebody else owns. */
struct picture_source {
    const uint8_t *samples;
    uint32_t width, height;
    int64_t stride; /* bytes from row to row */
    struct picture_turn turn;
    /* A sample s is painted as white - (white - grey) * s / 255 where it is a stencil's cover, and
     * darkens what is there; else it is the grey, and replaces what is there. */
    bool stencil;
    uint8_t grey;
};

/* A part of a picture in pixels; x1 and y1 are outside. May reach beyond the picture. */
struct picture_rect {
    int64_t x0, y0, x1, y1;
};

/* White, without a place on the page. False without memory or pixels; then *p is all zero. */
bool picture_make(struct picture *p, uint32_t width, uint32_t height);
/* Freeing what is all zero is fine; it is all zero afterwards. */
void picture_free(struct picture *p);
/* Paint a source, turned, over the place `at`, but only inside `within`. A source of another size
 * than `at` is averaged (when two or more times larger) or sampled. */
void picture_paint(struct picture *p, const struct picture_source *s, struct picture_rect at,
                   struct picture_rect within);
/* Keep that part (cut to the picture); m goes with it. False when nothing would be left; then *p
 * is as it was. */
bool picture_crop(struct picture *p, struct picture_rect part);
/* Another size, by linear interpolation; m and dpi go with it. Meant for enlarging. False without
 * memory; then *p is as it was. Needs both sizes in memory at once. */
bool picture_stretch(struct picture *p, uint32_t width, uint32_t height);
/* The box around what is darker than `ink` (0 to 255) in pixels; false when nothing is. */
bool picture_bounds(const struct picture *p, uint8_t ink, struct picture_rect *out);
/* Where a pixel's corner lies on the page, in points. */
void picture_to_page(const struct picture *p, float x, float y, float *page_x, float *page_y);

#endif
