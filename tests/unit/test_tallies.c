/* What the model reckons with: ranges that are covered, minutes and hours, places, and the time that
 * is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/model/covered.h"
#include "spoold/model/eta.h"
#include "spoold/model/history.h"
#include "spoold/model/places.h"
#include "spoold/model/took.h"

#define MINUTE INT64_C(60000)
static const int64_t now = 1790000000000 / MINUTE * MINUTE + 30000;

static void ranges_grow_together(void **state)
{
    struct covered c = {0};
    (void)state;
    assert_int_equal(covered_meet(&c, "h", "lease", 7, 1000), 0);
    assert_true(covered_add(&c, "h", "lease", 100, 200, 1));
    assert_true(covered_add(&c, "h", "lease", 300, 400, 1));
    assert_false(covered_add(&c, "h", "lease", 100, 110, 1));
    assert_false(covered_add(&c, "h", "lease", 199, 200, 1));
    assert_true(covered_add(&c, "h", "lease", 200, 300, 1)); /* closes the gap */
    assert_int_equal(c.journals[0].n, 1);
    assert_int_equal(c.journals[0].ranges[0].from, 100);
    assert_int_equal(c.journals[0].ranges[0].to, 400);
    assert_true(covered_add(&c, "h", "other", 100, 110, 1));
    assert_true(covered_add(&c, "g", "lease", 100, 110, 1));
    assert_int_equal(covered_meet(&c, "h", "lease", 7, 1000), 0); /* the same */
    assert_false(covered_add(&c, "h", "lease", 399, 400, 1));
    assert_int_equal(covered_meet(&c, "h", "lease", 7, 399), 0); /* shorter */
    assert_true(covered_add(&c, "h", "lease", 100, 110, 1));
    assert_int_equal(covered_meet(&c, "h", "lease", 8, 1000), 0); /* another */
    assert_true(covered_add(&c, "h", "lease", 100, 110, 1));
    for (uint64_t i = 0; i < 100; i++) /* more than can be kept apart */
        covered_add(&c, "h", "lease", 1000 + 10 * i * i, 1001 + 10 * i * i, 1);
    size_t at = strcmp(c.journals[1].lease, "lease") == 0 ? 1 : 2;
    assert_true(c.journals[at].n <= COVERED_RANGES);
    for (uint64_t i = 0; i < 100; i++)
        assert_false(covered_add(&c, "h", "lease", 1000 + 10 * i * i, 1001 + 10 * i * i, 1));
    assert_true(covered_add(&c, "h", "lease", 1000 + 10 * 98 * 98 + 500, 1000 + 10 * 98 * 98 + 600,
                            1)); /* the largest gaps stay open */
    covered_free(&c);
}

/* Against a bit for each byte. */
static void ranges_are_those_of_a_bitmap(void **state)
{
    static bool bytes[2000];
    struct covered c = {0};
    unsigned seed = 1, fresh = 0;
    (void)state;
    covered_meet(&c, "h", "lease", 7, 2000);
    for (int i = 0; i < 4000; i++) {
        unsigned from = (seed = seed * 1103515245 + 12345) / 65536 % 8 * 250 % 2000;
        unsigned length = 1 + (seed = seed * 1103515245 + 12345) / 65536 % 30;
        while (from < 1990 && bytes[from] && i % 3)
            from++;
        if (from + length > 2000)
            continue;
        bool got = covered_add(&c, "h", "lease", from, from + length, 1);
        if (c.journals[0].n < COVERED_RANGES)
            assert_int_equal(got, !bytes[from]);
        fresh += got;
        memset(bytes + from, 1, length);
    }
    assert_true(fresh > 20);
    covered_free(&c);
}

