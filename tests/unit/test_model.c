/* model: counts against a naive recount, in any order of the events; what the walk corrects;
 * snapshots that stay as they are; what is kept over a restart; memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "factbox.h"
#include "roll.h"
#include "spoold/model/model.h"
#include "spoold/model/search.h"
#include "spoold/model/tiers.h"

#define HOUR INT64_C(3600000)
static const int64_t epoch = 1790000000000;

/* An event with strings of its own. */
struct made {
    struct fact f;
    char path[64], document[24], as[96], message[48], lease[LEASE_ID_CAP], host[8];
};

enum { DOCS = 30000, EVENTS_MADE = 100000, LEASES = 40, MANY = 100000, LATEST = 20000 };

static struct made events[EVENTS_MADE];

static void make_event(struct made *e, unsigned doc, enum event_what what, enum outcome outcome,
                       int64_t time_ms)
{
    static uint64_t written[LEASES];
    unsigned lease = (unsigned)roll(LEASES);
    snprintf(e->path, sizeof e->path, "folder %u/scan%u.pdf", doc % 97, doc / 3 * 3);
    snprintf(e->document, sizeof e->document, "doc-%x", doc);
    snprintf(e->host, sizeof e->host, "host%u", lease / 4 % 1000);
    snprintf(e->lease, sizeof e->lease, "lease%u", lease);
    e->as[0] = e->message[0] = 0;
    if (what == EVENT_DONE) /* three documents of one path: x, x~2, x~3 */
        snprintf(e->as, sizeof e->as, "done/folder %u/scan%u%s.pdf", doc % 97, doc / 3 * 3,
                 doc % 3 == 0   ? ""
                 : doc % 3 == 1 ? "~2"
                                : "~3");
    if (what == EVENT_FAILED) {
        snprintf(e->as, sizeof e->as, "failed/%s/folder %u/scan%u%s.pdf",
                 outcome_facts(outcome)->name, doc % 97, doc / 3 * 3,
                 doc % 3 == 0   ? ""
                 : doc % 3 == 1 ? "~2"
                                : "~3");
        snprintf(e->message, sizeof e->message, "page %u: reason %c", doc, 'a' + (char)(doc % 5));
    }
    e->f = an_event(what, outcome, e->path, e->document);
    e->f.event.known_tiers = true;
    e->f.event.host = e->host;
    e->f.event.lease = e->lease;
    e->f.event.offset = written[lease];
    e->f.event.length = 100 + roll(400);
    e->f.event.time_ms = time_ms;
    e->f.event.took_ms = (int64_t)roll(5000);
    e->f.event.message = e->message;
    e->f.event.as = e->as;
    e->f.event.pages = (uint32_t)roll(30);
    e->f.event.size = roll(1 << 20);
    written[lease] += e->f.event.length;
    e->f.event.tiers[PAGES_TEXT] = e->f.event.pages / 2;
    e->f.event.tiers[PAGES_OCR] = e->f.event.pages - e->f.event.pages / 2;
}

/* Random documents at random times go one step on; one that is finished is left alone. */
static void make_events(void)
{
    static bool ended[DOCS];
    unsigned made = 0;
    for (int64_t now = epoch; made < EVENTS_MADE; now += (int64_t)roll(700)) {
        unsigned doc = (unsigned)roll(DOCS), dice = (unsigned)roll(100);
        if (ended[doc]) {
            unsigned left = 0;
            for (; left < DOCS && ended[(doc + left) % DOCS]; left++)
                ;
            doc = (doc + left) % DOCS;
            dice = 50 + dice / 2; /* the last of them never end */
        }
        enum event_what what = dice < 25   ? EVENT_DONE
                               : dice < 30 ? EVENT_FAILED
                               : dice < 60 ? EVENT_RETRY
                               : dice < 80 ? EVENT_PUT_BACK
                                           : EVENT_OCR_LATER;
        enum outcome outcome =
            what == EVENT_DONE ? (enum outcome)roll(OUTCOME_ENCRYPTED)
            : what == EVENT_FAILED
                ? (enum outcome)(OUTCOME_ENCRYPTED + roll(OUTCOME_COUNT - OUTCOME_ENCRYPTED))
                : OUTCOME_TIMEOUT;
        ended[doc] = ended[doc] || what == EVENT_DONE || what == EVENT_FAILED;
        make_event(&events[made++], doc, what, outcome, now);
    }
}

