/*
 * fair: whose turn it is, of lanes that share the slots of a host. Pure: no clock, no memory, no
 * share; the caller says what there is, and gets the index of a lane.
 *
 *   of lanes                             goes first
 *   of different priority                the higher one, always
 *   of one priority                      the one that has had least of the slots' time, by its weight
 *   with max_slots documents in hand     none of its own until one ends
 *   with nothing to begin                nobody waits for it
 *   that were idle, or held back         begin where the others are: no credit is saved up
 *
 * What a document costs is the time for which it has a slot. It is known at its end; until then it
 * counts as what it has had so far, or what the lane's documents take as a rule, if that is more. So
 * a lane of large documents gets no more than its weight, and no lane waits for ever: each choice
 * adds to the account of the lane that it takes, until that is not the least any more.
 */
#ifndef PDFSPOOL_FAIR_H
#define PDFSPOOL_FAIR_H

#include <stdbool.h>
#include <stdint.h>

enum { FAIR_NONE = -1 };

struct fair_lane {
    /* What the caller says before each choice. */
    int64_t priority, weight; /* weight: above 0 */
    unsigned in_hand, most;   /* documents; most 0: any number */
    int64_t used_ms;  /* of slots, by documents that have ended; only grows while the host runs */
    int64_t open_ms;  /* the same of those in hand, as expected */
    int64_t usual_ms; /* what one is expected to take, above 0 */
    bool wants;       /* there may be something to begin */
    bool known;       /* there is: it has been seen */
    bool idle;        /* it had nothing when that was looked at last */
    bool held;        /* it may begin nothing now */
    /* Of fair.c; zero at first. */
    int64_t start, clock, from, by; /* account at used_ms = from; the weight since then */
    bool active;
};

/* The lane whose turn it is, or FAIR_NONE. Changes nothing but what is fair.c's: to take a second
 * one, add what the first is expected to cost to its in_hand and open_ms. */
int fair_pick(struct fair_lane *lanes, unsigned n);

/* `room` documents, one after the other to the lane whose turn it is: quota[i] for each of the n lanes.
 * A lane that is known to have something, and got none, has one from a lane that may have something:
 * looking there can take as long as there are folders, and finds nothing most often. Returns what
 * nobody wants. Changes nothing but what is fair.c's. */
unsigned fair_deal(struct fair_lane *lanes, unsigned n, unsigned room, unsigned *quota);

#endif
