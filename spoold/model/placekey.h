/*
 * placekey: the key of a document whose id nobody has told yet: "t-" and 24 digits of the SHA-256 of
 * its entry's place, such as "pending/a.pdf" (DocumentKey of docs/openapi.yaml).
 */
#ifndef PDFSPOOLD_PLACEKEY_H
#define PDFSPOOLD_PLACEKEY_H

#include <stddef.h>

enum { PLACEKEY_CAP = 40 /* as long as an id may be, with NUL */ };

void placekey(const char *place, size_t n, char key[PLACEKEY_CAP]);

#endif
