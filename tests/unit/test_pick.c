/* pick: pages of every order and filter against a plain sort of all documents; how little is looked at;
 * the budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factbox.h"
#include "roll.h"
#include "spoold/model/model.h"
#include "spoold/model/pick.h"

enum { DOCS = 6000, MANY = 150000, LIMIT = 100 };

/* Document i, finished at this time (0: it waits in pending/). */
static void add(struct model *m, unsigned i, int64_t time_ms)
{
    char path[64], id[24];
    bool failed = i % 40 == 0;
    snprintf(path, sizeof path, "%s/box-%04u/%06u.pdf", i % 3 ? "Archive" : "b", i / 100, i);
    snprintf(id, sizeof id, "doc-%x", i);
    struct fact f = failed ? an_event(EVENT_FAILED, OUTCOME_CRASHED, path, id)
                           : an_event(EVENT_DONE, OUTCOME_OK, path, id);
    f.event.host = i % 2 ? "one" : "two";
    f.event.offset = i * 10u;
    f.event.time_ms = time_ms;
    f.event.message = failed ? "too MANY pages" : "";
    f.event.pages = (uint32_t)roll(50);
    f.event.size = roll(1000);
    if (time_ms == 0) {
        f = an_entry(DOC_PENDING, path, "");
        f.entry.since_ms = 1780000000000 + (int64_t)roll(1000) * 1000;
    }
    assert_int_equal(model_take(m, &f, 1), 0);
}

static const struct snapshot *publish(struct model *m)
{
    assert_int_equal(model_publish(m, 1), 0);
    return model_hold(m);
}

/* ---- in the plainest way ---- */

static struct doc_row all[DOCS];
static const struct pick *by; /* of the sort */

static int plain_order(const void *one, const void *other)
{
    const struct doc_row *a = one, *b = other;
    int64_t x = pick_value(by->by, a), y = pick_value(by->by, b);
    int o = x < y ? -1 : x > y;
    o = o ? o : strcmp(a->path, b->path);
    o = o ? o : strcmp(a->id, b->id);
    return by->down ? -o : o;
}

static bool plainly(const struct doc_row *d, const struct pick *p)
{
    const struct search *w = p->want;
    return strncmp(d->path, w->prefix, strlen(w->prefix)) == 0 && search_wants(w, d) &&
           (!p->also || p->also(p->arg, d));
}

static unsigned sorted(const struct snapshot *s, const struct pick *p)
{
    struct catalog_at at = {0};
    unsigned n = 0;
    while (catalog_next(&s->documents, &at, &all[n]))
        n += plainly(&all[n], p);
    by = p;
    qsort(all, n, sizeof *all, plain_order);
    return n;
}

static void behind(struct pick_cursor *c, const struct pick *p)
{
    const struct doc_row *last = &p->rows[p->n - 1];
    c->value = pick_value(p->by, last);
    snprintf(c->path, sizeof c->path, "%s", last->path);
    snprintf(c->id, sizeof c->id, "%s", last->id);
}

/* Every page, one after the other. */
static void compare(const struct snapshot *s, struct pick *p)
{
    static struct doc_row rows[DOCS];
    static struct pick_cursor cursor;
    static struct doc_row want[DOCS];
    unsigned n = sorted(s, p), at = 0;
    memcpy(want, all, n * sizeof *want);
    p->rows = rows;
    p->after = NULL;
    do {
        assert_true(pick_run(p, s));
        assert_int_equal(p->total, n);
        assert_int_equal(p->n, n - at < p->limit ? n - at : p->limit);
        for (size_t i = 0; i < p->n; i++)
            assert_ptr_equal(p->rows[i].path, want[at + i].path);
        at += (unsigned)p->n;
        assert_int_equal(p->more, at < n);
        if (p->more)
            behind(&cursor, p);
        p->after = &cursor;
    } while (p->more);
    assert_int_equal(at, n);
}

static bool odd_pages(const void *arg, const struct doc_row *d)
{
    (void)arg;
    return d->pages % 2 != 0;
}

