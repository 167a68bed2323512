#include "spoold/api/news.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spoold/api/overview.h"
#include "spoold/api/rows.h"
#include "spoold/api/said.h"
#include "spoold/hand/items.h"
#include "spoold/model/search.h"

enum { EVENT_ITEMS = 50 };

static void publish(struct api *api, const char *name, const char *key, const struct buf *json)
{
    if (api->server && buf_ok(json))
        server_publish(api->server, name, key, json->data, json->len);
}

/* ---- hosts ---- */

static struct board_host *find(struct board *b, const char *name)
{
    for (size_t i = 0; i < b->n_hosts; i++)
        if (strcmp(b->hosts[i].name, name) == 0)
            return &b->hosts[i];
    return NULL;
}

/* In the order of names; NULL: no memory. With the lock held. */
static struct board_host *add(struct board *b, const char *name)
{
    struct board_host *grown = realloc(b->hosts, (b->n_hosts + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    size_t at = b->n_hosts++;
    b->hosts = grown;
    for (; at > 0 && strcmp(grown[at - 1].name, name) > 0; at--)
        grown[at] = grown[at - 1];
    grown[at] = (struct board_host){.kept = true};
    memcpy(grown[at].name, name, strlen(name) + 1);
    return &grown[at];
}

static void tell_host(struct api *api, const char *name, const struct buf *item)
{
    struct buf b = {0};
    /* The name is of a host: nothing in it needs to be escaped. */
    buf_fmt(&b, "{\"removed\":%s,\"host\":\"%s\",\"item\":", item ? "false" : "true", name);
    if (item)
        buf_add(&b, item->data, item->len);
    else
        buf_str(&b, "null");
    buf_char(&b, '}');
    publish(api, "host", name, &b);
    buf_free(&b);
}

static void make_host(struct api *api, const struct view *v, const struct host_view *h,
                      const struct host_rates *rates)
{
    struct jsonw w;
    struct buf json = {0};
    struct board *b = &api->board;
    jsonw_init(&w, &json, false);
    hostview_show(&w, v, h, rates);
    if (!buf_ok(&json)) {
        buf_free(&json);
        return;
    }
    pthread_mutex_lock(&b->lock);
    struct board_host *one = find(b, h->row->host);
    if (!one)
        one = add(b, h->row->host);
    bool news =
        one && (one->json.len != json.len || memcmp(one->json.data, json.data, json.len) != 0);
    if (one)
        one->kept = true;
    b->changes += news;
    if (news) {
        struct buf old = one->json;
        one->json = json;
        json = old;
    }
    pthread_mutex_unlock(&b->lock);
    if (news)
        tell_host(api, h->row->host, &one->json);
    buf_free(&json);
}

static void drop_hosts(struct api *api)
{
    struct board *b = &api->board;
    for (size_t i = b->n_hosts; i-- > 0;) {
        if (b->hosts[i].kept)
            continue;
        tell_host(api, b->hosts[i].name, NULL);
        pthread_mutex_lock(&b->lock);
        b->changes++;
        buf_free(&b->hosts[i].json);
        memmove(&b->hosts[i], &b->hosts[i + 1], (--b->n_hosts - i) * sizeof *b->hosts);
        pthread_mutex_unlock(&b->lock);
    }
}

static void make_hosts(struct news *n, struct api *api, const struct view *v,
                       const struct host_view *hosts, size_t n_hosts)
{
    for (size_t i = 0; i < api->board.n_hosts; i++)
        api->board.hosts[i].kept = false;
    for (size_t i = 0; i < n_hosts; i++) {
        struct host_rates rates = pace_of(&n->paces, &hosts[i], v->boot_ms);
        make_host(api, v, &hosts[i], &rates);
    }
    pace_forget(&n->paces);
    drop_hosts(api);
}

/* ---- documents and journals ---- */

static bool same_document(const struct said *a, const struct said *b)
{
    return strcmp(a->document, b->document) == 0;
}

/* Has a later event of the same document been shown already? */
static bool shown_before(const struct recent *r, unsigned k, uint64_t told)
{
    for (unsigned i = 0; i < k; i++)
        if (recent_at(r, i)->number > told && same_document(recent_at(r, i), recent_at(r, k)))
            return true;
    return false;
}

/* Documents that are where no journal tells of them: dropped, claimed. */
static uint64_t untold(const struct news *n, const struct snapshot *s)
{
    uint64_t differ = 0;
    for (int i = 0; i < DOC_STATES; i++)
        if (i != DOC_DONE && i != DOC_FAILED)
            differ += s->states[i] > n->states[i] ? s->states[i] - n->states[i]
                                                  : n->states[i] - s->states[i];
    return differ;
}

static void tell_documents(const struct news *n, struct api *api, const struct view *v)
{
    const struct recent *r = &v->s->recent;
    struct buf b = {0};
    struct jsonw w;
    struct doc_row row;
    uint64_t more = untold(n, v->s), items = 0;
    more += n->n_removed > EVENT_ITEMS ? n->n_removed - EVENT_ITEMS : 0;
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "items");
    for (unsigned k = 0; k < r->n; k++) {
        const struct said *s = recent_at(r, k);
        if (s->number <= n->told || (items < EVENT_ITEMS && shown_before(r, k, n->told)))
            continue;
        if (items < EVENT_ITEMS && search_one(v->s, s->path, s->document, &row)) {
            rows_show(&w, v, &row);
            items++;
        } else {
            more++;
        }
    }
    jsonw_end_array(&w);
    jsonw_array(&w, "removed");
    if (n->removed.len && buf_ok(&n->removed))
        buf_add(&b, n->removed.data, n->removed.len);
    jsonw_end_array(&w);
    jsonw_uint(&w, "more", more);
    jsonw_end_object(&w);
    if (items + more + n->n_removed > 0)
        publish(api, "documents", NULL, &b);
    buf_free(&b);
}

static void tell_journal(const struct news *n, struct api *api, const struct view *v)
{
    const struct recent *r = &v->s->recent;
    struct buf b = {0};
    struct jsonw w;
    uint64_t items = 0, new = r->added - n->told;
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "items");
    for (unsigned k = 0; k < r->n && items < EVENT_ITEMS; k++) {
        if (recent_at(r, k)->number <= n->told)
            continue;
        said_show(&w, v, recent_at(r, k));
        items++;
    }
    jsonw_end_array(&w);
    jsonw_uint(&w, "more", new > items ? new - items : 0);
    jsonw_end_object(&w);
    if (new > 0)
        publish(api, "journal", NULL, &b);
    buf_free(&b);
}