static void give(struct model *m, const struct fact *f)
{
    assert_int_equal(model_take(m, f, 1000), 0);
}

/* What the events come to, counted in the plainest way. */
struct naive {
    int state[DOCS], outcome[DOCS];
    int64_t time[DOCS];
    uint64_t states[DOC_STATES], outcomes[OUTCOME_COUNT + 1], group[OUTCOME_COUNT][5];
    uint64_t hours[HISTORY_HOURS][2]; /* done, pages; by hour since `epoch` */
    uint64_t pages, bytes, retries;
};

static void recount(struct naive *n, unsigned upto)
{
    memset(n, 0, sizeof *n);
    memset(n->state, 0xff, sizeof n->state);
    for (unsigned i = 0; i < upto; i++) {
        const struct fact_event *e = &events[i].f.event;
        unsigned doc = (unsigned)strtoul(e->document + 4, NULL, 16);
        bool finished = e->what == EVENT_DONE || e->what == EVENT_FAILED;
        n->state[doc] = e->what == EVENT_DONE     ? DOC_DONE
                        : e->what == EVENT_FAILED ? DOC_FAILED
                                                  : DOC_WAITING;
        n->outcome[doc] = e->outcome;
        n->retries += e->what == EVENT_RETRY;
        int64_t hour = e->time_ms / HOUR - epoch / HOUR;
        n->hours[hour][0] += e->what == EVENT_DONE;
        n->hours[hour][1] += finished ? e->pages : 0;
        n->pages += finished ? e->pages : 0;
        n->bytes += finished ? e->size : 0;
    }
    for (unsigned d = 0; d < DOCS; d++) {
        if (n->state[d] < 0)
            continue;
        n->states[n->state[d]]++;
        if (n->state[d] != DOC_WAITING)
            n->outcomes[n->outcome[d]]++;
        if (n->state[d] == DOC_FAILED)
            n->group[n->outcome[d]][d % 5]++;
    }
}

static void check_groups(const struct snapshot *s, const struct naive *n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n_groups; i++) {
        const struct group *g = &s->groups[i];
        assert_memory_equal(g->message, "page #: reason ", 15);
        assert_int_equal(g->documents, n->group[g->outcome][g->message[15] - 'a']);
        sum += g->documents;
    }
    assert_int_equal(sum, n->states[DOC_FAILED]);
}

static void check_counts(struct model *m, unsigned upto)
{
    static struct naive n;
    struct catalog_at at = {0};
    struct doc_row d;
    uint64_t rows[DOC_STATES] = {0};
    recount(&n, upto);
    assert_int_equal(model_publish(m, 2000), 0);
    const struct snapshot *s = model_hold(m);
    assert_memory_equal(s->states, n.states, sizeof n.states);
    assert_memory_equal(s->outcomes, n.outcomes, sizeof n.outcomes);
    assert_int_equal(s->totals.pages, n.pages);
    assert_int_equal(s->totals.bytes, n.bytes);
    assert_int_equal(s->totals.retries, n.retries);
    for (int64_t hour = 0; hour < HISTORY_HOURS; hour++) {
        const struct bucket *b = history_hour(&s->history, epoch / HOUR + hour);
        assert_int_equal(b ? b->n[DID_DONE] : 0, n.hours[hour][0]);
        assert_int_equal(b ? b->n[DID_PAGES] : 0, n.hours[hour][1]);
    }
    check_groups(s, &n);
    while (catalog_next(&s->documents, &at, &d))
        rows[d.state]++;
    assert_memory_equal(rows, n.states, sizeof rows);
    snapshot_drop(s);
}

