#include "spoold/alert/finish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sorted.h"
#include "base/utf8.h"

enum { REMEMBERED = 2 * FOLDERS_MOST, SHOWN_MOST = 200 };

void finish_free(struct finish *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->all[i].name);
    free(f->all);
    free(f->told);
    *f = (struct finish){0};
}

struct sought {
    const struct finish *in;
    const char *name;
};

static int order_of(const void *sought, size_t i)
{
    const struct sought *s = sought;
    return strcmp(s->in->all[i].name, s->name);
}

static bool find(const struct finish *f, const char *name, size_t *at)
{
    const struct sought s = {f, name};
    return sorted_find(f->n, order_of, &s, at);
}

static bool remember(struct finish *f, const char *name, int64_t told_ms)
{
    size_t at;
    if (find(f, name, &at)) {
        f->all[at].told_ms = told_ms;
        return true;
    }
    if (f->n == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 64;
        struct finished *grown = realloc(f->all, cap * sizeof *grown);
        if (!grown)
            return false;
        f->all = grown;
        f->cap = cap;
    }
    char *copy = strdup(name);
    if (!copy)
        return false;
    memmove(f->all + at + 1, f->all + at, (f->n++ - at) * sizeof *f->all);
    f->all[at].name = copy;
    f->all[at].told_ms = told_ms;
    return true;
}

/* Of a folder that neither the tree nor any journal knows nothing can be told that was told. */
static void forget_gone(struct finish *f, const struct snapshot *s)
{
    size_t kept = 0;
    char *known = calloc(f->n + 1, 1);
    for (size_t i = 0, at; known && i < s->n_folders; i++)
        if (find(f, s->folders[i].name, &at))
            known[at] = 1;
    for (size_t i = 0; known && i < f->n; i++) {
        if (known[i])
            f->all[kept++] = f->all[i];
        else
            free(f->all[i].name);
    }
    f->n = known ? kept : f->n;
    free(known);
}

/* ---- a step ---- */

static bool know_numbers(struct finish *f, size_t n)
{
    if (n <= f->n_told)
        return true;
    int64_t *grown = realloc(f->told, n * sizeof *grown);
    if (!grown)
        return false;
    for (f->told = grown; f->n_told < n; f->n_told++)
        f->told[f->n_told] = -1;
    return true;
}

static int64_t told_of(struct finish *f, const struct snapshot *s, size_t i)
{
    size_t at;
    if (f->told[i] < 0)
        f->told[i] = find(f, s->folders[i].name, &at) ? f->all[at].told_ms : f->begun_ms;
    return f->told[i];
}

/* Since its last document came to an end all that is open has been gone through: were there others
 * of it, they would have been seen. */
static bool looked_since(const struct snapshot *s, int64_t ended_ms)
{
    return s->rounds[DOC_PENDING].whole_begun_ms > ended_ms &&
           s->rounds[DOC_WAITING].whole_begun_ms > ended_ms &&
           s->rounds[DOC_CLAIMED].whole_begun_ms > ended_ms;
}

static bool is_done(struct finish *f, const struct finish_now *now, size_t i)
{
    const struct folder_count *c = &now->s->folders[i];
    return c->open == 0 && c->ended_ms > told_of(f, now->s, i) &&
           now->server_ms - c->ended_ms >= now->quiet_ms && looked_since(now->s, c->ended_ms);
}

static void describe(struct event *e, const struct folder_count *c)
{
    struct buf name = {0};
    utf8_show_name(&name, c->name, strlen(c->name));
    snprintf(e->message, sizeof e->message, "folder %.*s%s is done: %u document%s",
             name.len > SHOWN_MOST ? SHOWN_MOST : (int)name.len, name.data ? name.data : "",
             name.len > SHOWN_MOST ? "..." : "", c->done + c->failed,
             c->done + c->failed == 1 ? "" : "s");
    if (c->failed)
        snprintf(e->message + strlen(e->message), sizeof e->message - strlen(e->message),
                 ", %u failed", c->failed);
    buf_free(&name);
}

static bool tell(struct finish *f, const struct finish_now *now, size_t i, struct events *out)
{
    const struct folder_count *c = &now->s->folders[i];
    if (f->n >= REMEMBERED)
        forget_gone(f, now->s);
    struct event *e = events_add(out);
    if (!e)
        return false;
    if (!remember(f, c->name, c->ended_ms)) {
        out->n--;
        return false;
    }
    f->told[i] = c->ended_ms;
    e->kind = ALERT_FOLDER_DONE;
    e->time_ms = now->server_ms;
    snprintf(e->folder, sizeof e->folder, "%s", c->name);
    e->done = c->done;
    e->partial = c->partial;
    e->empty = c->empty;
    e->failed = c->failed;
    describe(e, c);
    return true;
}

bool finish_step(struct finish *f, const struct finish_now *now, struct events *out)
{
    bool changed = !f->begun;
    if (!f->begun) {
        f->begun = true;
        f->begun_ms = now->started_ms;
    }
    if (!now->ready || !know_numbers(f, now->s->n_folders))
        return changed;
    for (size_t i = 0; i < now->s->n_folders; i++)
        if (is_done(f, now, i) && tell(f, now, i, out))
            changed = true;
    return changed;
}

/* ---- kept ---- */

void finish_show(const struct finish *f, struct jsonw *j, const char *key)
{
    jsonw_object(j, key);
    jsonw_bool(j, "begun", f->begun);
    jsonw_int(j, "begun_ms", f->begun_ms);
    jsonw_array(j, "told");
    for (size_t i = 0; i < f->n; i++) {
        jsonw_object(j, NULL);
        jsonw_name(j, "folder", f->all[i].name, strlen(f->all[i].name));
        jsonw_int(j, "told_ms", f->all[i].told_ms);
        jsonw_end_object(j);
    }
    jsonw_end_array(j);
    jsonw_end_object(j);
}

bool finish_read(struct finish *f, const struct jsonr *object)
{
    const struct jsonr *told = jsonr_get(object, "told");
    bool good = true;
    f->begun = jsonr_bool(object, "begun", false);
    f->begun_ms = jsonr_int(object, "begun_ms", 0);
    for (size_t i = 0; i < jsonr_count(told) && good; i++) {
        const struct jsonr *one = jsonr_at(told, i);
        const char *shown = jsonr_str(one, "folder", "");
        struct buf name = {0};
        if (utf8_unshow_name(&name, shown, strlen(shown)) && name.len > 0)
            good = buf_ok(&name) && remember(f, name.data, jsonr_int(one, "told_ms", 0));
        buf_free(&name);
    }
    return good;
}
