/* search: every document that a filter lets through, once, whatever the size of a page; against a
 * plain loop over all of them. */
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
#include "spoold/model/search.h"

enum { DOCS = 20000, FOUND_MAX = DOCS };

static struct model *model;
static const struct snapshot *snapshot;

static void add(unsigned i)
{
    char path[80], id[24], as[120], host[16];
    enum doc_state state = i % 50 == 0 ? DOC_FAILED : i % 7 == 0 ? DOC_PENDING : DOC_DONE;
    enum outcome outcome = i % 100 == 0 ? OUTCOME_CRASHED : OUTCOME_LIMIT;
    snprintf(path, sizeof path, "%s/%05u%s.pdf",
             i % 3   ? "Archive"
             : i % 2 ? "a"
                     : "z\xff",
             i * 7919 % DOCS, i % 11 ? "" : " Letter");
    snprintf(id, sizeof id, "doc-%x", i);
    snprintf(host, sizeof host, "host%u", i * 7919 % DOCS / 280); /* few of them in a leaf */
    struct fact f = an_entry(DOC_PENDING, path, "");
    if (state != DOC_PENDING) {
        f = state == DOC_DONE ? an_event(EVENT_DONE, OUTCOME_OK, path, id)
                              : an_event(EVENT_FAILED, outcome, path, id);
        f.event.known_tiers = true;
        f.event.host = host;
        f.event.offset = i * 10u;
        f.event.time_ms = 1790000000000 + i;
        f.event.message = state == DOC_FAILED ? "too MANY pages" : "";
        f.event.as = as;
        f.event.tiers[i % 5 ? PAGES_TEXT : PAGES_OCR] = 3;
        snprintf(as, sizeof as, "%s%s%s", state == DOC_DONE ? "done/" : "failed/",
                 state == DOC_DONE ? ""
                 : i % 100 == 0    ? "crashed/"
                                   : "limit/",
                 path);
    }
    assert_int_equal(model_take(model, &f, 1), 0);
}

static int set_up(void **state)
{
    (void)state;
    model = model_new();
    for (unsigned i = 0; i < DOCS; i++)
        add(i);
    if (model_publish(model, 1) != 0)
        return -1;
    snapshot = model_hold(model);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    snapshot_drop(snapshot);
    model_free(model);
    return 0;
}

struct found {
    unsigned n;
    const char *paths[FOUND_MAX];
};

static bool note(void *arg, const struct doc_row *d)
{
    struct found *f = arg;
    f->paths[f->n++] = d->path;
    return true;
}

static bool plainly(const struct doc_row *d, const struct search *w)
{
    bool finished = d->state == DOC_DONE || d->state == DOC_FAILED;
    if (strncmp(d->path, w->prefix, strlen(w->prefix)) != 0)
        return false;
    if (w->states && !(w->states >> d->state & 1))
        return false;
    if (w->outcomes && (!finished || !(w->outcomes >> d->outcome & 1)))
        return false;
    if (w->tiers && !(d->tiers & w->tiers))
        return false;
    if (w->host != NO_HOST && w->host != d->host)
        return false;
    if (w->group != NO_GROUP && (d->state != DOC_FAILED || w->group != d->group))
        return false;
    return strcasestr(d->path, w->text) || strcasestr(d->message, w->text);
}

/* All pages of `limit` each. */
static void collect(const struct search *w, unsigned limit, struct found *f)
{
    struct search_cursor cursor = {0};
    unsigned pages = 0, before = 0;
    f->n = 0;
    while (search_page(snapshot, w, &cursor, limit, note, f)) {
        assert_int_equal(f->n - before, limit); /* DOCS is less than is looked at for a page */
        before = f->n;
        assert_true(++pages <= DOCS);
    }
}

static unsigned compare(const struct search *w, unsigned limit)
{
    static struct found f;
    struct catalog_at at = {0};
    struct doc_row d;
    unsigned n = 0;
    collect(w, limit, &f);
    while (catalog_next(&snapshot->documents, &at, &d))
        if (plainly(&d, w)) {
            assert_true(n < f.n);
            assert_ptr_equal(f.paths[n++], d.path);
        }
    assert_int_equal(n, f.n);
    return n;
}

static void finds_what_a_plain_loop_finds(void **state)
{
    static const char *const prefixes[] = {"", "Archive/", "Archive/1", "a", "nothing", "z\xff/0"};
    static const char *const texts[] = {"", "letter", "MANY", "999", "none of these"};
    unsigned found = 0;
    (void)state;
    for (int i = 0; i < 400; i++) {
        struct search w = SEARCH_ANY;
        w.prefix = prefixes[roll(6)];
        w.text = roll(2) ? "" : texts[roll(5)];
        w.states = roll(2) ? 0 : (unsigned)roll(1 << DOC_STATES);
        w.outcomes = roll(2) ? 0 : (unsigned)roll(1 << (OUTCOME_COUNT + 1));
        w.tiers = roll(3) ? 0 : 1u << roll(PAGE_TIERS);
        w.host = roll(2) ? NO_HOST : (unsigned)roll(72);
        w.group = roll(8) ? NO_GROUP : (unsigned)roll(3);
        found += compare(&w, 1 + (unsigned)roll(300)) > 0;
    }
    assert_true(found > 50);
}

static void all_are_there_in_pages_of_any_size(void **state)
{
    struct search w = SEARCH_ANY;
    (void)state;
    assert_int_equal(compare(&w, 1000000), DOCS);
    assert_int_equal(compare(&w, 333), DOCS);
    assert_int_equal(compare(&w, 1), DOCS);
}

static bool enough(void *arg, const struct doc_row *d)
{
    note(arg, d);
    return ((struct found *)arg)->n % 10 != 0;
}

static void a_visitor_ends_the_page(void **state)
{
    static struct found f;
    struct search w = SEARCH_ANY;
    struct search_cursor cursor = {0};
    (void)state;
    f.n = 0;
    while (search_page(snapshot, &w, &cursor, 1000, enough, &f))
        ;
    assert_int_equal(f.n, DOCS);
    for (unsigned i = 1; i < f.n; i++)
        assert_true(strcmp(f.paths[i - 1], f.paths[i]) <= 0);
}

/* A document that has gone meanwhile is no stumbling block. */
static void the_cursor_may_point_to_nothing(void **state)
{
    static struct found f;
    struct search w = SEARCH_ANY;
    struct search_cursor cursor = {.path = "Archive/05000nothing here", .id = "x"};
    (void)state;
    f.n = 0;
    search_page(snapshot, &w, &cursor, 1, note, &f);
    assert_int_equal(f.n, 1);
    assert_true(strcmp(f.paths[0], "Archive/05000nothing here") > 0);
    memset(cursor.path, 0xff, sizeof cursor.path - 1);
    assert_false(search_page(snapshot, &w, &cursor, 1, note, &f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_plain_loop_finds),
        cmocka_unit_test(all_are_there_in_pages_of_any_size),
        cmocka_unit_test(a_visitor_ends_the_page),
        cmocka_unit_test(the_cursor_may_point_to_nothing),
    };
    return cmocka_run_group_tests_name("search", tests, set_up, tear_down);
}
