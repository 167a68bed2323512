#include "extractd/decide.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "extractd/board.h"

struct decision decide(enum decision_end end, enum outcome outcome, const char *message)
{
    struct decision d = {.outcome = outcome};
    d.end = end;
    snprintf(d.message, sizeof d.message, "%s", message);
    return d;
}

struct decision decide_environment(const char *what, int error)
{
    struct decision d = {.end = END_UNSPENT,
                         .outcome = OUTCOME_COUNT,
                         .environment = error != EAGAIN /* a name is taken for a moment */};
    snprintf(d.message, sizeof d.message, "%s: %s", what, strerror(error));
    return d;
}

/* A failure that another try may cure goes round again while attempts are left. */
static struct decision failed(const struct settings *c, const struct token *t, enum outcome o,
                              const char *message)
{
    bool again = outcome_facts(o)->retried && t->attempt < (unsigned)c->max_attempts;
    return decide(again ? END_RETRY : END_FINISH, o, message);
}

enum outcome decide_reason(const struct settings *c, int verdict, char message[200])
{
    switch (verdict) {
    case VERDICT_TIMEOUT:
        snprintf(message, 200, "it was not finished after document_timeout (%lld s)",
                 (long long)c->document_timeout / 1000);
        return OUTCOME_TIMEOUT;
    case VERDICT_STALLED:
        snprintf(message, 200, "no progress for stall_timeout (%lld s)",
                 (long long)c->stall_timeout / 1000);
        return OUTCOME_STALLED;
    case VERDICT_CPU:
        snprintf(message, 200, "it used more than cpu_limit (%lld s of CPU)",
                 (long long)c->cpu_limit / 1000);
        return OUTCOME_LIMIT;
    case VERDICT_CANCELLED:
        snprintf(message, 200, "cancelled while in work");
        return OUTCOME_CANCELLED;
    default: /* stopping, or the lease is in doubt */
        snprintf(message, 200, "the worker stops");
        return OUTCOME_COUNT;
    }
}

static struct decision decide_verdict(const struct settings *c, const struct token *t, int verdict)
{
    char message[200];
    enum outcome o = decide_reason(c, verdict, message);
    if (o == OUTCOME_COUNT)
        return decide(END_UNSPENT, OUTCOME_COUNT, message);
    return o == OUTCOME_CANCELLED ? decide(END_FINISH, o, message) : failed(c, t, o, message);
}

struct decision decide_parsed(const struct settings *c, const struct token *t,
                              const struct parse_result *r, int verdict)
{
    if (r->environment) {
        struct decision d = decide(END_UNSPENT, OUTCOME_COUNT, r->message);
        d.environment = true;
        d.host_is_fine = r->no_models;
        return d;
    }
    if (r->outcome == OUTCOME_CRASHED && verdict != VERDICT_NONE)
        return decide_verdict(c, t, verdict);
    /* SIGKILL that was not ours: the kernel ran out of memory. */
    if (r->outcome == OUTCOME_CRASHED && WIFSIGNALED(r->exit_status) &&
        WTERMSIG(r->exit_status) == SIGKILL)
        return failed(c, t, OUTCOME_MEMORY, DECIDE_KILLED_OUTSIDE);
    if (outcome_facts(r->outcome)->failure)
        return failed(c, t, r->outcome, r->message);
    return decide(END_FINISH, r->outcome, r->message);
}

/* A file that keeps changing is somebody's upload: back, unspent, but not for ever. */
struct decision decide_changed(const struct settings *c, const struct token *t)
{
    if (t->unspent < (unsigned)c->max_unspent)
        return decide(END_UNSPENT, OUTCOME_COUNT, "it was still being written");
    return decide(END_FINISH, OUTCOME_UNREADABLE,
                  "it was still being written whenever it was taken up; drop it by renaming it in");
}
