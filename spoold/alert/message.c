#include "spoold/alert/message.h"

#include <string.h>

#include "base/utf8.h"

enum {
    ITEMS = 100,      /* events that a generic message has */
    LINES = 20,       /* ... and one for people */
    CHAT_BYTES = 1800 /* Discord takes 2,000 characters */
};

/* ---- generic ---- */

static void generic(const struct message *m, struct buf *out)
{
    struct jsonw w;
    char type[EVENT_TYPE];
    size_t shown = m->n < ITEMS ? m->n : ITEMS;
    event_type(m->events[0].kind, m->events[0].over, type);
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "type", type);
    jsonw_time(&w, "timestamp", m->made_ms);
    jsonw_object(&w, "data");
    jsonw_name(&w, "spool", m->spool, strlen(m->spool));
    jsonw_uint(&w, "count", m->n);
    jsonw_array(&w, "events");
    for (size_t i = 0; i < shown; i++)
        event_show(&m->events[i], &w, false);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
}

/* ---- for people ---- */

/* Slack: these three are all that its text knows, with mrkdwn false. */
static void slack_char(struct buf *out, const char *c, size_t n)
{
    if (*c == '&')
        buf_str(out, "&amp;");
    else if (*c == '<')
        buf_str(out, "&lt;");
    else if (*c == '>')
        buf_str(out, "&gt;");
    else
        buf_add(out, c, n);
}

/* Discord: a backslash takes its meaning from any mark; without the colon no address is a link. */
static void discord_char(struct buf *out, const char *c, size_t n)
{
    if (n == 1 && strchr("\\*_~`|<>()[]{}#@:+-=!.", *c))
        buf_char(out, '\\');
    buf_add(out, c, n);
}

typedef void put_char(struct buf *out, const char *c, size_t n);

/* One line: what would command a screen, or turn its direction, becomes a blank. */
static void put_text(struct buf *out, const char *s, put_char *put)
{
    size_t n = strlen(s), len;
    for (size_t i = 0; i < n; i += len) {
        len = utf8_seq(s + i, n - i);
        if (len == 0 || utf8_control(s + i, len))
            buf_char(out, ' ');
        else
            put(out, s + i, len);
        len = len ? len : 1;
    }
}

static void put_name(struct buf *out, const char *name, put_char *put)
{
    struct buf shown = {0};
    utf8_show_name(&shown, name, strlen(name));
    put_text(out, shown.data ? shown.data : "", put);
    out->failed = out->failed || !buf_ok(&shown);
    buf_free(&shown);
}

static void text(const struct message *m, put_char *put, struct buf *out)
{
    size_t i = 0;
    put_text(out, "pdfspool ", put);
    put_name(out, m->spool, put);
    put_text(out, ": ", put);
    for (; i < m->n && i < LINES; i++) {
        size_t before = out->len;
        buf_str(out, m->n > 1 ? "\n" : "");
        put_text(out, m->events[i].message, put);
        if (out->len > CHAT_BYTES && i > 0) {
            buf_cut(out, before);
            break;
        }
    }
    if (i < m->n)
        buf_fmt(out, "\nand %zu more", m->n - i);
}

static void slack(const struct message *m, struct buf *out)
{
    struct jsonw w;
    struct buf t = {0};
    text(m, slack_char, &t);
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_strn(&w, "text", t.data ? t.data : "", t.len);
    jsonw_bool(&w, "mrkdwn", false);
    jsonw_bool(&w, "unfurl_links", false);
    jsonw_bool(&w, "unfurl_media", false);
    jsonw_end_object(&w);
    out->failed = out->failed || !buf_ok(&t);
    buf_free(&t);
}

static void discord(const struct message *m, struct buf *out)
{
    struct jsonw w;
    struct buf t = {0};
    text(m, discord_char, &t);
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_strn(&w, "content", t.data ? t.data : "", t.len);
    jsonw_object(&w, "allowed_mentions");
    jsonw_array(&w, "parse");
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
    out->failed = out->failed || !buf_ok(&t);
    buf_free(&t);
}

void message_body(const struct message *m, enum webhook_format format, struct buf *out)
{
    static void (*const forms[])(const struct message *, struct buf *) = {
        [WEBHOOK_GENERIC] = generic, [WEBHOOK_SLACK] = slack, [WEBHOOK_DISCORD] = discord};
    forms[format](m, out);
}

void message_folder(const struct event *e, const char *spool, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_name(&w, "spool", spool, strlen(spool));
    jsonw_str(&w, "id", e->id);
    jsonw_time(&w, "time", e->time_ms);
    jsonw_name(&w, "folder", e->folder, strlen(e->folder));
    jsonw_object(&w, "documents");
    jsonw_uint(&w, "done", e->done);
    jsonw_uint(&w, "partial", e->partial);
    jsonw_uint(&w, "empty", e->empty);
    jsonw_uint(&w, "failed", e->failed);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
    buf_char(out, '\n');
}
