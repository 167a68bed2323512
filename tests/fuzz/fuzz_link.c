/*
 * The slot's side of a parser (parserlink.c), with a parser that is only bytes: what it sends, what
 * it says on stderr, and how it ends.
 *
 * The 18th byte's lowest bit asks for files instead of pages.
 *
 * Laws: the result is always filled in and keeps its bounds; what was not an END that was believed
 * is a failure or the environment's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "extractd/parserlink.h"
#include "extractd/parserproc.h"
#include "extractd/receiver.h"
#include "fuzz.h"

enum { PIPE_ROOM = 60000 };
enum { END_EXIT, END_SIGNAL, END_LOST, END_LIVES, ENDS };

static struct {
    const uint8_t *results, *errors;
    size_t n_results, n_errors;
    unsigned end, status;
} script;

/* A pipe that holds these bytes and then its end. */
static int filled(const uint8_t *bytes, size_t n)
{
    int p[2];
    FUZZ_LAW(pipe2(p, O_NONBLOCK | O_CLOEXEC) == 0);
    FUZZ_LAW(n == 0 || write(p[1], bytes, n) == (ssize_t)n);
    close(p[1]);
    return p[0];
}

int parserproc_spawn(struct parserproc *p, const struct wire_spawn *order, int status_fd)
{
    (void)status_fd;
    FUZZ_LAW(order->magic == WIRE_SPAWN);
    p->pid = 1;
    p->died = p->lost = false;
    p->status = 0;
    p->command = -1;
    p->results = filled(script.results, script.n_results);
    p->errors = filled(script.errors, script.n_errors);
    return 0;
}

int parserproc_job(struct parserproc *p, const struct wire_job *job, int document, int papers)
{
    (void)document, (void)papers;
    FUZZ_LAW(p->pid && job->magic == WIRE_JOB);
    return 0;
}

void parserproc_news(struct parserproc *p)
{
    p->died = script.end == END_EXIT || script.end == END_SIGNAL;
    p->lost = script.end == END_LOST;
    p->status =
        script.end == END_EXIT ? (int)(script.status % 256) << 8 : (int)(script.status % 64 + 1);
}

bool parserproc_wait(struct parserproc *p, int ms)
{
    (void)ms;
    parserproc_news(p);
    return p->died || p->lost;
}

void parserproc_kill(struct parserproc *p)
{
    p->died = true;
    p->status = SIGKILL;
}

void parserproc_drop(struct parserproc *p)
{
    if (p->pid) {
        close(p->results);
        close(p->errors);
    }
    p->pid = 0;
    p->results = p->errors = -1;
}

static int take_begin(void *user, const char *name, size_t n, bool zip)
{
    (void)name, (void)n, (void)zip;
    ++*(unsigned *)user;
    return 0;
}

/* A share that is full after so many bytes. */
static int take_bytes(void *user, const void *bytes, size_t n)
{
    (void)user, (void)bytes;
    errno = ENOSPC;
    return n > 1000 ? -1 : 0;
}

static int take_end(void *user, enum entryfate fate, const char *message)
{
    (void)user, (void)message;
    FUZZ_LAW(fate < ENTRY_FATES);
    return 0;
}

static int status_page(const uint8_t *bytes, size_t n)
{
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("status", MFD_CLOEXEC);
        FUZZ_LAW(fd >= 0 && ftruncate(fd, WIRE_STATUS_BYTES) == 0);
    }
    FUZZ_LAW(pwrite(fd, bytes, n, 0) == (ssize_t)n);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct parse_limits limits = {.max_page_text = 5000,
                                               .max_text = 20000,
                                               .max_pages = 40,
                                               .documents = 3,
                                               .cpu_limit_s = 60};
    unsigned entries = 0;
    const struct receiver to = {.size = 100,
                                .entries = 100,
                                .each = 10000,
                                .total = 20000,
                                .ratio = 10,
                                .begin = take_begin,
                                .bytes = take_bytes,
                                .end = take_end,
                                .user = &entries};
    struct parse_result r = {0};
    _Atomic int32_t pid = 0;
    _Atomic uint32_t pages = 0;
    uint32_t before = 0;
    if (n < 18 || n > PIPE_ROOM)
        return 0;
    script.end = data[0] % ENDS;
    script.status = data[1];
    const struct page_order order = {.files = data[17] & 1 ? &to : NULL};
    int status = status_page(data + 2, 16);
    script.n_errors = data[0] & 0x80 ? n - 18 : (n - 18) * (data[0] & 0x7f) / 4 / 128;
    script.errors = data + 18;
    script.results = data + 18 + script.n_errors;
    script.n_results = n - 18 - script.n_errors;
    struct parserlink *l = parserlink_new(0, -1, status);
    FUZZ_LAW(l);
    const struct parserlink_signs signs = {.pid = &pid, .pages = &pages};
    for (int i = 0; i < 2; i++) { /* the same parser again, where it is kept */
        parse_result_clear(&r);
        parserlink_run(l, -1, 1000, &limits, &order, &signs, &r);
        FUZZ_LAW(order.files ? pages <= entries : pages - before == r.n_pages);
        before = pages;
        FUZZ_LAW(pid == 0 && r.outcome < OUTCOME_COUNT);
        bool failure = outcome_facts(r.outcome)->failure;
        FUZZ_LAW(!failure || r.message[0] || r.outcome < OUTCOME_TIMEOUT ||
                 r.outcome == OUTCOME_MEMORY);
        FUZZ_LAW(!r.environment || failure);
        fuzz_result_law(&r, &limits, !failure);
    }
    parserlink_free(l);
    parse_result_free(&r);
    return 0;
}