static void counts_are_those_of_a_recount(void **state)
{
    struct model *m = model_new();
    (void)state;
    for (unsigned i = 0; i < EVENTS_MADE; i++) {
        give(m, &events[i].f);
        if (i % 20011 == 0)
            check_counts(m, i + 1);
    }
    check_counts(m, EVENTS_MADE);
    model_free(m);
}

/* As a scanner does that reads from the end, is killed, and begins again. */
static void any_order_and_any_repetition_give_the_same(void **state)
{
    static unsigned order[EVENTS_MADE];
    struct model *m = model_new();
    (void)state;
    for (unsigned i = 0; i < EVENTS_MADE; i++)
        order[i] = EVENTS_MADE - 1 - i;
    for (unsigned i = 0; i < EVENTS_MADE; i++) { /* out of order within a block */
        unsigned k = i / 64 * 64 + (unsigned)roll(64), t = order[i];
        if (k < EVENTS_MADE) {
            order[i] = order[k];
            order[k] = t;
        }
    }
    /* Ranges grow together when too many are open: within a journal, a block comes in order. */
    for (unsigned i = 0; i + 64 <= EVENTS_MADE; i += 64)
        for (unsigned a = 0; a < 64; a++)
            for (unsigned b = a + 1; b < 64; b++)
                if (strcmp(events[order[i + a]].lease, events[order[i + b]].lease) == 0 &&
                    order[i + a] > order[i + b]) {
                    unsigned t = order[i + a];
                    order[i + a] = order[i + b];
                    order[i + b] = t;
                }
    for (unsigned i = 0; i < EVENTS_MADE; i++) {
        give(m, &events[order[i]].f);
        if (i % 3 == 0)
            give(m, &events[order[i]].f);
    }
    check_counts(m, EVENTS_MADE);
    for (unsigned i = 0; i < EVENTS_MADE; i += 2)
        give(m, &events[i].f);
    check_counts(m, EVENTS_MADE);
    model_free(m);
}

/* The latest events of all, each once, the newest first. */
static void recent_events_are_the_latest(void **state)
{
    struct model *m = model_new();
    (void)state;
    for (unsigned i = 10000; i > 0; i--)
        give(m, &events[i - 1].f);
    for (unsigned i = 0; i < LATEST; i++)
        give(m, &events[i].f);
    for (unsigned i = LATEST - 100; i < LATEST; i++) /* by another scanner */
        give(m, &events[i].f);
    assert_int_equal(model_publish(m, 1), 0);
    const struct snapshot *s = model_hold(m);
    for (unsigned i = LATEST; i < 2 * LATEST; i++) /* the snapshot stays as it is */
        give(m, &events[i].f);
    assert_int_equal(model_publish(m, 1), 0);
    assert_int_equal(s->recent.n, RECENT);
    for (unsigned k = 0; k < RECENT; k++) {
        const struct said *r = recent_at(&s->recent, k);
        const struct fact_event *e = &events[LATEST - 1 - k].f.event;
        assert_int_equal(r->time_ms, e->time_ms);
        if (k > 0 && events[LATEST - k].f.event.time_ms != e->time_ms &&
            events[LATEST - 2 - k].f.event.time_ms != e->time_ms) {
            assert_string_equal(r->document, e->document);
            assert_string_equal(r->path, e->path);
            assert_string_equal(r->message, e->message);
        }
    }
    snapshot_drop(s);
    model_free(m);
}

