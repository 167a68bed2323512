#include "spoold/api/metric.h"

#include <inttypes.h>

void metric_head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_fmt(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void show_value(struct buf *b, const char *value)
{
    for (const char *p = value; *p; p++) {
        if (*p == '\\' || *p == '"')
            buf_char(b, '\\');
        buf_char(b, *p >= ' ' && *p <= '~' ? *p : '?');
    }
}

static void show_labels(struct buf *b, const struct metric_label *labels)
{
    const struct metric_label *l = labels;
    if (!l || !l->name)
        return;
    for (; l->name; l++) {
        buf_fmt(b, "%c%s=\"", l == labels ? '{' : ',', l->name);
        show_value(b, l->value);
        buf_char(b, '"');
    }
    buf_char(b, '}');
}

void metric_int(struct buf *b, const char *name, const struct metric_label *labels, uint64_t value)
{
    buf_str(b, name);
    show_labels(b, labels);
    buf_fmt(b, " %" PRIu64 "\n", value);
}

void metric_real(struct buf *b, const char *name, const struct metric_label *labels, double value)
{
    buf_str(b, name);
    show_labels(b, labels);
    buf_fmt(b, " %.3f\n", value);
}

void metric_one(struct buf *b, const char *name, const char *type, const char *help, uint64_t value)
{
    metric_head(b, name, type, help);
    metric_int(b, name, NULL, value);
}
