/*
 * mcp_wire: JSON-RPC 2.0, as MCP has it: what a message is, and how answers are written, each on one
 * line. Pure.
 */
#ifndef PDFSPOOL_CTL_MCP_WIRE_H
#define PDFSPOOL_CTL_MCP_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "spoold/ctl/mcp_era.h"

enum mcp_code {
    MCP_PARSE = -32700,
    MCP_INVALID = -32600,
    MCP_NO_METHOD = -32601,
    MCP_PARAMS = -32602,
    MCP_INTERNAL = -32603,
    MCP_VERSION = -32022 /* of revision 2026-07-28: no such revision */
};

enum mcp_kind {
    MCP_REQUEST,
    MCP_NOTIFICATION,
    MCP_RESPONSE, /* to a request that we never made: left alone */
    MCP_BROKEN
};

struct mcp_message { /* all borrowed from the parsed line */
    const char *method;
    const struct jsonr *id;     /* NULL: none that can be given back */
    const struct jsonr *params; /* an object; NULL: none */
    const char *wrong;          /* of a broken one: why, for people */
};

enum mcp_kind mcp_read(const struct jsonr *j, struct mcp_message *m);

/* Is there a tools/call in it, alone or in a batch? */
bool mcp_wants_tool(const struct jsonr *j);
/* The requestId of a notifications/cancelled; NULL: it is none. */
const struct jsonr *mcp_cancelled(const struct jsonr *j);

/* One answer is written at a time: mcp_begin, members of the result into *w, mcp_end; or mcp_error,
 * or mcp_error_begin, members of its data, mcp_error_end. No newline is written. */
void mcp_begin(struct jsonw *w, struct buf *out, const struct jsonr *id);
void mcp_end(struct jsonw *w, const struct mcp_era *era);
/* An error without an id: null where the client speaks a legacy revision, else none, as the
 * revisions want it. era may be NULL: not known. */
void mcp_error(struct buf *out, const struct jsonr *id, const struct mcp_era *era,
               enum mcp_code code, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* -32022, with the revisions that are spoken. */
void mcp_error_version(struct buf *out, const struct jsonr *id, const char *requested);

/* Members "serverInfo"-like: name and version of this program, in an object of that key. */
void mcp_self(struct jsonw *w, const char *key);

#endif
