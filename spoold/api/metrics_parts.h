/* The parts of GET /metrics; of nobody else's business. */
#ifndef PDFSPOOLD_METRICS_PARTS_H
#define PDFSPOOLD_METRICS_PARTS_H

#include "base/buf.h"
#include "spoold/api/view.h"
#include "spoold/http/server.h"

/* metrics_hosts.c: by host. What a silent one said of itself is not shown as if it were so now. */
void metrics_hosts(struct buf *b, const struct view *v);
/* metrics_self.c: spoold's server (NULL: there is none yet) and its process. */
void metrics_server(struct buf *b, struct server *s);
void metrics_process(struct buf *b, int64_t began_ms);
/* metrics_alerts.c: alerts that hold, and messages by receiver where there are any. */
struct api;
void metrics_alerts(struct buf *b, struct api *api);

#endif
