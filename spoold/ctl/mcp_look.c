/* The tools that only look: spool_status, spool_list, spool_failed, spool_text. */
#include <errno.h>
#include <string.h>

#include "base/fsop.h"
#include "base/utf8.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"
#include "spoold/ctl/mcp_tool.h"
#include "spoold/ctl/summary.h"
#include "spoold/ctl/textpiece.h"

void mcp_status(struct mcp_call *c)
{
    struct summary s;
    summary_make(&s, c->spool, NULL, NULL);
    summary_members(&s, c->out);
    summary_free(&s);
}

/* ---- spool_list, spool_failed ---- */

struct listing {
    struct mcp_call *c;
    const char *prefix;
    enum outcome class; /* OUTCOME_COUNT: all */
    uint64_t skip, left, seen;
    bool reasons; /* with what x.json says */
    bool more;
};

static bool wanted(const struct listing *l, const struct doc *d)
{
    struct buf shown = {0};
    bool fits = l->class == OUTCOME_COUNT || d->class == l->class;
    if (!fits || !*l->prefix || strncmp(d->path, l->prefix, strlen(l->prefix)) == 0)
        return fits;
    utf8_show_name(&shown, d->path, strlen(d->path));
    fits = buf_ok(&shown) && strncmp(shown.data, l->prefix, strlen(l->prefix)) == 0;
    buf_free(&shown);
    return fits;
}

/* Of a record, which anybody may have written: no control characters. */
static void said(struct jsonw *w, const struct jsonr *j, const char *key)
{
    struct buf text = {0};
    const char *value = jsonr_str(j, key, NULL);
    if (value)
        utf8_escape(&text, value, strlen(value));
    if (value && buf_ok(&text))
        jsonw_strn(w, key, text.data ? text.data : "", text.len);
    else
        jsonw_null(w, key);
    buf_free(&text);
}

static void reason(struct jsonw *w, const struct doc *d)
{
    char err[200];
    struct jsonr *j = docs_json(d, err, sizeof err);
    jsonw_str(w, "meaning", d->class < OUTCOME_COUNT ? outcome_facts(d->class)->meaning : "");
    said(w, j, "message");
    said(w, j, "ended");
    said(w, j, "host");
    if (jsonr_int(j, "attempt", 0) > 0)
        jsonw_int(w, "attempt", jsonr_int(j, "attempt", 0));
    jsonw_bool(w, "record", j != NULL);
    jsonr_free(j);
}

static bool list_one(void *arg, const struct doc *d)
{
    struct listing *l = arg;
    if (!wanted(l, d) || l->seen++ < l->skip)
        return !ctl_stopped();
    if (l->left == 0) {
        l->more = true;
        return false;
    }
    l->left--;
    jsonw_object(l->c->out, NULL);
    docs_members(l->c->out, d);
    if (l->reasons)
        reason(l->c->out, d);
    jsonw_end_object(l->c->out);
    return !ctl_stopped();
}

static void list(struct listing *l, unsigned states)
{
    struct mcp_call *c = l->c;
    uint64_t offset = (uint64_t)mcp_int(c, "offset"), limit = (uint64_t)mcp_int(c, "limit");
    l->prefix = jsonr_str(c->args, "prefix", "");
    l->skip = offset;
    l->left = limit;
    jsonw_bool(c->out, "untrusted", true);
    jsonw_array(c->out, "documents");
    bool whole = docs_walk(c->spool, states, list_one, l, NULL) == 0 && !ctl_stopped();
    jsonw_end_array(c->out);
    jsonw_uint(c->out, "offset", offset);
    if (l->more)
        jsonw_uint(c->out, "next_offset", offset + limit);
    else
        jsonw_null(c->out, "next_offset");
    jsonw_bool(c->out, "complete", whole);
}

static enum outcome class_of(const struct mcp_call *c)
{
    const char *name = jsonr_str(c->args, "class", "");
    return outcome_of(name, strlen(name));
}

void mcp_list(struct mcp_call *c)
{
    struct listing l = {.c = c, .class = OUTCOME_COUNT};
    const char *state = jsonr_str(c->args, "state", NULL);
    list(&l, state ? 1u << docstate_of(state) : DOCS_ALL);
}

void mcp_failed(struct mcp_call *c)
{
    struct listing l = {.c = c, .class = class_of(c), .reasons = true};
    list(&l, 1u << DOC_FAILED);
}

/* ---- spool_text ---- */

struct reading {
    struct mcp_call *c;
    bool done;
};

static void tell_text(struct mcp_call *c, const struct doc *d, const struct textpiece *p)
{
    struct buf text = {0};
    size_t used = textpiece_clean(p, &text);
    jsonw_name(c->out, "path", d->path, strlen(d->path));
    textpiece_members(p, used, &text, c->out);
    if (!buf_ok(&text))
        mcp_fail(c, "There is no memory for the text.");
    buf_free(&text);
}

static bool read_one(void *arg, const struct doc *d)
{
    struct reading *r = arg;
    struct mcp_call *c = r->c;
    struct textpiece p = {.page = (uint64_t)mcp_int(c, "page"),
                          .offset = (uint64_t)mcp_int(c, "offset"),
                          .limit = (uint64_t)mcp_int(c, "limit")};
    if (r->done)
        return false;
    r->done = true;
    if (textpiece_read(&p, d->dir, d->name) != 0)
        mcp_fail(c, "Its text cannot be read: %s.", strerror(errno));
    else if (p.page > p.pages)
        mcp_fail(c, "It has %llu pages.", (unsigned long long)p.pages);
    else if (p.offset > p.total)
        mcp_fail(c, "It has %llu bytes of text.", (unsigned long long)p.total);
    else
        tell_text(c, d, &p);
    textpiece_free(&p);
    return false;
}

static bool look_only(void *arg, const struct doc *d)
{
    const char **state = arg;
    *state = docstate_name(d->state);
    return false;
}

void mcp_text(struct mcp_call *c)
{
    struct reading r = {.c = c};
    const char *path = mcp_path(c, "path"), *state = NULL;
    if (!path || docs_find(c->spool, path, 1u << DOC_DONE, read_one, &r) > 0)
        return;
    if (docs_find(c->spool, path, DOCS_ALL, look_only, &state) > 0)
        mcp_fail(c, "%s: it has no text; its state is: %s.", ctl_shown(path), state);
    else
        mcp_fail(c, "%s: no document of this path. spool_list shows them.", ctl_shown(path));
}
