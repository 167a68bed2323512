/*
 * export_seen: the names of one folder that were met. A listing may repeat a name while others
 * change the folder; an archive would then have it twice. 16 to 32 bytes a name.
 */
#ifndef PDFSPOOL_CTL_EXPORT_SEEN_H
#define PDFSPOOL_CTL_EXPORT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct export_seen {
    uint64_t *slots; /* hashes; 0: free */
    size_t cap, used;
    uint64_t seed; /* so that nobody can choose names of one hash */
};

/* Zero-initialise, then begin for each folder. */
void export_seen_begin(struct export_seen *s);
/* Was the name met before? It now was. Without memory the answer is no. */
bool export_seen_before(struct export_seen *s, const char *name);
void export_seen_free(struct export_seen *s);

#endif
