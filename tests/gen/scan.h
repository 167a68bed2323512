/*
 * scan: pictures of pages, as a scanner makes them.
 */
#ifndef PDFSPOOL_GEN_SCAN_H
#define PDFSPOOL_GEN_SCAN_H

#include "tests/gen/doc.h"

/* What stands above and below the words in the picture. */
#define SCAN_TITLE "A page from the scanner"
#define SCAN_REST                                                                                  \
    "This page is a picture. Nobody can search it before a machine has read the letters again, "   \
    "one by one."

/* Write the picture of a page (grey, letter size at 150 dpi) with these words; its object number.
 */
unsigned scan_image(struct doc *d, const char *words);

#endif
