/*
 * ocr: reading pictures: of a page that has no good text, the whole of it; of one whose text layer
 * leaves a part out, that part, merged with the layer.
 */
#ifndef PDFSPOOL_OCR_H
#define PDFSPOOL_OCR_H

#include <stdbool.h>

struct page_work;

/* Read the page at hand. True: it is settled: text, tier and all are filled in, or w->want says
 * which languages would be better. False: no picture could be had; w->message says why. */
bool ocr_read(struct page_work *w);

#endif
