#include "spoold/alert/watch.h"

#include <stdio.h>
#include <string.h>

/* What is said when it is over; %s is the host. */
static const char *const over_words[ALERT_KINDS] = {
    [ALERT_SHARE] = "the share answers again",
    [ALERT_HOST_SILENT] = "%s is back",
    [ALERT_HOST_SICK] = "%s is sick no more",
    [ALERT_NO_PROGRESS] = "documents come to an end again, or none waits",
    [ALERT_FAILURE_RATIO] = "fewer documents fail",
    [ALERT_SPACE_LOW] = "there is space on the share again",
    [ALERT_TEMPERATURE] = "%s has cooled down",
    [ALERT_VERSION] = "%s runs the version of the others",
    [ALERT_PAUSED] = "the spool is paused no more",
    [ALERT_UNREADABLE] = "all folders can be read again",
};

static struct watched *find(struct watch *w, const struct alert_item *i)
{
    for (unsigned k = 0; k < w->n; k++)
        if (w->all[k].item.kind == i->kind && strcmp(w->all[k].item.host, i->host) == 0)
            return &w->all[k];
    return NULL;
}

static bool is_listed(const struct watch_now *now, const struct alert_item *i)
{
    for (unsigned k = 0; k < now->n; k++)
        if (now->items[k].kind == i->kind && strcmp(now->items[k].host, i->host) == 0)
            return true;
    return false;
}

/* Is what is known of it of now? */
static bool is_known(const struct watch_now *now, const struct alert_item *i)
{
    return now->answering || i->kind == ALERT_SHARE;
}

static void turn(struct watched *w, bool so, int64_t boot_ms)
{
    if (w->so != so)
        w->turned_ms = boot_ms;
    w->so = so;
}

static void see(struct watch *w, const struct watch_now *now)
{
    for (unsigned k = 0; k < w->n; k++) {
        struct watched *one = &w->all[k];
        if (!is_known(now, &one->item))
            one->turned_ms = now->boot_ms; /* it lasts, or does not, from the answer on */
        else
            turn(one, is_listed(now, &one->item), now->boot_ms);
    }
    for (unsigned k = 0; k < now->n; k++) {
        struct watched *one = find(w, &now->items[k]);
        if (!is_known(now, &now->items[k]))
            continue;
        if (one)
            one->item = now->items[k];
        else if (w->n < 2 * ALERTS)
            w->all[w->n++] =
                (struct watched){.item = now->items[k], .so = true, .turned_ms = now->boot_ms};
    }
}

static bool tell(const struct watched *one, const struct watch_now *now, struct events *out)
{
    struct event *e = events_add(out);
    const struct alert_item *i = &one->item;
    if (!e)
        return false;
    e->kind = i->kind;
    e->over = !one->so;
    e->time_ms = now->server_ms;
    e->since_ms = i->since_ms;
    memcpy(e->host, i->host, sizeof e->host);
    if (one->so)
        memcpy(e->message, i->message, sizeof e->message);
    else if (i->gone && now->server_ms - i->since_ms >= ALERT_MISSED_MS)
        snprintf(e->message, sizeof e->message, "%s has not come back, and is missed no more",
                 i->host);
    else if (strstr(over_words[i->kind], "%s"))
        snprintf(e->message, sizeof e->message, "%s%s", i->host,
                 over_words[i->kind] + strlen("%s"));
    else
        snprintf(e->message, sizeof e->message, "%s", over_words[i->kind]);
    return true;
}

void watch_step(struct watch *w, const struct watch_now *now, struct events *out)
{
    see(w, now);
    for (unsigned k = w->n; k-- > 0;) {
        struct watched *one = &w->all[k];
        bool lasts = now->boot_ms - one->turned_ms >= now->hold_ms;
        bool sure = one->so || one->item.kind == ALERT_SHARE || now->ready;
        if (!is_known(now, &one->item))
            continue;
        if (one->so != one->told && lasts && sure && tell(one, now, out))
            one->told = one->so;
        if (!one->so && !one->told)
            *one = w->all[--w->n];
    }
}

void watch_show(const struct watch *w, struct jsonw *j, const char *key)
{
    jsonw_array(j, key);
    for (unsigned k = 0; k < w->n; k++) {
        const struct alert_item *i = &w->all[k].item;
        if (!w->all[k].told)
            continue;
        jsonw_object(j, NULL);
        jsonw_str(j, "kind", alertkind_name(i->kind));
        jsonw_str(j, "host", i->host);
        jsonw_int(j, "since_ms", i->since_ms);
        jsonw_str(j, "message", i->message);
        jsonw_end_object(j);
    }
    jsonw_end_array(j);
}

void watch_read(struct watch *w, const struct jsonr *array, int64_t boot_ms)
{
    for (size_t k = 0; k < jsonr_count(array) && w->n < ALERTS; k++) {
        const struct jsonr *j = jsonr_at(array, k);
        const char *kind = jsonr_str(j, "kind", "");
        struct watched one = {.told = true, .so = true, .turned_ms = boot_ms};
        struct alert_item *i = &one.item;
        i->kind = alertkind_of(kind, strlen(kind));
        i->level = "warn";
        i->since_ms = jsonr_int(j, "since_ms", 0);
        snprintf(i->host, sizeof i->host, "%s", jsonr_str(j, "host", ""));
        snprintf(i->message, sizeof i->message, "%s", jsonr_str(j, "message", ""));
        if (i->kind < ALERT_FOLDER_DONE && !find(w, i))
            w->all[w->n++] = one;
    }
}
