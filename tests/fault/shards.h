/*
 * shards: the same work in several processes at once.
 *
 * What they share (which piece is next, what came of each) the caller has put into a shared mapping
 * before; each takes the next piece until there is none.
 */
#ifndef PDFSPOOL_TEST_SHARDS_H
#define PDFSPOOL_TEST_SHARDS_H

#include <stdbool.h>

enum { SHARDS = 4 };

/* Run shard(0) to shard(SHARDS - 1), each in a process of its own that ends with this one, and wait
 * for all. False: one of them could not be started, or did not return. */
bool shards_run(void (*shard)(unsigned k));

#endif
