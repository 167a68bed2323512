/* choose: what an action is of, against a plain loop over all documents; each chosen document is in
 * the batches once, as it is, and a hand reads there what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factbox.h"
#include "spoold/api/choose.h"
#include "spoold/hand/items.h"

enum { DOCS = 3000 };

static struct model *model;
static struct view view;

static enum doc_state state_of(unsigned i)
{
    return i % 3 == 0   ? DOC_FAILED
           : i % 3 == 1 ? DOC_DONE
           : i % 2      ? DOC_PENDING
           : i % 5 == 0 ? DOC_SEALED
           : i % 5 == 1 ? DOC_CLAIMED
                        : DOC_WAITING;
}

static void add_event(unsigned i, enum doc_state state, const char *path)
{
    char id[24], as[120];
    const char *class = i % 2 ? "limit" : "crashed";
    snprintf(id, sizeof id, "doc-%x", i);
    if (state == DOC_DONE)
        snprintf(as, sizeof as, "done/%s", path);
    else
        snprintf(as, sizeof as, "failed/%s/%s%s", class, path, i % 9 ? "" : "~2");
    struct fact f = state == DOC_DONE
                        ? an_event(EVENT_DONE, OUTCOME_OK, path, id)
                        : an_event(EVENT_FAILED, i % 2 ? OUTCOME_LIMIT : OUTCOME_CRASHED, path, id);
    f.event.host = i % 7 ? "one" : "two";
    f.event.offset = i * 10u;
    f.event.time_ms = 1790000000000 + i * 1000;
    f.event.message = state == DOC_FAILED ? "it broke" : "";
    f.event.as = as;
    assert_int_equal(model_take(model, &f, 1), 0);
}

static void add(unsigned i)
{
    char path[80], id[24];
    enum doc_state state = state_of(i);
    snprintf(path, sizeof path, "%s/%04u.pdf", i % 4 ? "a" : "b\xff", i);
    snprintf(id, sizeof id, "doc-%x", i);
    if (state == DOC_DONE || state == DOC_FAILED) {
        add_event(i, state, path);
        return;
    }
    struct fact f = an_entry(state, path, state == DOC_PENDING ? "" : id);
    assert_int_equal(model_take(model, &f, 1), 0);
}

/* A failed one of which no journal tells. */
static void add_untold(void)
{
    struct fact f = an_entry(DOC_FAILED, "untold.pdf", "");
    f.entry.outcome = OUTCOME_LIMIT;
    assert_int_equal(model_take(model, &f, 1), 0);
}

static int set_up(void **state)
{
    (void)state;
    model = model_new();
    for (unsigned i = 0; i < DOCS; i++)
        add(i);
    add_untold();
    if (model_publish(model, 1) != 0 || !view_open(&view, model))
        return -1;
    view.now_ms = 1790000000000 + DOCS * 1000;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    view_close(&view);
    model_free(model);
    return 0;
}

/* What one would choose by hand. */
typedef bool by_hand(const struct doc_row *d);

struct result {
    struct act act;
    struct chosen list;
    struct answer a;
    bool good;
};

static struct result ask(enum act_kind kind, const char *body)
{
    struct result r = {.a = {.status = 200}};
    struct choice *c = choice_read(kind, body, strlen(body), &r.a);
    assert_non_null(c);
    r.act.kind = kind;
    r.good = choose(&view, c, &r.act, &r.list, &r.a);
    struct act dry = {.kind = kind};
    struct answer a = {.status = 200};
    assert_true(choose(&view, c, &dry, NULL, &a) == r.good);
    assert_true(dry.total == r.act.total && dry.skipped == r.act.skipped &&
                dry.samples == r.act.samples);
    assert_memory_equal(dry.by_class, r.act.by_class, sizeof dry.by_class);
    act_free(&dry);
    answer_free(&a);
    choice_free(c);
    return r;
}

static void give_back(struct result *r)
{
    act_free(&r->act);
    chosen_free(&r->list);
    answer_free(&r->a);
}

/* Each document of the batches is one that is wanted, as it is in the catalog; all of them are
 * there, in its order. */
