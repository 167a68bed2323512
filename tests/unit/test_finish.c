/* finish: a folder is told of once when it is done, again after new drops, over restarts too; what a
 * real model makes of facts is what it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factbox.h"
#include "spoold/alert/ledger.h"
#include "spoold/model/model.h"

#define EPOCH INT64_C(1790000000000)
#define QUIET 60000

static struct model *model;
static struct ledger ledger;
static struct events out;
static int64_t now; /* both clocks: EPOCH + now is the server's */
static uint64_t offset;
static int64_t started;   /* as now */
static char there[8][40]; /* pending documents that the walk finds */

static int set_up(void **state)
{
    (void)state;
    now = started = 1000;
    offset = 0;
    memset(there, 0, sizeof there);
    model = model_new();
    memset(&ledger, 0, sizeof ledger);
    return model ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    events_free(&out);
    ledger_free(&ledger);
    model_free(model);
    return 0;
}

static void take(const struct fact *f)
{
    assert_int_equal(model_take(model, f, now), 0);
}

static void see(const char *path, int64_t since)
{
    struct fact f = an_entry(DOC_PENDING, path, "");
    f.entry.size = 1;
    f.entry.since_ms = since;
    take(&f);
}

static void pending(const char *path)
{
    int i = 0;
    while (there[i][0])
        i++;
    snprintf(there[i], sizeof there[i], "%s", path);
    see(path, EPOCH);
}

static void gone(const char *path)
{
    for (int i = 0; i < 8; i++)
        if (strcmp(there[i], path) == 0)
            there[i][0] = 0;
}

static void ended(const char *path, const char *id, enum outcome outcome)
{
    now++;
    struct fact f =
        an_event(outcome <= OUTCOME_EMPTY ? EVENT_DONE : EVENT_FAILED, outcome, path, id);
    f.event.offset = offset;
    f.event.time_ms = EPOCH + now;
    f.event.pages = 1;
    f.event.size = 1;
    offset += f.event.length;
    gone(path);
    take(&f);
}

/* The walk goes through all places of these states, and finds what is pending there still. */
static void walk_to(int states)
{
    now += 10;
    for (int s = 0; s < states; s++) {
        struct fact f = {.type = FACT_ROUND_BEGIN, .round = {.state = (uint8_t)s}};
        f.round.begun_ms = EPOCH + now;
        take(&f);
        for (int i = 0; s == DOC_PENDING && i < 8; i++)
            if (there[i][0])
                see(there[i], EPOCH);
        f.type = FACT_ROUND_END;
        f.round.complete = true;
        take(&f);
    }
}

/* ... of all that is open */
static void walk(void)
{
    walk_to(DOC_DONE);
}

static bool changed;

/* So much later: how many folders are told of. */
static size_t after(int64_t ms)
{
    now += ms;
    const struct fact tick = {.type = FACT_TICK, .tick = {.server_ms = EPOCH + now}};
    take(&tick);
    assert_int_equal(model_publish(model, now), 0);
    const struct snapshot *s = model_hold(model);
    const struct finish_now f = {s, true, EPOCH + now, QUIET, EPOCH + started};
    events_free(&out);
    changed = finish_step(&ledger.finish, &f, &out);
    snapshot_drop(s);
    return out.n;
}

/* The program ends, and another begins: what it knows is in the ledger and in the journals. */
static void restart(void)
{
    struct buf b = {0};
    char err[160];
    ledger_write(&ledger, &b);
    assert_true(buf_ok(&b));
    ledger_free(&ledger);
    memset(&ledger, 0, sizeof ledger);
    assert_null(ledger_read(&ledger, b.data, b.len, now, err, sizeof err));
    buf_free(&b);
}

static void forget_model(void)
{
    model_free(model);
    model = model_new();
    offset = 0;
    assert_non_null(model);
}

static void once(void **state)
{
    (void)state;
    assert_int_equal(after(0), 0);
    assert_true(changed); /* since when ends count must outlive a restart */
    pending("box/a.pdf");
    pending("box/sub/b.pdf");
    pending("other/c.pdf");
    pending("loose.pdf");
    walk();
    assert_int_equal(after(QUIET), 0);
    assert_false(changed);
    ended("box/a.pdf", "doc-1", OUTCOME_OK);
    ended("loose.pdf", "doc-9", OUTCOME_OK);
    walk();
    assert_int_equal(after(2 * QUIET), 0); /* b is open */
    ended("box/sub/b.pdf", "doc-2", OUTCOME_CORRUPT);
    assert_int_equal(after(2 * QUIET), 0); /* nobody has looked since */
    walk();
    assert_int_equal(after(0), 1);
    assert_true(changed);
    assert_int_equal(out.all[0].kind, ALERT_FOLDER_DONE);
    assert_string_equal(out.all[0].folder, "box");
    assert_int_equal(out.all[0].done, 1);
    assert_int_equal(out.all[0].failed, 1);
    assert_string_equal(out.all[0].message, "folder box is done: 2 documents, 1 failed");
    for (int i = 0; i < 20; i++) {
        walk();
        assert_int_equal(after(QUIET), 0);
    }
}

