/* catalog and leaf: against a plain sorted array, through any changes; leaves that are never too full;
 * sums; what is shared stays as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "roll.h"
#include "spool/docstate.h"
#include "spoold/model/catalog.h"
#include "spoold/model/key.h"

enum { KEYS = 3000, STEPS = 30000, MANY_KEYS = 60000, MANY_STEPS = 300000, MANY = 200000 };

/* Key k, in the order of the catalog. */
static struct doc_row row_of(unsigned k, unsigned value)
{
    static char path[32], id[16], message[200];
    snprintf(path, sizeof path, "%06u", k / 3);
    snprintf(id, sizeof id, "%.*s", (int)(k % 3), "ab");
    memset(message, 'm', sizeof message);
    message[value % 150] = 0;
    return (struct doc_row){.path = path,
                            .id = id,
                            .as = "",
                            .history = "",
                            .message = message,
                            .claim = value % 3 ? "" : "-7f",
                            .tiers_packed = value % 4 ? "" : "b1d2",
                            .time_ms = value % 2 ? 1790000000000 + value : 0,
                            .size = value % 1000,
                            .pages = value % 300,
                            .since_s = 1 + value,
                            .ocr_pages = value % 5,
                            .host = (uint16_t)(value % 100),
                            .state = (uint8_t)(value % DOC_STATES),
                            .outcome = (uint8_t)(value % 7),
                            .tiers = (uint8_t)(1u << value % 8),
                            .ocr = value % 2};
}

static void widen(struct leaf_span *s, int64_t value)
{
    s->least = value < s->least ? value : s->least;
    s->most = value > s->most ? value : s->most;
}

/* values[k]: 0: not there. */
static void check(const struct catalog *c, const unsigned *values, unsigned n)
{
    struct catalog_at at = {0};
    struct doc_row d;
    struct leaf_sum sum, plain;
    unsigned rows = 0;
    leaf_sum_none(&plain);
    for (unsigned k = 0; k < n; k++) {
        if (!values[k])
            continue;
        struct doc_row want = row_of(k, values[k]);
        assert_true(catalog_next(c, &at, &d));
        assert_string_equal(d.path, want.path);
        assert_string_equal(d.id, want.id);
        assert_string_equal(d.message, want.message);
        assert_int_equal(d.since_s, want.since_s);
        plain.states |= 1u << d.state;
        plain.count[d.state]++;
        widen(&plain.changed[d.state], leaf_row_changed(&d));
        widen(&plain.size, (int64_t)d.size);
        widen(&plain.pages, d.pages);
        plain.outcomes |= 1u << d.outcome;
        plain.tiers |= d.tiers;
        plain.hosts |= UINT64_C(1) << (d.host % ROW_HOSTS_BITS);
        if (d.state == DOC_PENDING && d.since_s < plain.oldest_s)
            plain.oldest_s = d.since_s;
        if (d.state == DOC_WAITING && d.ocr) {
            plain.ocr_documents++;
            plain.ocr_pages += d.ocr_pages;
            plain.ocr_unknown += d.ocr_pages == 0;
        }
        rows++;
    }
    assert_false(catalog_next(c, &at, &d));
    assert_int_equal(c->rows, rows);
    catalog_sum(c, &sum);
    assert_memory_equal(&sum, &plain, sizeof sum);
    for (size_t i = 0; i < c->n; i++) {
        assert_in_range(branch_count(c->branches[i]), 1, BRANCH_LEAVES);
        for (unsigned k = 0; k < branch_count(c->branches[i]); k++)
            assert_in_range(leaf_count(branch_leaf(c->branches[i], k)), 1, LEAF_ROWS);
    }
}

/* Steps on so many keys; it grows, then it shrinks. */
static void change_and_compare(unsigned keys, unsigned steps, unsigned checks)
{
    static unsigned values[MANY_KEYS], then[MANY_KEYS];
    struct catalog c = {0}, shared = {0};
    struct doc_row d;
    memset(values, 0, sizeof values);
    for (unsigned i = 1; i <= steps; i++) {
        unsigned k = (unsigned)roll(keys);
        d = row_of(k, i);
        bool remove = roll(10) < (i < steps / 2 ? 2u : 8u);
        if (remove)
            assert_int_equal(catalog_remove(&c, d.path, d.id), values[k] != 0);
        else
            assert_int_equal(catalog_put(&c, &d), 0);
        values[k] = remove ? 0 : i;
        assert_int_equal(catalog_find(&c, d.path, d.id, &d), !remove);
        if (i % (steps / checks) == 0)
            check(&c, values, keys);
        if (i % (steps / checks * 5) == 0) {
            if (shared.branches)
                check(&shared, then, keys); /* as it was */
            catalog_free(&shared);
            assert_int_equal(catalog_share(&c, &shared), 0);
            memcpy(then, values, sizeof then);
        }
    }
    for (unsigned k = 0; k < keys; k++) { /* to the very last */
        d = row_of(k, 1);
        assert_int_equal(catalog_remove(&c, d.path, d.id), values[k] != 0);
    }
    assert_int_equal(c.n, 0);
    catalog_free(&c);
    check(&shared, then, keys); /* and after its maker */
    catalog_free(&shared);
}

static void changes_are_those_of_a_plain_array(void **state)
{
    (void)state;
    change_and_compare(KEYS, STEPS, 100);
}

/* As many as need several branches. */
static void so_are_those_of_a_large_one(void **state)
{
    (void)state;
    change_and_compare(MANY_KEYS, MANY_STEPS, 10);
}