void news_forget(struct news *n, struct api *api)
{
    struct buf items;
    struct item item;
    char key[ROW_KEY];
    moved_take(&api->moved, &items);
    const char *at = items.data, *end = at ? at + items.len : at;
    while (at && items_next(&at, end, &item)) {
        struct doc_row row = {.state = (uint8_t)item.state,
                              .outcome = (uint8_t)item.class,
                              .id = item.id,
                              .path = item.path,
                              .as = item.as};
        rows_key(&row, key);
        if (!model_forget(api->model, item.path, item.id))
            continue;
        if (n->n_removed++ < EVENT_ITEMS)
            buf_fmt(&n->removed, "%s\"%s\"", n->removed.len ? "," : "", key);
    }
    buf_free(&items);
}

/* ---- all of it ---- */

/* Who polls is told that nothing has changed, where only the time has. */
static void tag_of(struct overview *o, char tag[SHA256_HEX])
{
    struct buf still = {0};
    struct jsonw w;
    o->still = true;
    jsonw_init(&w, &still, false);
    overview_show(&w, o);
    o->still = false;
    sha256_hex(still.data ? still.data : "", still.len, tag);
    buf_free(&still);
}

static void make_overview(struct news *n, struct api *api, const struct view *v,
                          const struct host_view *hosts, size_t n_hosts)
{
    struct buf json = {0};
    struct jsonw w;
    char id[32] = "none-0", tag[SHA256_HEX];
    if (api->server)
        server_event_id(api->server, id);
    struct overview o = {.view = v,
                         .hosts = hosts,
                         .n_hosts = n_hosts,
                         .settings = api->settings,
                         .spool = api->spool,
                         .event_id = id,
                         .read_only = api->read_only,
                         .began_ms = api->began_ms,
                         .since_ms = n->since_ms,
                         .alerts = &n->alerts};
    tag_of(&o, tag);
    jsonw_init(&w, &json, false);
    overview_show(&w, &o);
    if (buf_ok(&json)) {
        publish(api, "overview", "o", &json);
        pthread_mutex_lock(&api->board.lock);
        struct buf old = api->board.overview;
        api->board.overview = json;
        json = old;
        memcpy(api->board.tag, tag, sizeof tag);
        pthread_mutex_unlock(&api->board.lock);
    }
    buf_free(&json);
}

