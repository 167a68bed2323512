/*
 * prepare: makes a picture fit for recognition: turned, scaled, deskewed, cleaned. The only user of
 * leptonica.
 *
 * Each step takes one `prepared` and gives a new one, which knows the way from its own pixels back
 * to the page (prepare_to_page): words found in it get their place, whatever was done. The caller
 * frees each by prepare_free. NULL and errno: ENOMEM, or EINVAL for what cannot be; the source is
 * untouched.
 *
 * leptonica dereferences NULL when memory runs out inside it. So each step first asks the kernel
 * for as much address space as it will need at most, gives it back, and refuses when there is none.
 */
#ifndef PDFSPOOL_PARSER_PREPARE_H
#define PDFSPOOL_PARSER_PREPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extractd/parser/picture.h"

struct Pix; /* leptonica's; for tesseract, which takes it as it is */
struct prepared;

enum { PREPARE_SIDE_MOST = 32767 }; /* pixels; tesseract's coordinates are 16 bits wide */

struct prepared_size {
    uint32_t width, height;
    float dpi;
};

/* How even a picture is: what can be told without recognising anything. */
struct prepared_look {
    float skew;            /* degrees by which deskewing would turn it clockwise; 0 when unsure */
    float skew_confidence; /* of leptonica: above 3 is sure */
    unsigned background;   /* grey of the paper in the darkest tile but a few, 0 to 255 */
    unsigned paper;        /* and in most tiles */
    uint32_t components;   /* connected ones, when binarised by one threshold */
    uint32_t specks;       /* those of at most two by two pixels */
};

/* Can that much more address space be had now? And as much as a step takes beside its source? */
bool prepare_memory_for(uint64_t bytes);
bool prepare_room_beside(const struct prepared *s);
/* Black on white by one threshold, 1 bit: the caller's, for pixDestroy; NULL when it cannot be. */
struct Pix *prepare_threshold(struct Pix *grey);

/* Copy a picture, upright as the page is displayed, scaled to dpi (0: as it is), but with at most
 * pixels_most pixels (0: no bound) and no side above PREPARE_SIDE_MOST. EINVAL: no samples, no
 * pixels, not 8 bits, a matrix without inverse. */
struct prepared *prepare_picture(const struct picture *p, float dpi, uint64_t pixels_most);
struct prepared *prepare_scaled(const struct prepared *s, float dpi);
/* Some rows of it, as wide as it is. EINVAL: it has not as many. */
struct prepared *prepare_rows(const struct prepared *s, uint32_t from, uint32_t count);
/* The band, an inch high, that has the most text. NULL also when it has half of all. */
struct prepared *prepare_band(const struct prepared *s);
/* The same once more; the pixels are shared. */
struct prepared *prepare_same(const struct prepared *s);
/* Clockwise by quarters (1, 2, 3). */
struct prepared *prepare_turned(const struct prepared *s, unsigned quarters);
/* Clockwise by degrees; the picture grows, white comes in. */
struct prepared *prepare_deskewed(const struct prepared *s, float degrees);
/* The paper becomes evenly light, the ink stays. */
struct prepared *prepare_normalised(const struct prepared *s);
/* Black and white by local thresholds (Sauvola), or by one (Otsu); 8 bits still. */
struct prepared *prepare_sauvola(const struct prepared *s);
struct prepared *prepare_otsu(const struct prepared *s);
/* Lone dots go: the median of three by three. */
struct prepared *prepare_despeckled(const struct prepared *s);
/* Light and dark change places. */
struct prepared *prepare_inverted(const struct prepared *s);

/* How text lies: the quarters by which turning it clockwise makes it stand, 0 to 3; -1: that cannot
 * be told. By the strokes of Latin letters that stand out of their lines, upwards for the most
 * part, and without recognising any: some 40 ms. Right for 18 of 21 synthetic scans, four of them
 * turned, and silent on three; silent on 36 of 62 upright pages of many scripts, right on 26. */
int prepare_lie(const struct prepared *s);
/* False without memory. */
bool prepare_look(const struct prepared *s, struct prepared_look *out);
struct prepared_size prepare_size(const struct prepared *s);
/* Borrowed: 8 bits grey. */
struct Pix *prepare_pix(const struct prepared *s);
/* A box in this picture's pixels -> the box around it in page points: left, top, right, bottom. */
void prepare_to_page(const struct prepared *s, const int box[4], float page[4]);
void prepare_free(struct prepared *s);

/* Say nothing on stderr. Call once, before anything else. */
void prepare_quiet(void);

#endif