static void counts_outlive_a_restart(void **state)
{
    struct model *m = model_new();
    struct buf kept = {0}, again = {0};
    (void)state;
    for (unsigned i = EVENTS_MADE / 2; i < EVENTS_MADE; i++)
        give(m, &events[i].f);
    model_keep(m, &kept);
    model_free(m);
    m = model_new();
    assert_int_equal(model_restore(m, kept.data, kept.len), 0);
    model_keep(m, &again);
    assert_int_equal(again.len, kept.len);
    assert_memory_equal(again.data, kept.data, kept.len);
    for (unsigned i = 0; i < EVENTS_MADE; i++) /* all is read again; the first half is new */
        give(m, &events[i].f);
    check_counts(m, EVENTS_MADE);
    /* Another file under a journal's name, or a shorter one, counts anew. */
    struct fact j = {.type = FACT_JOURNAL, .journal = {"host0", "lease0", 5, 0, 0, 0}};
    const struct snapshot *before = model_hold(m);
    give(m, &j);
    uint64_t pages = before->totals.pages;
    snapshot_drop(before);
    for (unsigned i = 0; i < EVENTS_MADE; i++)
        if (strcmp(events[i].lease, "lease0") == 0)
            give(m, &events[i].f);
    assert_int_equal(model_publish(m, 3), 0);
    const struct snapshot *after = model_hold(m);
    assert_true(after->totals.pages > pages);
    snapshot_drop(after);
    assert_int_equal(model_restore(m, "total pages x\nhour 1 2\nnonsense\njournal a b\n", 44), 4);
    buf_free(&kept);
    buf_free(&again);
    model_free(m);
}

/* Facts by hand. */
static void seen(struct model *m, enum doc_state s, const char *path, const char *id,
                 const char *host)
{
    struct fact f = an_entry(s, path, id);
    f.entry.outcome = s == DOC_FAILED ? OUTCOME_LIMIT : OUTCOME_COUNT;
    f.entry.host = host;
    f.entry.attempt = 1;
    f.entry.since_ms = s == DOC_PENDING ? epoch - 5000 : 0;
    give(m, &f);
}

static void begin(struct model *m, enum doc_state s, int64_t at)
{
    struct fact f = {.type = FACT_ROUND_BEGIN, .round = {.state = (uint8_t)s, .begun_ms = at}};
    give(m, &f);
}

static void end(struct model *m, enum doc_state s, bool complete)
{
    struct fact f = {.type = FACT_ROUND_END, .round = {.state = (uint8_t)s, .complete = complete}};
    give(m, &f);
}

static void done(struct model *m, const char *path, const char *id, const char *as, int64_t at)
{
    static uint64_t offset;
    offset += 100;
    struct fact f = an_event(EVENT_DONE, OUTCOME_OK, path, id);
    f.event.host = "h";
    f.event.offset = offset;
    f.event.length = 100;
    f.event.time_ms = at;
    f.event.took_ms = 100;
    f.event.as = as;
    f.event.pages = 2;
    give(m, &f);
}

