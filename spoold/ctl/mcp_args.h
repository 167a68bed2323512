/*
 * mcp_args: the arguments of a tool as a table, which is shown to clients as JSON Schema and held
 * against what they send. Pure.
 */
#ifndef PDFSPOOL_CTL_MCP_ARGS_H
#define PDFSPOOL_CTL_MCP_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/jsonw.h"

enum mcp_type { MCP_STRING, MCP_INTEGER, MCP_BOOL, MCP_STATE, MCP_CLASS /* of failure */ };

struct mcp_arg {
    const char *name;
    enum mcp_type type;
    bool required;
    int64_t min, max, fallback; /* of integers; fallback of booleans, too; -1: none */
    const char *help;
};

/* Tables end with a row without a name. The schema: an object of the writer, under that key. */
void mcp_args_schema(const struct mcp_arg *table, struct jsonw *w, const char *key);
/* Do these arguments (an object, or NULL for none) fit? False, and a sentence is appended to why. */
bool mcp_args_check(const struct mcp_arg *table, const struct jsonr *args, struct buf *why);
/* Of arguments that fit: the value, or the row's fallback. */
int64_t mcp_args_int(const struct mcp_arg *table, const struct jsonr *args, const char *name);
bool mcp_args_bool(const struct mcp_arg *table, const struct jsonr *args, const char *name);

#endif