static void pages_are_those_of_a_plain_sort(void **state)
{
    static const char *const prefixes[] = {"", "", "Archive/box-01", "b", "nothing"};
    struct model *m = model_new();
    (void)state;
    for (unsigned i = 0; i < DOCS; i++)
        add(m, i, i % 7 == 0 ? 0 : 1790000000000 + (int64_t)roll(5000)); /* many at one time */
    const struct snapshot *s = publish(m);
    for (unsigned i = 0; i < 200; i++) {
        struct search w = SEARCH_ANY;
        w.prefix = prefixes[roll(5)];
        w.states = roll(3) ? 0 : (unsigned)roll(1 << DOC_STATES);
        w.outcomes = roll(4) ? 0 : 1u << OUTCOME_CRASHED;
        w.text = roll(5) ? "" : "many";
        struct pick p = {.want = &w,
                         .also = roll(5) ? NULL : odd_pages,
                         .by = (enum pick_by)(i % 4),
                         .down = i / 4 % 2,
                         .limit = roll(3) ? 400 + roll(600) : DOCS};
        compare(s, &p);
    }
    snapshot_drop(s);
    model_free(m);
}

/* ---- how much is looked at ---- */

static uint64_t looked_for(const struct snapshot *s, enum pick_by order, bool down, unsigned states,
                           unsigned pages)
{
    static struct doc_row rows[LIMIT];
    static struct pick_cursor cursor;
    struct search w = SEARCH_ANY;
    struct pick p = {.want = &w, .by = order, .down = down, .limit = LIMIT, .rows = rows};
    w.states = states;
    for (unsigned i = 0; i < pages; i++) {
        assert_true(pick_run(&p, s));
        assert_int_equal(p.n, LIMIT);
        behind(&cursor, &p);
        p.after = &cursor;
    }
    return p.looked;
}

static void a_page_looks_at_little(void **state)
{
    struct model *in_order = model_new(), *in_none = model_new();
    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        add(in_order, i, 1790000000000 + i);
        add(in_none, i, 1790000000000 + i * 7919u % MANY);
    }
    const struct snapshot *a = publish(in_order), *b = publish(in_none);
    /* Finished in the order of their paths: some leaves of each folder, on any page. */
    assert_in_range(looked_for(a, PICK_CHANGED, true, 0, 1), LIMIT, 8 * LEAF_ROWS);
    assert_in_range(looked_for(a, PICK_CHANGED, true, 0, 100), LIMIT, 8 * LEAF_ROWS);
    assert_in_range(looked_for(a, PICK_CHANGED, false, 0, 100), LIMIT, 8 * LEAF_ROWS);
    /* One of forty is failed: those leaves that have a hundred of them. */
    assert_in_range(looked_for(a, PICK_CHANGED, true, 1u << DOC_FAILED, 10), LIMIT, 2 * 40 * LIMIT);
    /* By path: the leaves of the page, wherever it is. */
    assert_in_range(looked_for(b, PICK_PATH, false, 0, 100), LIMIT, 4 * LEAF_ROWS);
    assert_in_range(looked_for(b, PICK_PATH, true, 0, 100), LIMIT, 4 * LEAF_ROWS);
    /* In no order: a part of them. */
    assert_in_range(looked_for(b, PICK_CHANGED, true, 0, 1), LIMIT, MANY / 2);
    snapshot_drop(a);
    snapshot_drop(b);
    model_free(in_order);
    model_free(in_none);
}

static void the_budget_is_kept(void **state)
{
    struct model *m = model_new();
    struct doc_row rows[10];
    struct search w = SEARCH_ANY;
    struct pick p = {.want = &w, .limit = 10, .rows = rows, .budget = 2000};
    (void)state;
    for (unsigned i = 0; i < DOCS; i++)
        add(m, i, 1790000000000 + i);
    const struct snapshot *s = publish(m);
    w.text = "no such words";
    assert_false(pick_run(&p, s));
    assert_in_range(p.looked, 2000, 2000 + LEAF_ROWS);
    p.budget = DOCS;
    assert_true(pick_run(&p, s));
    assert_int_equal(p.total, 0);
    assert_false(p.more);
    snapshot_drop(s);
    model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_those_of_a_plain_sort),
        cmocka_unit_test(a_page_looks_at_little),
        cmocka_unit_test(the_budget_is_kept),
    };
    return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
