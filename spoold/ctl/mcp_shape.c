#include "spoold/ctl/mcp_shape.h"

#include <stddef.h>

static const struct {
    const char *type; /* NULL: none is said */
    bool null, count;
} facts[] = {
    [SHAPE_STRING] = {"string", false, false},   [SHAPE_STRING_OR_NULL] = {"string", true, false},
    [SHAPE_COUNT] = {"integer", false, true},    [SHAPE_COUNT_OR_NULL] = {"integer", true, true},
    [SHAPE_INTEGER] = {"integer", false, false}, [SHAPE_BOOL] = {"boolean", false, false},
    [SHAPE_TRUE] = {"boolean", false, false},    [SHAPE_OBJECT] = {"object", false, false},
    [SHAPE_STRINGS] = {"array", false, false},   [SHAPE_OBJECTS] = {"array", false, false},
};

static void type(const struct mcp_member *m, struct jsonw *w)
{
    if (facts[m->shape].null) {
        jsonw_array(w, "type");
        jsonw_str(w, NULL, facts[m->shape].type);
        jsonw_str(w, NULL, "null");
        jsonw_end_array(w);
    } else {
        jsonw_str(w, "type", facts[m->shape].type);
    }
}

static void items(const struct mcp_member *m, struct jsonw *w);

static void member(const struct mcp_member *m, struct jsonw *w)
{
    jsonw_object(w, m->name);
    type(m, w);
    if (facts[m->shape].count)
        jsonw_int(w, "minimum", 0);
    if (m->shape == SHAPE_TRUE)
        jsonw_bool(w, "const", true);
    if (m->shape == SHAPE_STRINGS || m->shape == SHAPE_OBJECTS)
        items(m, w);
    jsonw_end_object(w);
}

/* The tables are two deep: objects in an array of the answer. */
static void items(const struct mcp_member *m, struct jsonw *w)
{
    if (m->items) {
        mcp_shape_schema(m->items, w, "items");
        return;
    }
    jsonw_object(w, "items");
    jsonw_str(w, "type", m->shape == SHAPE_STRINGS ? "string" : "object");
    jsonw_end_object(w);
}

void mcp_shape_schema(const struct mcp_member *table, struct jsonw *w, const char *key)
{
    jsonw_object(w, key);
    jsonw_str(w, "type", "object");
    jsonw_object(w, "properties");
    for (const struct mcp_member *m = table; m->name; m++)
        member(m, w);
    jsonw_end_object(w);
    jsonw_array(w, "required");
    for (const struct mcp_member *m = table; m->name; m++)
        if (!m->sometimes)
            jsonw_str(w, NULL, m->name);
    jsonw_end_array(w);
    jsonw_end_object(w);
}
