/*
 * langlist: lists of OCR languages as people write them: "deu", "deu+eng"; in a setting also
 * "auto". Names are those of tesseract's models, as `tesseract --list-langs` has them.
 */
#ifndef PDFSPOOL_LANGLIST_H
#define PDFSPOOL_LANGLIST_H

#include <stdbool.h>
#include <stddef.h>

#define LANGLIST_AUTO "auto"

enum { LANGLIST_CAP = 64 /* with NUL */, LANGLIST_MOST = 3 /* names in a list */ };

/* n bytes: one to LANGLIST_MOST names of letters, digits, '_', '-' and '/', joined by '+'? Not
 * "auto", "." or "..", and no name begins with '-' or '/'. */
bool langlist_ok(const char *s, size_t n);
/* The languages that a document's path asks for: those of the innermost folder that is called "@"
 * and a list, as in "letters/@deu+eng/1947/x.pdf". False: there is none. */
bool langlist_of_path(const char *path, char out[LANGLIST_CAP]);

#endif
