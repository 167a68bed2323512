/*
 * need: what a waiting document needs of the host that takes it next, as its name says it
 * (token.h). Beside NEED_TEXT and NEED_OCR:
 *
 *   m<letters>   it was killed for memory: to be tried alone, by a host that lets a document that is
 *                alone have more than so many MiB. The letters are decimal digits, a for 0 to j for
 *                9, since a need has letters only: a version that knows no such need takes the
 *                document as any other
 *   last         no such host came in time: any host tries it once more as it is, and that decides
 */
#ifndef PDFSPOOL_NEED_H
#define PDFSPOOL_NEED_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/layout.h"

enum { NEED_MIB_MOST = 999999 };

/* The need of a document for which this many MiB were not enough. */
void need_write_memory(char need[NEED_CAP], uint64_t mib);
/* True: it is such a need; *mib: how much was not enough. */
bool need_is_memory(const char *need, uint64_t *mib);

#endif
