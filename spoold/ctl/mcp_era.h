/*
 * mcp_era: the revisions of the Model Context Protocol that are spoken, and how they differ. Pure.
 *
 * A modern request says its revision itself; a legacy one is of the revision that 'initialize' agreed
 * upon.
 */
#ifndef PDFSPOOL_CTL_MCP_ERA_H
#define PDFSPOOL_CTL_MCP_ERA_H

#include <stdbool.h>

struct mcp_era {
    const char *version;
    bool modern;      /* stateless: no initialize, no ping; results have a resultType */
    bool structured;  /* titles, outputSchema and structuredContent */
    bool annotations; /* hints on tools */
    bool batches;     /* several messages in an array */
};

enum { MCP_ERAS = 5 };

/* Newest first. */
extern const struct mcp_era mcp_eras[MCP_ERAS];
/* NULL: none of that name. */
const struct mcp_era *mcp_era_find(const char *version);
/* The revision for a client that asks for `version` by initialize: that one, or the newest that begins
 * so. */
const struct mcp_era *mcp_era_legacy(const char *version);

#endif
