#include "spoold/scan/line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

enum { STAGE_MAX = 15 };

/* More than anything can take: a year. Sums of as many as journals can hold do not overflow. */
static const int64_t longest_ms = INT64_C(365) * 24 * 3600 * 1000;

void line_free(struct line *l)
{
    jsonr_free(l->root);
    buf_free(&l->path);
    buf_free(&l->as);
    memset(l, 0, sizeof *l);
}

/* The digits at s as a number; -1: there is something else. */
static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

int64_t line_time(const char *s)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (strlen(s) != sizeof form - 1)
        return -1;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
            return -1;
    struct tm tm = {.tm_year = digits(s, 4) - 1900,
                    .tm_mon = digits(s + 5, 2) - 1,
                    .tm_mday = digits(s + 8, 2),
                    .tm_hour = digits(s + 11, 2),
                    .tm_min = digits(s + 14, 2),
                    .tm_sec = digits(s + 17, 2)};
    if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
        tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return -1;
    return (int64_t)timegm(&tm) * 1000 + digits(s + 20, 3);
}

/* A name as jsonw_name writes it: bytes. "" where the member is not there. */
static bool take_name(const struct jsonr *j, const char *key, struct buf *out)
{
    const char *shown = jsonr_str(j, key, "");
    buf_clear(out);
    return utf8_unshow_name(out, shown, strlen(shown)) && buf_ok(out) &&
           !memchr(out->data, 0, out->len);
}

/* The names of the outcomes before, as letters. */
static bool take_history(struct line *l)
{
    const struct jsonr *list = jsonr_get(l->root, "history");
    size_t n = jsonr_count(list);
    if (n >= HISTORY_CAP)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *name = jsonr_text(jsonr_at(list, i));
        if (!name)
            return false;
        enum outcome o = outcome_of(name, strlen(name));
        l->history[i] = o < OUTCOME_COUNT ? outcome_facts(o)->letter : LETTER_LEASE_DIED;
        if (!l->history[i] || (o == OUTCOME_COUNT && strcmp(name, "lease_died") != 0))
            return false;
    }
    l->history[n] = 0;
    return true;
}

static uint32_t small(const struct jsonr *j, const char *key)
{
    int64_t v = jsonr_int(j, key, 0);
    return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* "tiers": {"text": 3, "ocr": 1}; journals of older workers have none. */
static void take_tiers(struct line *l)
{
    const struct jsonr *tiers = jsonr_get(l->root, "tiers");
    l->event.known_tiers = tiers != NULL;
    for (int i = 0; i < PAGE_TIERS; i++)
        l->event.tiers[i] = small(tiers, page_tier_name((enum page_tier)i));
}

/* Its beginning, in whole characters. */
static const char *cut(const char *s, char *to, size_t cap)
{
    size_t n = strlen(s), o = 0, len;
    if (n < cap)
        return s;
    while (o < n && (len = utf8_seq(s + o, n - o)) && o + len < cap)
        o += len;
    memcpy(to, s, o);
    to[o] = 0;
    return to;
}

/* Of the time that it took; journals of older workers do not say. */
static int64_t span(const struct jsonr *j, const char *key)
{
    int64_t v = jsonr_int(j, key, -1);
    return v < 0 || v > longest_ms ? -1 : v;
}

/* Which claim it ends. */
static const char *claim_of(const struct jsonr *j)
{
    const char *v = jsonr_str(j, "claim", "");
    size_t n = strlen(v);
    return n < ID_CAP && token_id_ok(v, n) ? v : "";
}

bool line_read(struct line *l, const char *text, size_t n)
{
    static char message[FACT_MESSAGE];
    struct fact_event *e = &l->event;
    jsonr_free(l->root);
    *e = (struct fact_event){0};
    l->root = jsonr_parse(text, n, NULL, 0);
    if (!l->root)
        return false;
    e->what = (uint8_t)event_of(jsonr_str(l->root, "event", ""));
    const char *outcome = jsonr_str(l->root, "outcome", "");
    e->outcome = (uint8_t)outcome_of(outcome, strlen(outcome));
    e->time_ms = line_time(jsonr_str(l->root, "time", ""));
    e->took_ms = jsonr_int(l->root, "ms", 0);
    int64_t size = jsonr_int(l->root, "size", 0);
    if (e->what >= EVENTS || e->outcome >= OUTCOME_COUNT || e->time_ms < 0 || size < 0 ||
        !take_name(l->root, "path", &l->path) || !take_name(l->root, "as", &l->as) ||
        !take_history(l))
        return false;
    if (e->took_ms < 0 || e->took_ms > longest_ms)
        e->took_ms = 0; /* the server's clock may have been set */
    e->size = (uint64_t)size;
    e->path = l->path.data;
    e->as = l->as.data;
    e->history = l->history;
    e->document = jsonr_str(l->root, "document", "");
    e->message = cut(jsonr_str(l->root, "message", ""), message, sizeof message);
    e->stage = jsonr_str(l->root, "stage", "");
    if (strlen(e->stage) > STAGE_MAX)
        e->stage = "";
    e->claim = claim_of(l->root);
    e->version = jsonr_str(l->root, "version", "");
    if (!fact_version_ok(e->version))
        e->version = "";
    e->load_ms = span(l->root, "load_ms");
    e->parse_ms = span(l->root, "parse_ms");
    e->wait_ms = span(l->root, "wait_ms");
    e->attempt = small(l->root, "attempt");
    e->pages = small(l->root, "pages");
    take_tiers(l);
    return true;
}
