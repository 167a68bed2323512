/*
 * dirlist: reading a folder by getdents64(2) with a large buffer (over NFS the client sizes its
 * READDIR by it).
 *
 * dirlist_open opens the folder anew each time and drops this machine's copy of its listing (on NFS
 * that is what drops stale names, also those that NFSv3's clock ticks hide). A listing is a hint:
 * entries may be missing or repeated while others change the folder.
 */
#ifndef PDFSPOOL_DIRLIST_H
#define PDFSPOOL_DIRLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dirlist; /* an open listing */

struct dirlist_entry {
    const char *name; /* borrowed until the next dirlist_next */
    uint64_t ino;
    unsigned char type; /* DT_REG, DT_DIR, ..., DT_UNKNOWN */
};

/* Open the folder `name` below `dir` ("." for dir itself), never through a symbolic link. `buffer`
 * bytes are asked for at a time (0: 64 KiB). NULL and errno on an error. */
struct dirlist *dirlist_open(int dir, const char *name, size_t buffer);
/* List a folder by the descriptor that it was opened anew with a moment ago, and that has not been
 * read from: saves the opening. The descriptor stays the caller's, at the end of the listing. */
struct dirlist *dirlist_over(int fd, size_t buffer);
/* The next entry, without "." and "..": 1; 0 at the end; -1 and errno on an error. */
int dirlist_next(struct dirlist *d, struct dirlist_entry *e);
/* The listing's own descriptor of the folder; borrowed. */
int dirlist_fd(const struct dirlist *d);
/* Calls of getdents so far: the listing's cost. */
unsigned dirlist_calls(const struct dirlist *d);
void dirlist_close(struct dirlist *d); /* NULL is fine; keeps errno */

#endif
