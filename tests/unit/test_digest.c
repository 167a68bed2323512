/* digest and ledger: what goes together, when, and that a restart changes no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/alert/ledger.h"

enum { GAP = 60000, MANY = 10000 };

static struct ledger l;
static struct events made;

static int set_up(void **state)
{
    (void)state;
    memset(&l, 0, sizeof l);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_free(&l);
    events_free(&made);
    return 0;
}

static void happen(enum alert_kind kind, bool over, const char *host)
{
    struct event *e = events_add(&made);
    assert_non_null(e);
    e->kind = kind;
    e->over = over;
    e->time_ms = 1790000000000;
    snprintf(e->host, sizeof e->host, "%s", host);
    assert_true(digest_add(&l.digest, e));
}

static size_t closed(void)
{
    size_t n = 0;
    for (size_t i = 0; i < l.digest.n; i++)
        n += l.digest.all[i].made_ms != 0;
    return n;
}

static void the_first_at_once_the_rest_together(void **state)
{
    (void)state;
    happen(ALERT_HOST_SILENT, false, "alpha");
    assert_true(digest_close(&l.digest, 5000, 77, GAP));
    assert_int_equal(closed(), 1);
    digest_drop_closed(&l.digest);
    assert_int_equal(l.digest.n, 0);
    for (int i = 0; i < MANY; i++)
        happen(ALERT_HOST_SILENT, false, "beta");
    assert_false(digest_close(&l.digest, 5000 + GAP - 1, 78, GAP));
    assert_int_equal(closed(), 0);
    assert_true(digest_close(&l.digest, 5000 + GAP, 79, GAP));
    assert_int_equal(l.digest.n, 1);
    assert_int_equal(l.digest.all[0].events.n, MANY);
    assert_int_equal(l.digest.all[0].made_ms, 79);
}

/* Another kind, and the end of the same, do not wait for it. */
static void each_type_for_itself(void **state)
{
    (void)state;
    happen(ALERT_HOST_SILENT, false, "alpha");
    digest_close(&l.digest, 5000, 77, GAP);
    digest_drop_closed(&l.digest);
    happen(ALERT_HOST_SILENT, true, "alpha");
    happen(ALERT_SPACE_LOW, false, "");
    happen(ALERT_HOST_SILENT, false, "beta");
    assert_true(digest_close(&l.digest, 5001, 78, GAP));
    assert_int_equal(closed(), 2);
    digest_drop_closed(&l.digest);
    assert_int_equal(l.digest.n, 1);
    assert_string_equal(l.digest.all[0].events.all[0].host, "beta");
}

/* What comes after a batch was closed is in another one. */
static void a_closed_one_never_changes(void **state)
{
    (void)state;
    happen(ALERT_HOST_SILENT, false, "alpha");
    digest_close(&l.digest, 5000, 77, GAP);
    happen(ALERT_HOST_SILENT, false, "beta");
    assert_int_equal(l.digest.n, 2);
    assert_int_equal(l.digest.all[0].events.n, 1);
    assert_string_not_equal(l.digest.all[0].events.all[0].id, l.digest.all[1].events.all[0].id);
}

static void over_a_restart(void **state)
{
    struct buf b = {0}, again = {0};
    struct ledger other = {.watch = {.n = 0}};
    char err[160];
    (void)state;
    happen(ALERT_HOST_SILENT, true, "alpha");
    digest_close(&l.digest, 5000, 77, GAP);
    happen(ALERT_FOLDER_DONE, false, "");
    struct event *e = &l.digest.all[1].events.all[0];
    memcpy(e->folder, "a\xff\n\"b", 6);
    e->done = 4000000000u;
    e->empty = 2;
    ledger_write(&l, &b);
    assert_null(ledger_read(&other, b.data, b.len, 0, err, sizeof err));
    assert_int_equal(other.digest.n, 2);
    assert_int_equal(other.digest.all[0].made_ms, 77);
    assert_int_equal(other.digest.all[1].made_ms, 0);
    assert_memory_equal(&other.digest.all[0].events.all[0], &l.digest.all[0].events.all[0],
                        sizeof(struct event));
    assert_memory_equal(&other.digest.all[1].events.all[0], e, sizeof *e);
    ledger_write(&other, &again);
    assert_int_equal(b.len, again.len);
    assert_memory_equal(b.data, again.data, b.len);
    ledger_free(&other);
    buf_free(&b);
    buf_free(&again);
}

/* A file that is no ledger, or one of a person's making, does no harm. */
static void strange_ledgers(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"format\":2}",
        "{\"format\":1,\"alerts\":7,\"folders\":[],\"batches\":{}}",
        "{\"format\":1,\"alerts\":[{\"kind\":\"folder_done\"},{\"kind\":\"x\"},7],"
        "\"folders\":{\"told\":[{\"folder\":\"%zz\"},{\"folder\":\"\"},3]},"
        "\"batches\":[{\"events\":[{}]},{},{\"events\":[{\"id\":\"x\",\"kind\":\"nothing\"}]}]}"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ledger other = {.watch = {.n = 0}};
        char err[160];
        const char *wrong = ledger_read(&other, texts[i], strlen(texts[i]), 0, err, sizeof err);
        assert_int_equal(wrong != NULL, i < 4);
        assert_int_equal(other.watch.n, 0);
        assert_int_equal(other.finish.n, 0);
        assert_int_equal(other.digest.n, 0);
        ledger_free(&other);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_at_once_the_rest_together),
        CASE(each_type_for_itself),
        CASE(a_closed_one_never_changes),
        CASE(over_a_restart),
        CASE(strange_ledgers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