static void compare(struct result *r, by_hand *wanted, unsigned skipped)
{
    struct catalog_at at = {0};
    struct doc_row d;
    struct item item;
    uint64_t n = 0, of_class[OUTCOME_COUNT] = {0};
    assert_true(r->good);
    struct chosen_batch *b = r->list.first;
    const char *p = b ? b->items.data : NULL;
    for (unsigned in_batch = 0; catalog_next(&view.s->documents, &at, &d);) {
        if (!wanted(&d))
            continue;
        if (b && in_batch == b->n) {
            assert_ptr_equal(p, b->items.data + b->items.len);
            b = b->next;
            p = b ? b->items.data : NULL;
            in_batch = 0;
        }
        assert_non_null(b);
        assert_true(items_next(&p, b->items.data + b->items.len, &item));
        assert_string_equal(item.path, d.path);
        assert_string_equal(item.id, d.id);
        assert_string_equal(item.as, d.as);
        assert_int_equal(item.state, d.state);
        assert_int_equal(item.class, d.state == DOC_FAILED ? d.outcome : OUTCOME_COUNT);
        of_class[d.state == DOC_FAILED ? d.outcome : 0] += d.state == DOC_FAILED;
        in_batch++;
        n++;
    }
    assert_true(n > 0);
    assert_true(!b || !b->next);
    assert_int_equal(r->act.total, n + skipped);
    assert_int_equal(r->act.skipped, skipped);
    assert_int_equal(r->act.samples, n < ACT_SAMPLE ? n : ACT_SAMPLE);
    assert_memory_equal(r->act.by_class, of_class, sizeof of_class);
    give_back(r);
}

static bool failed(const struct doc_row *d)
{
    return d->state == DOC_FAILED;
}

static bool failed_crashed_in_b(const struct doc_row *d)
{
    return failed(d) && d->outcome == OUTCOME_CRASHED && strncmp(d->path, "b\xff/", 3) == 0;
}

static bool failed_on_two(const struct doc_row *d)
{
    return failed(d) && d->host < HOSTS_NAMES && strcmp(view_host(&view, d->host), "two") == 0;
}

static bool old(const struct doc_row *d)
{
    return failed(d) && d->time_ms > 0 && view.now_ms - d->time_ms >= 1000000;
}

static bool open_in_a(const struct doc_row *d)
{
    return (d->state == DOC_PENDING || d->state == DOC_WAITING || d->state == DOC_CLAIMED) &&
           strncmp(d->path, "a/", 2) == 0;
}

static bool waiting(const struct doc_row *d)
{
    return d->state == DOC_WAITING;
}

static unsigned sealed_in_a(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < DOCS; i++)
        n += state_of(i) == DOC_SEALED && i % 4;
    return n;
}

static void retries(void **state)
{
    (void)state;
    struct result r = ask(ACT_RETRY, "{\"all\":true}");
    compare(&r, failed, 0);
    r = ask(ACT_RETRY, "{\"filter\":{\"class\":[\"crashed\"],\"prefix\":\"b%FF/\"}}");
    compare(&r, failed_crashed_in_b, 0);
    r = ask(ACT_RETRY,
            "{\"filter\":{\"state\":[\"failed\",\"done\",\"waiting\"],\"host\":[\"two\"]}}");
    compare(&r, failed_on_two, 0);
    r = ask(ACT_RETRY, "{\"filter\":{\"older_ms\":1000000}}");
    compare(&r, old, 0);
}

static void cancels(void **state)
{
    (void)state;
    assert_true(sealed_in_a() > 0);
    struct result r = ask(ACT_CANCEL, "{\"filter\":{\"prefix\":\"a/\"}}");
    compare(&r, open_in_a, sealed_in_a());
    r = ask(ACT_CANCEL, "{\"filter\":{\"state\":[\"waiting\"]}}");
    compare(&r, waiting, 0);
}

static void nothing(struct result r)
{
    assert_true(r.good);
    assert_null(r.list.first);
    assert_int_equal(r.act.total, r.act.skipped);
    give_back(&r);
}

static void nothing_of_it(void **state)
{
    (void)state;
    nothing(ask(ACT_RETRY, "{\"filter\":{\"state\":[\"done\"]}}"));
    nothing(ask(ACT_RETRY, "{\"filter\":{\"host\":[\"nobody\"]}}"));
    nothing(ask(ACT_RETRY, "{\"filter\":{\"outcome\":[\"ok\"]}}"));
    nothing(ask(ACT_CANCEL, "{\"filter\":{\"state\":[\"done\",\"failed\"]}}"));
    struct result r = ask(ACT_RETRY, "{\"group\":\"g-000000000000\"}");
    assert_false(r.good);
    assert_int_equal(r.a.status, 410);
    give_back(&r);
    r = ask(ACT_RETRY, "{\"filter\":{\"class\":[\"nonsense\"]}}");
    assert_false(r.good);
    assert_int_equal(r.a.status, 400);
    give_back(&r);
}

/* 0 and 3 are failed, 1 is done, 5 is pending and has no id yet; one that only its file tells of goes
 * by its place. They come in the order of their keys. */
