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

#include "spool/docstate.h"
#include "spoold/model/catalog.h"

enum { KEYS = 3000, STEPS = 30000 };

static uint64_t chance = 88172645463325252;

static uint64_t roll(uint64_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % below;
}

/* Key k, in the order of the catalog. */
static struct doc_row row_of(unsigned k, unsigned value)
{
    static char path[32], id[16], message[200];
    snprintf(path, sizeof path, "%04u", k / 3);
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
                            .since_s = 1 + value,
                            .ocr_pages = value % 5,
                            .host = (uint16_t)(value % 100),
                            .state = (uint8_t)(value % DOC_STATES),
                            .outcome = (uint8_t)(value % 7),
                            .tiers = (uint8_t)(1u << value % 8),
                            .ocr = value % 2};
}

/* values[k]: 0: not there. */
static void check(const struct catalog *c, const unsigned *values, unsigned n)
{
    struct catalog_at at = {0, 0};
    struct doc_row d;
    struct leaf_sum sum, plain = {.oldest_s = UINT32_MAX};
    unsigned rows = 0;
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
    for (size_t i = 0; i < c->n; i++)
        assert_in_range(leaf_count(c->leaves[i]), 1, LEAF_ROWS);
}

static void changes_are_those_of_a_plain_array(void **state)
{
    static unsigned values[KEYS], then[KEYS];
    struct catalog c = {0}, shared = {0};
    struct doc_row d;
    (void)state;
    for (unsigned i = 1; i <= STEPS; i++) {
        unsigned k = (unsigned)roll(KEYS);
        d = row_of(k, i);
        bool remove = roll(10) < (i < STEPS / 2 ? 2u : 7u); /* it grows, then it shrinks */
        if (remove)
            assert_int_equal(catalog_remove(&c, d.path, d.id), values[k] != 0);
        else
            assert_int_equal(catalog_put(&c, &d), 0);
        values[k] = remove ? 0 : i;
        assert_int_equal(catalog_find(&c, d.path, d.id, &d), !remove);
        if (i % 300 == 0)
            check(&c, values, KEYS);
        if (i % 1500 == 0) {
            if (shared.leaves)
                check(&shared, then, KEYS); /* as it was */
            catalog_free(&shared);
            assert_int_equal(catalog_share(&c, &shared), 0);
            memcpy(then, values, sizeof then);
        }
    }
    catalog_free(&c);
    check(&shared, then, KEYS); /* and after its maker */
    catalog_free(&shared);
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
    assert_int_equal(c.n, (KEYS + LEAF_ROWS - 1) / LEAF_ROWS);
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
    }
    assert_int_equal(c.rows, 600);
    assert_true(catalog_bytes(&c) < 600 * 400); /* what was given up is packed */
    catalog_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_those_of_a_plain_array),
        cmocka_unit_test(what_comes_in_order_fills_its_leaves),
        cmocka_unit_test(its_own_strings_may_be_put),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
