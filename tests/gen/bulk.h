/*
 * bulk: many small documents, each with words that no other has.
 */
#ifndef PDFSPOOL_GEN_BULK_H
#define PDFSPOOL_GEN_BULK_H

#include "tests/gen/kinds.h"

/*
 * Write doc-000001.pdf ... into dir, made if missing. opt: pages (0: 1), seed, size. Each page of
 * document i says "document 00000i page p token T", where T depends on seed and i alone. -1: a
 * message was printed; earlier ones stay.
 */
int bulk_write(const char *dir, unsigned long count, const struct genopt *opt);

#endif
