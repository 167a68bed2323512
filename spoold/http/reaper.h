/*
 * reaper: ends connections of clients that are too slow, by shutdown(2) of their sockets. The
 * library's own timeout is about silence alone, and a client that sends a byte now and then is
 * never silent: 70 such kept everybody else out for as long as they liked.
 *
 *   phase             longest
 *   REAPER_HEADER     patience from the connection's beginning, or from the end of the
 *                     request before, until a header is complete: a connection that is kept open
 *                     lives no longer than this without asking
 *   REAPER_BODY       patience for each REAPER_PIECE bytes
 *   REAPER_WORK       no limit: we are the slow ones
 *   REAPER_ANSWER     REAPER_ANSWER_MS, and a second for each 16 KiB of it
 *   REAPER_STREAM     no limit: sse.h has its own
 *
 * The library also misses that a client has left when its last bytes and its end come together
 * (epoll tells an edge once, and 0.9.75 reads once): such a one is ended here, too.
 *
 * A connection is known from reaper_open to reaper_close, which come before its descriptor is
 * closed by the library: shutdown never hits a descriptor that has become somebody else's. All
 * functions may be called from any thread.
 */
#ifndef PDFSPOOLD_REAPER_H
#define PDFSPOOLD_REAPER_H

#include <stddef.h>
#include <stdint.h>

enum { REAPER_PATIENCE_MS = 10000, REAPER_PIECE = 64 * 1024, REAPER_ANSWER_MS = 20000 };

enum reaper_phase { REAPER_HEADER, REAPER_BODY, REAPER_WORK, REAPER_ANSWER, REAPER_STREAM };

struct reaper;
struct reaper_conn; /* a connection */

/* patience_ms: 0: REAPER_PATIENCE_MS. NULL: out of memory. */
struct reaper *reaper_new(int64_t patience_ms);
void reaper_free(struct reaper *r); /* NULL is fine; all connections must be closed */
struct reaper_conn *reaper_open(struct reaper *r, int fd, int64_t now); /* NULL: out of memory */
void reaper_close(struct reaper *r, struct reaper_conn *c);
/* It is now in this phase; bytes: of the answer. */
void reaper_phase(struct reaper *r, struct reaper_conn *c, enum reaper_phase p, uint64_t bytes,
                  int64_t now);
/* So many bytes of a body have come. */
void reaper_progress(struct reaper *r, struct reaper_conn *c, size_t n, int64_t now);
/* End it now. */
void reaper_kick(struct reaper *r, struct reaper_conn *c);
/* Once a second: end who is too slow. Returns how many were. */
size_t reaper_tick(struct reaper *r, int64_t now);
/* Connections that are open. */
size_t reaper_count(struct reaper *r);

#endif
