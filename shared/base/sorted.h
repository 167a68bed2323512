/*
 * sorted: the place of something in a sorted array, whatever the array is made of.
 */
#ifndef PDFSPOOL_SORTED_H
#define PDFSPOOL_SORTED_H

#include <stdbool.h>
#include <stddef.h>

/* How element i stands to what is sought: below 0: before it, 0: it is the one, above 0: behind. */
typedef int sorted_order(const void *sought, size_t i);

/* Among n elements in the order of `order`, none of them twice: true: element *at is the one.
 * False: it is not there, and would have to be put in at *at (at most n). Cannot fail. */
bool sorted_find(size_t n, sorted_order *order, const void *sought, size_t *at);

#endif
