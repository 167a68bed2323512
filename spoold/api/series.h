/*
 * series: throughput over time, in equal steps (History of docs/openapi.yaml).
 */
#ifndef PDFSPOOLD_SERIES_H
#define PDFSPOOLD_SERIES_H

#include "spoold/api/view.h"

enum series_span { SPAN_1H, SPAN_24H, SPAN_30D };

extern const char *const series_spans[]; /* names, ended by NULL */
/* As an object. */
void series_show(struct jsonw *w, const char *key, const struct view *v, enum series_span span);

#endif
