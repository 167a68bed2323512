/*
 * document: a PDF that is open. Only the PDF handler is used; JavaScript is never enabled.
 */
#ifndef PDFSPOOL_DOCUMENT_H
#define PDFSPOOL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

struct engine;
struct document;

struct document_facts {
    enum outcome outcome; /* OUTCOME_OK, or why it cannot be read: encrypted, corrupt, not_pdf,
                             limit, memory */
    char message[256];    /* of the failure; any bytes */
    uint32_t pages;       /* 1 to max_pages */
    bool repaired;        /* MuPDF had to rebuild the cross-reference table */
    bool encrypted;       /* and opened with the empty user password, or one of those given */
    bool password;        /* with one of those given */
};

/* Borrowed until document_close; must not change. */
struct document_source {
    const void *data;
    size_t size;
    uint32_t max_pages;
    const char *passwords; /* to try after the empty one; each ended by a NUL */
    size_t password_bytes;
};

/* Open it. Fills *facts; NULL unless its outcome is OUTCOME_OK. */
struct document *document_open(struct engine *e, const struct document_source *source,
                               struct document_facts *facts);
/* Metadatum i from 0: its name (a constant) and value (any bytes, cut at cap - 1). False at the
 * end. A value that is absent or unreadable is "". */
bool document_meta(struct document *d, size_t i, const char **key, char *value, size_t cap);
void document_close(struct document *d); /* NULL is fine */

#endif
