/* GET /api/v1/openapi.json: docs/openapi.yaml, as www/ has it in JSON. */
#include <string.h>

#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/http/assets.h"

enum route_next contract_get(void *arg, struct request *rq, struct answer *a)
{
    static const char *const none[] = {NULL};
    const struct api *api = arg;
    const struct asset *f = assets_find(api->assets, "/openapi.json");
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    if (!f) {
        answer_problem(a, 500, "internal", "The page's files came without the contract.");
        return ROUTE_DONE;
    }
    a->packed = f->packed.len > 0 && request_takes_gzip(rq);
    a->fixed = a->packed ? f->packed.data : f->plain.data;
    a->fixed_len = a->packed ? f->packed.len : f->plain.len;
    a->type = answer_json;
    a->keep = true;
    memcpy(a->etag, f->etag, sizeof a->etag);
    return ROUTE_DONE;
}
