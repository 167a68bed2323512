/*
 * ruled: does a picture surely show no letters? Empty pages, rules, frames, tables without words,
 * even areas and slow shades do not; recognition would look at them for a second, in vain.
 *
 * It looks at edges alone, and is sure only where each edge is part of a straight one along the
 * picture's sides that is longer than letters are, or ends at two such. A slope, a curve, a speck
 * of three dots, noise of paper: and it is not sure. So a scan is hardly ever ruled.
 */
#ifndef PDFSPOOL_PARSER_RULED_H
#define PDFSPOOL_PARSER_RULED_H

#include <stdbool.h>

struct picture;

enum { RULED_DPI = 100 }; /* at which it looks; finer pictures are averaged first */

/* True: no letters are in it. False: there may be, or memory ran out. Cannot fail. */
bool ruled_only(const struct picture *p);

#endif
