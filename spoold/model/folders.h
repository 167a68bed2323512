/*
 * folders: how many documents are where, for each folder in the top of pending/, and when the last
 * of them came to an end. Documents that lie in no folder are not counted.
 *
 * Numbers and names of folders stay for the life of the model, names are its own: whoever reads
 * them out of a snapshot does so before model_free.
 */
#ifndef PDFSPOOL_FOLDERS_H
#define PDFSPOOL_FOLDERS_H

#include <stddef.h>
#include <stdint.h>

#include "spoold/model/leaf.h"

enum { FOLDERS_MOST = 16384 };
#define NO_FOLDER UINT32_MAX

struct folder_count {
    const char *name;                            /* bytes */
    uint32_t open, done, partial, empty, failed; /* partial and empty: of those done */
    int64_t ended_ms; /* when the last one came to an end, server's clock; 0: not known */
};

/* Zero-initialise. */
struct folders {
    struct folder_count *all;
    size_t n, cap;
    uint32_t *slots; /* a hash table of numbers, each + 1 */
    size_t n_slots;
};

void folders_free(struct folders *f);
/* The number of the folder that a document's path begins with. NO_FOLDER: it is in none, or there
 * are too many, or no memory. */
uint32_t folders_of(struct folders *f, const char *path);
/* A document of that folder is there (change 1), or no longer (-1). NO_FOLDER is fine. */
void folders_count(struct folders *f, uint32_t number, const struct doc_row *d, int change);

#endif