static void by_id(void **state)
{
    static const char *const paths[] = {"b\xff/0000.pdf", "a/0003.pdf", "untold.pdf"};
    struct doc_row d;
    struct item item;
    char key[ROW_KEY], body[200];
    struct catalog_at at = catalog_seek(&view.s->documents, "untold.pdf", "");
    (void)state;
    assert_true(catalog_next(&view.s->documents, &at, &d));
    rows_key(&d, key);
    assert_memory_equal(key, "t-", 2);
    snprintf(body, sizeof body,
             "{\"ids\":[\"doc-3\",\"doc-1\",\"nobody\",\"%s\",\"doc-0\",\"doc-5\"]}", key);
    struct result r = ask(ACT_RETRY, body);
    assert_true(r.good);
    assert_int_equal(r.act.total, 6);
    assert_int_equal(r.act.skipped, 3);
    assert_int_equal(r.list.first->n, 3);
    const char *p = r.list.first->items.data, *end = p + r.list.first->items.len;
    for (int i = 0; i < 3; i++) {
        assert_true(items_next(&p, end, &item));
        assert_string_equal(item.path, paths[i]);
    }
    assert_ptr_equal(p, end);
    give_back(&r);
}

static void places(void **state)
{
    static const struct {
        struct item item;
        const char *folder, *name;
    } all[] = {
        {{DOC_FAILED, OUTCOME_LIMIT, "x", "a/b.pdf", ""}, "failed/limit/a", "b.pdf"},
        {{DOC_FAILED, OUTCOME_LIMIT, "x", "a/b", "failed/limit/a/b~2"}, "failed/limit/a", "b~2"},
        {{DOC_PENDING, OUTCOME_COUNT, "", "b.pdf", ""}, "pending", "b.pdf"},
        {{DOC_WAITING, OUTCOME_COUNT, "x", "b.pdf", ""}, NULL, NULL},
        {{DOC_FAILED, OUTCOME_COUNT, "x", "b.pdf", ""}, NULL, NULL},
        {{DOC_FAILED, OUTCOME_LIMIT, "x", "../b.pdf", ""}, NULL, NULL},
        {{DOC_FAILED, OUTCOME_LIMIT, "x", "b.pdf", "failed/limit/../../b.pdf"}, NULL, NULL},
        {{DOC_FAILED, OUTCOME_LIMIT, "x", "b.pdf", "/etc/passwd"}, NULL, NULL},
        {{DOC_FAILED, OUTCOME_LIMIT, "x", "b.pdf", "nowhere"}, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct buf folder = {0};
        const char *name = items_place(&all[i].item, &folder);
        if (all[i].name) {
            assert_non_null(name);
            assert_string_equal(name, all[i].name);
            assert_string_equal(folder.data, all[i].folder);
        } else {
            assert_null(name);
        }
        buf_free(&folder);
    }
}

/* Bytes that are cut off anywhere, or changed, are no items, or other ones; never more than there
 * are. */
static void nonsense(void **state)
{
    struct buf b = {0};
    struct item item;
    (void)state;
    items_add(&b, &(struct item){DOC_FAILED, OUTCOME_LIMIT, "doc-1", "a/b.pdf", "failed/limit/b"});
    for (size_t n = 0; n < b.len; n++) {
        char *copy = malloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, b.data, n);
        const char *at = copy;
        assert_false(items_next(&at, copy + n, &item));
        assert_ptr_equal(at, copy);
        free(copy);
    }
    const char *at = b.data;
    for (unsigned bits = 0; bits < 256; bits++) {
        b.data[0] = (char)bits;
        at = b.data;
        assert_true(items_next(&at, b.data + b.len, &item) ==
                    (bits && strchr("pwcsdf", (int)bits)));
    }
    buf_free(&b);
}

static void forgotten(void **state)
{
    struct doc_row d;
    (void)state;
    uint64_t before = view.s->states[DOC_FAILED];
    assert_false(model_forget(model, "a/0001.pdf", "doc-1")); /* it is done */
    assert_false(model_forget(model, "a/0003.pdf", "doc-9"));
    assert_true(model_forget(model, "a/0003.pdf", "doc-3"));
    assert_false(model_forget(model, "a/0003.pdf", "doc-3"));
    assert_int_equal(model_publish(model, 2), 0);
    const struct snapshot *s = model_hold(model);
    assert_int_equal(s->states[DOC_FAILED], before - 1);
    assert_false(catalog_find(&s->documents, "a/0003.pdf", "doc-3", &d));
    assert_true(catalog_find(&s->documents, "a/0001.pdf", "doc-1", &d));
    snapshot_drop(s);
    assert_true(catalog_find(&view.s->documents, "a/0003.pdf", "doc-3", &d)); /* as it was then */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retries),   cmocka_unit_test(cancels), cmocka_unit_test(nothing_of_it),
        cmocka_unit_test(by_id),     cmocka_unit_test(places),  cmocka_unit_test(nonsense),
        cmocka_unit_test(forgotten),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
