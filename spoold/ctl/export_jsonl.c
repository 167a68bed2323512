/*
 * The sink for JSON lines: one object for each document, on a line of its own. Names are written as
 * everywhere (bytes that are not UTF-8 as %XX); a text's bytes that are not UTF-8 become U+FFFD.
 *
 *   path         where it lies below done/, or below failed/<class>/
 *   dropped_as, document, outcome, class, message, sha256, size, ended, page_count, text_bytes
 *                as in x.json (path is dropped_as here); those that it does not have are left out
 *   text         x.txt; with pages, page_texts instead: a string for each page, without the form
 *                feed that ends it. null: the document has no text
 *   record       x.json itself, when it is asked for
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "spoold/ctl/export_pack.h"
#include "spoold/ctl/export_piece.h"
#include "spoold/ctl/export_sink.h"

enum { FLUSH_AT = 256 * 1024, KEEP = 1024 * 1024, SEQUENCE_MAX = 4 };

struct jsonl_sink {
    struct export_sink sink; /* first, so that one is the other */
    struct export_pack *pack;
    bool pages, records;
    struct buf line, value;
    /* of the text that is being written */
    char held[SEQUENCE_MAX]; /* the beginning of a sequence whose end is in the next chunk */
    size_t n_held;
    uint64_t in_page; /* bytes of the page so far */
    uint64_t n_pages;
};

static int flush(struct jsonl_sink *j)
{
    if (!buf_ok(&j->line)) {
        errno = ENOMEM;
        return -1;
    }
    int bad = j->line.len ? export_pack_bytes(j->pack, j->line.data, j->line.len) : 0;
    buf_shrink(&j->line, KEEP);
    return bad;
}

/* Bytes as the inside of a JSON string. */
static int add_inside(struct jsonl_sink *j, const char *bytes, size_t n)
{
    struct jsonw w;
    if (n == 0)
        return 0;
    buf_clear(&j->value);
    jsonw_init(&w, &j->value, false);
    jsonw_strn(&w, NULL, bytes, n);
    if (!buf_ok(&j->value)) {
        errno = ENOMEM;
        return -1;
    }
    buf_add(&j->line, j->value.data + 1, j->value.len - 2);
    j->in_page += n;
    return j->line.len >= FLUSH_AT ? flush(j) : 0;
}

static void begin_page(struct jsonl_sink *j)
{
    buf_str(&j->line, j->n_pages++ ? ",\"" : "\"");
}

/* Whole sequences (or bytes that are none): in one string, or page by page. */
static int add_whole(struct jsonl_sink *j, const char *bytes, size_t n)
{
    while (j->pages && n > 0) {
        const char *feed = memchr(bytes, '\f', n);
        size_t part = feed ? (size_t)(feed - bytes) : n;
        if (j->in_page == 0)
            begin_page(j);
        if (add_inside(j, bytes, part) != 0)
            return -1;
        if (!feed)
            return 0;
        buf_char(&j->line, '"');
        j->in_page = 0;
        bytes += part + 1;
        n -= part + 1;
    }
    return add_inside(j, bytes, n);
}

/* How many bytes at the end of these may be the beginning of a sequence that goes on. */
static size_t unfinished(const char *bytes, size_t n)
{
    for (size_t back = 1; back < SEQUENCE_MAX && back <= n; back++) {
        unsigned char c = (unsigned char)bytes[n - back];
        if ((c & 0xC0) == 0x80)
            continue;
        size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        return need > back ? back : 0;
    }
    return 0;
}

static int add_chunk(void *arg, const char *bytes, size_t n)
{
    struct jsonl_sink *j = arg;
    while (j->n_held > 0 && n > 0) {
        j->held[j->n_held++] = *bytes++;
        n--;
        size_t open = unfinished(j->held, j->n_held), ready = j->n_held - open;
        if (add_whole(j, j->held, ready) != 0)
            return -1;
        memmove(j->held, j->held + ready, open);
        j->n_held = open;
    }
    size_t tail = unfinished(bytes, n);
    if (add_whole(j, bytes, n - tail) != 0)
        return -1;
    memcpy(j->held + j->n_held, bytes + n - tail, tail);
    j->n_held += tail;
    return 0;
}

