/* GET /api/v1/documents: filtered, sorted, page by page. All documents that may match are looked at
 * for each page, so that they can be counted and sorted; what is kept of them is one page. */
#include <stdlib.h>
#include <string.h>

#include "spoold/api/api.h"
#include "spoold/api/cursor.h"
#include "spoold/api/params.h"
#include "spoold/api/rows.h"
#include "spoold/api/want.h"

enum { LIMIT_MOST = 1000, LIMIT_DEFAULT = 100 };
enum by { BY_CHANGED, BY_PATH, BY_SIZE, BY_PAGES };

/* The first `limit` documents behind the cursor, as a heap with the last of them on top. */
struct page {
    const struct want *want;
    enum by by;
    bool down; /* largest, latest or last first */
    const struct cursor *after;
    struct doc_row *rows;
    size_t n, limit;
    uint64_t total, behind; /* documents that match; of these, behind the cursor */
};

static int64_t value_of(const struct page *p, const struct doc_row *d)
{
    switch (p->by) {
    case BY_CHANGED:
        return rows_changed(d);
    case BY_SIZE:
        return d->size > INT64_MAX ? INT64_MAX : (int64_t)d->size;
    case BY_PAGES:
        return d->pages;
    case BY_PATH:
        break;
    }
    return 0;
}

static int order(const struct page *p, const struct doc_row *d, int64_t value, const char *path,
                 const char *id)
{
    int64_t mine = value_of(p, d);
    int o = mine < value ? -1 : mine > value;
    if (o == 0)
        o = strcmp(d->path, path);
    if (o == 0)
        o = strcmp(d->id, id);
    return p->down ? -o : o;
}

static bool before(const struct page *p, const struct doc_row *a, const struct doc_row *b)
{
    return order(p, a, value_of(p, b), b->path, b->id) < 0;
}

static void sink(struct page *p, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < p->n; at = child) {
        if (child + 1 < p->n && before(p, &p->rows[child], &p->rows[child + 1]))
            child++;
        if (!before(p, &p->rows[at], &p->rows[child]))
            return;
        struct doc_row swap = p->rows[at];
        p->rows[at] = p->rows[child];
        p->rows[child] = swap;
    }
}

static void rise(struct page *p, size_t at)
{
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (!before(p, &p->rows[parent], &p->rows[at]))
            return;
        struct doc_row swap = p->rows[at];
        p->rows[at] = p->rows[parent];
        p->rows[parent] = swap;
    }
}

static bool look(void *arg, const struct doc_row *d)
{
    struct page *p = arg;
    if (!want_row(p->want, d))
        return true;
    p->total++;
    if (p->after && order(p, d, p->after->value, p->after->path, p->after->id) <= 0)
        return true;
    p->behind++;
    if (p->n < p->limit) {
        p->rows[p->n] = *d;
        rise(p, p->n++);
    } else if (before(p, d, &p->rows[0])) {
        p->rows[0] = *d;
        sink(p, 0);
    }
    return true;
}

static void gather(struct page *p, const struct snapshot *s)
{
    struct search_cursor at = {0};
    while (search_page(s, &p->want->search, &at, UINT32_MAX, look, p)) {
    }
    /* From a heap to the order: the last one goes to the end, again and again. */
    size_t n = p->n;
    while (p->n > 1) {
        struct doc_row last = p->rows[0];
        p->rows[0] = p->rows[--p->n];
        p->rows[p->n] = last;
        sink(p, 0);
    }
    p->n = n;
}

static void show(struct page *p, const struct view *v, struct answer *a)
{
    struct jsonw w;
    struct buf next = {0};
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", v->now_ms);
    jsonw_array(&w, "items");
    for (size_t i = 0; i < p->n; i++)
        rows_show(&w, v, &p->rows[i]);
    jsonw_end_array(&w);
    jsonw_uint(&w, "total", p->total);
    if (p->behind > p->n && p->n > 0) {
        const struct doc_row *last = &p->rows[p->n - 1];
        cursor_write(value_of(p, last), last->path, last->id, &next);
    }
    jsonw_str(&w, "next", next.len ? next.data : NULL);
    buf_free(&next);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

/* sort, after and limit. */
static bool read_order(struct page *p, struct cursor *after, const struct request *rq,
                       struct answer *a)
{
    static const char *const sorts[] = {"changed", "path",  "size",   "pages", "-changed",
                                        "-path",   "-size", "-pages", NULL};
    static const uint64_t bounds[2] = {1, LIMIT_MOST};
    uint64_t limit = LIMIT_DEFAULT;
    const char *word = request_query(rq, "after");
    int sort = params_choice(rq, a, "sort", sorts, 4 + BY_CHANGED);
    if (sort < 0 || !params_uint(rq, a, "limit", bounds, &limit))
        return false;
    if (word && !cursor_read(word, after)) {
        answer_problem(a, 400, "bad-request", "after must be the next of a page.");
        return false;
    }
    p->by = (enum by)(sort % 4);
    p->down = sort >= 4;
    p->limit = limit;
    p->after = word ? after : NULL;
    return true;
}

static void list(const struct view *v, const struct request *rq, struct answer *a)
{
    struct want want;
    struct cursor after;
    struct page p = {.want = &want};
    bool good = want_read(&want, v, rq, a) && read_order(&p, &after, rq, a);
    if (good && !(p.rows = calloc(p.limit, sizeof *p.rows)))
        answer_problem(a, 503, "too-busy", "There is no memory for the answer.");
    else if (good) {
        gather(&p, v->s);
        show(&p, v, a);
    }
    free(p.rows);
    want_free(&want);
}

enum route_next documents_list(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {WANT_NAMES, "sort", "after", "limit", NULL};
    const struct api *api = arg;
    struct view v;
    if (params_known(rq, a, names) && view_open(&v, api->model)) {
        list(&v, rq, a);
        view_close(&v);
    }
    return ROUTE_DONE;
}
