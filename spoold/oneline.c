#include "spoold/oneline.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/num.h"
#include "spoold/api/view.h"

static void show_share(const struct view *v, char *dst, size_t cap)
{
    char ago[32];
    int64_t age = snapshot_age_ms(v->s, v->boot_ms);
    if (view_answering(v)) {
        *dst = 0;
    } else if (age < 0) {
        snprintf(dst, cap, "share not answering yet; ");
    } else {
        num_show_duration(age, ago, sizeof ago);
        snprintf(dst, cap, "share not answering for %s; ", ago);
    }
}

void oneline_show(struct model *m, char *dst, size_t cap)
{
    struct view v;
    char share[80];
    *dst = 0;
    if (!view_open(&v, m))
        return;
    const uint64_t *n = v.s->states;
    show_share(&v, share, sizeof share);
    snprintf(dst, cap, "%s%" PRIu64 " documents left, %" PRIu64 " done, %" PRIu64 " failed%s",
             share, n[DOC_PENDING] + n[DOC_WAITING] + n[DOC_CLAIMED] + n[DOC_SEALED], n[DOC_DONE],
             n[DOC_FAILED], v.s->pause ? "; paused" : "");
    view_close(&v);
}
