/* The hand that reads caps and rates. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "spool/quota.h"
#include "spool/srvclock.h"
#include "spoold/hand/hand.h"

static void each(void *arg, const struct quota *q)
{
    quota_json(arg, q);
}

/* The space comes as spoold knows it, a whole object; the caps become one more member of it. */
void hand_quota(struct hand *h)
{
    const char *space = h->argv[0];
    size_t n = strlen(space);
    struct buf caps = {0};
    struct jsonw w;
    int64_t now = srvclock_now(h->spool);
    if (n < 2 || space[n - 1] != '}') {
        hand_fail(h, 500, "internal", "What is known of the space is no object.");
        return;
    }
    jsonw_init(&w, &caps, false);
    jsonw_array(&w, NULL);
    if (quota_read(h->spool, now < 0 ? clock_wall_ms() : now, each, &w) != 0) {
        hand_fail(h, 503, "share-not-answering", "The caps cannot be read: %s.", strerror(errno));
        buf_free(&caps);
        return;
    }
    jsonw_end_array(&w);
    buf_add(&h->body, space, n - 1);
    buf_str(&h->body, ",\"caps\":");
    buf_add(&h->body, caps.data ? caps.data : "", caps.len);
    buf_str(&h->body, "}\n");
    if (!buf_ok(&caps))
        hand_fail(h, 500, "internal", "There is no memory.");
    buf_free(&caps);
}