static void what_comes_in_order_fills_its_leaves(void **state)
{
    static unsigned values[KEYS];
    struct catalog c = {0};
    (void)state;
    for (unsigned k = 0; k < KEYS; k++) {
        struct doc_row d = row_of(k, k + 1);
        assert_int_equal(catalog_put(&c, &d), 0);
        values[k] = k + 1;
    }
    check(&c, values, KEYS);
    assert_int_equal(c.n, 1);
    assert_int_equal(branch_count(c.branches[0]), (KEYS + LEAF_ROWS - 1) / LEAF_ROWS);
    catalog_free(&c);
}

/* A row may be put anew with the strings that were found in the catalog. */
static void its_own_strings_may_be_put(void **state)
{
    struct catalog c = {0}, shared;
    struct doc_row d;
    (void)state;
    for (unsigned k = 0; k < 600; k++) {
        d = row_of(k, 140);
        d.claim = "-7f";
        d.tiers_packed = "b1d2";
        assert_int_equal(catalog_put(&c, &d), 0);
    }
    for (unsigned i = 0; i < 2000; i++) {
        struct doc_row key = row_of((unsigned)roll(600), 1);
        if (i % 100 == 0) {
            assert_int_equal(catalog_share(&c, &shared), 0);
            catalog_free(&shared);
        }
        assert_true(catalog_find(&c, key.path, key.id, &d));
        d.since_s = i;
        assert_int_equal(catalog_put(&c, &d), 0);
        assert_true(catalog_find(&c, key.path, key.id, &d));
        assert_int_equal(strlen(d.message), 140);
        assert_string_equal(d.claim, "-7f");
        assert_string_equal(d.tiers_packed, "b1d2");
    }
    assert_int_equal(c.rows, 600);
    assert_true(catalog_bytes(&c) < 600 * 400); /* what was given up is packed */
    catalog_free(&c);
}

static void fill(struct catalog *c, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        struct doc_row d = row_of(k * 7919u % n, 100); /* in no order: n is no multiple of it */
        assert_int_equal(catalog_put(c, &d), 0);
    }
    assert_int_equal(c->rows, n);
}

/* What is copied for a change of one row, however large the catalog is. */
static void a_change_costs_what_is_changed(void **state)
{
    static const unsigned sizes[] = {2000, 20000, MANY};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct catalog c = {0}, shared;
        struct doc_row d = row_of(1000, 100);
        fill(&c, sizes[i]);
        assert_int_equal(c.copied, 0); /* nothing was shared */
        assert_int_equal(catalog_share(&c, &shared), 0);
        assert_true(catalog_find(&c, d.path, d.id, &d));
        d.since_s++;
        assert_int_equal(catalog_put(&c, &d), 0);
        uint64_t first = c.copied;
        assert_in_range(first, 1000, branch_own_bytes() + LEAF_ROWS * 300);
        for (unsigned k = 0; k < 50; k++) { /* what has been copied is changed in place */
            d.since_s++;
            assert_int_equal(catalog_put(&c, &d), 0);
        }
        assert_int_equal(c.copied, first);
        /* a pointer for each of some thousands of documents */
        assert_in_range(shared.n, 1, 1 + sizes[i] / (BRANCH_LEAVES / 2 * LEAF_ROWS / 2));
        catalog_free(&shared);
        catalog_free(&c);
    }
}

/* By its key: of each document, of none that is not there; and few leaves are looked through. */
static void a_key_finds_its_document(void **state)
{
    struct catalog c = {0}, shared;
    struct doc_row d;
    char id[24], key[KEY_CAP];
    unsigned leaves = 0, may = 0;
    (void)state;
    for (unsigned k = 0; k < 50000; k++) {
        d = row_of(k * 7919u % 50000 * 3, k);
        snprintf(id, sizeof id, "lease-%x", k);
        d.id = k % 3 ? id : k % 2 ? "!d" : ""; /* a third have none: their place is the key */
        assert_int_equal(catalog_put(&c, &d), 0);
    }
    assert_int_equal(catalog_share(&c, &shared), 0);
    struct catalog_at at = {0};
    for (unsigned k = 0; catalog_next(&shared, &at, &d); k++) {
        struct doc_row found;
        key_of(&d, key);
        if (k % 97)
            continue;
        assert_true(catalog_find_key(&shared, key, &found));
        if (d.id[0] && d.id[0] != '!')
            assert_string_equal(found.id, d.id);
        else if (d.state != DOC_CLAIMED && d.state != DOC_SEALED && d.state != DOC_WAITING)
            assert_string_equal(found.path, d.path);
    }
    for (unsigned k = 0; k < 200; k++) {
        snprintf(key, sizeof key, "nobody-%x", k);
        assert_false(catalog_find_key(&shared, key, &d));
        for (size_t b = 0; b < shared.n; b++)
            for (unsigned i = 0; i < branch_count(shared.branches[b]); i++, leaves++)
                may += leaf_may_have_key(branch_leaf(shared.branches[b], i), key_hash_of(key));
    }
    assert_in_range(may, 0, leaves / 50);
    assert_true(leaves > 200 * 50000 / LEAF_ROWS);
    catalog_free(&shared);
    catalog_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_those_of_a_plain_array),
        cmocka_unit_test(so_are_those_of_a_large_one),
        cmocka_unit_test(a_change_costs_what_is_changed),
        cmocka_unit_test(a_key_finds_its_document),
        cmocka_unit_test(what_comes_in_order_fills_its_leaves),
        cmocka_unit_test(its_own_strings_may_be_put),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
