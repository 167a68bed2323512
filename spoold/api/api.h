/*
 * api: the routes of docs/openapi.yaml. Handlers run in the server's thread and answer from
 * snapshots; what needs the share is asked of hands (hands.h). The program's own thread makes
 * what all readers share (board.h) and tells the news (news.h).
 */
#ifndef PDFSPOOLD_API_H
#define PDFSPOOLD_API_H

#include "spool/settings.h"
#include "spoold/api/acts.h"
#include "spoold/api/board.h"
#include "spoold/api/desk.h"
#include "spoold/api/moved.h"
#include "spoold/http/assets.h"
#include "spoold/http/route.h"
#include "spoold/http/server.h"
#include "spoold/model/model.h"

struct api {
    struct model *model;
    struct server *server; /* NULL until it is there */
    struct board board;
    struct hands *hands;
    struct desk *desk;
    const struct assets *assets; /* www/; NULL: none */
    struct teller *teller;       /* NULL: nobody is told of alerts */
    const struct settings *settings;
    const char *spool, *config; /* folder, and --config or NULL */
    const char *parser;         /* pdfspool-parser; NULL: there is none */
    bool read_only;
    int64_t began_ms; /* wall clock */
    struct actors *actors;
    struct acts acts;
    struct moved moved;
};

/* A handler looks at so many documents itself, in the server's thread: about a millisecond. */
enum { API_ROWS_AT_ONCE = 5000 };

extern const struct route api_routes[];
extern const size_t api_route_count;
/* Of the stream: a client gets the overview at first (server_greet). */
const char *api_greet(void *arg, struct buf *data);

/* For a handler: have the desk answer this request. Takes the job over in any case. */
enum route_next api_ask_desk(const struct api *api, struct request *rq, desk_work *work, void *job,
                             struct answer *a);
/* An answer of a hand, for hands_new: to whoever has the ticket. A command that is done is shown
 * among the actions. */
void api_answered(void *api, uint64_t ticket, struct answer *a);

/* The handlers, by file. */
route_handler documents_list, documents_one;  /* documents.c, document.c */
route_handler document_record, document_text; /* reading.c */
route_handler action_pause, action_resume, action_drain, action_undrain; /* commanding.c */
route_handler action_retry, action_cancel, actions_list, actions_one;    /* acting.c */
route_handler failures_list;                                             /* failures.c */
route_handler history_get;                                               /* history.c */
route_handler journal_list;                                              /* journal.c */
route_handler overview_get, hosts_list, hosts_one, quota_get;            /* state.c */
route_handler health_get, healthz_get, readyz_get;                       /* service.c */
route_handler metrics_get, status_text;           /* metrics.c, status_text.c */
route_handler settings_list;                      /* settings_list.c */
route_handler document_page;                      /* picturing.c */
route_handler contract_get;                       /* contract.c */
extern const struct route_upload document_upload; /* uploading.c */

#endif
