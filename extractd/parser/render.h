/*
 * render: a page, or a part of it, drawn by MuPDF as a viewer shows it, in grey.
 */
#ifndef PDFSPOOL_RENDER_H
#define PDFSPOOL_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/parser/picture.h"

struct document;

struct render_order {
    float x0, y0, x1, y1; /* the part, in points of the page as displayed, y down */
    float dpi;
    bool without_text; /* text of the text layer is not drawn: it is known already */
};

struct render_result {
    bool drawn;        /* the picture is there, perhaps not all of the page is in it */
    bool memory;       /* memory was the reason for what is missing */
    int errors;        /* in the content */
    char message[160]; /* of the failure; any bytes */
};

/* Draw a part of page number (from 0). Fills *out when drawn, else it is all zero. The caller has
 * made sure that so many pixels are allowed. */
void render_page(struct document *d, uint32_t number, const struct render_order *order,
                 struct picture *out, struct render_result *result);

#endif