/* A pause between two drops of one delivery is not its end. */
static void not_before_it_is_quiet(void **state)
{
    (void)state;
    after(0);
    for (int i = 0; i < 10; i++) {
        char path[32], id[16];
        snprintf(path, sizeof path, "box/%d.pdf", i);
        snprintf(id, sizeof id, "doc-%d", i);
        ended(path, id, OUTCOME_OK);
        walk();
        assert_int_equal(after(QUIET - 100), 0);
    }
    assert_int_equal(after(100), 1);
    assert_int_equal(out.all[0].done, 10);
}

static void again_after_new_drops(void **state)
{
    (void)state;
    after(0);
    ended("box/a.pdf", "doc-1", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 1);
    pending("box/b.pdf");
    assert_int_equal(after(QUIET), 0);
    ended("box/b.pdf", "doc-2", OUTCOME_PARTIAL);
    walk();
    assert_int_equal(after(QUIET), 1);
    assert_int_equal(out.all[0].done, 2);
    assert_int_equal(out.all[0].partial, 1);
    assert_int_equal(after(QUIET), 0);
}

/* Taking results away, or a drop that is taken back, finishes nothing. */
static void what_is_taken_away(void **state)
{
    (void)state;
    after(0);
    ended("box/a.pdf", "doc-1", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 1);
    pending("box/b.pdf");
    after(0);
    now += 100000;
    gone("box/b.pdf");
    for (int i = 0; i < 3; i++) /* rounds that do not meet them */
        walk_to(DOC_STATES);
    assert_int_equal(after(10 * QUIET), 0);
    assert_int_equal(after(0), 0);
}

static void over_a_restart(void **state)
{
    (void)state;
    after(0);
    ended("box/a\xff.pdf", "doc-1", OUTCOME_OK);
    ended("b\xfe\"\n/a.pdf", "doc-2", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 2);
    restart();
    forget_model();
    now = 1000; /* the journals tell the same again */
    ended("box/a\xff.pdf", "doc-1", OUTCOME_OK);
    ended("b\xfe\"\n/a.pdf", "doc-2", OUTCOME_OK);
    now += 2 * QUIET;
    walk();
    assert_int_equal(after(QUIET), 0);
    restart();
    now += 1000; /* meanwhile one more has come and was done */
    ended("b\xfe\"\n/b.pdf", "doc-3", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 1);
    assert_string_equal(out.all[0].folder, "b\xfe\"\n");
    assert_string_equal(out.all[0].message, "folder b%FE\"%0A is done: 2 documents");
}

/* On the very first start the past is told to nobody; what was open then is. */
static void the_first_start(void **state)
{
    (void)state;
    ended("old/a.pdf", "doc-1", OUTCOME_OK);
    pending("box/b.pdf");
    ended("box/a.pdf", "doc-2", OUTCOME_OK);
    now += 1000;
    started = now;
    walk();
    assert_int_equal(after(10 * QUIET), 0);
    restart();
    ended("box/b.pdf", "doc-3", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 1);
    assert_string_equal(out.all[0].folder, "box");
}

/* What ends between the start and the first look, which a slow disk or share puts off, is told. */
static void the_first_look_is_late(void **state)
{
    (void)state;
    ended("box/a.pdf", "doc-1", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 1);
    assert_string_equal(out.all[0].folder, "box");
}

/* Not ready (the tree was not gone through yet): nothing is said, whatever it looks like. */
static void not_ready(void **state)
{
    (void)state;
    after(0);
    ended("box/a.pdf", "doc-1", OUTCOME_OK);
    walk();
    now += QUIET;
    assert_int_equal(model_publish(model, now), 0);
    const struct snapshot *s = model_hold(model);
    const struct finish_now f = {s, false, EPOCH + now, QUIET, EPOCH + started};
    events_free(&out);
    assert_false(finish_step(&ledger.finish, &f, &out));
    assert_int_equal(out.n, 0);
    snapshot_drop(s);
    assert_int_equal(after(0), 1);
}

/* A retried document opens its folder again. */
static void retried(void **state)
{
    (void)state;
    after(0);
    ended("box/a.pdf", "doc-1", OUTCOME_TIMEOUT);
    walk();
    assert_int_equal(after(QUIET), 1);
    assert_int_equal(out.all[0].failed, 1);
    now += 1000;
    ended("box/a.pdf", "doc-1", OUTCOME_OK);
    walk();
    assert_int_equal(after(QUIET), 1);
    assert_int_equal(out.all[0].failed, 0);
    assert_int_equal(out.all[0].done, 1);
}

static void many_folders(void **state)
{
    enum { N = FOLDERS_MOST + 500 };
    char path[40], id[16];
    (void)state;
    after(0);
    for (int i = 0; i < N; i++) {
        snprintf(path, sizeof path, "box %d/a.pdf", i);
        snprintf(id, sizeof id, "doc-%x", i);
        ended(path, id, OUTCOME_OK);
    }
    walk();
    assert_int_equal(after(QUIET), FOLDERS_MOST); /* the rest finds no room, and is not told of */
    assert_int_equal(after(QUIET), 0);
    restart();
    assert_int_equal(ledger.finish.n, FOLDERS_MOST);
    assert_int_equal(after(QUIET), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(once),
        CASE(not_before_it_is_quiet),
        CASE(again_after_new_drops),
        CASE(what_is_taken_away),
        CASE(over_a_restart),
        CASE(the_first_start),
        CASE(the_first_look_is_late),
        CASE(not_ready),
        CASE(retried),
        CASE(many_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