/* Claims and the pages of each tier are kept in little room, and come back as they were. */
static void claims_and_tiers_are_kept(void **state)
{
    static const struct {
        const char *claim, *kept;
        uint32_t tiers[PAGE_TIERS], pages;
        const char *packed;
    } some[] = {
        {"abc-7", "-7", {[PAGES_TEXT] = 5}, 5, ""},
        {"abc-7", "-7", {[PAGES_TEXT] = 4}, 5, "b4"},
        {"abcd-7", "abcd-7", {[PAGES_TEXT] = 4, [PAGES_BAD] = UINT32_MAX}, 9, "b4h4294967295"},
        {"ab-7", "ab-7", {1, 2, 3, 4, 5, 6, 7, 8}, 36, "a1b2c3d4e5f6g7h8"},
        {"", "", {0}, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        struct model *m = model_new();
        struct doc_row row;
        uint32_t back[PAGE_TIERS];
        struct fact f = an_event(EVENT_DONE, OUTCOME_OK, "a.pdf", "abc-1");
        f.event.host = "h";
        f.event.length = 100;
        f.event.time_ms = epoch;
        f.event.claim = some[i].claim;
        f.event.pages = some[i].pages;
        f.event.known_tiers = true;
        f.event.attempt = 0;
        memcpy(f.event.tiers, some[i].tiers, sizeof back);
        give(m, &f);
        assert_int_equal(model_publish(m, 1), 0);
        const struct snapshot *s = model_hold(m);
        assert_true(catalog_find(&s->documents, "a.pdf", "abc-1", &row));
        assert_string_equal(row.claim, some[i].kept);
        assert_string_equal(row.tiers_packed, some[i].packed);
        tiers_unpack(row.tiers_packed, row.tiers, row.pages, back);
        assert_memory_equal(back, some[i].tiers, sizeof back);
        snapshot_drop(s);
        model_free(m);
    }
}

/* The counts as "pending waiting claimed sealed done failed", and rows as counted. */
static void expect(struct model *m, const char *counts)
{
    char have[64];
    struct catalog_at at = {0};
    struct doc_row d;
    unsigned rows[DOC_STATES] = {0};
    assert_int_equal(model_publish(m, 1), 0);
    const struct snapshot *s = model_hold(m);
    while (catalog_next(&s->documents, &at, &d))
        rows[d.state]++;
    snprintf(have, sizeof have, "%u %u %u %u %u %u", rows[0], rows[1], rows[2], rows[3], rows[4],
             rows[5]);
    assert_string_equal(have, counts);
    for (int i = 0; i < DOC_STATES; i++)
        assert_int_equal(s->states[i], rows[i]);
    snapshot_drop(s);
}

static void a_document_goes_its_way(void **state)
{
    struct model *m = model_new();
    (void)state;
    begin(m, DOC_PENDING, epoch);
    seen(m, DOC_PENDING, "a.pdf", "", "");
    seen(m, DOC_PENDING, "b.pdf", "", "");
    end(m, DOC_PENDING, true);
    expect(m, "2 0 0 0 0 0");
    begin(m, DOC_CLAIMED, epoch + 1);
    seen(m, DOC_CLAIMED, "a.pdf", "id-1", "h");
    end(m, DOC_CLAIMED, true);
    expect(m, "1 0 1 0 0 0");
    done(m, "a.pdf", "id-1", "done/a.pdf", epoch + 5000);
    expect(m, "1 0 0 0 1 0");
    /* One that nobody saw claimed; a listing that was read before that comes too late. */
    begin(m, DOC_PENDING, epoch + 4000);
    begin(m, DOC_CLAIMED, epoch + 4000);
    done(m, "b.pdf", "id-2", "done/b.pdf", epoch + 6000);
    seen(m, DOC_PENDING, "b.pdf", "", "");
    seen(m, DOC_CLAIMED, "b.pdf", "id-2", "h");
    expect(m, "0 0 0 0 2 0");
    end(m, DOC_PENDING, true);
    end(m, DOC_CLAIMED, true);
    /* The walk of done/ knows them both; a third was there before the first journal. */
    begin(m, DOC_DONE, epoch + 7000);
    seen(m, DOC_DONE, "a.pdf", "", "");
    seen(m, DOC_DONE, "b.pdf", "", "");
    seen(m, DOC_DONE, "c.pdf", "", "");
    seen(m, DOC_DONE, "c~2.pdf", "", "");
    end(m, DOC_DONE, true);
    expect(m, "0 0 0 0 4 0");
    /* Then its journal is found after all. */
    done(m, "c.pdf", "id-0", "done/c~2.pdf", epoch - 50000);
    expect(m, "0 0 0 0 4 0");
    /* Dropped again under the same name, while the first is done. */
    begin(m, DOC_PENDING, epoch + 9000);
    seen(m, DOC_PENDING, "a.pdf", "", "");
    expect(m, "1 0 0 0 4 0");
    model_free(m);
}

static void what_two_rounds_miss_is_gone(void **state)
{
    struct model *m = model_new();
    (void)state;
    begin(m, DOC_PENDING, epoch);
    seen(m, DOC_PENDING, "a.pdf", "", "");
    seen(m, DOC_PENDING, "b.pdf", "", "");
    end(m, DOC_PENDING, true);
    for (int i = 1; i <= 2; i++) { /* not complete: says nothing about what it did not meet */
        begin(m, DOC_PENDING, epoch + i);
        end(m, DOC_PENDING, false);
        expect(m, "2 0 0 0 0 0");
    }
    begin(m, DOC_PENDING, epoch + 10);
    seen(m, DOC_PENDING, "b.pdf", "", "");
    end(m, DOC_PENDING, true);
    expect(m, "2 0 0 0 0 0");
    begin(m, DOC_PENDING, epoch + 20);
    seen(m, DOC_PENDING, "b.pdf", "", "");
    end(m, DOC_PENDING, true);
    expect(m, "1 0 0 0 0 0");
    /* A round of a scanner that died has no end, and the next one begins anew. */
    begin(m, DOC_PENDING, epoch + 30);
    begin(m, DOC_PENDING, epoch + 40);
    seen(m, DOC_PENDING, "b.pdf", "", "");
    end(m, DOC_PENDING, true);
    expect(m, "1 0 0 0 0 0");
    /* A person has taken results out of done/. */
    done(m, "x.pdf", "id-9", "done/x.pdf", epoch);
    for (int i = 0; i < 2; i++) {
        begin(m, DOC_DONE, epoch + 1000 + i);
        end(m, DOC_DONE, true);
    }
    expect(m, "1 0 0 0 0 0");
    model_free(m);
}

static void a_person_has_a_failed_one_done_again(void **state)
{
    struct model *m = model_new();
    struct made e = {0};
    (void)state;
    make_event(&e, 0, EVENT_FAILED, OUTCOME_LIMIT, epoch);
    give(m, &e.f);
    expect(m, "0 0 0 0 0 1");
    begin(m, DOC_WAITING, epoch - 1); /* seen before it failed */
    seen(m, DOC_WAITING, e.path, e.document, "");
    expect(m, "0 0 0 0 0 1");
    end(m, DOC_WAITING, true);
    begin(m, DOC_WAITING, epoch + 1000);
    seen(m, DOC_WAITING, e.path, e.document, "");
    expect(m, "0 1 0 0 0 0");
    const struct snapshot *s = model_hold(m);
    assert_int_equal(s->groups[0].documents, 0);
    snapshot_drop(s);
    model_free(m);
}

static void a_snapshot_stays_as_it_is(void **state)
{
    struct model *m = model_new();
    struct doc_row d;
    struct catalog_at at = {0};
    unsigned rows = 0;
    uint64_t sum = 0, again = 0;
    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        give(m, &events[i].f);
    assert_int_equal(model_publish(m, 1), 0);
    assert_false(model_changed(m));
    const struct snapshot *s = model_hold(m);
    while (catalog_next(&s->documents, &at, &d))
        sum = sum * 31 + (uint64_t)d.time_ms + d.state + (unsigned char)d.path[strlen(d.path) - 5];
    for (unsigned i = 20000; i < EVENTS_MADE; i++) {
        give(m, &events[i].f);
        if (i % 1000 == 0)
            assert_int_equal(model_publish(m, 1), 0);
    }
    assert_true(model_changed(m));
    for (at = (struct catalog_at){0}; catalog_next(&s->documents, &at, &d); rows++)
        again =
            again * 31 + (uint64_t)d.time_ms + d.state + (unsigned char)d.path[strlen(d.path) - 5];
    assert_int_equal(again, sum);
    assert_int_equal(rows, s->documents.rows);
    model_free(m); /* the snapshot is ours still */
    assert_int_equal(s->documents.rows, rows);
    snapshot_drop(s);
}

static atomic_bool enough;

/* Whatever is held adds up. */
static void *reader(void *arg)
{
    uint64_t looks = 0;
    while (!atomic_load(&enough)) {
        const struct snapshot *s = model_hold(arg);
        struct catalog_at at = {0};
        struct doc_row d;
        uint64_t rows[DOC_STATES] = {0};
        while (s && catalog_next(&s->documents, &at, &d))
            rows[d.state]++;
        if (s && memcmp(rows, s->states, sizeof rows) != 0)
            return NULL;
        snapshot_drop(s);
        looks++;
    }
    return (void *)(uintptr_t)(looks + 1);
}

static void readers_and_the_writer_do_not_meet(void **state)
{
    struct model *m = model_new();
    pthread_t threads[2];
    void *looks;
    (void)state;
    atomic_store(&enough, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, m), 0);
    for (unsigned i = 0; i < EVENTS_MADE; i++) {
        give(m, &events[i].f);
        if (i % 500 == 0)
            assert_int_equal(model_publish(m, 1), 0);
    }
    atomic_store(&enough, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], &looks);
        assert_true((uintptr_t)looks > 1);
    }
    model_free(m);
}

