/* document: what users drop, what is read out of it, and what is written about it. */
#ifndef PDFSPOOL_SIM_DOCUMENT_H
#define PDFSPOOL_SIM_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/token.h"

enum document_kind { DOCUMENT_GOOD, DOCUMENT_CORRUPT, DOCUMENT_CRASHES, DOCUMENT_HOLDS };
/* DOCUMENT_INNER: how many others come out of one that holds some. */
enum { DOCUMENT_MOST = 8192, DOCUMENT_INNER = 2 };

struct document {
    unsigned serial; /* tells it from all others */
    enum document_kind kind;
    uint64_t hash; /* of the content as it was read */
    size_t size;
};

/* The content: its length. */
size_t document_write(unsigned serial, enum document_kind kind, char *to, size_t cap);
/* False: it is none of ours. */
bool document_read(const char *content, size_t n, struct document *out);
/* The serial number and the path of one of those that come out of it. */
unsigned document_inner(unsigned serial, unsigned i);
const char *document_inner_path(unsigned i);
/* Of which document did this one come? 0: a user has dropped it. */
unsigned document_holder(unsigned serial);
/* Results; doc NULL: it could not be read. */
size_t document_text(const struct document *doc, char *to, size_t cap);
size_t document_json(const struct document *doc, const struct token *t, const char *outcome,
                     const char *path, char *to, size_t cap);
uint64_t document_hash(const char *content, size_t n);

#endif
