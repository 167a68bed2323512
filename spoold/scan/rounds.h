/*
 * rounds: the slow walk through the places of all states, so many entries a second and no more. It
 * says where documents are; what the journals say is corrected by it.
 *
 * Each state has its rounds, one after the other, with a pause between them three times as long as
 * the last one took, and at least two seconds. done/ and failed/, which nobody but publishing changes, are
 * gone through at a tenth of the pace once that has been done, with a minute between two rounds.
 * Work in hand (claimed, sealed) is listed in one go: it
 * is no more than the slots of all hosts.
 */
#ifndef PDFSPOOL_SCAN_ROUNDS_H
#define PDFSPOOL_SCAN_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"
#include "spoold/scan/out.h"

struct rounds;

/* Each folder of pending/ that is entered ("" is itself): a wake-up can be set on it. */
typedef void rounds_folder(void *arg, const char *path);

/* Borrows both. NULL: no memory. */
struct rounds *rounds_new(const struct spool *s, struct out *o, rounds_folder *call, void *arg);
void rounds_free(struct rounds *r);
/* Look at up to about `entries` more, for a fiftieth of a second or so. server_ms: the server's now. True: a round is under way, so
 * that there is more to do at once. */
bool rounds_step(struct rounds *r, unsigned entries, int64_t server_ms);
/* Has the last round, or the one under way, met anything that is pending or in work? */
bool rounds_work_left(const struct rounds *r);
/* Something was heard: what is waiting, pending or in work is gone through soon, where that takes less
 * than a second. */
void rounds_hurry(struct rounds *r);

#endif
