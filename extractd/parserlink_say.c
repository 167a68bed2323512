/* parserlink_say: how the work of a parser ended, as outcome and in words. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/utf8.h"
#include "extractd/parserlink_parts.h"

/* Put b (valid UTF-8, one line) into the message, cut at a character; frees b. */
static void set_message(struct parse_result *r, struct buf *b)
{
    size_t len = 0;
    for (size_t k; buf_ok(b) && len < b->len; len += k) {
        k = utf8_seq(b->data + len, b->len - len);
        if (k == 0 || len + k >= sizeof r->message)
            break;
    }
    if (len)
        memcpy(r->message, b->data, len);
    r->message[len] = '\0';
    buf_free(b);
}

void parserlink_environment(struct parse_result *r, const char *what, int err)
{
    struct buf b = {0};
    buf_fmt(&b, "%s: %s", what, strerror(err));
    r->environment = true;
    r->outcome = OUTCOME_CRASHED;
    set_message(r, &b);
}

void parserlink_no_models(struct parse_result *r, const char *languages)
{
    struct buf b = {0};
    buf_fmt(&b,
            "this host has no OCR models for %s: install tesseract's (Debian: tesseract-ocr-...)",
            languages);
    r->environment = true;
    r->outcome = OUTCOME_CRASHED;
    set_message(r, &b);
}

/* "text of page 3 of 12", from a status page that may say anything. */
static void add_place(const struct parserlink *l, struct buf *b)
{
    static const char *const names[] = {"waiting", "opening", "text",
                                        "OCR",     "sending", "unpacking"};
    _Static_assert(sizeof names / sizeof *names == STAGE_COUNT, "each has a name");
    uint32_t stage = atomic_load(&l->status->stage), page = atomic_load(&l->status->page);
    uint32_t pages = atomic_load(&l->status->pages), most = l->spawned_with.max_pages;
    buf_str(b, stage < STAGE_COUNT ? names[stage] : "an unknown stage");
    if (page >= 1 && pages >= page && pages <= most)
        buf_fmt(b, " of page %u of %u", page, pages);
}

static void add_said(const struct parserlink *l, struct buf *b)
{
    size_t n = l->said_len;
    while (n && (l->said[n - 1] == '\n' || l->said[n - 1] == '\0'))
        n--;
    if (n == 0)
        return;
    buf_str(b, "; it said: ");
    utf8_escape(b, l->said, n);
}

void parserlink_report_breach(struct parserlink *l, struct parse_result *r)
{
    struct buf b = {0};
    parserproc_kill(&l->proc);
    (void)parserproc_wait(&l->proc, PARSERPROC_WAIT_MS);
    if (l->error) {
        parserlink_environment(r, l->what, l->error);
        return;
    }
    r->outcome = OUTCOME_PROTOCOL;
    r->exit_status = l->proc.status;
    buf_fmt(&b, "the parser sent %s, in ", l->breach);
    add_place(l, &b);
    add_said(l, &b);
    set_message(r, &b);
}

static void report_signal(struct parserlink *l, struct parse_result *r, struct buf *b)
{
    int sig = WTERMSIG(l->proc.status);
    const char *name = sigabbrev_np(sig);
    if (sig == SIGXCPU) {
        r->outcome = OUTCOME_LIMIT;
        buf_fmt(b, "more than %llu s of CPU time, in ",
                (unsigned long long)l->spawned_with.cpu_limit_s);
    } else if (name) {
        buf_fmt(b, "SIG%s in ", name);
    } else {
        buf_fmt(b, "signal %d in ", sig);
    }
    add_place(l, b);
}

void parserlink_report_death(struct parserlink *l, struct parse_result *r)
{
    struct buf b = {0};
    r->outcome = OUTCOME_CRASHED;
    r->exit_status = l->proc.status;
    if (l->proc.lost && !l->proc.died) {
        r->environment = true;
        buf_str(&b, "the warm parser is gone");
    } else if (WIFSIGNALED(l->proc.status)) {
        report_signal(l, r, &b);
    } else if (!l->accept.caged) {
        r->environment = true;
        buf_str(&b, "no parser could be started");
    } else if (WEXITSTATUS(l->proc.status) == 0) {
        r->outcome = OUTCOME_PROTOCOL;
        buf_str(&b, "the parser ended without an END frame");
    } else {
        buf_fmt(&b, "the parser gave up with exit status %d in ", WEXITSTATUS(l->proc.status));
        add_place(l, &b);
    }
    add_said(l, &b);
    set_message(r, &b);
}
