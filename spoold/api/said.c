#include "spoold/api/said.h"

#include <string.h>

#include "spoold/api/rows.h"

static void show_outcome(struct jsonw *w, const struct said *s)
{
    jsonw_str(w, "outcome", s->outcome < OUTCOME_COUNT ? outcome_facts(s->outcome)->name : "");
}

static void show_span(struct jsonw *w, const char *key, int64_t ms)
{
    if (ms < 0)
        jsonw_null(w, key);
    else
        jsonw_int(w, key, ms);
}

static void show_tiers(struct jsonw *w, const struct said *s)
{
    if (!s->known_tiers) {
        jsonw_null(w, "tiers");
        return;
    }
    jsonw_object(w, "tiers");
    for (int i = 0; i < PAGE_TIERS; i++)
        if (s->tiers[i])
            jsonw_uint(w, page_tier_name((enum page_tier)i), s->tiers[i]);
    jsonw_end_object(w);
}

static bool failed(const struct said *s)
{
    return s->outcome < OUTCOME_COUNT && outcome_facts(s->outcome)->failure;
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
    jsonw_str(w, "claim", s->claim[0] ? s->claim : NULL);
    jsonw_str(w, "stage", failed(s) ? rows_stage(s->stage) : NULL);
    show_tiers(w, s);
    show_span(w, "load_ms", s->load_ms);
    show_span(w, "parse_ms", s->parse_ms);
    show_span(w, "wait_ms", s->wait_ms);
    jsonw_str(w, "version", s->version[0] ? s->version : NULL);
    jsonw_end_object(w);
}
