/* spoolctl report: what was done, as the journals tell it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spool/srvclock.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/run_read.h"
#include "spoold/ctl/run_show.h"
#include "spoold/scan/line.h"

enum { SLOWEST = 10, TIME = 25 };

/* "2026-11-22", with "T14", "T14:03", "T14:03:07" or ".250" more, and a "Z" or none: UTC, as all
 * times of the spool. -1: it is no time. */
static int64_t moment(const char *text)
{
    static const char rest[] = "0000-00-00T00:00:00.000Z";
    char whole[TIME], back[TIME];
    size_t n = strlen(text);
    if (n > 0 && text[n - 1] == 'Z')
        n--;
    if (n != 10 && n != 13 && n != 16 && n != 19 && n != 23)
        return -1;
    snprintf(whole, sizeof whole, "%.*s%s", (int)n, text, rest + n);
    if (whole[10] == ' ')
        whole[10] = 'T';
    int64_t ms = line_time(whole);
    if (ms < 0)
        return -1;
    clock_show(ms, back, sizeof back);
    return strcmp(back, whole) == 0 ? ms : -1; /* the 31st of June is no day */
}

/* A moment, or a time before now. */
static bool take_time(const char *text, int64_t now, int64_t *ms)
{
    int64_t before;
    if (num_duration_ms(text, &before) && before >= 0 && before < now)
        *ms = now - before;
    else
        *ms = moment(text);
    return *ms > 0;
}

struct asked {
    const char *since, *until;
    uint64_t slowest;
};

static int read_options(struct ctl *c, int argc, char **argv, struct asked *a)
{
    enum { SINCE = 's', UNTIL = 'u', MANY = 'n' };
    static const struct option options[] = {{"since", required_argument, NULL, SINCE},
                                            {"until", required_argument, NULL, UNTIL},
                                            {"slowest", required_argument, NULL, MANY},
                                            {NULL, 0, NULL, 0}};
    int o, code;
    while ((o = ctl_getopt(c, argc, argv, options, &code)) != -1) {
        if (o == CTL_STOP)
            return code;
        if (o == SINCE)
            a->since = optarg;
        else if (o == UNTIL)
            a->until = optarg;
        else if (!num_u64(optarg, &a->slowest) || a->slowest > RUN_SLOWEST)
            return ctl_misused(c, "--slowest takes a number up to %d, not \"%s\"", RUN_SLOWEST,
                               ctl_shown(optarg));
    }
    return optind < argc ? ctl_misused(c, "report takes no argument") : -1;
}

int cmd_report(struct ctl *c, int argc, char **argv)
{
    struct asked a = {.slowest = SLOWEST};
    struct run run = {0};
    struct buf out = {0};
    int64_t since = 0, until = 0;
    int code = read_options(c, argc, argv, &a);
    if (code != -1)
        return code;
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    struct run_about about = {.spool = c->spool.path, .made_ms = srvclock_now(&c->spool)};
    if (about.made_ms < 0)
        about.made_ms = clock_wall_ms();
    if ((a.since && !take_time(a.since, about.made_ms, &since)) ||
        (a.until && !take_time(a.until, about.made_ms, &until)))
        return ctl_misused(c, "\"%s\" is no time: 2026-11-22, 2026-11-22T14:03, or 24h before now",
                           ctl_shown(since <= 0 && a.since ? a.since : a.until));
    ctl_catch_signals();
    int bad = run_begin(&run, since, until, (size_t)a.slowest) != 0 || run_read(&run, &c->spool);
    if (bad && ctl_stopped())
        code = ctl_fail(CTL_TEMPORARY, "interrupted");
    else if (bad)
        code = ctl_fail(ctl_code_of(errno), "the journals cannot be read: %s", strerror(errno));
    else if (c->json)
        run_json(&run, &about, &out);
    else
        run_text(&run, &about, &out);
    if (!bad) {
        code = ctl_print(&out);
        code = code == CTL_OK && run.unread > 0 ? CTL_NO : code;
    }
    run_free(&run);
    buf_free(&out);
    return code;
}
