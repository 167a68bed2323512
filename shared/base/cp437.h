/*
 * cp437: the code page of the IBM PC, in which names in a zip are unless they are marked as UTF-8
 * (APPNOTE.TXT, appendix D). Many zips break that rule; what is not valid UTF-8 is most often this.
 */
#ifndef PDFSPOOL_CP437_H
#define PDFSPOOL_CP437_H

#include <stdint.h>

/* The character of a byte above 127, as UTF-8. Never NULL; the highest bit of byte is ignored. */
const char *cp437_utf8(uint8_t byte);

#endif
