#include "spoold/api/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"

static const char *const kinds[] = {"retry", "cancel", "pause", "resume", "drain", "undrain"};
_Static_assert(sizeof kinds / sizeof *kinds == ACT_KINDS, "each kind has its name");

const char *act_kind_name(enum act_kind kind)
{
    return kinds[kind];
}

/* NULL: there is no room for it, or no memory. */
static char *keep_path(struct act *a, const char *path)
{
    size_t n = strlen(path);
    char *copy = a->paths + n <= ACT_PATHS ? strdup(path) : NULL;
    a->paths += copy ? n : 0;
    return copy;
}

void act_sample(struct act *a, const char *path)
{
    if (a->samples < ACT_SAMPLE && (a->sample[a->samples] = keep_path(a, path)))
        a->samples++;
}

void act_problem(struct act *a, const char *key, const char *path, const char *message)
{
    struct act_problem *p = a->problems < ACT_PROBLEMS ? &a->problem[a->problems] : NULL;
    a->failed++;
    if (!p || !(p->path = keep_path(a, path)))
        return;
    snprintf(p->key, sizeof p->key, "%s", key);
    snprintf(p->message, sizeof p->message, "%s", message);
    a->problems++;
}

void act_free(struct act *a)
{
    for (unsigned i = 0; i < a->samples; i++)
        free(a->sample[i]);
    for (unsigned i = 0; i < a->problems; i++)
        free(a->problem[i].path);
    a->samples = a->problems = 0;
}

static void write_lists(struct jsonw *w, const struct act *a)
{
    jsonw_object(w, "by_class");
    for (unsigned i = 0; i < OUTCOME_COUNT; i++)
        if (a->by_class[i])
            jsonw_uint(w, outcome_facts((enum outcome)i)->name, a->by_class[i]);
    jsonw_end_object(w);
    jsonw_array(w, "sample");
    for (unsigned i = 0; i < a->samples; i++)
        jsonw_name(w, NULL, a->sample[i], strlen(a->sample[i]));
    jsonw_end_array(w);
    jsonw_array(w, "problems");
    for (unsigned i = 0; i < a->problems; i++) {
        const struct act_problem *p = &a->problem[i];
        jsonw_object(w, NULL);
        jsonw_str(w, "id", p->key);
        jsonw_name(w, "path", p->path, strlen(p->path));
        jsonw_str(w, "message", p->message);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

void act_write(const struct act *a, struct buf *json)
{
    struct jsonw w;
    char id[24];
    snprintf(id, sizeof id, "a%llu", (unsigned long long)a->number);
    jsonw_init(&w, json, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "id", a->number ? id : NULL);
    jsonw_str(&w, "kind", kinds[a->kind]);
    jsonw_str(&w, "state", a->ended ? "ended" : "running");
    jsonw_bool(&w, "dry_run", a->dry);
    jsonw_str(&w, "host", *a->host ? a->host : NULL);
    jsonw_uint(&w, "total", a->total);
    jsonw_uint(&w, "done", a->done);
    jsonw_uint(&w, "failed", a->failed);
    jsonw_uint(&w, "skipped", a->skipped);
    jsonw_str(&w, "note", *a->note ? a->note : NULL);
    write_lists(&w, a);
    jsonw_time(&w, "began", a->began_ms);
    if (a->ended)
        jsonw_time(&w, "ended", a->ended_ms);
    else
        jsonw_null(&w, "ended");
    jsonw_end_object(&w);
}

void acts_init(struct acts *s)
{
    *s = (struct acts){0};
    pthread_mutex_init(&s->lock, NULL); /* of the default kind: cannot fail on Linux */
}

void acts_free(struct acts *s)
{
    for (unsigned i = 0; i < s->n; i++)
        free(s->all[i].json);
    s->n = 0;
    pthread_mutex_destroy(&s->lock);
}

uint64_t acts_number(struct acts *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t number = ++s->begun;
    pthread_mutex_unlock(&s->lock);
    return number;
}

/* Room at the beginning. Those that run are few, so one of a hundred has ended; were all of them
 * running, the oldest would not be listed any more. */
static struct shown *make_room(struct acts *s)
{
    unsigned go = s->n;
    if (s->n == ACTS_KEPT) {
        for (go = s->n - 1; go > 0 && !s->all[go].ended;)
            go--;
        if (!s->all[go].ended)
            go = s->n - 1;
        free(s->all[go].json);
    } else {
        s->n++;
    }
    memmove(&s->all[1], &s->all[0], go * sizeof s->all[0]);
    s->all[0] = (struct shown){0};
    return &s->all[0];
}

static struct shown *find(struct acts *s, uint64_t number)
{
    for (unsigned i = 0; i < s->n; i++)
        if (s->all[i].number == number)
            return &s->all[i];
    return NULL;
}

void acts_show(struct acts *s, const struct act *a, struct buf *json)
{
    size_t from = json->len;
    act_write(a, json);
    char *copy = buf_ok(json) && a->number ? strdup(json->data + from) : NULL;
    if (!copy)
        return;
    pthread_mutex_lock(&s->lock);
    struct shown *one = find(s, a->number);
    if (!one)
        one = make_room(s);
    free(one->json);
    *one = (struct shown){a->number, a->ended, copy};
    pthread_mutex_unlock(&s->lock);
}

void acts_list(struct acts *s, struct buf *out)
{
    buf_str(out, "{\"items\":[");
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->n; i++)
        buf_fmt(out, "%s%s", i ? "," : "", s->all[i].json);
    pthread_mutex_unlock(&s->lock);
    buf_str(out, "]}\n");
}

bool acts_one(struct acts *s, uint64_t number, struct buf *out)
{
    pthread_mutex_lock(&s->lock);
    const struct shown *one = find(s, number);
    if (one)
        buf_fmt(out, "%s\n", one->json);
    pthread_mutex_unlock(&s->lock);
    return one != NULL;
}

static struct promise *find_promise(struct acts *s, uint64_t ticket)
{
    for (unsigned i = 0; i < ACT_PROMISES; i++)
        if (s->promises[i].ticket == ticket)
            return &s->promises[i];
    return NULL;
}

void acts_promise(struct acts *s, uint64_t ticket, enum act_kind kind, const char *host)
{
    pthread_mutex_lock(&s->lock);
    struct promise *p = find_promise(s, 0);
    if (p) {
        *p = (struct promise){.ticket = ticket, .kind = kind, .began_ms = clock_wall_ms()};
        snprintf(p->host, sizeof p->host, "%s", host);
    }
    pthread_mutex_unlock(&s->lock);
}

bool acts_promised(struct acts *s, uint64_t ticket, struct act *a)
{
    pthread_mutex_lock(&s->lock);
    struct promise *p = ticket ? find_promise(s, ticket) : NULL;
    if (p) {
        *a = (struct act){.kind = p->kind, .ended = true, .began_ms = p->began_ms};
        memcpy(a->host, p->host, sizeof a->host);
        p->ticket = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return p != NULL;
}
