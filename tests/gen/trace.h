/*
 * trace: letters as filled curves, for pages whose text was turned into outlines.
 */
#ifndef PDFSPOOL_GEN_TRACE_H
#define PDFSPOOL_GEN_TRACE_H

#include "base/buf.h"

#include <stddef.h>

/*
 * Append the outlines of text in lines of at most `columns` letters, broken at spaces, from (x, y)
 * downwards, in points; letters are 7 points high. The y of the line below the last. Characters
 * that the dot font lacks leave a gap.
 */
int trace_para(struct buf *content, int x, int y, size_t columns, const char *text);

#endif
