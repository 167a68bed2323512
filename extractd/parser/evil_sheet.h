/*
 * evil_sheet: a parser that draws one page, taken over. For tests (TEST_EVIL) alone.
 */
#ifndef PDFSPOOL_EVIL_SHEET_H
#define PDFSPOOL_EVIL_SHEET_H

#include <stddef.h>
#include <stdint.h>

/* A document that begins with "%EVIL-SHEET NAME" has the deed of that name done, which does not
 * return; of any other nothing happens. */
void evil_sheet(const void *data, size_t size, uint32_t width);

#endif
