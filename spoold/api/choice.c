#include "spoold/api/choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonr.h"

enum { KEY_LEAST = 3, TEXT_MOST = 200, PREFIX_MOST = 12288 };

/* A reading under way; why: what is wrong with it, a sentence. */
struct reading {
    struct choice *c;
    unsigned ways; /* ids, group, filter, all: how many have come */
    unsigned filters;
    const char *why;
};

static bool refuse(struct reading *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return false;
}

/* jsonr has defaults for what is absent or of another type; no value can be equal to two of them.
 */
static bool read_bool(const struct jsonr *object, const char *key, bool *out)
{
    *out = jsonr_bool(object, key, true);
    return *out == jsonr_bool(object, key, false);
}

static bool read_count(const struct jsonr *object, const char *key, int64_t *out)
{
    *out = jsonr_int(object, key, -1);
    return *out >= 0;
}

/* ---- ids ---- */

static bool key_ok(const char *key)
{
    size_t n = strlen(key);
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    return n >= KEY_LEAST && n < ROW_KEY && key[0] != '-' && strspn(key, letters) == n;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct choice_id *)a)->key, ((const struct choice_id *)b)->key);
}

static bool read_ids(struct reading *r, const struct jsonr *list)
{
    struct choice *c = r->c;
    size_t most = c->kind == ACT_RETRY ? CHOICE_RETRY_IDS : CHOICE_CANCEL_IDS;
    size_t n = jsonr_count(list);
    if (n == 0 || n > most)
        return refuse(r, c->kind == ACT_RETRY ? "ids must be a list of 1 to 1,000 documents."
                                              : "ids must be a list of 1 to 256 documents.");
    c->ids = calloc(n, sizeof *c->ids);
    if (!c->ids)
        return refuse(r, "There is no memory for so many ids.");
    for (; c->n_ids < n; c->n_ids++) {
        const char *key = jsonr_text(jsonr_at(list, c->n_ids));
        if (!key || !key_ok(key))
            return refuse(r, "One of ids is none of a document.");
        snprintf(c->ids[c->n_ids].key, ROW_KEY, "%s", key);
    }
    qsort(c->ids, n, sizeof *c->ids, by_key);
    for (size_t i = 1; i < n; i++)
        if (by_key(&c->ids[i - 1], &c->ids[i]) == 0)
            return refuse(r, "One of ids comes twice.");
    return true;
}

/* ---- filter ---- */

static bool add_query(struct reading *r, const char *name, const char *value, size_t n)
{
    struct request *f = &r->c->filter;
    struct buf *b = &r->c->words[f->queries];
    if (f->queries == REQUEST_QUERIES)
        return refuse(r, "The filter has too many members.");
    buf_add(b, value, n);
    if (!buf_ok(b))
        return refuse(r, "There is no memory for the filter.");
    f->query_name[f->queries] = (struct request_text){name, strlen(name)};
    f->query_value[f->queries++] = (struct request_text){b->data, b->len};
    return true;
}

/* A list of words becomes words with commas between them, as the query of a list has them. */
static bool add_list(struct reading *r, const char *name, const struct jsonr *list)
{
    struct buf b = {0};
    size_t n = jsonr_count(list);
    bool good = n > 0;
    for (size_t i = 0; good && i < n; i++) {
        const char *word = jsonr_text(jsonr_at(list, i));
        good = word && *word && !strchr(word, ',');
        buf_fmt(&b, "%s%s", i ? "," : "", good ? word : "");
    }
    good = good && buf_ok(&b) && add_query(r, name, b.data, b.len);
    buf_free(&b);
    return good || refuse(r, "A member of the filter must be a list of words.");
}

static bool add_text(struct reading *r, const char *name, const struct jsonr *value, size_t most)
{
    const char *text = jsonr_text(value);
    /* Blanks alone would be a filter that all pass. */
    if (!text || !text[strspn(text, " \t")] || strlen(text) > most)
        return refuse(r, "A member of the filter must be a text, and not so long.");
    return add_query(r, name, text, strlen(text));
}

