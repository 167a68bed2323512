/*
 * ability: which of the documents that wait this host can do: hosts differ in memory and in
 * languages. What one cannot do is left to those that can, and not taken again and again.
 *
 *   killed for memory   tried once alone (no other parser at work on that host), with memory_alone,
 *                       where that is above what was not enough and as much is free now, one at a
 *                       time; where no host came for alone_wait, by any host once more as it is
 *   languages           one for which models are missing here is left to others for LACKING_MS
 */
#ifndef PDFSPOOL_ABILITY_H
#define PDFSPOOL_ABILITY_H

#include "extractd/board.h"
#include "spool/claim.h"

struct ability {
    struct board *board;
    const struct settings *settings;
    unsigned alone_left; /* documents that may be taken now to be tried alone */
};

/* Before each call of claim_retry: w->may and its argument, which is *a. */
void ability_begin(struct ability *a, struct board *b, const struct settings *c,
                   struct retry_walk *w);

/* What a document that is tried alone may take, in bytes: memory_alone, or half of this machine's
 * memory; memory_limit at least. */
uint64_t ability_memory_alone(const struct settings *c);

/* What OCR is told to expect of the document of this path: its folder's word, else the setting. */
void ability_languages(const struct settings *c, const char *path, char languages[LANGLIST_CAP]);
/* This host has no models for these languages, as was found just now; and whether that is known. */
void ability_lacks(struct board *b, const char *languages);
bool ability_is_lacking(struct board *b, const char *languages);
/* Forget that: the configuration was read again. */
void ability_look_again(struct board *b);

#endif
