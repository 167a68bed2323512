/*
 * blank: is there anything to see on a page? Asked only of pages without text.
 */
#ifndef PDFSPOOL_BLANK_H
#define PDFSPOOL_BLANK_H

#include <stdbool.h>
#include <stdint.h>

struct document;

/* True when running the page (from 0) draws nothing at all: no path, image or shading, not even in
 * white. A page that cannot be run is not blank. */
bool blank_page(struct document *d, uint32_t page);

#endif
