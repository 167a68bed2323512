/* spoolctl quota: caps and rates of lanes and tiers, and what is left of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spool/quota.h"
#include "spool/srvclock.h"
#include "spoold/ctl/ctl.h"

struct telling {
    struct ctl *c;
    struct buf b;
    struct jsonw w;
    unsigned n;
};

static void cap_people(struct telling *t, const struct quota *q)
{
    buf_fmt(&t->b, "    %s%u of %lld in use%s, %u free", q->free == 0 ? ctl_yellow(t->c) : "",
            q->in_use, (long long)q->limits.max_running, q->free == 0 ? ctl_plain(t->c) : "",
            q->free);
    for (unsigned i = 0; i < q->hosts; i++)
        buf_fmt(&t->b, "%s%s %u", i ? ", " : ": ", q->host[i].host, q->host[i].n);
    buf_char(&t->b, '\n');
}

static void rate_people(struct telling *t, const struct quota *q)
{
    char wait[32];
    const struct bucket_limits *l = &q->limits.rate;
    buf_str(&t->b, "    may begin");
    if (l->per_minute > 0)
        buf_fmt(&t->b, " %lld a minute,", (long long)l->per_minute);
    if (l->per_day > 0)
        buf_fmt(&t->b, " %lld a day (%lld used),", (long long)l->per_day,
                (long long)q->bucket.used);
    num_show_duration(q->wait, wait, sizeof wait);
    if (q->wait > 0)
        buf_fmt(&t->b, " %sthe next in %s%s\n", ctl_yellow(t->c), wait, ctl_plain(t->c));
    else
        buf_fmt(&t->b, " %u at once\n", q->ready);
}

static void each(void *arg, const struct quota *q)
{
    struct telling *t = arg;
    t->n++;
    if (t->c->json) {
        quota_json(&t->w, q);
        return;
    }
    const char *dot = strchr(q->cap, '.');
    buf_fmt(&t->b, "%s%.*s %s%s\n", ctl_bold(t->c), (int)(dot - q->cap), q->cap, dot + 1,
            ctl_plain(t->c));
    if (q->limits.max_running > 0)
        cap_people(t, q);
    if (bucket_limited(&q->limits.rate))
        rate_people(t, q);
}

int cmd_quota(struct ctl *c, int argc, char **argv)
{
    struct telling t = {.c = c};
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind < argc)
        return ctl_misused(c, "quota takes no argument");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    int64_t now = srvclock_now(&c->spool);
    if (now < 0)
        now = clock_wall_ms(); /* may read but not write here */
    if (c->json) {
        jsonw_init(&t.w, &t.b, false);
        jsonw_array(&t.w, NULL);
    }
    if (quota_read(&c->spool, now, each, &t) != 0) {
        int error = errno;
        buf_free(&t.b);
        return ctl_fail(ctl_code_of(error), "the caps cannot be read: %s", strerror(error));
    }
    if (c->json) {
        jsonw_end_array(&t.w);
        buf_char(&t.b, '\n');
    } else if (t.n == 0) {
        buf_str(&t.b, "no lane and no tier has a cap or a rate (spool.ini: max_running, "
                      "per_minute, per_day)\n");
    }
    return ctl_print(&t.b);
}
