/* GET /api/v1/history. */
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/api/series.h"

enum route_next history_get(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {"span", NULL};
    const struct api *api = arg;
    struct view v;
    struct jsonw w;
    int span =
        params_known(rq, a, names) ? params_choice(rq, a, "span", series_spans, SPAN_1H) : -1;
    if (span < 0 || !view_open(&v, api->model))
        return ROUTE_DONE;
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    series_show(&w, NULL, &v, (enum series_span)span);
    buf_char(&a->body, '\n');
    view_close(&v);
    return ROUTE_DONE;
}
