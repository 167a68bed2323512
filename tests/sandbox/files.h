/* files: archives that are opened within the cage: its filter must let libarchive do its work. */
#ifndef PDFSPOOL_TEST_FILES_H
#define PDFSPOOL_TEST_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"

/* The kinds of archive that are tried, and their names. */
extern const size_t files_kinds;
const char *files_kind_name(size_t kind);
/* Have an archive of that kind, which holds two PDFs and a text, opened by the bench's parser. True:
 * both PDFs came, whole and in order, and the text was left out. */
bool files_open(struct bench *b, size_t kind);

#endif
