#include "spoold/model/fact.h"

#include <string.h>

#include "base/utf8.h"
#include "spool/lease.h"
#include "spool/spool.h"
#include "spool/token.h"

enum { SHORT = 1024, LONG = 24 * 1024 };

static const uint32_t payload_max[FACT_TYPE_END] = {
    [FACT_TICK] = 64,         [FACT_EVENT] = LONG,
    [FACT_JOURNAL] = SHORT,   [FACT_HOST] = SHORT + FACT_STATUS_MAX,
    [FACT_HOST_GONE] = SHORT, [FACT_ENTRY] = LONG,
    [FACT_ROUND_BEGIN] = 64,  [FACT_ROUND_END] = 64,
    [FACT_SPACE] = 64,        [FACT_CONTROL] = SHORT + FACT_DRAINS * HOST_CAP,
    [FACT_TROUBLE] = LONG,
};

uint32_t fact_payload_max(unsigned type)
{
    return type < FACT_TYPE_END ? payload_max[type] : 0;
}

/* One walk over the fields of a fact, for both directions: out is set to write, else `at` is read
 * from. */
struct codec {
    struct buf *out;
    const uint8_t *at;
    size_t left;
    bool bad;
};

static void number(struct codec *c, unsigned bytes, uint64_t *v)
{
    if (c->out) {
        for (unsigned i = 0; i < bytes; i++)
            buf_char(c->out, (char)(*v >> (8 * i)));
        return;
    }
    *v = 0;
    if (c->left < bytes)
        c->bad = true;
    for (unsigned i = 0; i < bytes && !c->bad; i++)
        *v |= (uint64_t)c->at[i] << (8 * i);
    c->at += c->bad ? 0 : bytes;
    c->left -= c->bad ? 0 : bytes;
}

static void u64(struct codec *c, uint64_t *v)
{
    number(c, 8, v);
}

static void u32(struct codec *c, uint32_t *v)
{
    uint64_t wide = *v;
    number(c, 4, &wide);
    *v = (uint32_t)wide;
}

/* A value of 0 to limit. */
static void u8(struct codec *c, uint8_t *v, unsigned limit)
{
    uint64_t wide = *v;
    number(c, 1, &wide);
    *v = (uint8_t)wide;
    c->bad = c->bad || wide > limit;
}

static void flag(struct codec *c, bool *v)
{
    uint8_t byte = *v;
    u8(c, &byte, 1);
    *v = byte;
}

/* A time or a span: not below `least`, and far from where adding two of them overflows. */
static void ms(struct codec *c, int64_t *v, int64_t least)
{
    uint64_t wide = (uint64_t)*v;
    number(c, 8, &wide);
    *v = (int64_t)wide;
    c->bad = c->bad || *v < least || *v > INT64_MAX / 4;
}

/* A string of at most `limit` bytes, without a NUL in it. */
static void text_of(struct codec *c, const char **s, size_t limit, unsigned width)
{
    uint64_t n = c->out ? strlen(*s) : 0;
    if (c->out && n > limit)
        c->bad = true;
    if (!c->bad)
        number(c, width, &n);
    if (c->out && !c->bad)
        buf_add(c->out, *s, n + 1);
    if (c->out)
        return;
    *s = ""; /* whatever comes of it, a string */
    if (c->bad || n > limit || c->left <= n || c->at[n] != 0 || memchr(c->at, 0, n)) {
        c->bad = true;
        return;
    }
    *s = (const char *)c->at;
    c->at += n + 1;
    c->left -= n + 1;
}

static void text(struct codec *c, const char **s, size_t limit)
{
    text_of(c, s, limit, 2);
}

static void check(struct codec *c, bool ok)
{
    c->bad = c->bad || !ok;
}

static void lease_id(struct codec *c, const char **s)
{
    text(c, s, LEASE_ID_CAP - 1);
    check(c, !c->bad && token_id_ok(*s, strlen(*s)));
}

static void host(struct codec *c, const char **s)
{
    text(c, s, HOST_CAP - 1);
    check(c, !c->bad && spool_host_ok(*s));
}

static void lease(struct codec *c, const char **s)
{
    text(c, s, LEASE_CAP - 1);
    check(c, !c->bad && lease_name_ok(*s, NULL));
}

static void document_path(struct codec *c, const char **s)
{
    text(c, s, PATH_CAP - 1);
    check(c, !c->bad && token_path_ok(*s));
}

/* Of a document; "" where it has none yet. */
static void document(struct codec *c, const char **s, bool needed)
{
    text(c, s, ID_CAP - 1);
    check(c, !c->bad && (**s ? token_id_ok(*s, strlen(*s)) : !needed));
}

