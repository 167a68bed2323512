/*
 * passwords: the file of passwords that are tried on encrypted documents (setting `passwords`): one
 * on each line, bytes as they are, in UTF-8 for documents of PDF 2.0.
 */
#ifndef PDFSPOOL_PASSWORDS_H
#define PDFSPOOL_PASSWORDS_H

#include "base/buf.h"

/* Append the file's lines to out, each ended by a NUL; empty lines, and the CR before a line's end,
 * are left out. 0; -1 and errno when it cannot be read (E2BIG: above WIRE_PASSWORDS_MAX bytes). */
int passwords_load(const char *file, struct buf *out);

#endif
