/* What a hand reads: the record of a published document, and its text. */
#include <errno.h>
#include <string.h>

#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "spoold/ctl/docs.h"
#include "spoold/ctl/textpiece.h"
#include "spoold/hand/hand.h"

static uint64_t number(const struct hand *h, int i)
{
    uint64_t n = 0;
    num_u64(h->argv[i], &n);
    return n;
}

/* ---- record ---- */

struct copying {
    struct buf *out;
    bool some;
};

static void copy_member(void *arg, const char *key, const struct jsonr *value)
{
    struct copying *c = arg;
    struct jsonw w;
    if (strcmp(key, "pages") == 0 || strcmp(key, "first") == 0)
        return;
    buf_str(c->out, c->some ? "," : "");
    jsonw_init(&w, c->out, false);
    jsonw_str(&w, NULL, key);
    buf_char(c->out, ':');
    jsonr_copy(value, c->out);
    c->some = true;
}

static void show_record(struct hand *h, struct jsonr *j)
{
    uint64_t first = number(h, 1), count = number(h, 2), shown = 0;
    struct copying c = {&h->body, false};
    const struct jsonr *pages = jsonr_get(j, "pages");
    buf_char(&h->body, '{');
    jsonr_each(j, copy_member, &c);
    buf_fmt(&h->body, "%s\"first\":%llu,\"pages\":[", c.some ? "," : "", (unsigned long long)first);
    for (size_t i = 0; i < jsonr_count(pages) && shown < count; i++) {
        const struct jsonr *page = jsonr_at(pages, i);
        if (jsonr_int(page, "page", 0) < (int64_t)first)
            continue;
        buf_str(&h->body, shown++ ? "," : "");
        jsonr_copy(page, &h->body);
    }
    buf_str(&h->body, "]}\n");
}

void hand_record(struct hand *h)
{
    const char *name;
    char err[200];
    int dir = hand_folder(h, h->argv[0], &name);
    if (dir < 0)
        return;
    struct doc d = {.name = name, .dir = dir};
    struct jsonr *j = docs_json(&d, err, sizeof err);
    if (j)
        show_record(h, j);
    else
        hand_fail(h, 404, "no-record", "Its x.json cannot be read: %s.", err);
    jsonr_free(j);
    fs->close(dir);
}

/* ---- text ---- */

static void show_plain(struct hand *h, const struct textpiece *p)
{
    textpiece_clean(p, &h->body);
    h->word = "text";
}

static void show_text(struct hand *h, const struct textpiece *p)
{
    struct jsonw w;
    struct buf text = {0};
    size_t used = textpiece_clean(p, &text);
    jsonw_init(&w, &h->body, false);
    jsonw_object(&w, NULL);
    textpiece_members(p, used, &text, &w);
    jsonw_end_object(&w);
    buf_char(&h->body, '\n');
    buf_free(&text);
}

static void read_and(struct hand *h, void (*show)(struct hand *h, const struct textpiece *p))
{
    const char *name;
    struct textpiece p = {.page = number(h, 1), .offset = number(h, 2), .limit = number(h, 3)};
    int dir = hand_folder(h, h->argv[0], &name);
    if (dir < 0)
        return;
    int got = textpiece_read(&p, dir, name), error = errno;
    if (!buf_ok(&p.text)) /* what there is of it is not what was asked for */
        hand_fail(h, 503, "too-busy", "There is no memory for the text.");
    else if (got != 0)
        hand_unread(h, "Its text cannot be read", error);
    else if (p.page > p.pages)
        hand_fail(h, 404, "no-record", "It has %llu pages.", (unsigned long long)p.pages);
    else
        show(h, &p);
    fs->close(dir);
    textpiece_free(&p);
}

void hand_text(struct hand *h)
{
    read_and(h, show_text);
}

void hand_plain(struct hand *h)
{
    read_and(h, show_plain);
}
