#include "spoold/api/view.h"

#include "base/clock.h"

bool view_open(struct view *v, struct model *m)
{
    v->s = model_hold(m);
    if (!v->s)
        return false;
    v->boot_ms = clock_boot_ms();
    v->now_ms =
        v->s->server_ms >= 0 ? v->s->server_ms + (v->boot_ms - v->s->heard_ms) : clock_wall_ms();
    return true;
}

void view_close(struct view *v)
{
    snapshot_drop(v->s);
    v->s = NULL;
}

int64_t view_time(const struct view *v, int64_t boot_ms)
{
    return v->now_ms - (v->boot_ms - boot_ms);
}

bool view_answering(const struct view *v)
{
    int64_t age = snapshot_age_ms(v->s, v->boot_ms);
    return age >= 0 && age < VIEW_QUIET_MS;
}

void view_show_time(struct jsonw *w, const char *key, int64_t epoch_ms)
{
    if (epoch_ms > 0)
        jsonw_time(w, key, epoch_ms);
    else
        jsonw_null(w, key);
}

void view_show_text(struct jsonw *w, const char *key, const char *text)
{
    jsonw_str(w, key, text && *text ? text : NULL);
}

const char *view_host(const struct view *v, unsigned number)
{
    return number < v->s->n_host_names ? v->s->host_names[number] : NULL;
}
