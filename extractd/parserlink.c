#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "extractd/parserlink_parts.h"
#include "extractd/receiver.h"

enum {
    OCR_NICE = 15,       /* what has a text layer goes first, whoever reads pictures meanwhile */
    EOF_GRACE_MS = 2000, /* from the end of its results to the news of its death */
    STILL_MS = 100
};

struct parserlink *parserlink_new(unsigned slot, int zygote, int status_fd)
{
    struct parserlink *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    void *page = mmap(NULL, WIRE_STATUS_BYTES, PROT_READ, MAP_SHARED, status_fd, 0);
    if (page == MAP_FAILED) {
        free(l);
        return NULL;
    }
    l->status = page;
    l->slot = slot;
    l->status_fd = status_fd;
    l->proc = (struct parserproc){.zygote = zygote, .command = -1, .results = -1, .errors = -1};
    return l;
}

static void let_go(struct parserlink *l)
{
    parserproc_drop(&l->proc);
    l->served = 0;
    l->busy_ms = 0;
    l->have = 0;
    l->accept = (struct accept){0};
}

void parserlink_free(struct parserlink *l)
{
    if (!l)
        return;
    let_go(l);
    munmap((void *)(uintptr_t)l->status, WIRE_STATUS_BYTES);
    free(l);
}

/* ---- a parser to work with ---- */

/* Each document must have the whole CPU limit before it: the kernel's count (half as much again,
 * see cage.c) goes over all documents of a process, and CPU time is at most wall time. */
static bool worn_out(const struct parserlink *l, const struct parse_limits *n)
{
    const struct parse_limits *o = &l->spawned_with;
    bool other_models = strcmp(o->languages, n->languages) != 0; /* also: it is nice, or is not */
    return other_models || l->served >= n->documents || o->sandbox != n->sandbox ||
           o->documents != n->documents || o->memory_limit != n->memory_limit ||
           o->cpu_limit_s != n->cpu_limit_s || (uint64_t)l->busy_ms > n->cpu_limit_s * 500;
}

/* Between documents a parser is silent. One that died, or said anything, is of no more use; no
 * document is to blame. */
static bool stirred(const struct parserlink *l)
{
    struct pollfd p[2] = {{.fd = l->proc.command, .events = POLLIN},
                          {.fd = l->proc.results, .events = POLLIN}};
    return l->have > 0 || (l->accept.caged && poll(p, 2, 0) != 0);
}

static int fresh_parser(struct parserlink *l, const struct parse_limits *limits)
{
    struct wire_spawn order = {
        .magic = WIRE_SPAWN,
        .slot = l->slot,
        .sandbox = limits->sandbox,
        .documents = limits->documents,
        .memory_limit = limits->memory_limit,
        .cpu_limit_s = limits->cpu_limit_s,
        .niceness = limits->languages[0] ? OCR_NICE : 0,
        .whole = l->whole,
    };
    snprintf(order.languages, sizeof order.languages, "%s", limits->languages);
    let_go(l);
    l->spawned_with = *limits;
    return parserproc_spawn(&l->proc, &order, l->status_fd);
}

/* A parser that has the job, the one at hand or a new one. -1 and errno. */
static int give_job(struct parserlink *l, int document, int papers, const struct wire_job *job,
                    const struct parse_limits *limits)
{
    if (l->proc.pid && (worn_out(l, limits) || stirred(l)))
        let_go(l);
    if (l->proc.pid && parserproc_job(&l->proc, job, document, papers) == 0)
        return 0;
    if (fresh_parser(l, limits) < 0)
        return -1;
    return parserproc_job(&l->proc, job, document, papers);
}

/* ---- taking the result ---- */

enum progress { GOING, COMPLETE, BROKEN, AT_EOF, STOPPED };

/* Decode what is in the buffer. */
static enum progress take_frames(struct parserlink *l)
{
    size_t at = 0, used = 0;
    enum progress end = GOING;
    struct frame f;
    while (end == GOING) {
        enum frame_verdict v = frame_decode(l->in + at, l->have - at, &f, &used);
        if (v == FRAME_MORE)
            break;
        l->breach = "bytes that are no frame";
        enum accept_verdict a =
            v == FRAME_BROKEN ? ACCEPT_BREACH : accept_frame(&l->accept, &f, &l->breach);
        if (a == ACCEPT_NO_MEMORY || a == ACCEPT_NO_ROOM) {
            l->what = a == ACCEPT_NO_MEMORY ? "no memory for the result"
                                            : "a file that is in it could not be written";
            l->error = a == ACCEPT_NO_MEMORY ? ENOMEM : l->accept.error ? l->accept.error : EIO;
        }
        if (a != ACCEPT_MORE && a != ACCEPT_END)
            return BROKEN;
        at += used;
        if (a == ACCEPT_END)
            end = COMPLETE;
    }
    l->have -= at;
    if (at && l->have)
        memmove(l->in, l->in + at, l->have);
    return end;
}

