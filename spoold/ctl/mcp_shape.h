/*
 * mcp_shape: what a tool answers, as a table, which is shown to clients as JSON Schema. Pure.
 */
#ifndef PDFSPOOL_CTL_MCP_SHAPE_H
#define PDFSPOOL_CTL_MCP_SHAPE_H

#include <stdbool.h>

#include "base/jsonw.h"

enum mcp_shape {
    SHAPE_STRING,
    SHAPE_STRING_OR_NULL,
    SHAPE_COUNT,
    SHAPE_COUNT_OR_NULL,
    SHAPE_INTEGER,
    SHAPE_BOOL,
    SHAPE_TRUE,    /* always */
    SHAPE_OBJECT,  /* of anything */
    SHAPE_STRINGS, /* an array */
    SHAPE_OBJECTS  /* an array: of `items`; without them, of anything */
};

struct mcp_member {
    const char *name;
    enum mcp_shape shape;
    bool sometimes; /* it may be missing */
    const struct mcp_member *items;
};

/* Tables end with a row without a name. */
void mcp_shape_schema(const struct mcp_member *table, struct jsonw *w, const char *key);

#endif