static void filter_member(void *arg, const char *key, const struct jsonr *value)
{
    static const char *const lists[] = {"state", "class", "outcome", "tier", "host"};
    static const struct {
        const char *name;
        size_t most;
    } texts[] = {{"prefix", PREFIX_MOST}, {"text", TEXT_MOST}, {"group", TEXT_MOST}};
    struct reading *r = arg;
    r->filters++;
    if (strcmp(key, "older_ms") == 0)
        return; /* read with its type, by its object */
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i], key) == 0) {
            add_list(r, lists[i], value);
            return;
        }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].name, key) == 0) {
            add_text(r, texts[i].name, value, texts[i].most);
            return;
        }
    refuse(r, "A member of the filter is not known here.");
}

static bool read_filter(struct reading *r, struct jsonr *object)
{
    jsonr_each(object, filter_member, r);
    if (r->filters == 0)
        return refuse(r, "filter must be an object with a member at least.");
    if (jsonr_get(object, "older_ms") && !read_count(object, "older_ms", &r->c->older_ms))
        return refuse(r, "older_ms must be a number of milliseconds.");
    return !r->why;
}

/* ---- the body ---- */

static void member(void *arg, const char *key, const struct jsonr *value)
{
    static const char *const ways[] = {"ids", "filter", "group", "all"};
    struct reading *r = arg;
    (void)value;
    for (size_t i = 0; i < (r->c->kind == ACT_RETRY ? 4u : 2u); i++)
        if (strcmp(ways[i], key) == 0) {
            r->ways++;
            return;
        }
    if (strcmp(key, "dry_run") != 0 && strcmp(key, "expect") != 0)
        refuse(r, "A member of the body is not known here.");
}

static bool read_body(struct reading *r, struct jsonr *j)
{
    struct choice *c = r->c;
    int64_t expect = 0;
    jsonr_each(j, member, r);
    if (r->ways != 1)
        return refuse(r, c->kind == ACT_RETRY
                             ? "The body must have one of ids, group, filter and all."
                             : "The body must have one of ids and filter.");
    if (jsonr_get(j, "dry_run") && !read_bool(j, "dry_run", &c->dry))
        return refuse(r, "dry_run must be true or false.");
    c->has_expect = jsonr_get(j, "expect") != NULL;
    if (c->has_expect && !read_count(j, "expect", &expect))
        return refuse(r, "expect must be a number of documents.");
    c->expect = (uint64_t)expect;
    if (jsonr_get(j, "all") && (!read_bool(j, "all", &c->all) || !c->all))
        return refuse(r, "all must be true.");
    if (jsonr_get(j, "ids"))
        return read_ids(r, jsonr_get(j, "ids"));
    if (jsonr_get(j, "group"))
        return add_text(r, "group", jsonr_get(j, "group"), TEXT_MOST);
    return c->all || read_filter(r, jsonr_get(j, "filter"));
}

struct choice *choice_read(enum act_kind kind, const char *body, size_t n, struct answer *a)
{
    struct choice *c = calloc(1, sizeof *c);
    struct reading r = {.c = c};
    char err[200] = "";
    const char *text = body ? body : "";
    struct jsonr *j = c ? jsonr_parse(text, body ? n : 0, err, sizeof err) : NULL;
    bool object = j && text[strspn(text, " \t\r\n")] == '{';
    bool good = false;
    if (c) {
        c->kind = kind;
        c->older_ms = -1;
    }
    if (!c)
        refuse(&r, "There is no memory for it.");
    else if (!object)
        refuse(&r, j ? "The body must be an object." : err);
    else
        good = read_body(&r, j) && !r.why;
    jsonr_free(j);
    if (good)
        return c;
    answer_problem(a, 400, "bad-request", "%s", r.why ? r.why : "The body cannot be read.");
    choice_free(c);
    return NULL;
}

void choice_free(struct choice *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < REQUEST_QUERIES; i++)
        buf_free(&c->words[i]);
    free(c->ids);
    free(c);
}
