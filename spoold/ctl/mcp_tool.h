/*
 * mcp_tool: what a tool is: a row of the table in mcp_tools.c, and a function that does its work, in a
 * process of its own.
 */
#ifndef PDFSPOOL_CTL_MCP_TOOL_H
#define PDFSPOOL_CTL_MCP_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "spool/spool.h"
#include "spoold/ctl/mcp_args.h"
#include "spoold/ctl/mcp_shape.h"

enum { MCP_ROOTS = 16 };

/* What the command line allows. */
struct mcp_allow {
    bool changes; /* retry, cancel, pause, resume */
    unsigned roots;
    char *root[MCP_ROOTS];  /* submit from below these: absolute, without links */
    int root_fd[MCP_ROOTS]; /* the same, open: what was meant stays what is meant */
};

struct mcp_tool;

/* A call, as the tool sees it. */
struct mcp_call {
    const struct mcp_tool *tool;
    const struct spool *spool;
    const struct jsonr *args; /* they fit the table; NULL: none */
    const struct mcp_allow *allow;
    struct jsonw *out; /* an open object: structuredContent */
    struct buf why;    /* of a failure, for people: the call has failed when it is not empty */
};

enum mcp_needs { MCP_LOOKS, MCP_CHANGES, MCP_SUBMITS };

struct mcp_tool {
    const char *name, *title, *help;
    enum mcp_needs needs;
    bool destructive, idempotent;
    const struct mcp_arg *args;
    const struct mcp_member *output; /* structuredContent */
    void (*run)(struct mcp_call *c);
};

/* The call has failed, and this is why. */
void mcp_fail(struct mcp_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An argument of a path: NULL, having failed, when no document can have it. */
const char *mcp_path(struct mcp_call *c, const char *name);
int64_t mcp_int(const struct mcp_call *c, const char *name);
bool mcp_bool(const struct mcp_call *c, const char *name);

/* The table (mcp_table.c), ended by a row without a name. */
extern const struct mcp_tool mcp_table[];

/* Each tool's work: mcp_look.c, mcp_change.c, mcp_submit.c. */
void mcp_status(struct mcp_call *c);
void mcp_list(struct mcp_call *c);
void mcp_failed(struct mcp_call *c);
void mcp_text(struct mcp_call *c);
void mcp_submit(struct mcp_call *c);
void mcp_retry(struct mcp_call *c);
void mcp_cancel(struct mcp_call *c);
void mcp_pause(struct mcp_call *c);
void mcp_resume(struct mcp_call *c);

#endif
