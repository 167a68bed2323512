/*
 * pagewire: what a parser that draws one page says to who started it: a header, and the pixels.
 *
 *   pdfspool-parser --page PARENT PAGE WIDTH MEMORY CPU SANDBOX [DPI PIXELS]
 *
 * PARENT: the process that started it; PAGE: from 1; WIDTH: pixels at most; MEMORY: bytes, 0: no
 * limit; CPU: seconds; SANDBOX: as [parser] sandbox has it, a number. Without the other two it is
 * drawn as wide as may be, for people: within PAGEWIRE_SIDE and PAGEWIRE_PIXELS; with them at DPI
 * dots an inch, smaller where it would be wider or higher than WIDTH or have more than PIXELS. The
 * document is descriptor PAGEWIRE_DOCUMENT, the answer goes to PAGEWIRE_ANSWER:
 *
 *   offset  bytes  little-endian
 *   0       4      PAGEWIRE_MAGIC
 *   4       4      enum pagewire_kind
 *   8       4      width in pixels; 0: no picture
 *   12      4      height
 *   16      4      pages of the document; 0: not known
 *   20      4      0
 *   24      ...    red, green, blue of each pixel, rows from the top; then the end
 *
 * Whoever reads it believes nothing: the process has seen the document.
 */
#ifndef PDFSPOOL_PAGEWIRE_H
#define PDFSPOOL_PAGEWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGEWIRE_OPTION "--page"

enum {
    PAGEWIRE_MAGIC = 0x31504750, /* PGP1 */
    PAGEWIRE_HEADER = 24,
    PAGEWIRE_SIDE = 4000,       /* pixels, of either side, for people */
    PAGEWIRE_PIXELS = 2500000,  /* of such a picture; its PNG is never larger than 8 MiB */
    PAGEWIRE_SIDE_MOST = 12000, /* of any picture */
    PAGEWIRE_PIXELS_MOST = 40000000,
    PAGEWIRE_DPI_MOST = 1200,
    PAGEWIRE_COLOURS = 3, /* bytes a pixel */
    PAGEWIRE_ANSWER = 4,
    PAGEWIRE_DOCUMENT = 5
};

enum pagewire_kind {
    PAGEWIRE_PICTURE,
    PAGEWIRE_NO_PAGE, /* it has fewer pages */
    PAGEWIRE_ENCRYPTED,
    PAGEWIRE_NOT_PDF,
    PAGEWIRE_CORRUPT,
    PAGEWIRE_MEMORY,
    PAGEWIRE_KINDS
};

struct pagewire {
    enum pagewire_kind kind;
    uint32_t width, height, pages;
};

/* The most that was asked for, in pixels. */
struct pagewire_bounds {
    uint32_t width, height, pixels;
};

/* May that much be asked for? */
bool pagewire_bounds_ok(const struct pagewire_bounds *b);
/* Can a picture within these bounds have this size? */
bool pagewire_size_ok(uint32_t width, uint32_t height, const struct pagewire_bounds *b);
void pagewire_put(const struct pagewire *w, uint8_t out[PAGEWIRE_HEADER]);
/* False: this is no such header, or a picture of a size that was not asked for. */
bool pagewire_take(const uint8_t in[PAGEWIRE_HEADER], const struct pagewire_bounds *b,
                   struct pagewire *w);

#endif
