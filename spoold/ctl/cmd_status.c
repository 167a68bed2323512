/* spoolctl status, watch: one screen about the whole spool. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/summary.h"

enum { HOSTS_SHOWN = 12 };

/* The hosts' lines, as the summary is made. */
struct host_lines {
    const struct ctl *c;
    struct buf text;
    unsigned n;
};

static void host_line(void *arg, const struct host_view *v)
{
    struct host_lines *l = arg;
    if (l->n++ < HOSTS_SHOWN)
        buf_fmt(&l->text, "  %-20s %s%-22s%s %llu of %u slots busy, %llu done, %llu failed\n",
                v->host, v->silent ? ctl_red(l->c) : "", hosts_word(v),
                v->silent ? ctl_plain(l->c) : "", (unsigned long long)summary_busy(v),
                v->status->n_slots, (unsigned long long)v->status->done,
                (unsigned long long)v->status->failed);
}

static void held_people(const struct summary *s, const struct ctl *c, struct buf *b)
{
    for (enum summary_held i = HELD_LANE; i < HELD_KINDS; i++) {
        const char *name;
        size_t at = 0, len;
        if (s->held[i].len > 0)
            buf_fmt(b, "%s%s%s:", ctl_yellow(c), summary_held_shown(i), ctl_plain(c));
        while ((name = summary_held_next(s, i, &at, &len)))
            buf_fmt(b, " %.*s", (int)len, name);
        if (s->held[i].len > 0)
            buf_char(b, '\n');
    }
}

static void summary_people(const struct summary *s, const struct host_lines *l, struct buf *b)
{
    char age[32];
    const struct ctl *c = l->c;
    buf_fmt(b, "%s%s%s%s\n", ctl_bold(c), ctl_shown(c->spool.path), ctl_plain(c),
            s->paused ? "   PAUSED" : "");
    held_people(s, c, b);
    for (int i = 0; i < DOC_STATES; i++)
        buf_fmt(b, "  %-8s %10llu\n", docstate_name((enum doc_state)i),
                (unsigned long long)s->state[i]);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (s->class[i])
            buf_fmt(b, "    %s%-12s%s %4llu  %s\n", ctl_yellow(c),
                    outcome_facts((enum outcome)i)->name, ctl_plain(c),
                    (unsigned long long)s->class[i], outcome_facts((enum outcome)i) -> meaning);
    if (summary_waited(s) >= 0) {
        num_show_duration(summary_waited(s), age, sizeof age);
        buf_fmt(b, "oldest waiting: %s%s\n", age,
                s->sampled == SUMMARY_SAMPLE ? " (of the first 20,000)" : "");
    }
    uint64_t ignored = s->scan.ignored[IGNORED_NAME] + s->scan.ignored[IGNORED_LINK] +
                       s->scan.ignored[IGNORED_SPECIAL];
    if (ignored)
        buf_fmt(b, "ignored in pending/: %llu by their names, %llu links, %llu special files\n",
                (unsigned long long)s->scan.ignored[IGNORED_NAME],
                (unsigned long long)s->scan.ignored[IGNORED_LINK],
                (unsigned long long)s->scan.ignored[IGNORED_SPECIAL]);
    if (s->scan.unreadable)
        buf_fmt(b, "%sfolders in pending/ that cannot be read: %llu%s\n", ctl_red(c),
                (unsigned long long)s->scan.unreadable, ctl_plain(c));
    buf_fmt(b, "hosts: %u%s\n", s->hosts, s->hosts ? "" : " (no extractd is running)");
    buf_add(b, l->text.data ? l->text.data : "", l->text.len);
    if (s->hosts > HOSTS_SHOWN)
        buf_fmt(b, "  and %u more: spoolctl hosts\n", s->hosts - HOSTS_SHOWN);
}

static void summary_line_json(const struct summary *s, struct buf *b)
{
    struct jsonw w;
    jsonw_init(&w, b, false);
    jsonw_object(&w, NULL);
    summary_members(s, &w);
    jsonw_end_object(&w);
    buf_char(b, '\n');
}

int cmd_status(struct ctl *c, int argc, char **argv)
{
    struct summary s;
    struct host_lines lines = {.c = c};
    struct buf b = {0};
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind < argc)
        return ctl_misused(c, "status takes no argument");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    summary_make(&s, &c->spool, host_line, &lines);
    if (c->json)
        summary_line_json(&s, &b);
    else
        summary_people(&s, &lines, &b);
    bool complete = s.complete;
    summary_free(&s);
    buf_free(&lines.text);
    code = ctl_print(&b);
    if (!complete)
        return ctl_fail(CTL_TEMPORARY,
                        "not all of the spool could be read: the counts are too small");
    return code;
}

/* One line for logs and pipes. */
static void summary_line(const struct summary *s, struct buf *b)
{
    char when[32];
    clock_show(s->now, when, sizeof when);
    buf_fmt(b, "%s", when);
    for (int i = 0; i < DOC_STATES; i++)
        buf_fmt(b, " %s=%llu", docstate_name((enum doc_state)i), (unsigned long long)s->state[i]);
    buf_fmt(b, " hosts=%u silent=%u busy=%llu/%llu\n", s->hosts, s->silent,
            (unsigned long long)s->busy, (unsigned long long)s->slots);
}

static int watch_once(struct ctl *c)
{
    struct summary s;
    struct host_lines lines = {.c = c};
    struct buf b = {0};
    summary_make(&s, &c->spool, host_line, &lines);
    if (c->json) {
        summary_line_json(&s, &b);
    } else if (c->screen) {
        buf_str(&b, "\033[H\033[J"); /* home, and clear what was below */
        summary_people(&s, &lines, &b);
    } else {
        summary_line(&s, &b);
    }
    summary_free(&s);
    buf_free(&lines.text);
    return ctl_print(&b);
}

int cmd_watch(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {{"interval", required_argument, NULL, 'i'},
                                            {"count", required_argument, NULL, 'n'},
                                            {NULL, 0, NULL, 0}};
    int64_t interval = 1000;
    uint64_t times = UINT64_MAX;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        if (got == 'i' && (!num_duration_ms(optarg, &interval) || interval < 100))
            return ctl_misused(c, "--interval wants a duration of at least 100ms, such as 5s");
        if (got == 'n' && (!num_u64(optarg, &times) || times == 0))
            return ctl_misused(c, "--count wants a number of at least 1");
    }
    if (got == CTL_STOP)
        return code;
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    ctl_catch_signals();
    for (uint64_t i = 0; i < times && code == CTL_OK && !ctl_stopped(); i++) {
        if (i > 0)
            clock_sleep_ms(interval);
        if (!ctl_stopped())
            code = watch_once(c);
    }
    return code;
}
