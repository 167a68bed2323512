/* GET /api/v1/documents: filtered, sorted, page by page. Most pages are picked at once, in the server's
 * thread; what would take longer goes to the desk. */
#include <stdlib.h>
#include <string.h>

#include "spoold/api/api.h"
#include "spoold/api/cursor.h"
#include "spoold/api/desk.h"
#include "spoold/api/params.h"
#include "spoold/api/rows.h"
#include "spoold/api/want.h"

/* AT_ONCE: of rows that are shown, in the server's thread. */
enum { LIMIT_MOST = 1000, LIMIT_DEFAULT = 100, AT_ONCE = 200 };

struct list {
    struct view view;
    struct want want;
    struct pick_cursor after;
    struct pick pick;
    bool pack; /* the client takes gzip */
};

static void drop(struct list *l)
{
    if (!l)
        return;
    view_close(&l->view);
    want_free(&l->want);
    free(l->pick.rows);
    free(l);
}

static bool also(const void *arg, const struct doc_row *d)
{
    return want_row(arg, d);
}

static void show(const struct list *l, struct answer *a)
{
    struct jsonw w;
    struct buf next = {0};
    const struct pick *p = &l->pick;
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", l->view.now_ms);
    jsonw_array(&w, "items");
    for (size_t i = 0; i < p->n; i++)
        rows_show(&w, &l->view, &p->rows[i]);
    jsonw_end_array(&w);
    jsonw_uint(&w, "total", p->total);
    if (p->more && p->n > 0) {
        const struct doc_row *last = &p->rows[p->n - 1];
        cursor_write(pick_value(p->by, last), last->path, last->id, &next);
    }
    jsonw_str(&w, "next", next.len ? next.data : NULL);
    buf_free(&next);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

/* sort, after and limit. */
static bool read_order(struct list *l, const struct request *rq, struct answer *a)
{
    static const char *const sorts[] = {"changed", "path",  "size",   "pages", "-changed",
                                        "-path",   "-size", "-pages", NULL};
    static const uint64_t bounds[2] = {1, LIMIT_MOST};
    uint64_t limit = LIMIT_DEFAULT;
    const char *word = request_query(rq, "after");
    int sort = params_choice(rq, a, "sort", sorts, 4 + PICK_CHANGED);
    if (sort < 0 || !params_uint(rq, a, "limit", bounds, &limit))
        return false;
    if (word && !cursor_read(word, &l->after)) {
        answer_problem(a, 400, "bad-request", "after must be the next of a page.");
        return false;
    }
    l->pick.by = (enum pick_by)(sort % 4);
    l->pick.down = sort >= 4;
    l->pick.limit = limit;
    l->pick.after = word ? &l->after : NULL;
    return true;
}

static void no_memory(struct answer *a)
{
    answer_problem(a, 503, "too-busy", "There is no memory for the answer.");
    answer_header(a, "Retry-After", "2");
}

/* NULL: *a says what is wrong. */
static struct list *read_list(const struct api *api, const struct request *rq, struct answer *a)
{
    struct list *l = calloc(1, sizeof *l);
    if (!l || !view_open(&l->view, api->model)) {
        free(l);
        no_memory(a);
        return NULL;
    }
    l->pack = request_takes_gzip(rq);
    if (!want_read(&l->want, &l->view, rq, a) || !read_order(l, rq, a)) {
        drop(l);
        return NULL;
    }
    l->pick.want = &l->want.search;
    l->pick.also = want_looks(&l->want) ? also : NULL;
    l->pick.arg = &l->want;
    l->pick.rows = calloc(l->pick.limit, sizeof *l->pick.rows);
    if (l->pick.rows)
        return l;
    drop(l);
    no_memory(a);
    return NULL;
}

/* At the desk. */
static void work(void *job, struct answer *a)
{
    struct list *l = job;
    l->pick.budget = 0;
    if (a && pick_run(&l->pick, l->view.s))
        show(l, a);
    else if (a)
        no_memory(a);
    if (a && l->pack)
        answer_pack(a);
    drop(l);
}

enum route_next documents_list(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {WANT_NAMES, "sort", "after", "limit", NULL};
    const struct api *api = arg;
    struct list *l = params_known(rq, a, names) ? read_list(api, rq, a) : NULL;
    if (!l)
        return ROUTE_DONE;
    l->pick.budget = API_ROWS_AT_ONCE;
    if (l->pick.limit > AT_ONCE || !pick_run(&l->pick, l->view.s))
        return api_ask_desk(api, rq, work, l, a);
    show(l, a);
    drop(l);
    return ROUTE_DONE;
}
