/*
 * mergeplace: where recognised lines go among the lines of a text layer. A part of merge.
 */
#ifndef PDFSPOOL_MERGEPLACE_H
#define PDFSPOOL_MERGEPLACE_H

#include "extractd/parser/merge.h"

enum mergeplace_join { /* how it joins a line of the layer; in the order of one place */
                       MERGEPLACE_AFTER, /* goes on with the line before the place */
                       MERGEPLACE_ALONE,
                       MERGEPLACE_BEFORE /* before the line at the place, which goes on with it */
};

struct mergeplace { /* a recognised line */
    struct merge_box box;
    uint32_t block, first, count; /* of recognition; words */
    uint32_t sequence;            /* in which it was recognised */
    uint32_t at; /* it goes before this line of the layer; the number of lines: last */
    enum mergeplace_join joins;
};

/* Find the places, and sort by them. Without comparing, all go to the end. */
void mergeplace_find(const struct merge_input *in, struct mergeplace *found, uint32_t n,
                     bool compare);

#endif
