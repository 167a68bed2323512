#include "extractd/parser/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "extractd/parser/emit.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/parse.h"
#include "extractd/parser/progress.h"
#ifdef TEST_EVIL
#include "extractd/parser/evil.h"
#endif

enum { ERRORS_FD = 2, COMMAND_FD = 3, RESULTS_FD = 4, STATUS_FD = 5, FIRST_FREE_FD = 6 };
enum { EXIT_NO_CAGE = 3, EXIT_NO_ENGINE = 4, EXIT_BAD_ORDER = 5 };

int child_settle(const struct child_fds *fds)
{
    int *const places[] = {&(int){fds->command}, &(int){fds->results}, &(int){fds->status},
                           &(int){fds->errors}};
    static const int target[] = {COMMAND_FD, RESULTS_FD, STATUS_FD, ERRORS_FD};
    sigset_t none;
    for (int i = 0; i < 4;
         i++) /* out of the way first, so that no dup2 below closes one that is still needed */
        if ((*places[i] = fcntl(*places[i], F_DUPFD, FIRST_FREE_FD)) < 0)
            return -1;
    for (int i = 0; i < 4; i++)
        if (dup2(*places[i], target[i]) < 0)
            return -1;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static void give_up(int code, const char *what, const char *why)
{
    char line[256];
    int n = snprintf(line, sizeof line, "pdfspool-parser: %s: %s\n", what, why);
    if (n > 0)
        (void)!write(ERRORS_FD, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
    _exit(code);
}

struct received {
    struct wire_job job;
    int document, papers; /* papers: -1 when there are none */
};

/* The next job. False: the slot has let go. */
static bool next_job(struct received *r)
{
    int fds[2] = {-1, -1};
    unsigned came;
    ssize_t n;
    do
        n = fdpass_recv(COMMAND_FD, &r->job, sizeof r->job, fds, 2, &came, true);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    if (n != sizeof r->job || r->job.magic != WIRE_JOB)
        give_up(EXIT_BAD_ORDER, "cannot work", "this is no order");
    bool papers = r->job.plan_bytes || r->job.password_bytes;
    if (came != (papers ? 2U : 1U))
        give_up(EXIT_BAD_ORDER, "cannot work", "this is no order");
    r->document = fds[0];
    r->papers = fds[1];
    return true;
}

static enum outcome no_room(const char *why)
{
    emit_frame(FRAME_BEGIN, 0, NULL, 0);
    emit_end(OUTCOME_MEMORY, why);
    return OUTCOME_MEMORY;
}

/* Both are sealed, or an unlinked file that only its slot has: they cannot shrink under the
 * mapping. */
static enum outcome do_job(struct engine *e, const struct models *models, const struct received *r)
{
    const struct wire_job *job = &r->job;
    size_t n_papers = (size_t)job->plan_bytes + job->password_bytes;
    void *data = NULL, *papers = NULL;
    if (job->size)
        data = mmap(NULL, job->size, PROT_READ, MAP_PRIVATE, r->document, 0);
    if (n_papers)
        papers = mmap(NULL, n_papers, PROT_READ, MAP_PRIVATE, r->papers, 0);
    if (data == MAP_FAILED || papers == MAP_FAILED)
        return no_room("it is larger than the memory that it may have");
#ifdef TEST_EVIL
    evil_try(data, job->size);
#endif
    const struct parse_job p = {.data = data ? data : "",
                                .size = job->size,
                                .job = job,
                                .plan = job->plan_bytes ? papers : NULL,
                                .n_plan = job->plan_bytes,
                                .passwords = papers ? (char *)papers + job->plan_bytes : "",
                                .password_bytes = job->password_bytes,
                                .models = models};
    enum outcome o = parse_document(e, &p);
    progress_at(STAGE_IDLE, 0, 0);
    if (data)
        munmap(data, job->size);
    if (papers)
        munmap(papers, n_papers);
    return o;
}

void child_run(const struct cage_order *order, const struct models *models)
{
    const char *why;
    struct received r;
    struct engine *e = engine_new(order->memory_limit);
    if (!e || progress_map(STATUS_FD) < 0)
        give_up(EXIT_NO_ENGINE, "cannot start", strerror(errno));
    int tier = cage_enter(order, &why);
    if (tier < 0)
        give_up(EXIT_NO_CAGE, "cannot be caged", why);
    const char *name = cage_tier_name((enum cage_tier)tier);
    emit_frame(FRAME_CAGED, 0, name, strlen(name));
    emit_flush(); /* at once: a death before this frame is no document's fault */
    for (uint32_t i = 0; i < order->documents && next_job(&r); i++) {
        enum outcome o = do_job(e, models, &r);
        close(r.document);
        if (r.papers >= 0)
            close(r.papers);
        if (outcome_facts(o)->failure)
            break; /* a fresh address space after each failure; the slot knows */
    }
    _exit(0);
}