static void minutes_and_hours_are_counted(void **state)
{
    struct history *h = calloc(1, sizeof *h);
    uint64_t one[HISTORY_COUNTS] = {[DID_DONE] = 1, [DID_PAGES] = 10}, sum[HISTORY_COUNTS];
    (void)state;
    for (int64_t back = 0; back < 3000; back++) /* any order; what is too old is dropped */
        history_add(h, now - (back * 7 % 3000) * MINUTE, one);
    history_sum(h, now, 60, sum);
    assert_int_equal(sum[DID_DONE], 60); /* whole minutes: not the one that is */
    assert_int_equal(sum[DID_PAGES], 600);
    history_sum(h, now, 5, sum);
    assert_int_equal(sum[DID_DONE], 5);
    history_sum(h, now + 58 * MINUTE, 60, sum);
    assert_int_equal(sum[DID_DONE], 3);
    history_sum(h, now + 100 * MINUTE, 60, sum);
    assert_int_equal(sum[DID_DONE], 0);
    assert_int_equal(history_minute(h, now / MINUTE)->n[DID_DONE], 1);
    assert_null(history_minute(h, now / MINUTE + 1));
    uint64_t all = 0;
    for (int64_t k = 0; k < HISTORY_HOURS; k++) {
        const struct bucket *b = history_hour(h, now / (60 * MINUTE) - k);
        all += b ? b->n[DID_DONE] : 0;
    }
    assert_int_equal(all, 3000);
    history_add(h, now - INT64_C(721) * 60 * MINUTE, one); /* must not take a younger one's place */
    assert_non_null(history_hour(h, now / (60 * MINUTE) - 1));
    history_add(h, -5, one);
    free(h);
}

