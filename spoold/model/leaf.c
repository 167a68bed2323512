#include "spoold/model/leaf.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/sorted.h"
#include "spoold/model/key.h"

/* The strings lie one after the other, each with its NUL: path, id, as, history, message, claim,
 * packed tiers. */
struct row {
    int64_t time_ms;
    uint64_t size, key;
    uint32_t text; /* where its strings begin */
    uint32_t since_s, pages, ocr_pages, took_ms;
    uint16_t attempt, host, group;
    uint16_t path_len, as_len, message_len;
    uint8_t id_len, history_len, claim_len, packed_len, state, outcome, tiers, ocr;
};

/* Which keys are here: a Bloom filter, in which all bits of a key are in one line of the cache. */
enum { FILTER_LINES = 8, LINE_WORDS = 8, KEY_BITS = 5 };

struct leaf {
    atomic_uint holders;
    bool summed;
    unsigned n, cap;
    size_t used, room, garbage; /* of text; garbage: bytes of it that no row uses */
    struct row *rows;
    char *text;
    struct leaf_sum sum;
    uint64_t filter[FILTER_LINES][LINE_WORDS];
};

enum { TEXT_FIRST = 256, ROWS_STEP = 16, STRINGS = 7 };

struct leaf *leaf_new(void)
{
    struct leaf *l = calloc(1, sizeof *l);
    if (l)
        atomic_init(&l->holders, 1);
    return l;
}

void leaf_hold(struct leaf *l)
{
    atomic_fetch_add_explicit(&l->holders, 1, memory_order_relaxed);
}

void leaf_drop(struct leaf *l)
{
    if (!l || atomic_fetch_sub_explicit(&l->holders, 1, memory_order_acq_rel) != 1)
        return;
    free(l->rows);
    free(l->text);
    free(l);
}

/* Only the writer holds anew: once it is the only one, it stays so until it shares again. */
bool leaf_shared(const struct leaf *l)
{
    return atomic_load_explicit(&l->holders, memory_order_acquire) != 1;
}

unsigned leaf_count(const struct leaf *l)
{
    return l->n;
}

static size_t text_len(const struct row *r)
{
    return (size_t)r->path_len + r->id_len + r->as_len + r->history_len + r->message_len +
           r->claim_len + r->packed_len + STRINGS;
}

void leaf_row(const struct leaf *l, unsigned i, struct doc_row *row)
{
    const struct row *r = &l->rows[i];
    const char *p = l->text + r->text;
    *row = (struct doc_row){.time_ms = r->time_ms,
                            .size = r->size,
                            .since_s = r->since_s,
                            .pages = r->pages,
                            .ocr_pages = r->ocr_pages,
                            .took_ms = r->took_ms,
                            .attempt = r->attempt,
                            .host = r->host,
                            .group = r->group,
                            .state = r->state,
                            .outcome = r->outcome,
                            .tiers = r->tiers,
                            .ocr = r->ocr};
    row->path = p;
    row->id = p + r->path_len + 1;
    row->as = row->id + r->id_len + 1;
    row->history = row->as + r->as_len + 1;
    row->message = row->history + r->history_len + 1;
    row->claim = row->message + r->message_len + 1;
    row->tiers_packed = row->claim + r->claim_len + 1;
}

uint8_t leaf_state(const struct leaf *l, unsigned i)
{
    return l->rows[i].state;
}

int leaf_compare(const struct leaf *l, unsigned i, const char *path, const char *id)
{
    const char *p = l->text + l->rows[i].text;
    int order = strcmp(p, path);
    return order ? order : strcmp(p + l->rows[i].path_len + 1, id);
}

struct sought {
    const struct leaf *in;
    const char *path, *id;
};

static int order_of(const void *sought, size_t i)
{
    const struct sought *s = sought;
    return leaf_compare(s->in, (unsigned)i, s->path, s->id);
}

bool leaf_find(const struct leaf *l, const char *path, const char *id, unsigned *at)
{
    const struct sought s = {l, path, id};
    size_t place;
    bool there = sorted_find(l->n, order_of, &s, &place);
    *at = (unsigned)place;
    return there;
}

/* Rows [from, to) of `l` into an empty leaf, their strings side by side. */
static int take_rows(struct leaf *into, const struct leaf *l, unsigned from, unsigned to)
{
    size_t need = 0;
    for (unsigned i = from; i < to; i++)
        need += text_len(&l->rows[i]);
    into->cap = to - from + 1;
    into->room = need + 1;
    into->rows = malloc(into->cap * sizeof *into->rows);
    into->text = malloc(into->room);
    if (!into->rows || !into->text)
        return -1;
    for (unsigned i = from; i < to; i++) {
        struct row *r = &into->rows[into->n++];
        *r = l->rows[i];
        memcpy(into->text + into->used, l->text + r->text, text_len(r));
        r->text = (uint32_t)into->used;
        into->used += text_len(r);
    }
    return 0;
}