/* "0.4.0", "1.0~rc1": of a program. */
static void version(struct codec *c, const char **s)
{
    text(c, s, FACT_VERSION - 1);
    check(c, !c->bad && fact_version_ok(*s));
}

static void history(struct codec *c, const char **s)
{
    text(c, s, HISTORY_CAP - 1);
    check(c, !c->bad && strspn(*s, "abcdefghijklmnopqrstuvwxyz") == strlen(*s));
}

/* For people: UTF-8. */
static void words(struct codec *c, const char **s)
{
    text(c, s, FACT_MESSAGE - 1);
    check(c, !c->bad && utf8_valid(*s, strlen(*s)));
}

static void tick(struct codec *c, struct fact_tick *f)
{
    ms(c, &f->server_ms, -1);
    u64(c, &f->backlog_bytes);
    u64(c, &f->harmed_lines);
    flag(c, &f->wakes);
}

/* done/<path> or failed/<class>/<path>, as the outcome says. */
static bool place_ok(const struct fact_event *f)
{
    const struct outcome_facts *o = outcome_facts((enum outcome)f->outcome);
    const char *p = f->as;
    if (f->what != EVENT_DONE && f->what != EVENT_FAILED)
        return *p == 0;
    if (*p == 0)
        return true; /* its journal's writer had no memory for it */
    if (o->failure != (f->what == EVENT_FAILED))
        return false;
    const char *top = o->failure ? DIR_FAILED "/" : DIR_DONE "/";
    size_t n = strlen(top), class = o->failure ? strlen(o->name) + 1 : 0;
    return strncmp(p, top, n) == 0 &&
           (class == 0 || (strncmp(p + n, o->name, class - 1) == 0 && p[n + class - 1] == '/')) &&
           token_path_ok(p + n + class);
}

static void event(struct codec *c, struct fact_event *f)
{
    u8(c, &f->what, EVENTS - 1);
    u8(c, &f->outcome, OUTCOME_COUNT - 1);
    flag(c, &f->known_tiers);
    host(c, &f->host);
    lease_id(c, &f->lease);
    u64(c, &f->offset);
    u64(c, &f->length);
    ms(c, &f->time_ms, 0);
    ms(c, &f->took_ms, 0);
    ms(c, &f->load_ms, -1);
    ms(c, &f->parse_ms, -1);
    ms(c, &f->wait_ms, -1);
    document_path(c, &f->path);
    document(c, &f->document, true);
    document(c, &f->claim, false);
    version(c, &f->version);
    history(c, &f->history);
    words(c, &f->message);
    words(c, &f->stage);
    text(c, &f->as, PATH_CAP + NAME_CAP + 64);
    u32(c, &f->attempt);
    u32(c, &f->pages);
    u64(c, &f->size);
    for (int i = 0; i < PAGE_TIERS; i++)
        u32(c, &f->tiers[i]);
    check(c, f->length > 0 && f->length <= 1 << 20 && f->offset < UINT64_MAX / 2);
    check(c, !c->bad && place_ok(f));
}

static void journal(struct codec *c, struct fact_journal *f)
{
    host(c, &f->host);
    lease_id(c, &f->lease);
    u64(c, &f->ino);
    u64(c, &f->size);
    u64(c, &f->from);
    u64(c, &f->to);
    check(c, f->from <= f->to && f->to <= f->size && f->size < UINT64_MAX / 2);
}

static void host_says(struct codec *c, struct fact_host *f)
{
    host(c, &f->host);
    lease(c, &f->lease);
    flag(c, &f->has_beat);
    flag(c, &f->silent);
    ms(c, &f->beat_ms, -1);
    ms(c, &f->age_ms, -1);
    u32(c, &f->in_work);
    text_of(c, &f->status, FACT_STATUS_MAX - 8, 4);
}

static void host_gone(struct codec *c, struct fact_host_gone *f)
{
    host(c, &f->host);
    lease(c, &f->lease);
}

static void entry(struct codec *c, struct fact_entry *f)
{
    u8(c, &f->state, DOC_STATES - 1);
    u8(c, &f->outcome, OUTCOME_COUNT);
    flag(c, &f->ocr);
    document_path(c, &f->path);
    bool in_flight = f->state == DOC_WAITING || f->state == DOC_CLAIMED || f->state == DOC_SEALED;
    document(c, &f->document, in_flight);
    document(c, &f->claim, false);
    history(c, &f->history);
    text(c, &f->host, HOST_CAP - 1);
    u32(c, &f->attempt);
    u64(c, &f->size);
    ms(c, &f->since_ms, 0);
    check(c, in_flight || (!*f->document && !*f->claim));
    check(c, !*f->host || spool_host_ok(f->host));
    check(c, f->state == DOC_FAILED
                 ? f->outcome < OUTCOME_COUNT && outcome_facts((enum outcome)f->outcome)->failure
                 : f->outcome == OUTCOME_COUNT);
}

