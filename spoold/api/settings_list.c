/* GET /api/v1/settings: what is configured, as spoold read it when it began. */
#include <string.h>

#include "spool/layout.h"
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/api/view.h"

enum { VALUE_CAP = 600 };

static void show_row(struct jsonw *w, const struct settings *s, size_t i,
                     const struct settings_row *r, const char *value)
{
    struct buf bounds = {0};
    bool plain = strcmp(r->origin, "default") == 0, cluster = strcmp(r->origin, SPOOL_INI) == 0;
    settings_row_bounds(s, i, &bounds);
    jsonw_object(w, NULL);
    jsonw_str(w, "section", r->section);
    jsonw_str(w, "key", r->key);
    jsonw_str(w, "value", value);
    jsonw_str(w, "default", r->fallback);
    jsonw_str(w, "origin", plain ? "default" : cluster ? "cluster" : "host");
    jsonw_str(w, "scope", r->scope == SETTINGS_CLUSTER ? "cluster" : "host");
    jsonw_str(w, "bounds", bounds.data ? bounds.data : "");
    jsonw_bool(w, "secret", r->secret);
    jsonw_str(w, "help", r->help);
    jsonw_end_object(w);
    buf_free(&bounds);
}

enum route_next settings_list(void *arg, struct request *rq, struct answer *a)
{
    static const char *const none[] = {NULL};
    const struct api *api = arg;
    struct settings_row row;
    struct jsonw w;
    struct buf cluster = {0};
    char value[VALUE_CAP];
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    buf_fmt(&cluster, "%s/" SPOOL_INI, api->spool);
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_object(&w, "files");
    jsonw_name(&w, "cluster", cluster.data ? cluster.data : "", cluster.len);
    if (api->config)
        jsonw_name(&w, "host", api->config, strlen(api->config));
    else
        jsonw_null(&w, "host");
    jsonw_end_object(&w);
    buf_free(&cluster);
    jsonw_array(&w, "items");
    for (size_t i = 0; settings_row(api->settings, i, &row, value, sizeof value); i++)
        show_row(&w, api->settings, i, &row, value);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
    return ROUTE_DONE;
}
