/*
 * wake: hearing of local changes in folders. Only a wake-up call, never the truth: on a network
 * file system what other hosts do is not heard. The only user of libinotifytools.
 */
#ifndef PDFSPOOL_WAKE_H
#define PDFSPOOL_WAKE_H

#include <stdbool.h>
#include <stdint.h>

/* Start; false when the kernel gives no inotify instance (then wake_wait just sleeps). */
bool wake_open(void);
void wake_close(void);
/* Hear of entries made in, or moved into, this folder (absolute path, without a '/' at its end).
 * 4,096 folders are heard, those that come first; at most every ten minutes a full table is begun
 * anew. Watching one again costs neither calls nor memory. */
void wake_watch(const char *folder);
/* The same, for a folder in which nothing has ever been: only while half of the table is free, so
 * that those in which something is find room. */
void wake_watch_empty(const char *folder);
/* The same as wake_watch, and of each write to its files (the above hears of a writer only when it closes). */
void wake_watch_writes(const char *folder);
/* Wait up to ms, or until something was heard, or `other` (a descriptor, -1: none) is readable.
 * True when a change was heard; all that was heard is then forgotten. */
bool wake_wait(int64_t ms, int other);

/* A folder that is removed, and made again under its name, is not heard. Where one was removed since
 * the table was begun, and that is `ms` ago: begin it anew. True: it was; all folders have to be
 * watched again, and what happened in them meanwhile was not heard. */
bool wake_renew(int64_t ms);

#endif
