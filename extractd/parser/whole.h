/*
 * whole: whether this program has all engines.
 *
 * The Makefile builds two programs of the same rooms. pdfspool-parser has MuPDF alone, and starts
 * in 3 ms. poppler and tesseract bring some 80 libraries: a start of 35 ms and 15 MB more, which
 * most documents have no use for. They are in pdfspool-parser-whole, into which the zygote turns
 * (grow.h) when a parser is first asked for that needs them: one for OCR, or one for a page whose
 * text layer is doubtful. From then on all parsers have them.
 */
#ifndef PDFSPOOL_PARSER_WHOLE_H
#define PDFSPOOL_PARSER_WHOLE_H

#include <stdbool.h>

/* When it is false, no function of second, recognise and prepare may be called: there is none. */
bool whole_program(void);

#endif
