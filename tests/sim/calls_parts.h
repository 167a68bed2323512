/*
 * calls_parts: the open files (calls_files.c), as the calls (calls.c) use them. For calls*.c alone.
 *
 * Descriptors are numbers of places in one table; what was written lies with the file until it is
 * flushed, and its memory lives until the schedule ends.
 */
#ifndef PDFSPOOL_SIM_CALLS_PARTS_H
#define PDFSPOOL_SIM_CALLS_PARTS_H

#include "client.h"

struct file {
    struct inode *inode; /* NULL: free */
    struct host *host;
    uint64_t offset;
    bool listed;
    struct client_entry *listing;
    unsigned n, at;
    char *dirty; /* written, and not yet sent */
    size_t n_dirty, cap_dirty, dirty_at;
};

/* NULL: this descriptor is not open. */
struct file *calls_file(int fd);
/* Every call begins with this: false when the process is dead (errno is EIO then). A descriptor
 * that is not open ends the simulation, but for AT_FDCWD, whose *f is NULL. */
bool calls_enter(int fd, struct file **f);
/* Open an inode for the running process: a descriptor. More than there is room for end the
 * simulation. */
int calls_new_file(struct inode *i);
/* Close it. What was written and not flushed is dropped. */
void calls_free_file(struct file *f);
/* Send what was written: 0, or errno. The error is told once; the data are gone then. */
int calls_flush(struct file *f);
/* A process that dies leaves what it has written to its kernel, which sends it, or not. */
void calls_flush_of_dead(struct file *f);

#endif
