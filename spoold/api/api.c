#include "spoold/api/api.h"

enum route_next api_ask_desk(const struct api *api, struct request *rq, desk_work *work, void *job,
                             struct answer *a)
{
    uint64_t ticket = server_later(rq);
    if (ticket && desk_begin(api->desk, ticket, work, job))
        return ROUTE_LATER;
    work(job, NULL);
    answer_problem(a, 503, "too-busy", "Too much is looked for just now; ask again in a moment.");
    answer_header(a, "Retry-After", "2");
    return ROUTE_DONE;
}
