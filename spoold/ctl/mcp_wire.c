#include "spoold/ctl/mcp_wire.h"

#include <string.h>

#ifndef PDFSPOOL_VERSION
#define PDFSPOOL_VERSION "0.1.0"
#endif

static enum mcp_kind broken(struct mcp_message *m, const char *why)
{
    m->wrong = why;
    return MCP_BROKEN;
}

enum mcp_kind mcp_read(const struct jsonr *j, struct mcp_message *m)
{
    *m = (struct mcp_message){0};
    if (jsonr_type(j) != JSONR_OBJECT)
        return broken(m, "a message is a JSON object");
    const struct jsonr *id = jsonr_get(j, "id"), *params = jsonr_get(j, "params");
    enum jsonr_type kind = jsonr_type(id);
    if (kind == JSONR_STRING || kind == JSONR_INTEGER)
        m->id = id;
    m->method = jsonr_text(jsonr_get(j, "method"));
    if (strcmp(jsonr_str(j, "jsonrpc", ""), "2.0") != 0)
        return broken(m, "\"jsonrpc\" must be \"2.0\"");
    if (!m->method && (jsonr_get(j, "result") || jsonr_get(j, "error")))
        return MCP_RESPONSE;
    if (!m->method)
        return broken(m, "\"method\" must be a string");
    if (id && !m->id)
        return broken(m, "\"id\" must be a string or an integer");
    if (!id)
        return MCP_NOTIFICATION;
    if (params && jsonr_type(params) != JSONR_OBJECT)
        return broken(m, "\"params\" must be an object");
    m->params = params;
    return MCP_REQUEST;
}

bool mcp_wants_tool(const struct jsonr *j)
{
    struct mcp_message m;
    if (mcp_read(j, &m) == MCP_REQUEST)
        return strcmp(m.method, "tools/call") == 0;
    for (size_t i = 0; i < jsonr_count(j); i++)
        if (mcp_read(jsonr_at(j, i), &m) == MCP_REQUEST && strcmp(m.method, "tools/call") == 0)
            return true;
    return false;
}

const struct jsonr *mcp_cancelled(const struct jsonr *j)
{
    struct mcp_message m;
    if (mcp_read(j, &m) != MCP_NOTIFICATION || strcmp(m.method, "notifications/cancelled") != 0)
        return NULL;
    return jsonr_get(jsonr_get(j, "params"), "requestId");
}

/* ---- answers ---- */

static void head(struct jsonw *w, struct buf *out, const struct jsonr *id, bool null)
{
    struct buf text = {0};
    jsonw_init(w, out, false);
    jsonw_object(w, NULL);
    jsonw_str(w, "jsonrpc", "2.0");
    if (id) {
        jsonr_copy(id, &text);
        if (buf_ok(&text))
            jsonw_raw(w, "id", text.data, text.len);
        else
            out->failed = true;
    } else if (null) {
        jsonw_null(w, "id");
    }
    buf_free(&text);
}

void mcp_begin(struct jsonw *w, struct buf *out, const struct jsonr *id)
{
    head(w, out, id, false);
    jsonw_object(w, "result");
}

void mcp_self(struct jsonw *w, const char *key)
{
    jsonw_object(w, key);
    jsonw_str(w, "name", "pdfspool");
    jsonw_str(w, "version", PDFSPOOL_VERSION);
    jsonw_end_object(w);
}

void mcp_end(struct jsonw *w, const struct mcp_era *era)
{
    if (era->modern) {
        jsonw_str(w, "resultType", "complete");
        jsonw_object(w, "_meta");
        mcp_self(w, "io.modelcontextprotocol/serverInfo");
        jsonw_end_object(w);
    }
    jsonw_end_object(w);
    jsonw_end_object(w);
}

static void error_begin(struct jsonw *w, enum mcp_code code, const char *text)
{
    jsonw_object(w, "error");
    jsonw_int(w, "code", code);
    jsonw_str(w, "message", text);
}

void mcp_error(struct buf *out, const struct jsonr *id, const struct mcp_era *era,
               enum mcp_code code, const char *fmt, ...)
{
    struct jsonw w;
    struct buf text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&text, fmt, ap);
    va_end(ap);
    head(&w, out, id, era && !era->modern);
    error_begin(&w, code, buf_ok(&text) ? text.data : "");
    jsonw_end_object(&w);
    jsonw_end_object(&w);
    buf_free(&text);
}

void mcp_error_version(struct buf *out, const struct jsonr *id, const char *requested)
{
    struct jsonw w;
    const struct mcp_era *era = mcp_era_find(requested);
    head(&w, out, id, false);
    error_begin(&w, MCP_VERSION,
                era && !era->modern
                    ? "Unsupported protocol version: this one begins with initialize"
                    : "Unsupported protocol version");
    jsonw_object(&w, "data");
    jsonw_array(&w, "supported");
    for (size_t i = 0; i < MCP_ERAS; i++)
        jsonw_str(&w, NULL, mcp_eras[i].version);
    jsonw_end_array(&w);
    jsonw_str(&w, "requested", requested);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
}
