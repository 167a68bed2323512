/* The tools that change what the cluster does: spool_retry, spool_cancel, spool_pause, spool_resume. */
#include <errno.h>
#include <string.h>

#include "spool/control.h"
#include "spoold/ctl/choosing.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"
#include "spoold/ctl/mcp_tool.h"

enum { SAMPLE = 20 };

/* Those that are meant: false, having failed, where there is none or they cannot be told. */
static bool choose(struct mcp_call *c, struct choosing *chosen)
{
    const char *path = jsonr_str(c->args, "path", NULL), *class = jsonr_str(c->args, "class", NULL);
    if (!path == !class) {
        mcp_fail(c, "Retry which? Give either path or class.");
        return false;
    }
    if (path && !(path = mcp_path(c, "path")))
        return false;
    if (class)
        chosen->class = outcome_of(class, strlen(class));
    errno = 0;
    int got = path ? docs_find(c->spool, path, 1u << DOC_FAILED, choosing_visit, chosen)
                   : docs_walk(c->spool, 1u << DOC_FAILED, choosing_visit, chosen, NULL);
    if (path && got <= 0)
        mcp_fail(c, "%s: no failed document of this path.", ctl_shown(path));
    else if (chosen->no_memory)
        mcp_fail(c, "There is no memory for so many documents.");
    else if (got < 0)
        mcp_fail(c, "Not all of failed/ could be read: %s. Nothing was done.", strerror(errno));
    return c->why.len == 0;
}

static void redo_all(struct mcp_call *c, const struct choosing *chosen)
{
    struct redo redo;
    size_t done = 0, others = 0;
    redo_begin(&redo, c->spool);
    for (size_t i = 0; i < chosen->n && !ctl_stopped(); i++) {
        if (choosing_redo(&redo, &chosen->list[i]) == REDO_DONE)
            done++;
        else
            others++;
    }
    jsonw_uint(c->out, "retried", done);
    jsonw_uint(c->out, "not_retried", chosen->n - done);
    if (chosen->n > 0 && done == 0)
        mcp_fail(c, "None of %zu was retried: %s.", chosen->n,
                 others ? "somebody else moved them, or the share does not take it" : "stopped");
}

void mcp_retry(struct mcp_call *c)
{
    struct choosing chosen = CHOOSING_ALL;
    bool dry = mcp_bool(c, "dry_run");
    int64_t expect = mcp_int(c, "expect");
    if (choose(c, &chosen) && !dry && expect >= 0 && chosen.n > (size_t)expect)
        mcp_fail(c, "%zu documents would be retried, more than %lld: nothing was done.", chosen.n,
                 (long long)expect);
    if (c->why.len == 0) {
        jsonw_bool(c->out, "dry_run", dry);
        jsonw_uint(c->out, "documents", chosen.n);
        jsonw_array(c->out, "sample");
        for (size_t i = 0; i < chosen.n && i < SAMPLE; i++)
            jsonw_name(c->out, NULL, chosen.list[i].path, strlen(chosen.list[i].path));
        jsonw_end_array(c->out);
        if (!dry)
            redo_all(c, &chosen);
    }
    choosing_free(&chosen);
}

void mcp_cancel(struct mcp_call *c)
{
    struct giving_up g = {.spool = c->spool};
    const char *path = mcp_path(c, "path");
    if (!path)
        return;
    docs_find(c->spool, path, DOCS_ALL, giving_up_visit, &g);
    if (g.error)
        mcp_fail(c, "%s: cannot be cancelled: %s.", ctl_shown(path), strerror(g.error));
    else if (g.given == 0)
        mcp_fail(c, "%s: %s.", ctl_shown(path),
                 g.late ? "too late, it has been decided already" : "no document of this path");
    jsonw_uint(c->out, "cancelled", g.given);
    jsonw_uint(c->out, "too_late", g.late);
}

static void command(struct mcp_call *c, bool pause)
{
    if ((pause ? control_give(c->spool, CTL_PAUSE) : control_take_back(c->spool, CTL_PAUSE)) != 0)
        mcp_fail(c, "control/" CTL_PAUSE ": %s.", strerror(errno));
    jsonw_bool(c->out, "paused", pause);
}

void mcp_pause(struct mcp_call *c)
{
    command(c, true);
}

void mcp_resume(struct mcp_call *c)
{
    command(c, false);
}
