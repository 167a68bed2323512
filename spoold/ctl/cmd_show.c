/* spoolctl show, text: one document. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "base/num.h"
#include "base/utf8.h"
#include "spool/look.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"

enum { JSON_MAX = 256 * 1024 * 1024, CHUNK = 64 * 1024 };

struct showing {
    struct ctl *c;
    struct buf b;
    int code;
};

static void safe(struct buf *b, const char *key, const char *value)
{
    if (!value)
        return;
    buf_fmt(b, "  %-10s ", key);
    utf8_escape(b, value, strlen(value));
    buf_char(b, '\n');
}

static void token_people(struct buf *b, const struct doc *d)
{
    safe(b, "document", d->token->document);
    buf_fmt(b, "  %-10s %u", "attempt", d->token->attempt);
    for (const char *p = d->token->history; *p; p++) {
        enum outcome o = outcome_of_letter(*p);
        buf_fmt(b, "%s%s", p == d->token->history ? "  before: " : ", ",
                o < OUTCOME_COUNT ? outcome_facts(o)->name : "host died");
    }
    buf_char(b, '\n');
}

static void facts_people(struct buf *b, const struct doc *d)
{
    static const char *const texts[] = {"document", "outcome", "class",  "message",
                                        "ended",    "host",    "sha256", "same_as"};
    static const char *const numbers[] = {"attempt", "size", "page_count", "text_bytes"};
    char err[200];
    struct jsonr *j = docs_json(d, err, sizeof err);
    if (!j) {
        buf_fmt(b, "  its x.json cannot be read: %s\n", err);
        return;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        safe(b, texts[i], jsonr_str(j, texts[i], NULL));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (jsonr_int(j, numbers[i], -1) >= 0)
            buf_fmt(b, "  %-10s %lld\n", numbers[i], (long long)jsonr_int(j, numbers[i], -1));
    jsonr_free(j);
}

static void show_people(struct showing *s, const struct doc *d)
{
    struct buf *b = &s->b;
    struct statx st;
    char size[16];
    buf_fmt(b, "%s%s%s\n  %-10s %s%s%s\n", ctl_bold(s->c), ctl_shown(d->path), ctl_plain(s->c),
            "state", docstate_name(d->state), d->class < OUTCOME_COUNT ? ": " : "",
            d->class < OUTCOME_COUNT ? outcome_facts(d->class)->meaning : "");
    buf_fmt(b, "  %-10s %s/%s\n", "file", ctl_shown(d->folder), ctl_shown(d->name));
    if (look_in(d->dir, d->name, &st) == 1 && d->state < DOC_DONE) {
        num_show_size(st.stx_size, size, sizeof size);
        buf_fmt(b, "  %-10s %s\n", "bytes", size);
    }
    if (d->token)
        token_people(b, d);
    if (d->state >= DOC_DONE)
        facts_people(b, d);
}

/* x.json is parsed before it is passed on: what is printed is JSON whatever lies there. */
static void show_json(struct showing *s, const struct doc *d)
{
    struct buf json = {0};
    struct jsonw w;
    char name[NAME_CAP];
    struct jsonr *j = NULL;
    jsonw_init(&w, &s->b, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "state", docstate_name(d->state));
    jsonw_name(&w, "path", d->path, strlen(d->path));
    jsonw_name(&w, "folder", d->folder, strlen(d->folder));
    jsonw_name(&w, "file", d->name, strlen(d->name));
    if (d->class < OUTCOME_COUNT)
        jsonw_str(&w, "class", outcome_facts(d->class)->name);
    if (d->token) {
        jsonw_str(&w, "document", d->token->document);
        jsonw_uint(&w, "attempt", d->token->attempt);
        jsonw_str(&w, "history", d->token->history);
        jsonw_uint(&w, "unspent", d->token->unspent);
    }
    if (d->state == DOC_WAITING)
        jsonw_time(&w, "due", d->due_s * 1000);
    jsonw_end_object(&w);
    if (d->state >= DOC_DONE && s->b.len > 0) {
        docs_result_name(d->name, ".json", name);
        if (docs_read(d->dir, name, &json, JSON_MAX) == 0)
            j = jsonr_parse(json.data, json.len, NULL, 0);
        s->b.len--;
        buf_str(&s->b, ",\"result\":");
        while (j && json.len > 0 && json.data[json.len - 1] == '\n')
            json.len--;
        for (size_t i = 0; j && i < json.len;
             i++) /* one line: a newline is never inside a JSON string */
            if (json.data[i] == '\n')
                json.data[i] = ' ';
        if (j)
            buf_add(&s->b, json.data, json.len);
        else
            buf_str(&s->b, "null");
        buf_char(&s->b, '}');
    }
    buf_char(&s->b, '\n');
    jsonr_free(j);
    buf_free(&json);
}

static bool show_one(void *arg, const struct doc *d)
{
    struct showing *s = arg;
    if (s->c->json)
        show_json(s, d);
    else
        show_people(s, d);
    return true;
}

static int not_found(const char *doc)
{
    return ctl_fail(CTL_NO, "%s: no document of this path. 'spoolctl list' shows them all",
                    ctl_shown(doc));
}

/* Options and the one document, then the spool. */
static int begin(struct ctl *c, int argc, char **argv)
{
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code == CTL_OK ? -1 : code;
    if (argc - optind != 1)
        return ctl_misused(c, "%s wants one document", c->command->name);
    return ctl_open(c);
}

int cmd_show(struct ctl *c, int argc, char **argv)
{
    struct showing s = {.c = c};
    int code = begin(c, argc, argv);
    if (code != CTL_OK)
        return code < 0 ? CTL_OK : code;
    if (docs_find(&c->spool, argv[optind], DOCS_ALL, show_one, &s) <= 0) {
        buf_free(&s.b);
        return not_found(argv[optind]);
    }
    return ctl_print(&s.b);
}

static bool print_text(void *arg, const struct doc *d)
{
    struct showing *s = arg;
    char name[NAME_CAP], chunk[CHUNK];
    ssize_t n = -1;
    docs_result_name(d->name, ".txt", name);
    int fd = fs->openat(d->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0) {
        s->code = ctl_fail(CTL_DATA, "%s: its text cannot be opened: %s", ctl_shown(d->path),
                           strerror(errno));
        return false;
    }
    s->code = CTL_OK;
    while ((n = fs->read(fd, chunk, sizeof chunk)) > 0)
        if (fwrite(chunk, 1, (size_t)n, stdout) != (size_t)n) {
            s->code = ctl_fail(CTL_IO, "cannot write to stdout");
            break;
        }
    if (n < 0)
        s->code = ctl_fail(CTL_IO, "%s: its text cannot be read: %s", ctl_shown(d->path),
                           strerror(errno));
    fs->close(fd);
    return false;
}

int cmd_text(struct ctl *c, int argc, char **argv)
{
    struct showing s = {.c = c, .code = CTL_NO};
    int code = begin(c, argc, argv);
    if (code != CTL_OK)
        return code < 0 ? CTL_OK : code;
    if (docs_find(&c->spool, argv[optind], 1u << DOC_DONE, print_text, &s) > 0)
        return s.code;
    if (docs_find(&c->spool, argv[optind], DOCS_ALL, show_one, &s) > 0) {
        buf_free(&s.b);
        return ctl_fail(CTL_NO, "%s: it is not in done/; 'spoolctl show' says where it is",
                        ctl_shown(argv[optind]));
    }
    return not_found(argv[optind]);
}
