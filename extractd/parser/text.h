/*
 * text: tier 1, the text that is in the file: MuPDF's structured text, in reading order, each line
 * in logical order.
 */
#ifndef PDFSPOOL_TEXT_H
#define PDFSPOOL_TEXT_H

#include "extractd/parser/tier.h"

extern const struct tier text_tier;

#endif
