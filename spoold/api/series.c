#include "spoold/api/series.h"

const char *const series_spans[] = {"1h", "24h", "30d", NULL};

/* The step under way comes last; before it whole ones. */
static const struct {
    int64_t step_ms;
    int64_t steps;
} spans[] = {{60000, 60}, {3600000, 24}, {3600000, 720}};

static const struct {
    const char *name;
    enum history_count count;
} lines[] = {{"done", DID_DONE},   {"failed", DID_FAILED},       {"retried", DID_RETRY},
             {"pages", DID_PAGES}, {"ocr_pages", DID_OCR_PAGES}, {"bytes", DID_BYTES}};

/* All journals are read, those from before this start, too: where there is nothing, nothing was
 * done. */
static void show_line(struct jsonw *w, const struct view *v, size_t line, enum series_span span,
                      int64_t first)
{
    jsonw_array(w, lines[line].name);
    for (int64_t i = 0; i < spans[span].steps; i++) {
        const struct bucket *b = span == SPAN_1H ? history_minute(&v->s->history, first + i)
                                                 : history_hour(&v->s->history, first + i);
        jsonw_uint(w, NULL, b ? b->n[lines[line].count] : 0);
    }
    jsonw_end_array(w);
}

void series_show(struct jsonw *w, const char *key, const struct view *v, enum series_span span)
{
    int64_t step = spans[span].step_ms, first = v->now_ms / step - spans[span].steps + 1;
    jsonw_object(w, key);
    jsonw_str(w, "span", series_spans[span]);
    jsonw_time(w, "start", first * step);
    jsonw_int(w, "step_seconds", step / 1000);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        show_line(w, v, i, span, first);
    jsonw_end_object(w);
}
