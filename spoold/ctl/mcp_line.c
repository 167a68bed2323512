#include "spoold/ctl/mcp_line.h"

#include <string.h>

bool mcp_line_add(struct mcp_lines *l, const char *bytes, size_t n)
{
    if (l->at > 0) { /* the lines before are done with */
        memmove(l->b.data, l->b.data + l->at, l->b.len - l->at);
        buf_cut(&l->b, l->b.len - l->at);
        l->looked -= l->at;
        l->at = 0;
    }
    if (!buf_room(&l->b, n))
        return false;
    buf_add(&l->b, bytes, n);
    return buf_ok(&l->b);
}

static void drop_all(struct mcp_lines *l)
{
    buf_clear(&l->b);
    l->at = l->looked = 0;
}

enum mcp_line mcp_line_next(struct mcp_lines *l, const char **line, size_t *n)
{
    while (l->looked < l->b.len) {
        const char *from = l->b.data + l->looked;
        const char *end = memchr(from, '\n', l->b.len - l->looked);
        size_t stop = end ? (size_t)(end - l->b.data) : l->b.len, begin = l->at;
        bool told = l->skipping, too_long = stop - begin > MCP_LINE_MAX;
        l->looked = end ? stop + 1 : stop;
        if (end)
            l->at = l->looked;
        l->skipping = !end && (told || too_long);
        if (l->skipping)
            drop_all(l);
        if (!told && too_long)
            return MCP_LINE_TOO_LONG;
        if (!told && end) {
            *line = l->b.data + begin;
            *n = stop - begin;
            return MCP_LINE_WHOLE;
        }
    }
    return MCP_LINE_NONE;
}

enum mcp_line mcp_line_last(struct mcp_lines *l, const char **line, size_t *n)
{
    size_t left = l->b.len - l->at;
    if (l->skipping || left == 0)
        return MCP_LINE_NONE;
    *line = l->b.data + l->at;
    *n = left;
    l->at = l->looked = l->b.len;
    return MCP_LINE_WHOLE;
}

void mcp_line_free(struct mcp_lines *l)
{
    buf_free(&l->b);
    *l = (struct mcp_lines){0};
}
