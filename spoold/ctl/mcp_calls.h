/*
 * mcp_calls: calls of tools at work, each in a process of its own, so that a share that does not answer
 * holds up neither the server nor other calls, and a call can be cancelled.
 *
 * mcp_calls_start while there is room; then, whenever a descriptor has something or a signal came,
 * mcp_calls_turn; mcp_calls_end at the end.
 *
 * A call whose time is over is asked to end (SIGTERM: what it has by then may be its answer), and a moment
 * later killed and answered for it. One that cannot even be killed keeps its place until it can.
 */
#ifndef PDFSPOOL_CTL_MCP_CALLS_H
#define PDFSPOOL_CTL_MCP_CALLS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "spoold/ctl/mcp_serve.h"

enum { MCP_CALLS = 8 };

struct mcp_slot {
    pid_t pid; /* 0: free */
    int fd;    /* its answer comes here; -1: that has ended */
    struct buf line, out, id;
    int64_t end_at, kill_at; /* by clock_boot_ms */
    bool answered, ended, killed;
};

struct mcp_calls {
    struct mcp_server *server; /* borrowed */
    int64_t timeout_ms;
    struct buf *out; /* answers are appended here; borrowed */
    struct mcp_slot slot[MCP_CALLS];
};

/* May another call begin? */
bool mcp_calls_room(const struct mcp_calls *c);
/* No, and none of those at work will be answered any more: all are killed and hang all the same. */
bool mcp_calls_stuck(const struct mcp_calls *c);
/* How many are still to be answered. */
unsigned mcp_calls_open(const struct mcp_calls *c);
/* Begin with a line (n bytes, and as it was parsed). Where that cannot be, it is answered so. */
void mcp_calls_start(struct mcp_calls *c, const char *line, size_t n, const struct jsonr *json);
/* A line is answered without being done, with this reason. */
void mcp_calls_refuse(struct mcp_calls *c, const char *line, size_t n, const char *why);
/* The client has no use any more for the answer to this id. */
void mcp_calls_cancel(struct mcp_calls *c, const struct jsonr *id);
/* No call may take longer than that from now on. */
void mcp_calls_hurry(struct mcp_calls *c, int64_t ms);
/* Descriptors to wait for, at most MCP_CALLS. Returns how many. *wait_ms: at most so long; -1: for ever. */
size_t mcp_calls_fds(const struct mcp_calls *c, struct pollfd *fds, int64_t *wait_ms);
/* Take what there is, see to what has ended and whose time is over. */
void mcp_calls_turn(struct mcp_calls *c);
/* End all, within two seconds or so. */
void mcp_calls_end(struct mcp_calls *c);

#endif
