/*
 * mcp_tools: the table of tools: listed for clients, and called.
 */
#ifndef PDFSPOOL_CTL_MCP_TOOLS_H
#define PDFSPOOL_CTL_MCP_TOOLS_H

#include "spoold/ctl/ctl.h"
#include "spoold/ctl/mcp_era.h"
#include "spoold/ctl/mcp_tool.h"

/* The allowed tool of this name; NULL: there is none, or it is not allowed (*forbidden). */
const struct mcp_tool *mcp_tool_find(const struct mcp_allow *a, const char *name, bool *forbidden);
/* The member "tools" of the writer's open object: those that are allowed, always in this order. */
void mcp_tools_list(const struct mcp_allow *a, const struct mcp_era *era, struct jsonw *w);
/* Members of a result: content, structuredContent, isError. `instead`: do not call it, but fail with
 * this; NULL: open the spool and do it. */
void mcp_tool_call(struct ctl *c, const struct mcp_allow *a, const struct mcp_tool *t,
                   const struct jsonr *args, const char *instead, const struct mcp_era *era,
                   struct jsonw *w);

#endif
