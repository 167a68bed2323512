#include "spoold/ctl/mcp_tools.h"

#include <stdlib.h>
#include <string.h>

#include "spool/token.h"

void mcp_fail(struct mcp_call *c, const char *fmt, ...)
{
    va_list ap;
    if (c->why.len > 0)
        return; /* the first reason is the reason */
    va_start(ap, fmt);
    buf_vfmt(&c->why, fmt, ap);
    va_end(ap);
}

const char *mcp_path(struct mcp_call *c, const char *name)
{
    const char *path = jsonr_str(c->args, name, "");
    if (strlen(path) < PATH_CAP && token_path_ok(path))
        return path;
    mcp_fail(c, "%s: no document can have this path: it is relative, and has no '..' in it.",
             ctl_shown(strlen(path) < PATH_CAP ? path : "path"));
    return NULL;
}

int64_t mcp_int(const struct mcp_call *c, const char *name)
{
    return mcp_args_int(c->tool->args, c->args, name);
}

bool mcp_bool(const struct mcp_call *c, const char *name)
{
    return mcp_args_bool(c->tool->args, c->args, name);
}

static bool allowed(const struct mcp_allow *a, const struct mcp_tool *t)
{
    return t->needs == MCP_LOOKS || (t->needs == MCP_CHANGES ? a->changes : a->roots > 0);
}

const struct mcp_tool *mcp_tool_find(const struct mcp_allow *a, const char *name, bool *forbidden)
{
    *forbidden = false;
    for (const struct mcp_tool *t = mcp_table; t->name; t++)
        if (strcmp(t->name, name) == 0) {
            *forbidden = !allowed(a, t);
            return *forbidden ? NULL : t;
        }
    return NULL;
}

/* ---- listed ---- */

static void help(const struct mcp_allow *a, const struct mcp_tool *t, struct jsonw *w)
{
    struct buf text = {0};
    buf_str(&text, t->help);
    for (unsigned i = 0; t->needs == MCP_SUBMITS && i < a->roots; i++)
        buf_fmt(&text, "%s%s", i ? ", " : " Allowed folders: ", ctl_shown(a->root[i]));
    jsonw_str(w, "description", buf_ok(&text) ? text.data : t->help);
    buf_free(&text);
}

static void list_one(const struct mcp_allow *a, const struct mcp_tool *t, const struct mcp_era *era,
                     struct jsonw *w)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "name", t->name);
    if (era->structured)
        jsonw_str(w, "title", t->title);
    help(a, t, w);
    mcp_args_schema(t->args, w, "inputSchema");
    if (era->structured)
        mcp_shape_schema(t->output, w, "outputSchema");
    if (era->annotations) {
        jsonw_object(w, "annotations");
        jsonw_str(w, "title", t->title);
        jsonw_bool(w, "readOnlyHint", t->needs == MCP_LOOKS);
        jsonw_bool(w, "destructiveHint", t->destructive);
        jsonw_bool(w, "idempotentHint", t->idempotent);
        jsonw_bool(w, "openWorldHint", false);
        jsonw_end_object(w);
    }
    jsonw_end_object(w);
}

void mcp_tools_list(const struct mcp_allow *a, const struct mcp_era *era, struct jsonw *w)
{
    jsonw_array(w, "tools");
    for (const struct mcp_tool *t = mcp_table; t->name; t++)
        if (allowed(a, t))
            list_one(a, t, era, w);
    jsonw_end_array(w);
}

/* ---- called ---- */

static void text_block(struct jsonw *w, const char *text, size_t n)
{
    jsonw_array(w, "content");
    jsonw_object(w, NULL);
    jsonw_str(w, "type", "text");
    jsonw_strn(w, "text", text, n);
    jsonw_end_object(w);
    jsonw_end_array(w);
}

static void open_and_run(struct ctl *c, struct mcp_call *call)
{
    char err[1024];
    int code;
    const char *path = c->path ? c->path : getenv("PDFSPOOL");
    if (spool_open(&c->spool, path, NULL, c->config, settings_report_stderr, err, sizeof err,
                   &code) != 0) {
        mcp_fail(call, "The spool cannot be opened: %s", err);
        return;
    }
    call->spool = &c->spool;
    call->tool->run(call);
    spool_close(&c->spool);
}

void mcp_tool_call(struct ctl *c, const struct mcp_allow *a, const struct mcp_tool *t,
                   const struct jsonr *args, const char *instead, const struct mcp_era *era,
                   struct jsonw *w)
{
    struct buf content = {0};
    struct jsonw out;
    struct mcp_call call = {.tool = t, .args = args, .allow = a, .out = &out};
    jsonw_init(&out, &content, false);
    jsonw_object(&out, NULL);
    if (instead)
        mcp_fail(&call, "%s", instead);
    else if (mcp_args_check(t->args, args, &call.why))
        open_and_run(c, &call);
    if (call.why.len == 0 && !call.why.failed)
        jsonw_end_object(&out);
    bool failed = call.why.len > 0 || !buf_ok(&call.why) || !buf_ok(&content);
    if (failed)
        mcp_fail(&call, "There is no memory for the answer.");
    const struct buf *told = failed ? &call.why : &content;
    text_block(w, told->data ? told->data : "No memory.", told->data ? told->len : 10);
    if (!failed && era->structured)
        jsonw_raw(w, "structuredContent", content.data, content.len);
    jsonw_bool(w, "isError", failed);
    buf_free(&call.why);
    buf_free(&content);
}
