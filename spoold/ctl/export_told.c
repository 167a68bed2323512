/* How an export tells of itself: progress, what failed, the counts at its end. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spoold/ctl/export_job.h"

enum { DRAW_MS = 200, LINE_MS = 60 * 1000 };

static void say_progress(struct export_job *j, const char *begin, const char *end)
{
    const struct export_counts *n = &j->view.counts;
    uint64_t met = n->documents + n->unchanged;
    int64_t spent = clock_boot_ms() - j->begun;
    char size[16];
    num_show_size(n->bytes, size, sizeof size);
    fprintf(stderr, "%s%llu documents  %s  %llu/s%s", begin, (unsigned long long)met, size,
            (unsigned long long)(spent > 0 ? met * 1000 / (uint64_t)spent : 0), end);
}

/* A terminal sees it move; a log gets a line now and then. */
void export_told_tick(void *arg)
{
    struct export_job *j = arg;
    int64_t now = clock_boot_ms();
    if (now - j->drawn < (j->view.ctl->talk ? DRAW_MS : LINE_MS))
        return;
    j->drawn = now;
    if (j->view.ctl->talk)
        say_progress(j, "\r", " \033[K");
    else
        say_progress(j, "spoolctl: ", " so far\n");
}

void export_told_clear(const struct export_job *j)
{
    if (j->view.ctl->talk)
        fputs("\r\033[K", stderr);
}

void export_told_trouble(void *arg, const char *path, const char *why)
{
    export_told_clear(arg);
    ctl_say("%s: %s", ctl_shown(path), why);
}

int export_told_json(const struct export_job *j, bool whole)
{
    const struct export_counts *n = &j->view.counts;
    struct buf b = {0};
    struct jsonw w;
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "ok", whole && n->failures == 0);
    jsonw_name(&w, "dest", j->dest, strlen(j->dest));
    jsonw_str(&w, "format", j->form->name);
    if (j->view.until_ms == INT64_MAX)
        jsonw_null(&w, "until");
    else
        jsonw_time(&w, "until", j->view.until_ms);
    jsonw_uint(&w, "documents", n->documents);
    jsonw_uint(&w, "bytes", n->bytes);
    jsonw_uint(&w, "unchanged", n->unchanged);
    jsonw_uint(&w, "newer", n->newer);
    jsonw_uint(&w, "older", n->older);
    jsonw_uint(&w, "gone", n->gone);
    jsonw_uint(&w, "without_text", n->textless);
    jsonw_uint(&w, "failures", n->failures);
    jsonw_int(&w, "ms", clock_boot_ms() - j->begun);
    jsonw_end_object(&w);
    buf_char(&b, '\n');
    return ctl_print(&b);
}

static void also(uint64_t n, const char *what)
{
    if (n)
        fprintf(stderr, ", %llu %s", (unsigned long long)n, what);
}

void export_told_people(const struct export_job *j)
{
    const struct export_counts *n = &j->view.counts;
    int64_t spent = clock_boot_ms() - j->begun;
    char size[16], time[32];
    num_show_size(n->bytes, size, sizeof size);
    num_show_duration(spent, time, sizeof time);
    fprintf(stderr, "spoolctl: %llu documents exported (%s, %s)", (unsigned long long)n->documents,
            size, time);
    also(n->unchanged, "there already");
    also(n->newer, "published since it began, left out");
    also(n->older, "older, left out");
    also(n->gone, "taken away meanwhile");
    also(n->textless, "have no text");
    also(n->failures, "FAILED");
    fputc('\n', stderr);
}
