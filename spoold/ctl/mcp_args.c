#include "spoold/ctl/mcp_args.h"

#include <string.h>

#include "base/outcome.h"
#include "base/utf8.h"
#include "spool/docstate.h"

static const struct mcp_arg *find(const struct mcp_arg *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

/* ---- as JSON Schema ---- */

static void names(const struct mcp_arg *a, struct jsonw *w)
{
    jsonw_array(w, "enum");
    for (int i = 0; a->type == MCP_STATE && i < DOC_STATES; i++)
        jsonw_str(w, NULL, docstate_name((enum doc_state)i));
    for (int i = 0; a->type == MCP_CLASS && i < OUTCOME_COUNT; i++)
        if (outcome_facts((enum outcome)i)->failure)
            jsonw_str(w, NULL, outcome_facts((enum outcome)i)->name);
    jsonw_end_array(w);
}

static void property(const struct mcp_arg *a, struct jsonw *w)
{
    jsonw_object(w, a->name);
    jsonw_str(w, "type",
              a->type == MCP_INTEGER ? "integer"
              : a->type == MCP_BOOL  ? "boolean"
                                     : "string");
    jsonw_str(w, "description", a->help);
    if (a->type == MCP_STATE || a->type == MCP_CLASS)
        names(a, w);
    if (a->type == MCP_STRING)
        jsonw_int(w, "minLength", 1);
    if (a->type == MCP_INTEGER) {
        jsonw_int(w, "minimum", a->min);
        jsonw_int(w, "maximum", a->max);
        if (a->fallback >= 0)
            jsonw_int(w, "default", a->fallback);
    }
    if (a->type == MCP_BOOL)
        jsonw_bool(w, "default", a->fallback > 0);
    jsonw_end_object(w);
}

void mcp_args_schema(const struct mcp_arg *table, struct jsonw *w, const char *key)
{
    bool some = false;
    jsonw_object(w, key);
    jsonw_str(w, "type", "object");
    jsonw_object(w, "properties");
    for (const struct mcp_arg *a = table; a->name; a++)
        property(a, w);
    jsonw_end_object(w);
    for (const struct mcp_arg *a = table; a->name; a++)
        some |= a->required;
    if (some) {
        jsonw_array(w, "required");
        for (const struct mcp_arg *a = table; a->name; a++)
            if (a->required)
                jsonw_str(w, NULL, a->name);
        jsonw_end_array(w);
    }
    jsonw_bool(w, "additionalProperties", false);
    jsonw_end_object(w);
}

/* ---- checked ---- */

struct checking {
    const struct mcp_arg *table;
    struct buf *why;
};

static void wrong(struct buf *why, const char *name, const char *what)
{
    if (why->len > 0)
        return; /* one at a time */
    utf8_escape(why, name, strnlen(name, 100));
    buf_fmt(why, ": %s.", what);
}

/* 1.0 is an integer, as JSON Schema has it. False: it is none, or beyond all bounds. */
static bool whole(const struct jsonr *args, const char *name, int64_t *n)
{
    const struct jsonr *v = jsonr_get(args, name);
    double d = jsonr_double(args, name, 0);
    if (jsonr_type(v) == JSONR_INTEGER) {
        *n = jsonr_int(args, name, 0);
        return true;
    }
    if (jsonr_type(v) != JSONR_REAL || d < -1e15 || d > 1e15)
        return false;
    *n = (int64_t)d;
    return (double)*n == d;
}

static void check_integer(const struct mcp_arg *a, const struct jsonr *args, struct buf *why)
{
    int64_t n = 0;
    struct buf text = {0};
    if (whole(args, a->name, &n) && n >= a->min && n <= a->max)
        return;
    buf_fmt(&text, "an integer from %lld to %lld is wanted", (long long)a->min, (long long)a->max);
    wrong(why, a->name, buf_ok(&text) ? text.data : "an integer is wanted");
    buf_free(&text);
}

static void check_text(const struct mcp_arg *a, const char *text, struct buf *why)
{
    if (!text || !*text) {
        wrong(why, a->name, "a string that is not empty is wanted");
        return;
    }
    enum outcome o = outcome_of(text, strlen(text));
    if (a->type == MCP_STATE && docstate_of(text) < 0)
        wrong(why, a->name, "one of pending, waiting, claimed, sealed, done, failed is wanted");
    if (a->type == MCP_CLASS && (o == OUTCOME_COUNT || !outcome_facts(o)->failure))
        wrong(why, a->name, "a class of failure is wanted, as spool_status names them");
}

static void check_one(void *arg, const char *name, const struct jsonr *value)
{
    struct checking *c = arg;
    const struct mcp_arg *a = find(c->table, name);
    if (!a)
        wrong(c->why, name, "there is no such argument");
    else if (a->type == MCP_BOOL && jsonr_type(value) != JSONR_BOOL)
        wrong(c->why, name, "true or false is wanted");
    else if (a->type != MCP_BOOL && a->type != MCP_INTEGER)
        check_text(a, jsonr_text(value), c->why);
}

bool mcp_args_check(const struct mcp_arg *table, const struct jsonr *args, struct buf *why)
{
    struct checking c = {table, why};
    if (args)
        jsonr_each(args, check_one, &c);
    for (const struct mcp_arg *a = table; a->name; a++) {
        bool there = jsonr_get(args, a->name) != NULL;
        if (there && a->type == MCP_INTEGER)
            check_integer(a, args, why);
        if (!there && a->required)
            wrong(why, a->name, "it is missing");
    }
    return why->len == 0 && buf_ok(why);
}

int64_t mcp_args_int(const struct mcp_arg *table, const struct jsonr *args, const char *name)
{
    int64_t n;
    return whole(args, name, &n) ? n : find(table, name)->fallback;
}

bool mcp_args_bool(const struct mcp_arg *table, const struct jsonr *args, const char *name)
{
    return jsonr_bool(args, name, find(table, name)->fallback > 0);
}
