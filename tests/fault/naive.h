/*
 * naive: what not to do: the negative controls that the same sweep must catch.
 *
 * The textbook protocol: plain renames pending/x -> claimed/x -> done/x; ENOENT means that another
 * was faster; an error puts the file back under its plain name; results are written straight to
 * their visible names. And the real protocol with one change: results are published by link(),
 * which is not fenced.
 */
#ifndef PDFSPOOL_TEST_NAIVE_H
#define PDFSPOOL_TEST_NAIVE_H

#include "spool/place.h"

/* Claim all of pending/ and work on it. */
void naive_work(const char *top);
/* Put everything in claimed/ back and work until nothing is left. */
int naive_recover(const char *top, const char *host);
/* Publish a sealed document with LINK by handle for the results, RENAME for the PDF. */
void naive_link_publish(const struct spool *s, struct place *p, int work, const char *sealed,
                        const struct token *t);

#endif
