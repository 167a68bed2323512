/*
 * metric: the text format 0.0.4 of Prometheus, line by line: a family's head, then its samples.
 *
 * A label's value is one of few: a host, a state, a version; never a document's name or message.
 */
#ifndef PDFSPOOLD_METRIC_H
#define PDFSPOOLD_METRIC_H

#include <stdint.h>

#include "base/buf.h"

/* An array of them ends with one whose name is NULL. */
struct metric_label {
    const char *name, *value; /* bytes that are no visible ASCII or blank are shown as '?' */
};

/* Once, before the first sample. type: "gauge", "counter", "histogram", "summary"; help: a sentence
 * without line breaks or backslashes. */
void metric_head(struct buf *b, const char *name, const char *type, const char *help);
/* labels NULL: none. */
void metric_int(struct buf *b, const char *name, const struct metric_label *labels, uint64_t value);
void metric_real(struct buf *b, const char *name, const struct metric_label *labels, double value);
/* A family of one sample without labels. */
void metric_one(struct buf *b, const char *name, const char *type, const char *help,
                uint64_t value);

#endif
