/* GET /status.txt: the overview for a terminal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/utf8.h"
#include "spoold/api/api.h"
#include "spoold/api/hostview.h"

enum { DURATION_CAP = 32, HOSTS_SHOWN = 100, TIME_CAP = 32 };

static void share(struct buf *b, const struct view *v)
{
    char text[DURATION_CAP];
    int64_t age = snapshot_age_ms(v->s, v->boot_ms);
    num_show_duration(age > 0 ? age : 0, text, sizeof text);
    if (age < 0)
        buf_str(b, "THE SHARE HAS NOT ANSWERED YET\n");
    else if (!view_answering(v))
        buf_fmt(b, "THE SHARE HAS NOT ANSWERED FOR %s\n", text);
    if (v->s->pause)
        buf_str(b, "PAUSED: no host claims anything\n");
}

static void hosts(struct buf *b, const struct view *v)
{
    size_t n;
    struct host_view *all = hostview_all(v, &n);
    for (size_t i = 0; i < n && i < HOSTS_SHOWN; i++) {
        const struct host_status *s = all[i].row->has_status ? all[i].row->status : NULL;
        buf_fmt(b, "  %-24s %-9s %u of %u slots busy, %" PRIu64 " done, %" PRIu64 " failed\n",
                all[i].row->host, hostview_names[all[i].state], all[i].busy, s ? s->n_slots : 0,
                s ? s->done : 0, s ? s->failed : 0);
    }
    if (n > HOSTS_SHOWN)
        buf_fmt(b, "  and %zu more\n", n - HOSTS_SHOWN);
    if (n == 0)
        buf_str(b, "  none\n");
    free(all);
}

enum route_next status_text(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    char now[TIME_CAP];
    uint64_t n[HISTORY_COUNTS];
    (void)rq;
    if (!view_open(&v, api->model))
        return ROUTE_DONE;
    a->type = "text/plain; charset=utf-8";
    clock_show(v.now_ms, now, sizeof now);
    buf_str(&a->body, "pdfspool ");
    utf8_show_name(&a->body, api->spool, strlen(api->spool));
    buf_fmt(&a->body, ", %s\n", now);
    share(&a->body, &v);
    buf_char(&a->body, '\n');
    for (int i = 0; i < DOC_STATES; i++)
        buf_fmt(&a->body, "  %-8s %10" PRIu64 "\n", docstate_name((enum doc_state)i),
                v.s->states[i]);
    history_sum(&v.s->history, v.now_ms, HISTORY_MINUTES - 1, n);
    buf_fmt(&a->body,
            "\nlast hour, in whole minutes: %" PRIu64 " done, %" PRIu64 " failed, %" PRIu64
            " pages\n\nhosts:\n",
            n[DID_DONE], n[DID_FAILED], n[DID_PAGES]);
    hosts(&a->body, &v);
    view_close(&v);
    return ROUTE_DONE;
}