/* Read once and decode. After END there must be nothing more. */
static enum progress take_results(struct parserlink *l)
{
    ssize_t n = read(l->proc.results, l->in + l->have, sizeof l->in - l->have);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? GOING : AT_EOF;
    if (n == 0)
        return AT_EOF;
    l->have += (size_t)n;
    enum progress p = take_frames(l);
    char extra;
    if (p == COMPLETE && (l->have || read(l->proc.results, &extra, 1) > 0)) {
        l->breach = "data after the END frame";
        return BROKEN;
    }
    return p;
}

static enum progress take_stderr(struct parserlink *l, struct parse_result *r, bool *open)
{
    char some[16384];
    ssize_t n = read(l->proc.errors, some, sizeof some);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        *open = false;
    if (n <= 0)
        return GOING;
    size_t room = sizeof l->said - l->said_len, kept = (size_t)n < room ? (size_t)n : room;
    memcpy(l->said + l->said_len, some, kept);
    l->said_len += kept;
    r->stderr_bytes += (uint64_t)n;
    l->breach = "a flood of messages on stderr";
    return r->stderr_bytes > STDERR_BREACH ? BROKEN : GOING;
}

/* It is dead: what it sent before that still counts. */
static enum progress drain(struct parserlink *l, struct parse_result *r)
{
    bool open = true;
    for (errno = 0; open && errno != EAGAIN;) {
        errno = 0;
        if (take_stderr(l, r, &open) == BROKEN)
            break;
    }
    for (;;) {
        errno = 0;
        enum progress p = take_results(l);
        if (p != GOING || errno == EAGAIN)
            return p == GOING ? AT_EOF : p;
    }
}

/* Of the pages that have come since the last time. False: that is enough. */
static bool tell(struct parserlink *l, const struct parserlink_signs *signs)
{
    uint32_t more = l->accept.pages - l->told;
    l->told = l->accept.pages;
    if (more && signs->pages)
        atomic_fetch_add(signs->pages, more);
    return !more || !signs->page_done || signs->page_done(signs->arg);
}

/* Until the document is finished, the parser is dead or lost, or it broke the rules. */
static enum progress listen_to(struct parserlink *l, struct parse_result *r,
                               const struct parserlink_signs *signs)
{
    struct parserproc *p = &l->proc;
    bool errors_open = true;
    for (;;) {
        struct pollfd fds[4] = {{.fd = p->results, .events = POLLIN},
                                {.fd = p->command, .events = POLLIN},
                                {.fd = errors_open ? p->errors : -1, .events = POLLIN},
                                {.fd = signs->watch ? *signs->watch : -1, .events = POLLIN}};
        int ready = poll(fds, 4, signs->still ? STILL_MS : -1);
        if (ready == 0 && !signs->still(signs->arg))
            return STOPPED;
        if (ready <= 0)
            continue; /* EINTR; nothing else is possible with these arguments but ENOMEM, which
                         passes */
        enum progress e = GOING;
        if (fds[2].revents)
            e = take_stderr(l, r, &errors_open);
        if (e == GOING && fds[0].revents)
            e = take_results(l);
        if ((!tell(l, signs) || fds[3].revents) && e == GOING)
            return STOPPED;
        if (e == AT_EOF && !parserproc_wait(p, EOF_GRACE_MS)) {
            l->breach = "the end of its results, though it lives on";
            return BROKEN;
        }
        if (e == COMPLETE || e == BROKEN)
            return e;
        if (fds[1].revents && !p->died && !p->lost)
            parserproc_news(p);
        if (p->died || p->lost)
            return drain(l, r);
    }
}

