/*
 * filekind: what a file is, by its first bytes. Names and endings are not asked. Pure.
 *
 * What begins like a container is that container, whatever it holds: a zip that stores a PDF has
 * the PDF's header in its first 1,024 bytes, too. A PDF's header may stand anywhere in those, as
 * readers of PDF allow it.
 */
#ifndef PDFSPOOL_FILEKIND_H
#define PDFSPOOL_FILEKIND_H

#include <stdbool.h>
#include <stddef.h>

enum filekind {
    FILEKIND_OTHER,
    FILEKIND_PDF,
    FILEKIND_ZIP,
    FILEKIND_TAR, /* ustar, GNU, pax, and the old kind without a magic, known by its checksum */
    FILEKIND_GZIP,
    FILEKIND_BZIP2,
    FILEKIND_XZ,
    FILEKIND_ZSTD,
    FILEKIND_COUNT
};

enum { FILEKIND_BYTES = 1024 }; /* that a look needs; more are not looked at, fewer know less */

/* The kind of a file that begins with these n bytes. Cannot fail. */
enum filekind filekind_of(const void *bytes, size_t n);
/* "pdf", "zip", "tar", ...; "other". */
const char *filekind_name(enum filekind kind);
/* True for what may hold files: all but PDF and OTHER. */
bool filekind_holds_files(enum filekind kind);

#endif
