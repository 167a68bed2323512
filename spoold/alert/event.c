#include "spoold/alert/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rnd.h"
#include "base/utf8.h"

enum { ID_RANDOM = 24 };

struct event *events_add(struct events *e)
{
    if (e->n == e->cap) {
        size_t cap = e->cap ? 2 * e->cap : 8;
        struct event *grown = realloc(e->all, cap * sizeof *grown);
        if (!grown)
            return NULL;
        e->all = grown;
        e->cap = cap;
    }
    struct event *one = &e->all[e->n++];
    memset(one, 0, sizeof *one);
    memcpy(one->id, "msg_", 4);
    rnd_name(one->id + 4, ID_RANDOM);
    return one;
}

void events_free(struct events *e)
{
    free(e->all);
    *e = (struct events){0};
}

void event_type(enum alert_kind kind, bool over, char type[EVENT_TYPE])
{
    snprintf(type, EVENT_TYPE, "%s%s", alertkind_name(kind), over ? ".over" : "");
}

static void show_documents(const struct event *e, struct jsonw *w)
{
    jsonw_name(w, "folder", e->folder, strlen(e->folder));
    jsonw_object(w, "documents");
    jsonw_uint(w, "done", e->done);
    jsonw_uint(w, "partial", e->partial);
    jsonw_uint(w, "empty", e->empty);
    jsonw_uint(w, "failed", e->failed);
    jsonw_end_object(w);
}

void event_show(const struct event *e, struct jsonw *w, bool kept)
{
    char type[EVENT_TYPE];
    event_type(e->kind, e->over, type);
    jsonw_object(w, NULL);
    jsonw_str(w, "id", e->id);
    jsonw_str(w, "type", type);
    jsonw_time(w, "time", e->time_ms);
    if (e->since_ms > 0)
        jsonw_time(w, "since", e->since_ms);
    jsonw_str(w, "message", e->message);
    if (*e->host)
        jsonw_str(w, "host", e->host);
    if (e->kind == ALERT_FOLDER_DONE)
        show_documents(e, w);
    if (kept) {
        jsonw_bool(w, "over", e->over);
        jsonw_str(w, "kind", alertkind_name(e->kind));
        jsonw_int(w, "time_ms", e->time_ms);
        jsonw_int(w, "since_ms", e->since_ms);
    }
    jsonw_end_object(w);
}

static bool read_text(const struct jsonr *j, const char *key, char *to, size_t cap)
{
    const char *text = jsonr_str(j, key, "");
    size_t n = strlen(text);
    if (n >= cap)
        return false;
    memcpy(to, text, n + 1);
    return true;
}

static bool read_folder(const struct jsonr *j, char folder[NAME_CAP])
{
    const char *shown = jsonr_str(j, "folder", "");
    struct buf b = {0};
    bool good = utf8_unshow_name(&b, shown, strlen(shown)) && buf_ok(&b) && b.len < NAME_CAP;
    if (good && b.len > 0)
        memcpy(folder, b.data, b.len);
    buf_free(&b);
    return good;
}

static uint32_t count(const struct jsonr *documents, const char *key)
{
    int64_t n = jsonr_int(documents, key, 0);
    return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

bool event_read(const struct jsonr *j, struct event *e)
{
    const char *kind = jsonr_str(j, "kind", "");
    const struct jsonr *documents = jsonr_get(j, "documents");
    memset(e, 0, sizeof *e);
    e->kind = alertkind_of(kind, strlen(kind));
    e->over = jsonr_bool(j, "over", false);
    e->time_ms = jsonr_int(j, "time_ms", 0);
    e->since_ms = jsonr_int(j, "since_ms", 0);
    e->done = count(documents, "done");
    e->partial = count(documents, "partial");
    e->empty = count(documents, "empty");
    e->failed = count(documents, "failed");
    return e->kind < ALERT_KINDS && read_text(j, "id", e->id, sizeof e->id) && *e->id &&
           read_text(j, "host", e->host, sizeof e->host) &&
           read_text(j, "message", e->message, sizeof e->message) && read_folder(j, e->folder);
}
