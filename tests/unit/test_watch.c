/* watch: each alert is told once when it has lasted, once when it is over; over a restart, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/alert/watch.h"

#define HOLD 30000

static struct watch w;
static struct events out;
static struct alert_item items[ALERTS];
static struct watch_now now;

static int set_up(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    memset(items, 0, sizeof items);
    events_free(&out);
    now = (struct watch_now){.items = items,
                             .answering = true,
                             .ready = true,
                             .boot_ms = 1000000,
                             .server_ms = 1790000000000,
                             .hold_ms = HOLD};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    events_free(&out);
    return 0;
}

static void so(unsigned n, enum alert_kind kind, const char *host)
{
    items[n] = (struct alert_item){.kind = kind, .level = "warn", .since_ms = 1789999990000};
    snprintf(items[n].host, sizeof items[n].host, "%s", host);
    snprintf(items[n].message, sizeof items[n].message, "%s has it", host);
    now.n = n + 1;
}

/* So much later: what is told. */
static size_t after(int64_t ms)
{
    now.boot_ms += ms;
    now.server_ms += ms;
    events_free(&out);
    watch_step(&w, &now, &out);
    return out.n;
}

static void once_when_it_lasts_and_once_when_it_ends(void **state)
{
    (void)state;
    so(0, ALERT_HOST_SILENT, "alpha");
    assert_int_equal(after(0), 0);
    assert_int_equal(after(HOLD - 1), 0);
    assert_int_equal(after(1), 1);
    assert_int_equal(out.all[0].kind, ALERT_HOST_SILENT);
    assert_false(out.all[0].over);
    assert_string_equal(out.all[0].host, "alpha");
    assert_string_equal(out.all[0].message, "alpha has it");
    for (int i = 0; i < 100; i++)
        assert_int_equal(after(HOLD), 0);
    now.n = 0;
    assert_int_equal(after(0), 0);
    assert_int_equal(after(HOLD - 1), 0);
    assert_int_equal(after(1), 1);
    assert_true(out.all[0].over);
    assert_string_equal(out.all[0].message, "alpha is back");
    assert_int_equal(out.all[0].since_ms, 1789999990000);
    assert_int_equal(after(HOLD), 0);
    assert_int_equal(w.n, 0);
    so(0, ALERT_HOST_SILENT, "alpha"); /* and again */
    after(0);
    assert_int_equal(after(HOLD), 1);
}

static void what_is_over_soon_is_not_told(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        so(0, ALERT_SPACE_LOW, "");
        assert_int_equal(after(HOLD - 1), 0);
        now.n = 0;
        assert_int_equal(after(HOLD - 1), 0);
    }
    so(0, ALERT_SPACE_LOW, "");
    after(0);
    assert_int_equal(after(HOLD), 1);
    for (int i = 0; i < 50; i++) { /* nor is an end that does not last */
        now.n = 0;
        assert_int_equal(after(HOLD - 1), 0);
        so(0, ALERT_SPACE_LOW, "");
        assert_int_equal(after(HOLD - 1), 0);
    }
}

static void each_host_and_kind_for_itself(void **state)
{
    (void)state;
    so(0, ALERT_HOST_SILENT, "alpha");
    so(1, ALERT_HOST_SICK, "beta");
    so(2, ALERT_HOST_SILENT, "beta");
    after(0);
    assert_int_equal(after(HOLD), 3);
    now.n = 2;
    after(0);
    assert_int_equal(after(HOLD), 1);
    assert_true(out.all[0].over);
    assert_int_equal(out.all[0].kind, ALERT_HOST_SILENT);
    assert_string_equal(out.all[0].host, "beta");
}

/* Every kind has words for its end, with the host where it has one. */
static void every_end_has_words(void **state)
{
    (void)state;
    for (int k = 0; k < ALERT_FOLDER_DONE; k++) {
        set_up(NULL);
        so(0, (enum alert_kind)k, "alpha");
        after(0);
        assert_int_equal(after(HOLD), 1);
        now.n = 0;
        after(0);
        assert_int_equal(after(HOLD), 1);
        assert_true(strlen(out.all[0].message) > 10);
        assert_null(strchr(out.all[0].message, '%'));
    }
}

