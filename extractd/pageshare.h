/*
 * pageshare: the pages of one document that wait for OCR, as several slots share them out among
 * themselves: shared memory, in which each page is somebody's at any time.
 *
 * Taker 0 is the slot that has the document in hand; the others are slots that have nothing to do,
 * and help. Only taker 0 says that a page is done: when it has that page's text.
 *
 *   page       becomes
 *   NOT        (not asked for, or done; never given out)
 *   ASKED      TAKEN by whoever takes it first, in batches, from the first page on
 *   TAKEN      NOT     its text has come (taker 0 says so)
 *              OWN     its taker gave it back, ended, or sent what does not count
 *   OWN        TAKEN by taker 0, and by nobody else: whatever happens to it then is what would have
 *              happened without help
 *
 * From `limit` on nothing is given out any more. Pure but for the memory; every step is atomic.
 */
#ifndef PDFSPOOL_PAGESHARE_H
#define PDFSPOOL_PAGESHARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* BATCH: few, so that nobody waits long for the last one; ALONE: where nobody helps; LEAST: of pages
 * that nobody has, for each that is called to help. */
enum { PAGESHARE_BATCH = 4, PAGESHARE_BATCH_ALONE = 8, PAGESHARE_LEAST = 3, PAGESHARE_TAKERS = 64 };

enum pageshare_page { SHARED_NOT, SHARED_ASKED, SHARED_OWN, SHARED_TAKEN /* + taker */ };

struct pageshare {
    uint32_t pages;
    _Atomic uint32_t limit;
    _Atomic uint32_t helpers; /* how many there are, or were called */
    _Atomic uint8_t page[];   /* enum pageshare_page */
};

/* Bytes of one for so many pages. */
size_t pageshare_bytes(uint32_t pages);
/* Those of the plan (a byte for each page) are asked for. */
void pageshare_begin(struct pageshare *s, const uint8_t *plan, uint32_t pages);
/* How many to take at once, of so many that nobody has, where so many others help. */
uint32_t pageshare_batch(uint32_t left, unsigned helpers);
/* How many more to call, where so many help and so many cores idle. */
unsigned pageshare_call(uint32_t left, unsigned helpers, unsigned idle);
/* Take up to `most` pages: `plan`, a byte for each page, is filled in. Returns how many. */
uint32_t pageshare_take(struct pageshare *s, unsigned taker, uint32_t most, uint8_t *plan);
bool pageshare_has(const struct pageshare *s, unsigned taker, uint32_t page);
/* Taker 0 has its text. */
void pageshare_done(struct pageshare *s, uint32_t page);
/* This page, or all that it still has, this taker does not do: they are taker 0's. */
void pageshare_give(struct pageshare *s, unsigned taker, uint32_t page);
void pageshare_give_all(struct pageshare *s, unsigned taker);
/* Pages below the limit that nobody has; those that takers other than 0 have. */
uint32_t pageshare_left(const struct pageshare *s);
uint32_t pageshare_out(const struct pageshare *s);
/* For taker 0, when it got none: nobody has any, and none was given back meanwhile. */
bool pageshare_over(const struct pageshare *s);

#endif