static int add_text(struct jsonl_sink *j, const struct export_piece *text)
{
    j->n_held = 0;
    j->in_page = j->n_pages = 0;
    buf_str(&j->line, j->pages ? ",\"page_texts\":[" : ",\"text\":\"");
    if (export_piece_each(text, add_chunk, j) != 0 || add_whole(j, j->held, j->n_held) != 0)
        return -1;
    if (j->pages && j->in_page > 0) /* a last page that no form feed ends */
        buf_char(&j->line, '"');
    buf_str(&j->line, j->pages ? "]" : "\"");
    return 0;
}

/* The members that come from the record; the object stays open. */
static void add_facts(struct jsonl_sink *j, const struct export_document *d)
{
    static const char *const words[] = {"document", "outcome", "class",
                                        "message",  "sha256",  "ended"};
    static const char *const numbers[] = {"size", "page_count", "text_bytes"};
    struct jsonw w;
    struct buf path = {0};
    const char *below = d->folder;
    if (d->class < OUTCOME_COUNT) {
        below += strcspn(below, "/");
        below += *below == '/';
    }
    buf_fmt(&path, "%s%s%s", below, *below ? "/" : "", d->name[EXPORT_PDF]);
    j->line.failed |= path.failed;
    jsonw_init(&w, &j->line, false);
    jsonw_object(&w, NULL);
    jsonw_name(&w, "path", path.data ? path.data : "", path.len);
    const char *dropped = jsonr_str(d->record, "path", NULL);
    if (dropped)
        jsonw_str(&w, "dropped_as", dropped);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (jsonr_str(d->record, words[i], NULL))
            jsonw_str(&w, words[i], jsonr_str(d->record, words[i], NULL));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (jsonr_int(d->record, numbers[i], -1) >= 0)
            jsonw_int(&w, numbers[i], jsonr_int(d->record, numbers[i], -1));
    buf_free(&path);
}

/* x.json on one line: a newline is never inside a JSON string. */
static int add_record(struct jsonl_sink *j, const struct export_piece *raw)
{
    size_t at = j->line.len + sizeof ",\"record\":" - 1;
    buf_str(&j->line, ",\"record\":");
    buf_add(&j->line, raw->bytes.data, raw->bytes.len);
    for (; buf_ok(&j->line) && at < j->line.len; at++)
        if (j->line.data[at] == '\n' || j->line.data[at] == '\r')
            j->line.data[at] = ' ';
    return j->line.len >= FLUSH_AT ? flush(j) : 0;
}

static int put(struct export_sink *k, const struct export_document *d)
{
    struct jsonl_sink *j = (struct jsonl_sink *)k;
    int bad = 0;
    add_facts(j, d);
    if (d->part[EXPORT_TEXT])
        bad = add_text(j, d->part[EXPORT_TEXT]);
    else if (d->class == OUTCOME_COUNT)
        buf_str(&j->line, j->pages ? ",\"page_texts\":null" : ",\"text\":null");
    if (!bad && j->records && d->raw)
        bad = add_record(j, d->raw);
    buf_str(&j->line, "}\n");
    if (!bad && (j->line.len >= FLUSH_AT || !buf_ok(&j->line)))
        bad = flush(j);
    if (bad) {
        k->error = errno;
        const char *words = export_pack_trouble(j->pack);
        snprintf(k->trouble, EXPORT_TROUBLE_CAP, "%s", *words ? words : strerror(k->error));
    }
    return bad;
}

static void end(struct jsonl_sink *j)
{
    int saved = errno;
    buf_free(&j->line);
    buf_free(&j->value);
    free(j);
    errno = saved;
}

static int finish(struct export_sink *k)
{
    struct jsonl_sink *j = (struct jsonl_sink *)k;
    char *trouble = k->trouble;
    int bad = flush(j);
    if (bad) {
        int saved = errno;
        export_pack_abandon(j->pack);
        errno = saved;
    } else {
        bad = export_pack_finish(j->pack);
    }
    if (bad)
        snprintf(trouble, EXPORT_TROUBLE_CAP, "%s", strerror(errno));
    end(j);
    return bad;
}

static void abandon(struct export_sink *k)
{
    struct jsonl_sink *j = (struct jsonl_sink *)k;
    export_pack_abandon(j->pack);
    end(j);
}

struct export_sink *export_jsonl_new(struct export_pack *pack, bool pages, bool records,
                                     char trouble[EXPORT_TROUBLE_CAP])
{
    struct jsonl_sink *j = calloc(1, sizeof *j);
    if (!j) {
        export_pack_abandon(pack);
        return NULL;
    }
    j->sink = (struct export_sink){put, NULL, finish, abandon, trouble, 0};
    j->pack = pack;
    j->pages = pages;
    j->records = records;
    return &j->sink;
}