static size_t in_use(void)
{
    struct mallinfo2 all = mallinfo2();
    return all.uordblks + all.hblkhd;
}

/* A tenth of them failed; the allocator's own count. MODEL_DOCUMENTS=1000000 has it measured with a
 * million (8 s of CPU). */
static void memory_is_bounded(void **state)
{
    const char *more = getenv("MODEL_DOCUMENTS");
    unsigned many = more ? (unsigned)strtoul(more, NULL, 10) : MANY;
    char path[80], id[40], as[100];
    size_t before = in_use(), paths = 0;
    struct model *m = model_new();
    struct timespec a, b;
    (void)state;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (unsigned i = 0; i < many; i++) {
        unsigned k = (unsigned)((uint64_t)i * 7919 % many);
        bool failed = k % 10 == 0;
        snprintf(path, sizeof path, "archive/%03u/%03u/document number %07u.pdf", k / 10000,
                 k / 100 % 100, k);
        snprintf(id, sizeof id, "abcdefghjkmn-%x", k);
        snprintf(as, sizeof as, "%s/%s", failed ? "failed/limit" : "done", path);
        struct fact f = failed ? an_event(EVENT_FAILED, OUTCOME_LIMIT, path, id)
                               : an_event(EVENT_DONE, OUTCOME_OK, path, id);
        f.event.lease = "abcdefghjkmn";
        f.event.offset = (uint64_t)i * 300;
        f.event.length = 300;
        f.event.time_ms = epoch + i;
        f.event.message = failed ? "it has 12345 pages; 10000 are allowed" : "";
        f.event.as = as;
        f.event.pages = 10;
        give(m, &f);
        paths += strlen(path) + 1;
    }
    assert_int_equal(model_publish(m, 1), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double each = (double)(in_use() - before - paths) / many;
    double us =
        ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e3 / many;
    printf("model: with %u documents, %.1f bytes of each beside its path (%.1f), %.1f MB in all; "
           "%.2f us "
           "of CPU an event\n",
           many, each, (double)paths / many, (double)(in_use() - before) / 1e6, us);
    if (in_use() == before)
        puts("skipped: this allocator does not say what is in use");
    else
        assert_true(each < 150 && model_bytes(m) < in_use() - before);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(model_publish(m, 1), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    us = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e3 / 100;
    printf("model: %.0f us of CPU a snapshot\n", us);
    model_free(m);
}

static int set_up(void **state)
{
    (void)state;
    make_events();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_a_recount),
        cmocka_unit_test(any_order_and_any_repetition_give_the_same),
        cmocka_unit_test(recent_events_are_the_latest),
        cmocka_unit_test(claims_and_tiers_are_kept),
        cmocka_unit_test(counts_outlive_a_restart),
        cmocka_unit_test(a_document_goes_its_way),
        cmocka_unit_test(what_two_rounds_miss_is_gone),
        cmocka_unit_test(a_person_has_a_failed_one_done_again),
        cmocka_unit_test(a_snapshot_stays_as_it_is),
        cmocka_unit_test(readers_and_the_writer_do_not_meet),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests_name("model", tests, set_up, NULL);
}