/* The plan and the passwords, where there are any. -1 in *fd: there are none. False: no memory. */
static bool make_papers(const struct page_order *order, const struct parse_limits *limits,
                        struct wire_job *job, int *fd)
{
    const struct buf *passwords = limits->passwords;
    job->plan_bytes = order->plan ? order->n_plan : 0;
    job->password_bytes = passwords ? (uint32_t)passwords->len : 0;
    *fd = -1;
    if (job->plan_bytes + job->password_bytes == 0)
        return true;
    *fd = memfd_create("papers", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*fd >= 0 &&
        (!job->plan_bytes ||
         write(*fd, order->plan, job->plan_bytes) == (ssize_t)job->plan_bytes) &&
        (!job->password_bytes ||
         write(*fd, passwords->data, job->password_bytes) == (ssize_t)job->password_bytes) &&
        fcntl(*fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return true;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return false;
}

static void work(struct parserlink *l, int document, struct wire_job *job,
                 const struct parse_limits *limits, const struct page_order *order,
                 const struct parserlink_signs *signs, struct parse_result *r)
{
    int papers;
    l->said_len = 0;
    l->error = 0;
    bool given =
        make_papers(order, limits, job, &papers) && give_job(l, document, papers, job, limits) == 0;
    r->no_models = !given && errno == ENODATA;
    if (r->no_models)
        parserlink_no_models(r, limits->languages);
    else if (!given)
        parserlink_environment(r, "no parser could be had", errno);
    if (papers >= 0)
        close(papers);
    if (!given) {
        let_go(l);
        return;
    }
    accept_begin(&l->accept, r, limits, order);
    if (signs->pid)
        atomic_store(signs->pid, l->proc.pid);
    l->told = 0;
    enum progress end = listen_to(l, r, signs);
    (void)tell(l, signs); /* of what came with its death */
    r->at_page = atomic_load(&l->status->page) - 1;
    if (signs->pid)
        atomic_store(signs->pid, 0);
    if (end != COMPLETE)
        accept_abandon(&l->accept);
    if (end == BROKEN)
        parserlink_report_breach(l, r);
    else if (end == AT_EOF)
        parserlink_report_death(l, r);
    else if (end == STOPPED)
        r->outcome = OUTCOME_CRASHED;
    r->stopped = end == STOPPED;
    snprintf(r->sandbox, sizeof r->sandbox, "%s", l->accept.sandbox);
    l->served++;
    if (end != COMPLETE || l->proc.died || l->proc.lost || outcome_facts(r->outcome)->failure)
        let_go(l);
}

/* With a receiver: no pages, but files. */
static void ask_for_files(struct wire_job *job, const struct receiver *to)
{
    job->flags |= JOB_FILES;
    job->max_entries = to->entries;
    job->max_entry_bytes = to->each;
    job->max_entries_bytes = to->total;
    job->max_ratio = to->ratio;
}

static void run(struct parserlink *l, int document, uint64_t size,
                const struct parse_limits *limits, const struct page_order *order,
                const struct parserlink_signs *signs, struct parse_result *r)
{
    int64_t start = clock_boot_ms();
    uint64_t have = parse_result_bytes(r);
    struct wire_job job = {
        .magic = WIRE_JOB,
        .flags = (limits->dehyphenate ? JOB_DEHYPHENATE : 0U) |
                 (order->careful ? JOB_CAREFUL : 0U) | (order->ocr ? JOB_OCR : 0U) |
                 (order->advise ? JOB_ADVISE : 0U) | (order->settled ? JOB_SETTLED : 0U) |
                 (order->lean ? JOB_LEAN : 0U) | limits->without,
        .max_pixels = limits->max_pixels,
        .size = size,
        .max_page_text = limits->max_page_text,
        .max_text = limits->max_text > have ? limits->max_text - have : 0,
        .max_pages = limits->max_pages,
        .first_page = order->first,
        .plain_page = order->plain - 1,
    };
    if (order->files)
        ask_for_files(&job, order->files);
    r->outcome = OUTCOME_OK;
    r->environment = r->stopped = r->no_models = false;
    r->message[0] = '\0';
    r->exit_status = 0;
    work(l, document, &job, limits, order, signs, r);
    l->busy_ms += clock_boot_ms() - start;
}

void parserlink_run(struct parserlink *l, int document, uint64_t size,
                    const struct parse_limits *limits, const struct page_order *order,
                    const struct parserlink_signs *signs, struct parse_result *r)
{
    struct page_order mine = *order;
    if (order->files && l->whole != WHOLE_OR_NONE) {
        let_go(l);
        l->whole = WHOLE_OR_NONE;
    }
    mine.lean = !l->whole && !limits->languages[0];
    run(l, document, size, limits, &mine, signs, r);
    if (r->outcome != OUTCOME_OK || !l->accept.wants_whole)
        return;
    let_go(l);
    l->whole = WHOLE_IF_THERE; /* so this happens once */
    mine.first = r->due;
    mine.lean = false;
    run(l, document, size, limits, &mine, signs, r);
}