static void round_of(struct codec *c, struct fact_round *f)
{
    u8(c, &f->state, DOC_STATES - 1);
    flag(c, &f->complete);
    ms(c, &f->begun_ms, 0);
    u64(c, &f->entries);
    u64(c, &f->strays);
    u64(c, &f->ignored);
}

static void space(struct codec *c, struct fact_space *f)
{
    u64(c, &f->bytes);
    u64(c, &f->bytes_free);
    u64(c, &f->files);
    u64(c, &f->files_free);
}

/* Each line a host. */
static bool drains_ok(const char *p)
{
    char name[HOST_CAP];
    for (; *p; p += strlen(name) + 1) {
        size_t n = strcspn(p, "\n");
        if (n >= sizeof name || p[n] != '\n')
            return false;
        memcpy(name, p, n);
        name[n] = 0;
        if (!spool_host_ok(name))
            return false;
    }
    return true;
}

static void control(struct codec *c, struct fact_control *f)
{
    flag(c, &f->pause);
    u32(c, &f->cancels);
    text_of(c, &f->drains, (size_t)FACT_DRAINS * HOST_CAP, 4);
    check(c, !c->bad && drains_ok(f->drains));
}

static void trouble(struct codec *c, struct fact_trouble *f)
{
    u32(c, &f->error);
    words(c, &f->what);
    text(c, &f->path, PATH_CAP + NAME_CAP + 64);
}

static void payload(struct codec *c, struct fact *f)
{
    switch (f->type) {
    case FACT_TICK:
        tick(c, &f->tick);
        break;
    case FACT_EVENT:
        event(c, &f->event);
        break;
    case FACT_JOURNAL:
        journal(c, &f->journal);
        break;
    case FACT_HOST:
        host_says(c, &f->host);
        break;
    case FACT_HOST_GONE:
        host_gone(c, &f->gone);
        break;
    case FACT_ENTRY:
        entry(c, &f->entry);
        break;
    case FACT_ROUND_BEGIN:
    case FACT_ROUND_END:
        round_of(c, &f->round);
        break;
    case FACT_SPACE:
        space(c, &f->space);
        break;
    case FACT_CONTROL:
        control(c, &f->control);
        break;
    case FACT_TROUBLE:
        trouble(c, &f->trouble);
        break;
    case FACT_TYPE_END:
        c->bad = true;
        break;
    }
}

/* What can be known is refused as early as it can be: nothing is ever waited for, or allocated, on
 * the word of a length that is not allowed. */
enum fact_verdict fact_decode(const uint8_t *data, size_t n, struct fact *f, size_t *used)
{
    uint32_t length = 0;
    if (n == 0)
        return FACT_MORE;
    if (fact_payload_max(data[0]) == 0)
        return FACT_BROKEN;
    if (n < FACT_HEADER)
        return FACT_MORE;
    for (int i = 0; i < 4; i++)
        length |= (uint32_t)data[1 + i] << (8 * i);
    if (length > payload_max[data[0]])
        return FACT_BROKEN;
    if (n - FACT_HEADER < length)
        return FACT_MORE;
    struct codec c = {.at = data + FACT_HEADER, .left = length};
    memset(f, 0, sizeof *f);
    f->type = (enum fact_type)data[0];
    payload(&c, f);
    *used = FACT_HEADER + (size_t)length;
    return c.bad || c.left > 0 ? FACT_BROKEN : FACT_WHOLE;
}

bool fact_encode(const struct fact *f, struct buf *out)
{
    size_t start = out->len, used;
    struct fact copy = *f, back;
    struct codec c = {.out = out};
    buf_add(out, "\0\0\0\0", FACT_HEADER);
    payload(&c, &copy);
    if (!buf_ok(out))
        return false;
    size_t length = out->len - start - FACT_HEADER;
    if (c.bad || length > fact_payload_max((unsigned)f->type)) {
        buf_cut(out, start);
        return false;
    }
    out->data[start] = (char)f->type;
    for (int i = 0; i < 4; i++)
        out->data[start + 1 + (size_t)i] = (char)(length >> (8 * i));
    /* What the other side would refuse, by its own rules, is not sent. */
    if (fact_decode((const uint8_t *)out->data + start, out->len - start, &back, &used) ==
        FACT_WHOLE)
        return true;
    buf_cut(out, start);
    return false;
}
