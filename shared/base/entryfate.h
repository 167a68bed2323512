/*
 * entryfate: what became of an entry of an archive (or an attachment of a PDF): one enumeration,
 * used by the frames, by the archive's JSON and by people.
 */
#ifndef PDFSPOOL_ENTRYFATE_H
#define PDFSPOOL_ENTRYFATE_H

#include <stdbool.h>
#include <stddef.h>

enum entryfate {
    ENTRY_TAKEN,  /* a PDF, whole */
    ENTRY_NO_PDF, /* neither its content nor its name says that it is one */
    ENTRY_NESTED, /* an archive, or a document in the form of one (docx, epub, ...) */
    ENTRY_EMPTY,
    ENTRY_LITTER,  /* what file managers leave: __MACOSX/, .DS_Store, Thumbs.db */
    ENTRY_LINK,    /* symbolic or hard */
    ENTRY_SPECIAL, /* a device, a pipe, a socket */
    ENTRY_ENCRYPTED,
    ENTRY_TOO_LARGE,
    ENTRY_DAMAGED, /* it could not be unpacked to its end, or not at all: the message says why */
    ENTRY_FATES
};

/* "taken", "not_pdf", ...: as in JSON. */
const char *entryfate_name(enum entryfate fate);
/* A sentence's end for people: "it ...". */
const char *entryfate_text(enum entryfate fate);
/* The fate of that name, or ENTRY_FATES. */
enum entryfate entryfate_of(const char *name, size_t n);

#endif
