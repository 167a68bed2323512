/*
 * mcp_serve: what is answered to a message. Nothing of it is kept but the revision that a legacy client
 * agreed upon.
 */
#ifndef PDFSPOOL_CTL_MCP_SERVE_H
#define PDFSPOOL_CTL_MCP_SERVE_H

#include "spoold/ctl/mcp_line.h"
#include "spoold/ctl/mcp_tools.h"

struct mcp_server {
    struct ctl *ctl;               /* which spool; borrowed */
    const struct mcp_allow *allow; /* borrowed */
    const struct mcp_era *legacy;  /* after initialize; NULL */
    const char *instead;           /* tools are not called: this is why; NULL: they are */
};

/* Append the answer to a parsed line (a message, or a batch of them) to `out`, as one line with its
 * newline; nothing where none is due. A tools/call is done before it returns. */
void mcp_answer(struct mcp_server *s, const struct jsonr *line, struct buf *out);
/* The answer to a line that is none: too long, or no JSON (why). */
void mcp_answer_broken(const struct mcp_server *s, enum mcp_line how, const char *why,
                       struct buf *out);

#endif
