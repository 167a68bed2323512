/*
 * The frames of an evil parser: frame.c decides what is a frame, accept.c what may come when.
 *
 * Laws: a frame is the same frame however its bytes arrive; what is broken early stays broken; what
 * was believed keeps its bounds and gives an x.json that can be read; a receiver of files is told of
 * entries one after the other, within its limits (the first byte's highest bit asks for files). With -DPLANT the decoder is
 * one that reads a byte too far: the control that shows that this harness bites.
 */
#include <string.h>

#include "base/jsonr.h"
#include "extractd/accept.h"
#include "extractd/entrylist.h"
#include "extractd/receiver.h"
#include "fuzz.h"

static enum frame_verdict decode(const uint8_t *data, size_t n, struct frame *f, size_t *used)
{
    enum frame_verdict v = frame_decode(data, n, f, used);
#ifdef PLANT
    if (v == FRAME_MORE && n >= FRAME_HEADER && frame_u32(data + 5) == n - FRAME_HEADER + 1) {
        *f = (struct frame){data[0], frame_u32(data + 1), frame_u32(data + 5), data + FRAME_HEADER};
        *used = n;
        return FRAME_WHOLE;
    }
#endif
    return v;
}

/* The first k bytes alone, in memory that ends behind them. */
static void prefix_law(const uint8_t *data, size_t n, size_t k, enum frame_verdict whole)
{
    struct frame f;
    size_t used = 0;
    uint8_t *alone = malloc(k ? k : 1);
    if (!alone)
        abort();
    memcpy(alone, data, k);
    enum frame_verdict v = frame_decode(alone, k, &f, &used);
    FUZZ_LAW(v == FRAME_MORE || v == whole);
    FUZZ_LAW(v != FRAME_WHOLE || (used <= k && f.length == used - FRAME_HEADER));
    FUZZ_LAW(v != FRAME_MORE || k < n || whole == FRAME_MORE);
    free(alone);
}

/* ---- a receiver that knows what it may be told ---- */

struct told {
    struct receiver to;
    struct entrylist list;
    bool open;
    uint64_t now, total;
};

static int on_begin(void *user, const char *name, size_t n, bool zip)
{
    struct told *t = user;
    (void)zip;
    FUZZ_LAW(!t->open && t->list.n < t->to.entries && !memchr(name, 0, n));
    t->open = true;
    t->now = 0;
    return entrylist_begin(&t->list, name, n);
}

static int on_bytes(void *user, const void *bytes, size_t n)
{
    struct told *t = user;
    FUZZ_LAW(t->open && n > 0 && bytes);
    t->now += n;
    FUZZ_LAW(t->now <= t->to.each && t->total + t->now <= t->to.total);
    return 0;
}

static int on_end(void *user, enum entryfate fate, const char *message)
{
    struct told *t = user;
    char hash[SHA256_HEX] = "";
    FUZZ_LAW(t->open && fate < ENTRY_FATES && (fate != ENTRY_TAKEN || t->now > 0));
    t->open = false;
    t->total += fate == ENTRY_TAKEN ? t->now : 0;
    return entrylist_end(&t->list, &(struct entry_end){fate, message, "a.pdf", t->now, hash});
}

/* A job that has ended well, and its list, which our own readers must take. */
static void told_law(struct told *t, const struct parse_result *r)
{
    char err[200];
    struct buf out = {0};
    struct jsonw w;
    FUZZ_LAW(outcome_facts(r->outcome)->failure || !t->open);
    FUZZ_LAW(r->outcome != OUTCOME_OK || t->list.taken > 0);
    FUZZ_LAW(r->outcome != OUTCOME_EMPTY || t->list.taken == 0);
    FUZZ_LAW(r->n_pages == 0 && r->text.len == 0);
    jsonw_init(&w, &out, false);
    jsonw_object(&w, NULL);
    entrylist_write(&t->list, &w, true);
    jsonw_end_object(&w);
    struct jsonr *j = jsonr_parse(out.data, out.len, err, sizeof err);
    FUZZ_LAW(j && jsonr_count(jsonr_get(j, "entries")) == t->list.n);
    jsonr_free(j);
    buf_free(&out);
}

static void told_begin(struct told *t)
{
    entrylist_free(&t->list);
    *t = (struct told){.to = {.size = 10, .entries = 5, .each = 3000, .total = 4000, .ratio = 2}};
    t->to.begin = on_begin;
    t->to.bytes = on_bytes;
    t->to.end = on_end;
    t->to.user = t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct parse_limits limits = {
        .max_page_text = 5000, .max_text = 20000, .max_pages = 40, .documents = 3};
    struct parse_result r = {0};
    struct accept a = {0};
    struct told told = {0};
    const char *why = "";
    if (n == 0)
        return 0;
    uint8_t pieces = *data++;
    const struct page_order order = {.files = pieces & 0x80 ? &told.to : NULL};
    n--;
    told_begin(&told);
    accept_begin(&a, &r, &limits, &order);
    for (size_t used = 0; n > 0; data += used, n -= used) {
        struct frame f;
        enum frame_verdict v = decode(data, n, &f, &used);
        prefix_law(data, n, pieces % (n < 64 ? n : 64), v);
        if (v != FRAME_WHOLE)
            break;
        FUZZ_LAW(used <= n && f.length <= frame_payload_max(f.type));
        enum accept_verdict got = accept_frame(&a, &f, &why);
        FUZZ_LAW(got != ACCEPT_BREACH || *why);
        fuzz_result_law(&r, &limits, got == ACCEPT_END);
        if (got == ACCEPT_END && order.files)
            told_law(&told, &r);
        if (got != ACCEPT_MORE && got != ACCEPT_END)
            break;
        if (got == ACCEPT_END) {
            parse_result_clear(&r);
            told_begin(&told);
            accept_begin(&a, &r, &limits, &order);
        }
    }
    entrylist_free(&told.list);
    parse_result_free(&r);
    return 0;
}
