/* GET /metrics: alerts, and the messages that tell of them. */
#include <stddef.h>
#include <string.h>

#include "spoold/alert/teller.h"
#include "spoold/api/api.h"
#include "spoold/api/metric.h"
#include "spoold/api/metrics_parts.h"

static const struct family {
    const char *name, *type, *help;
    size_t offset;
} families[] = {
    {"pdfspool_messages_sent_total", "counter", "Messages that their receiver took.",
     offsetof(struct courier_counts, sent)},
    {"pdfspool_messages_failed_total", "counter", "Tries to send a message that were in vain.",
     offsetof(struct courier_counts, tries_failed)},
    {"pdfspool_messages_dropped_total", "counter", "Messages dropped unsent, as too many waited.",
     offsetof(struct courier_counts, dropped)},
    {"pdfspool_messages_waiting", "gauge", "Messages that wait on the disk of this machine.",
     offsetof(struct courier_counts, waiting)},
};

static void messages(struct buf *b, struct courier *c)
{
    struct courier_counts counts;
    for (size_t k = 0; k < sizeof families / sizeof *families; k++) {
        const struct family *f = &families[k];
        metric_head(b, f->name, f->type, f->help);
        for (size_t i = 0; courier_count(c, i, &counts); i++) {
            uint64_t value;
            memcpy(&value, (const char *)&counts + f->offset, sizeof value);
            metric_int(b, f->name, (struct metric_label[]){{"receiver", counts.name}, {0}}, value);
        }
    }
}

void metrics_alerts(struct buf *b, struct api *api)
{
    uint64_t n[ALERT_KINDS] = {0};
    pthread_mutex_lock(&api->board.lock);
    for (unsigned i = 0; i < api->board.n_alerts; i++)
        n[api->board.alerts[i].kind]++;
    pthread_mutex_unlock(&api->board.lock);
    metric_head(b, "pdfspool_alerts", "gauge", "Alerts that hold now.");
    for (int i = 0; i < ALERT_FOLDER_DONE; i++)
        metric_int(b, "pdfspool_alerts",
                   (struct metric_label[]){{"kind", alertkind_name((enum alert_kind)i)}, {0}},
                   n[i]);
    if (api->teller)
        messages(b, teller_courier(api->teller));
}
