/*
 * entrylist: what was found in an archive, or attached to a PDF, and what became of it: "entries"
 * in x.json (docs/SPOOL.md, 5). Zero-initialise; entrylist_free.
 *
 * For each entry there are some 150 bytes, its name (the beginning of a very long one), its path
 * and its message; of its content nothing.
 */
#ifndef PDFSPOOL_ENTRYLIST_H
#define PDFSPOOL_ENTRYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/entryfate.h"
#include "base/jsonw.h"
#include "base/sha256.h"

enum { ENTRYLIST_NAME_MOST = 1024 };

struct listed_entry {
    size_t name, name_len; /* in `text`; cut after ENTRYLIST_NAME_MOST bytes */
    bool ended;
    enum entryfate fate;
    size_t path; /* where it is taken: in `text`, NUL-terminated */
    size_t why;  /* in `text`, NUL-terminated */
    uint64_t size;
    char sha256[SHA256_HEX];
};

struct entrylist {
    struct listed_entry *entries;
    size_t n, cap;
    uint32_t taken;
    struct buf text;
};

/* What became of an entry; path, size and sha256 are of one that is taken. Borrowed. */
struct entry_end {
    enum entryfate fate;
    const char *message; /* one line of UTF-8; "" for none */
    const char *path;    /* clean (archive_path.h) */
    uint64_t size;
    const char *sha256;
};

/* The next entry: its name, as it is, of n bytes. 0; -1: no memory (errno). */
int entrylist_begin(struct entrylist *l, const char *name, size_t n);
/* What became of the one that began last (an entry that has no end was given up). 0; -1: no memory
 * (errno). */
int entrylist_end(struct entrylist *l, const struct entry_end *end);
/* The member "entries". `exposed`: those that were taken are there to be found, and have paths. */
void entrylist_write(const struct entrylist *l, struct jsonw *w, bool exposed);
/* Empty it, and give the memory back. */
void entrylist_free(struct entrylist *l);

#endif