/* What is known of the past neither begins nor ends; the share's silence itself does. */
static void while_the_share_is_away(void **state)
{
    (void)state;
    so(0, ALERT_HOST_SICK, "alpha");
    after(0);
    assert_int_equal(after(HOLD), 1);
    now.answering = now.ready = false;
    so(0, ALERT_SHARE, "");
    so(1, ALERT_HOST_SILENT, "beta");
    after(0);
    assert_int_equal(after(HOLD), 1);
    assert_int_equal(out.all[0].kind, ALERT_SHARE);
    assert_int_equal(after(100 * HOLD), 0);
    now.answering = now.ready = true; /* the rest begins anew from here on */
    now.n = 0;
    so(0, ALERT_HOST_SILENT, "beta");
    assert_int_equal(after(0), 0);
    assert_int_equal(after(HOLD - 1), 0);
    assert_int_equal(after(1), 3);
}

/* After a start not all is known at once: what is not seen yet is not over. */
static void nothing_ends_before_all_was_seen(void **state)
{
    (void)state;
    so(0, ALERT_HOST_SICK, "alpha");
    after(0);
    after(HOLD);
    now.n = 0;
    now.ready = false;
    after(0);
    assert_int_equal(after(100 * HOLD), 0);
    now.ready = true;
    assert_int_equal(after(1), 1);
    assert_true(out.all[0].over);
}

static void over_a_restart(void **state)
{
    struct buf b = {0};
    struct jsonw j;
    char err[160];
    (void)state;
    so(0, ALERT_HOST_SILENT, "alpha");
    so(1, ALERT_SPACE_LOW, "");
    after(0);
    assert_int_equal(after(HOLD), 2);
    so(2, ALERT_PAUSED, ""); /* not told yet: not kept */
    after(0);
    jsonw_init(&j, &b, false);
    jsonw_object(&j, NULL);
    watch_show(&w, &j, "alerts");
    jsonw_end_object(&j);
    struct jsonr *r = jsonr_parse(b.data, b.len, err, sizeof err);
    memset(&w, 0, sizeof w);
    watch_read(&w, jsonr_get(r, "alerts"), now.boot_ms);
    assert_int_equal(w.n, 2);
    now.n = 2; /* both still are so: nobody is told again */
    for (int i = 0; i < 10; i++)
        assert_int_equal(after(HOLD), 0);
    now.n = 1; /* one ended meanwhile */
    after(0);
    assert_int_equal(after(HOLD), 1);
    assert_true(out.all[0].over);
    assert_int_equal(out.all[0].kind, ALERT_SPACE_LOW);
    jsonr_free(r);
    buf_free(&b);
}

static void a_host_that_never_comes_back(void **state)
{
    (void)state;
    so(0, ALERT_HOST_SILENT, "alpha");
    after(0);
    after(HOLD);
    items[0].gone = true;
    after(ALERT_MISSED_MS);
    now.n = 0;
    after(0);
    assert_int_equal(after(HOLD), 1);
    assert_string_equal(out.all[0].message, "alpha has not come back, and is missed no more");
}

/* Others had its documents by then. */
static void a_host_that_comes_back_late(void **state)
{
    (void)state;
    so(0, ALERT_HOST_SILENT, "alpha");
    after(0);
    after(HOLD);
    items[0].gone = true;
    after(ALERT_MISSED_MS / 2);
    now.n = 0;
    after(0);
    assert_int_equal(after(HOLD), 1);
    assert_string_equal(out.all[0].message, "alpha is back");
}

#define CASE(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(once_when_it_lasts_and_once_when_it_ends),
        CASE(what_is_over_soon_is_not_told),
        CASE(each_host_and_kind_for_itself),
        CASE(every_end_has_words),
        CASE(while_the_share_is_away),
        CASE(nothing_ends_before_all_was_seen),
        CASE(over_a_restart),
        CASE(a_host_that_never_comes_back),
        CASE(a_host_that_comes_back_late),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