static void history_is_written_and_read(void **state)
{
    struct history *h = calloc(1, sizeof *h), *back = calloc(1, sizeof *back);
    uint64_t one[HISTORY_COUNTS] = {1, 2, 3, 4, 5, 6, 7, 8, 9, UINT64_MAX / 4, 11};
    struct buf b = {0};
    (void)state;
    for (int64_t i = 0; i < 100; i++)
        history_add(h, now - i * 7 * MINUTE, one);
    history_write(h, &b);
    for (char *line = strtok(b.data, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(history_read_line(back, line));
    back->newest_ms = h->newest_ms; /* to the minute only */
    assert_memory_equal(h, back, sizeof *h);
    assert_false(history_read_line(back, "hour 1 2 3"));
    assert_false(history_read_line(back, "hour -1 1 2 3 4 5 6 7 8 9 10 11"));
    assert_false(history_read_line(back, "hour 0 1 2 3 4 5 6 7 8 9 10 11"));
    assert_false(history_read_line(back, "hour 99999999999999999 1 2 3 4 5 6 7 8 9 10 11"));
    assert_false(history_read_line(back, "hour 9 1 2 3 4 5 6 7 8 9 10 11 12"));
    assert_false(history_read_line(back, "day 9 1 2 3 4 5 6 7 8 9 10 11"));
    assert_memory_equal(h, back, sizeof *h);
    buf_free(&b);
    free(h);
    free(back);
}

static void what_took_how_long_is_counted(void **state)
{
    struct took t = {0}, back = {0};
    struct buf b = {0};
    struct fact_event e = {.what = EVENT_DONE, .took_ms = 10, .pages = 4};
    (void)state;
    took_add(&t, &e); /* just within the first class; of its tiers nothing is known */
    e.took_ms = 11;
    e.known_tiers = true;
    e.tiers[PAGES_OCR] = 4;
    took_add(&t, &e);
    e.tiers[PAGES_TEXT] = 1; /* whose time is whose is not known */
    e.took_ms = INT64_C(1000) * took_bounds[TOOK_BOUNDS - 1];
    took_add(&t, &e);
    assert_int_equal(t.documents[0], 1);
    assert_int_equal(t.documents[1], 1);
    assert_int_equal(t.documents[TOOK_BOUNDS], 1);
    assert_int_equal(t.ms, 21 + e.took_ms);
    assert_int_equal(t.tier_pages[PAGES_OCR], 4);
    assert_int_equal(t.tier_ms[PAGES_OCR], 11);
    assert_int_equal(t.tier_pages[PAGES_TEXT], 0);
    for (int i = 1; i < TOOK_BOUNDS; i++)
        assert_true(took_bounds[i - 1] < took_bounds[i]);
    took_write(&t, &b);
    for (char *line = strtok(b.data, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(took_read_line(&back, line));
    assert_memory_equal(&t, &back, sizeof t);
    static const char *const bad[] = {"took",
                                      "took 1",
                                      "took 15 1",
                                      "took -1 1",
                                      "took 1 x",
                                      "took m 1",
                                      "took 1 2 3",
                                      "took-pages ocr 1",
                                      "took-pages",
                                      "took-pages x 1 2",
                                      "took-pages ocr 1 2 3",
                                      "took-pages an-endless-name-of-a-tier 1 2",
                                      "total ms 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(took_read_line(&back, bad[i]));
    assert_memory_equal(&t, &back, sizeof t);
    buf_free(&b);
}

static void places_are_known_until_they_are_forgotten(void **state)
{
    enum { N = 20000 };
    struct places p = {0};
    char name[32];
    (void)state;
    assert_int_equal(places_seen(&p, 'p', "x"), -1);
    places_forget(&p, 'p', "x");
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "folder/%d", i);
        assert_int_equal(places_see(&p, 'd', name, (uint8_t)i), 0);
        assert_int_equal(places_see(&p, 'd', name, (uint8_t)(i + 1)), 1);
    }
    assert_int_equal(p.used, N);
    for (int i = 0; i < N; i += 3) {
        snprintf(name, sizeof name, "folder/%d", i);
        places_forget(&p, 'd', name);
        places_forget(&p, 'f', name); /* of another kind: never there */
    }
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "folder/%d", i);
        assert_int_equal(places_seen(&p, 'd', name), i % 3 == 0 ? -1 : (uint8_t)(i + 1));
        assert_int_equal(places_seen(&p, 'p', name), -1);
    }
    assert_int_equal(p.used, N - (N + 2) / 3);
    places_free(&p);
}

static void what_is_left_takes_as_long_as_what_was(void **state)
{
    struct history *h = calloc(1, sizeof *h);
    struct eta eta[ETA_KINDS];
    struct eta_work work = {.documents = 600, .ocr_documents = 10, .ocr_pages = 200};
    (void)state;
    eta_of(h, now, &work, eta); /* nothing is known */
    assert_int_equal(eta[ETA_TEXT].likely_ms, -1);
    assert_int_equal(eta[ETA_OCR].high_ms, -1);
    /* An hour of 2 documents a minute of 5 text pages and one for OCR; the last 5 minutes at twice
     * that pace. */
    for (int64_t back = 1; back <= 60; back++) {
        uint64_t times = back <= 5 ? 2 : 1;
        uint64_t n[HISTORY_COUNTS] = {[DID_DONE] = 2 * times,
                                      [DID_TEXT_PAGES] = 10 * times,
                                      [DID_OCR_PAGES] = 2 * times,
                                      [DID_OCR_DOCS] = times};
        history_add(h, now - back * MINUTE, n);
    }
    eta_of(h, now, &work, eta);
    assert_true(eta[ETA_TEXT].pages_left > 2999 && eta[ETA_TEXT].pages_left < 3001);
    /* 200 pages, 10 documents of 2, and one page of each that has not been looked into */
    assert_true(eta[ETA_OCR].pages_left > 819 && eta[ETA_OCR].pages_left < 821);
    assert_true(eta[ETA_TEXT].low_ms == 150 * MINUTE);
    assert_true(eta[ETA_TEXT].likely_ms > 270 * MINUTE && eta[ETA_TEXT].likely_ms < 280 * MINUTE);
    assert_true(eta[ETA_TEXT].high_ms == eta[ETA_TEXT].likely_ms);
    assert_true(eta[ETA_OCR].low_ms < eta[ETA_OCR].likely_ms);
    work = (struct eta_work){0};
    eta_of(h, now, &work, eta);
    assert_int_equal(eta[ETA_TEXT].likely_ms, 0);
    assert_int_equal(eta[ETA_OCR].high_ms, 0);
    free(h);
}

/* A cluster that began ten minutes ago has the pace of ten minutes. */
static void a_young_history_has_its_own_pace(void **state)
{
    struct history *h = calloc(1, sizeof *h);
    struct eta eta[ETA_KINDS];
    struct eta_work work = {.documents = 100};
    uint64_t n[HISTORY_COUNTS] = {[DID_DONE] = 10, [DID_TEXT_PAGES] = 10};
    (void)state;
    for (int64_t back = 1; back <= 10; back++)
        history_add(h, now - back * MINUTE, n);
    eta_of(h, now, &work, eta);
    assert_int_equal(eta[ETA_TEXT].likely_ms, 10 * MINUTE);
    assert_int_equal(eta[ETA_TEXT].low_ms, 10 * MINUTE);
    assert_int_equal(eta[ETA_TEXT].high_ms, 10 * MINUTE);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_grow_together),
        cmocka_unit_test(ranges_are_those_of_a_bitmap),
        cmocka_unit_test(minutes_and_hours_are_counted),
        cmocka_unit_test(history_is_written_and_read),
        cmocka_unit_test(what_took_how_long_is_counted),
        cmocka_unit_test(places_are_known_until_they_are_forgotten),
        cmocka_unit_test(what_is_left_takes_as_long_as_what_was),
        cmocka_unit_test(a_young_history_has_its_own_pace),
    };
    return cmocka_run_group_tests_name("tallies", tests, NULL, NULL);
}