static struct leaf *part_of(const struct leaf *l, unsigned from, unsigned to)
{
    struct leaf *part = leaf_new();
    if (part && take_rows(part, l, from, to) != 0) {
        leaf_drop(part);
        return NULL;
    }
    return part;
}

struct leaf *leaf_copy(const struct leaf *l)
{
    return part_of(l, 0, l->n);
}

/* Take over the content of another, which is freed. */
static void become(struct leaf *l, struct leaf *other)
{
    free(l->rows);
    free(l->text);
    l->rows = other->rows;
    l->text = other->text;
    l->n = other->n;
    l->cap = other->cap;
    l->used = other->used;
    l->room = other->room;
    l->garbage = 0;
    l->summed = false;
    free(other);
}

static bool room_for_row(struct leaf *l)
{
    if (l->n < l->cap)
        return true;
    unsigned cap = l->cap + ROWS_STEP < LEAF_ROWS ? l->cap + ROWS_STEP : LEAF_ROWS;
    struct row *grown = realloc(l->rows, cap * sizeof *grown);
    if (!grown)
        return false;
    l->rows = grown;
    l->cap = cap;
    return true;
}

static bool room_for_text(struct leaf *l, size_t n)
{
    if (l->room - l->used >= n)
        return true;
    size_t room = l->used + n + l->used / 8 + TEXT_FIRST;
    char *grown = room <= UINT32_MAX ? realloc(l->text, room) : NULL;
    if (!grown)
        return false;
    l->text = grown;
    l->room = room;
    return true;
}

static uint32_t add_string(struct leaf *l, const char *s, size_t n)
{
    size_t at = l->used;
    memcpy(l->text + at, s, n);
    l->text[at + n] = 0;
    l->used += n + 1;
    return (uint32_t)at;
}

static void fill(struct leaf *l, struct row *r, const struct doc_row *d)
{
    *r = (struct row){.time_ms = d->time_ms,
                      .size = d->size,
                      .key = key_hash(d),
                      .since_s = d->since_s,
                      .pages = d->pages,
                      .ocr_pages = d->ocr_pages,
                      .took_ms = d->took_ms,
                      .attempt = d->attempt,
                      .host = d->host,
                      .group = d->group,
                      .path_len = (uint16_t)strlen(d->path),
                      .as_len = (uint16_t)strlen(d->as),
                      .message_len = (uint16_t)strlen(d->message),
                      .id_len = (uint8_t)strlen(d->id),
                      .history_len = (uint8_t)strlen(d->history),
                      .claim_len = (uint8_t)strlen(d->claim),
                      .packed_len = (uint8_t)strlen(d->tiers_packed),
                      .state = d->state,
                      .outcome = d->outcome,
                      .tiers = d->tiers,
                      .ocr = d->ocr};
    r->text = add_string(l, d->path, r->path_len);
    add_string(l, d->id, r->id_len);
    add_string(l, d->as, r->as_len);
    add_string(l, d->history, r->history_len);
    add_string(l, d->message, r->message_len);
    add_string(l, d->claim, r->claim_len);
    add_string(l, d->tiers_packed, r->packed_len);
}

/* Where strings are given up again and again, they are packed before they outgrow what is used. */
static void maybe_pack(struct leaf *l)
{
    if (l->garbage < TEXT_FIRST || l->garbage * 2 < l->used)
        return;
    struct leaf *packed = leaf_copy(l);
    if (packed)
        become(l, packed);
}

int leaf_put(struct leaf *l, unsigned at, const struct doc_row *row, bool replace)
{
    size_t n = strlen(row->path) + strlen(row->id) + strlen(row->as) + strlen(row->history) +
               strlen(row->message) + strlen(row->claim) + strlen(row->tiers_packed) + STRINGS;
    bool ok = room_for_text(l, n) && (replace || room_for_row(l));
    if (ok) {
        if (replace)
            l->garbage += text_len(&l->rows[at]);
        else
            memmove(l->rows + at + 1, l->rows + at, (l->n++ - at) * sizeof *l->rows);
        fill(l, &l->rows[at], row);
        l->summed = false;
    }
    if (ok)
        maybe_pack(l);
    return ok ? 0 : -1;
}

void leaf_remove(struct leaf *l, unsigned at)
{
    l->garbage += text_len(&l->rows[at]);
    memmove(l->rows + at, l->rows + at + 1, (l->n - at - 1) * sizeof *l->rows);
    l->n--;
    l->summed = false;
    maybe_pack(l);
}

