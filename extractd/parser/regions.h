/*
 * regions: the parts of a page that may hold words which its text layer does not have: images of a
 * size and resolution that words can be read at, and outlines that look like letters, unless the
 * text layer lies over them.
 */
#ifndef PDFSPOOL_REGIONS_H
#define PDFSPOOL_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/parser/pagepicture.h"

enum { REGIONS_MOST = 16 };

struct regions {
    struct picture_area areas[REGIONS_MOST]; /* from top to bottom, none within another */
    uint32_t count;
    uint32_t left_out; /* for their number: the smallest ones */
    bool outlines;     /* one of them is for outlines that look like letters */
    float share;       /* of the page that they cover, 0 to 1 */
    bool failed;       /* the page could not be read to the end; what came before counts */
    bool memory;       /* for lack of memory */
};

/* What is to be read of a page (from 0), whose text layer's lines lie in these boxes. */
void regions_to_read(struct document *d, uint32_t page, const struct picture_area *lines,
                     uint32_t line_count, struct regions *out);

#endif