static void note_alerts(struct news *n, struct api *api, const struct view *v,
                        const struct host_view *hosts, size_t n_hosts)
{
    struct board *b = &api->board;
    const struct alerts_of of = {v, hosts, n_hosts, api->settings};
    alerts_find(&n->alerts, &of);
    pthread_mutex_lock(&b->lock);
    memcpy(b->alerts, n->alerts.all, n->alerts.n * sizeof *b->alerts);
    b->n_alerts = n->alerts.n;
    b->n_alerts_made++;
    pthread_mutex_unlock(&b->lock);
}

static void note_share(struct news *n, struct api *api, const struct view *v)
{
    bool answers = view_answering(v);
    if (!n->begun || answers != n->answering)
        n->since_ms = answers || v->s->heard_ms < 0 ? v->now_ms : view_time(v, v->s->heard_ms);
    n->begun = true;
    n->answering = answers;
    api->board.health.answering = answers;
    api->board.health.answering_since = n->since_ms;
}

void news_make(struct news *n, struct api *api, bool scanner, uint64_t scanners)
{
    struct view v;
    size_t n_hosts;
    if (!view_open(&v, api->model))
        return;
    struct host_view *hosts = hostview_all(&v, &n_hosts);
    pthread_mutex_lock(&api->board.lock);
    note_share(n, api, &v);
    if (api->board.health.scanner != scanner || api->board.health.scanner_since == 0)
        api->board.health.scanner_since = clock_wall_ms();
    api->board.health.scanner = scanner;
    api->board.health.scanners = scanners;
    pthread_mutex_unlock(&api->board.lock);
    moved_shown(&api->moved);
    if (api->server)
        server_hold(api->server);
    tell_documents(n, api, &v);
    tell_journal(n, api, &v);
    make_hosts(n, api, &v, hosts, n_hosts);
    buf_clear(&n->removed);
    n->n_removed = 0;
    n->told = v.s->recent.added;
    memcpy(n->states, v.s->states, sizeof n->states);
    note_alerts(n, api, &v, hosts, n_hosts);
    make_overview(n, api, &v, hosts, n_hosts);
    if (api->server)
        server_release(api->server);
    free(hosts);
    view_close(&v);
}

void news_free(struct news *n)
{
    pace_free(&n->paces);
    buf_free(&n->removed);
}

const char *api_greet(void *arg, struct buf *data)
{
    struct api *api = arg;
    pthread_mutex_lock(&api->board.lock);
    buf_add(data, api->board.overview.data ? api->board.overview.data : "",
            api->board.overview.len);
    bool there = api->board.overview.len > 0;
    pthread_mutex_unlock(&api->board.lock);
    return there ? "overview" : NULL;
}
