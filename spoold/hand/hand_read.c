/* What a hand reads: the record of a published document, and its text. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "base/utf8.h"
#include "spoold/ctl/docs.h"
#include "spoold/hand/hand.h"

enum { CHUNK = 64 * 1024 };

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

struct piece {
    uint64_t page, offset, limit; /* asked for; page 0: all of it */
    uint64_t at_page, at, pages;  /* where the reading is: page (from 1), byte of it */
    uint64_t total;               /* bytes of the page, or of all */
    struct buf text;              /* raw, with some bytes more than asked for */
};

/* Each page ends with a form feed, which is none of its text. */
static void take(struct piece *p, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool end = bytes[i] == '\f', mine = p->page == 0 || p->at_page == p->page;
        p->pages += end;
        if (mine && !(end && p->page)) {
            if (p->at >= p->offset && p->text.len < p->limit)
                buf_char(&p->text, bytes[i]);
            p->at++;
            p->total++;
        }
        p->at_page += end;
    }
}

static int read_text(struct piece *p, int fd)
{
    char chunk[CHUNK];
    ssize_t n;
    while ((n = fs->read(fd, chunk, sizeof chunk)) > 0)
        take(p, chunk, (size_t)n);
    return n < 0 ? -1 : 0;
}

/* Whole characters, without controls but tab, line feed and form feed. *used: bytes of the raw text. */
static void clean(const struct buf *raw, bool last, struct buf *out, size_t *used)
{
    size_t i = 0, len;
    for (; i < raw->len; i += len) {
        len = utf8_seq(raw->data + i, raw->len - i);
        if (len == 0 && !last && raw->len - i < 4)
            break; /* the rest of a character comes with the next piece */
        if (len == 0) {
            buf_str(out, "\xef\xbf\xbd");
            len = 1;
        } else if (strchr("\t\n\f", raw->data[i]) || !utf8_control(raw->data + i, len)) {
            buf_add(out, raw->data + i, len);
        }
    }
    *used = i;
}

/* Whole characters of the piece. Bytes of the raw text that they stand for. */
static size_t clean_piece(const struct piece *p, struct buf *text)
{
    size_t used = 0;
    if (p->text.len)
        clean(&p->text, p->offset + p->text.len >= p->total, text, &used);
    return used;
}

static void show_plain(struct hand *h, const struct piece *p)
{
    clean_piece(p, &h->body);
    h->word = "text";
}

static void show_text(struct hand *h, const struct piece *p)
{
    struct jsonw w;
    struct buf text = {0};
    size_t used = clean_piece(p, &text);
    uint64_t next = p->offset + used;
    jsonw_init(&w, &h->body, false);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "untrusted", true);
    if (p->page)
        jsonw_uint(&w, "page", p->page);
    else
        jsonw_null(&w, "page");
    jsonw_uint(&w, "pages", p->pages);
    jsonw_uint(&w, "offset", p->offset);
    if (next < p->total && used > 0)
        jsonw_uint(&w, "next_offset", next);
    else
        jsonw_null(&w, "next_offset");
    jsonw_uint(&w, "total_bytes", p->total);
    jsonw_strn(&w, "text", text.data ? text.data : "", text.len);
    jsonw_end_object(&w);
    buf_char(&h->body, '\n');
    buf_free(&text);
}

static void read_and(struct hand *h, void (*show)(struct hand *h, const struct piece *p))
{
    const char *name;
    char txt[NAME_CAP];
    struct piece p = {
        .page = number(h, 1), .offset = number(h, 2), .limit = number(h, 3), .at_page = 1};
    int dir = hand_folder(h, h->argv[0], &name);
    if (dir < 0)
        return;
    docs_result_name(name, ".txt", txt);
    int fd = fs->openat(dir, txt, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0 || read_text(&p, fd) != 0)
        hand_unread(h, "Its text cannot be read", errno);
    else if (!buf_ok(&p.text)) /* what there is of it is not what was asked for */
        hand_fail(h, 503, "too-busy", "There is no memory for the text.");
    else if (p.page > p.pages)
        hand_fail(h, 404, "no-record", "It has %llu pages.", (unsigned long long)p.pages);
    else
        show(h, &p);
    if (fd >= 0)
        fs->close(fd);
    fs->close(dir);
    buf_free(&p.text);
}

void hand_text(struct hand *h)
{
    read_and(h, show_text);
}

void hand_plain(struct hand *h)
{
    read_and(h, show_plain);
}