struct leaf *leaf_split(struct leaf *l, unsigned at)
{
    struct leaf *left = part_of(l, 0, at), *right = part_of(l, at, l->n);
    if (!left || !right) {
        leaf_drop(left);
        leaf_drop(right);
        return NULL;
    }
    become(l, left);
    return right;
}

int64_t leaf_row_changed(const struct doc_row *d)
{
    return d->time_ms > 0 ? d->time_ms : d->state == DOC_PENDING ? (int64_t)d->since_s * 1000 : 0;
}

static void widen(struct leaf_span *s, int64_t least, int64_t most)
{
    s->least = least < s->least ? least : s->least;
    s->most = most > s->most ? most : s->most;
}

static int64_t bounded(uint64_t n)
{
    return n < INT64_MAX ? (int64_t)n : INT64_MAX;
}

static void sum_row(struct leaf_sum *s, const struct row *r)
{
    const struct doc_row times = {.time_ms = r->time_ms, .since_s = r->since_s, .state = r->state};
    int64_t changed = leaf_row_changed(&times), size = bounded(r->size);
    s->count[r->state]++;
    widen(&s->changed[r->state], changed, changed);
    widen(&s->size, size, size);
    widen(&s->pages, r->pages, r->pages);
    s->states |= 1u << r->state;
    s->outcomes |= 1u << r->outcome;
    s->tiers |= r->tiers;
    if (r->host != NO_HOST)
        s->hosts |= UINT64_C(1) << (r->host % ROW_HOSTS_BITS);
    if (r->state == DOC_PENDING && r->since_s && r->since_s < s->oldest_s)
        s->oldest_s = r->since_s;
    if (r->state == DOC_WAITING && r->ocr) {
        s->ocr_documents++;
        s->ocr_pages += r->ocr_pages;
        s->ocr_unknown += r->ocr_pages == 0;
    }
}

void leaf_sum_none(struct leaf_sum *sum)
{
    const struct leaf_span none = {INT64_MAX, INT64_MIN};
    memset(sum, 0, sizeof *sum);
    for (int i = 0; i < DOC_STATES; i++)
        sum->changed[i] = none;
    sum->size = sum->pages = none;
    sum->oldest_s = UINT32_MAX;
}

void leaf_sum_add(struct leaf_sum *sum, const struct leaf_sum *more)
{
    for (int i = 0; i < DOC_STATES; i++) {
        sum->count[i] += more->count[i];
        widen(&sum->changed[i], more->changed[i].least, more->changed[i].most);
    }
    widen(&sum->size, more->size.least, more->size.most);
    widen(&sum->pages, more->pages.least, more->pages.most);
    sum->states |= more->states;
    sum->outcomes |= more->outcomes;
    sum->tiers |= more->tiers;
    sum->hosts |= more->hosts;
    sum->oldest_s = more->oldest_s < sum->oldest_s ? more->oldest_s : sum->oldest_s;
    sum->ocr_documents += more->ocr_documents;
    sum->ocr_pages += more->ocr_pages;
    sum->ocr_unknown += more->ocr_unknown;
}

/* The line of a key, and its bits in that: nine bits of the hash for each. */
static unsigned line_of(uint64_t key)
{
    return (unsigned)(key >> 61) % FILTER_LINES;
}

static void note_key(struct leaf *l, uint64_t key)
{
    uint64_t *line = l->filter[line_of(key)];
    for (unsigned i = 0; i < KEY_BITS; i++, key >>= 9)
        line[key >> 6 & 7] |= UINT64_C(1) << (key & 63);
}

bool leaf_may_have_key(const struct leaf *l, uint64_t key)
{
    const uint64_t *line = l->filter[line_of(key)];
    bool may = true;
    for (unsigned i = 0; i < KEY_BITS; i++, key >>= 9)
        may = may && line[key >> 6 & 7] & UINT64_C(1) << (key & 63);
    return may;
}

unsigned leaf_find_key(const struct leaf *l, uint64_t key, unsigned from)
{
    while (from < l->n && l->rows[from].key != key)
        from++;
    return from;
}

const struct leaf_sum *leaf_summed(struct leaf *l)
{
    if (!l->summed) {
        leaf_sum_none(&l->sum);
        memset(l->filter, 0, sizeof l->filter);
        for (unsigned i = 0; i < l->n; i++) {
            sum_row(&l->sum, &l->rows[i]);
            note_key(l, l->rows[i].key);
        }
        l->summed = true;
    }
    return &l->sum;
}

size_t leaf_bytes(const struct leaf *l)
{
    return sizeof *l + l->cap * sizeof *l->rows + l->room;
}
