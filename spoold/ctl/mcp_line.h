/*
 * mcp_line: a stream of bytes as lines, each of a bounded length. Pure.
 *
 * mcp_line_add what was read, then mcp_line_next until there is none; at the end of the stream
 * mcp_line_last. A line that is too long is told once, and what belongs to it is left out up to the
 * next newline.
 */
#ifndef PDFSPOOL_CTL_MCP_LINE_H
#define PDFSPOOL_CTL_MCP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { MCP_LINE_MAX = 1024 * 1024 /* bytes of a line, without its newline */ };

struct mcp_lines { /* zero at the start */
    struct buf b;
    size_t at, looked; /* where the next line begins; up to where there is no newline */
    bool skipping;     /* within a line that was too long */
};

enum mcp_line { MCP_LINE_NONE, MCP_LINE_WHOLE, MCP_LINE_TOO_LONG };

/* False: no memory; nothing was added. */
bool mcp_line_add(struct mcp_lines *l, const char *bytes, size_t n);
/* The next line, without its newline, borrowed until the next call. */
enum mcp_line mcp_line_next(struct mcp_lines *l, const char **line, size_t *n);
/* What is left at the end of the stream, where no newline came; then nothing more. */
enum mcp_line mcp_line_last(struct mcp_lines *l, const char **line, size_t *n);
void mcp_line_free(struct mcp_lines *l);

#endif
