#include "spoold/api/said.h"

#include <string.h>

static void show_outcome(struct jsonw *w, const struct said *s)
{
    jsonw_str(w, "outcome", s->outcome < OUTCOME_COUNT ? outcome_facts(s->outcome)->name : "");
}

void said_show(struct jsonw *w, const struct view *v, const struct said *s)
{
    jsonw_object(w, NULL);
    jsonw_uint(w, "seq", s->number);
    jsonw_time(w, "time", s->time_ms);
    jsonw_str(w, "host", view_host(v, s->host) ? view_host(v, s->host) : "unknown");
    jsonw_str(w, "event", event_name((enum event_what)s->what));
    jsonw_str(w, "id", s->document);
    jsonw_name(w, "path", s->path, strlen(s->path));
    jsonw_uint(w, "attempt", s->attempt);
    show_outcome(w, s);
    jsonw_str(w, "message", s->message);
    if (s->as[0])
        jsonw_name(w, "as", s->as, strlen(s->as));
    else
        jsonw_null(w, "as");
    jsonw_uint(w, "size", s->size);
    jsonw_uint(w, "pages", s->pages);
    jsonw_uint(w, "ms", s->took_ms);
    jsonw_end_object(w);
}
