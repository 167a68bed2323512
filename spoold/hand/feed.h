/*
 * feed: bytes from the server's thread to a hand, which has the other end as its stdin. Who gives
 * never waits: what there is no room for is not taken, and the thread that waits for the hand
 * (hands.h) says when there is.
 *
 *   server's thread       feed_new, feed_give..., feed_end
 *   the hand's thread     feed_child, then feed_poll and feed_step in its loop, feed_close
 *
 * It lives until both have let go of it.
 */
#ifndef PDFSPOOLD_FEED_H
#define PDFSPOOLD_FEED_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FEED_PIPE = 256 * 1024 /* bytes that are under way at most */, FEED_FDS = 2 };

struct feed;

/* NULL with errno. */
struct feed *feed_new(void);
/* How many of n bytes were taken. Fewer: there will be room (FEED_ROOM), or -1 the next time: the
 * hand takes no more. */
ssize_t feed_give(struct feed *f, const void *bytes, size_t n);
/* No more comes: the hand sees the end, and knows by itself whether that is all. *f is the caller's
 * no longer. */
void feed_end(struct feed *f);

/* For the hand's thread: one more who has it; feed_close takes it back. */
void feed_hold(struct feed *f);
/* The hand's end, to be its stdin; it stays ours. */
int feed_child(const struct feed *f);
/* The hand has it (or never will): ours is closed, so that its death is seen. */
void feed_started(struct feed *f);
/* What to wait for. */
void feed_poll(struct feed *f, struct pollfd fds[FEED_FDS]);
/* What came of it. True: there is room, and somebody waits for that. */
bool feed_step(struct feed *f, const struct pollfd fds[FEED_FDS]);
/* Since when somebody waits for room (clock_boot_ms); INT64_MAX: nobody does. */
int64_t feed_waits_since(struct feed *f);
/* Has all been given? */
bool feed_ended(struct feed *f);
/* The hand gets the end of what it reads, and feed_give takes nothing from here on. */
void feed_cut(struct feed *f);
void feed_close(struct feed *f); /* feed_cut, and it is the caller's no longer */

#endif
