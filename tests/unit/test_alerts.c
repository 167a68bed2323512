/* alerts: each condition comes, stays, and goes, out of the snapshots of a real model at made-up times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factbox.h"
#include "spoold/api/alerts.h"

#define EPOCH  INT64_C(1790000000000)
#define MINUTE INT64_C(60000)

static struct model *model;
static struct alerts a;
static struct settings settings;
static int64_t now; /* boot clock; EPOCH + now is the server's */
static uint64_t offset;

static int set_up(void **state)
{
    (void)state;
    model = model_new();
    memset(&a, 0, sizeof a);
    settings_defaults(&settings);
    now = 10 * MINUTE;
    offset = 0;
    return model ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    model_free(model);
    return 0;
}

static void take(const struct fact *f)
{
    assert_int_equal(model_take(model, f, now), 0);
}

static void tick(void)
{
    const struct fact f = {.type = FACT_TICK, .tick = {.server_ms = EPOCH + now}};
    take(&f);
}

/* Look, so much later; the share has answered. */
static void after(int64_t ms)
{
    struct view v;
    size_t n;
    now += ms;
    tick();
    assert_int_equal(model_publish(model, now), 0);
    v = (struct view){model_hold(model), EPOCH + now, now};
    struct host_view *hosts = hostview_all(&v, &n);
    const struct alerts_of of = {&v, hosts, n, &settings};
    alerts_find(&a, &of);
    free(hosts);
    view_close(&v);
}

/* Is it so? NULL: no. It is there once at most. */
static const struct alert_item *is_so(enum alert_kind kind)
{
    const struct alert_item *found = NULL;
    for (unsigned i = 0; i < a.n; i++)
        if (a.all[i].kind == kind) {
            assert_null(found);
            found = &a.all[i];
        }
    return found;
}

static int64_t heat = STATUS_UNKNOWN;

static void host(const char *name, const char *state, const char *version, bool silent)
{
    struct host_status s = {.cores = 4, .n_slots = 4, .written_ms = EPOCH + now};
    s.load.temperature_millidegrees = heat;
    struct buf status = {0};
    char lease[LEASE_CAP];
    snprintf(lease, sizeof lease, "%s.1.2.3", name);
    snprintf(s.host, sizeof s.host, "%s", name);
    snprintf(s.lease, sizeof s.lease, "%s", lease);
    snprintf(s.state, sizeof s.state, "%s", state);
    snprintf(s.version, sizeof s.version, "%s", version);
    snprintf(s.reason, sizeof s.reason, "its disk is broken");
    hoststatus_write(&s, &status);
    const struct fact f = {.type = FACT_HOST,
                           .host = {.host = name,
                                    .lease = lease,
                                    .has_beat = true,
                                    .silent = silent,
                                    .beat_ms = EPOCH + now - (silent ? MINUTE : 0),
                                    .age_ms = silent ? MINUTE : 0,
                                    .status = status.data}};
    take(&f);
    buf_free(&status);
}

static void host_gone(const char *name)
{
    char lease[LEASE_CAP];
    snprintf(lease, sizeof lease, "%s.1.2.3", name);
    const struct fact f = {.type = FACT_HOST_GONE, .gone = {name, lease}};
    take(&f);
}

static void pending(const char *path)
{
    struct fact f = an_entry(DOC_PENDING, path, "");
    f.entry.since_ms = EPOCH;
    take(&f);
}

static void ended(enum outcome outcome)
{
    static unsigned number;
    char path[24], id[24];
    snprintf(path, sizeof path, "x/%u.pdf", ++number);
    snprintf(id, sizeof id, "doc-%x", number);
    struct fact f =
        an_event(outcome <= OUTCOME_EMPTY ? EVENT_DONE : EVENT_FAILED, outcome, path, id);
    f.event.offset = offset;
    f.event.time_ms = EPOCH + now;
    offset += f.event.length;
    take(&f);
}

static void a_host_falls_silent_and_is_back(void **state)
{
    (void)state;
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_HOST_SILENT));
    host("alpha", "running", "0.1.0", true);
    after(0);
    const struct alert_item *i = is_so(ALERT_HOST_SILENT);
    assert_non_null(i);
    assert_string_equal(i->host, "alpha");
    assert_string_equal(i->message, "alpha has been silent for 1 min");
    assert_false(i->gone);
    assert_true(i->since_ms == EPOCH + now - MINUTE);
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_HOST_SILENT));
}

/* Others take the documents of a dead host, and its lease goes: it is missed all the same. */
static void a_host_that_was_given_up(void **state)
{
    (void)state;
    host("alpha", "running", "0.1.0", true);
    after(0);
    int64_t since = is_so(ALERT_HOST_SILENT)->since_ms;
    host_gone("alpha");
    for (int i = 0; i < 20; i++) {
        after(60 * MINUTE);
        const struct alert_item *one = is_so(ALERT_HOST_SILENT);
        assert_non_null(one);
        assert_true(one->gone && one->since_ms == since);
    }
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_HOST_SILENT));
    host("alpha", "running", "0.1.0", true);
    after(0);
    host_gone("alpha");
    after(0);
    assert_non_null(is_so(ALERT_HOST_SILENT));
    after(ALERTS_MISSED_MS);
    assert_null(is_so(ALERT_HOST_SILENT));
}

/* Who stops as told is not missed. */
static void a_host_that_stops(void **state)
{
    (void)state;
    host("alpha", "stopping", "0.1.0", false);
    after(0);
    host_gone("alpha");
    after(MINUTE);
    assert_int_equal(a.n, 0);
}

static void a_sick_host(void **state)
{
    (void)state;
    host("alpha", "sick", "0.1.0", false);
    after(0);
    assert_string_equal(is_so(ALERT_HOST_SICK)->message, "alpha is sick: its disk is broken");
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_HOST_SICK));
}

static void a_hot_host(void **state)
{
    (void)state;
    heat = 89999;
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_TEMPERATURE));
    heat = 90000;
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_string_equal(is_so(ALERT_TEMPERATURE)->message,
                        "the processor of alpha is at 90 degrees Celsius");
    assert_string_equal(is_so(ALERT_TEMPERATURE)->host, "alpha");
    host("alpha", "running", "0.1.0", true); /* what it said is of the past */
    after(0);
    assert_null(is_so(ALERT_TEMPERATURE));
    host("alpha", "running", "0.1.0", false);
    settings.temperature_limit = 0;
    after(0);
    assert_null(is_so(ALERT_TEMPERATURE));
    settings.temperature_limit = 90;
    heat = STATUS_UNKNOWN;
    host("alpha", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_TEMPERATURE));
}

static void another_version(void **state)
{
    (void)state;
    host("alpha", "running", "0.1.0", false);
    host("beta", "running", "0.1.0", false);
    host("gamma", "running", "0.2.0", false);
    after(0);
    assert_string_equal(is_so(ALERT_VERSION)->host, "gamma");
    host("gamma", "running", "0.1.0", false);
    after(0);
    assert_null(is_so(ALERT_VERSION));
}

static void nothing_comes_to_an_end(void **state)
{
    (void)state;
    host("alpha", "running", "0.1.0", false);
    after(24 * 60 * MINUTE); /* an idle day, then a drop: that is no standstill */
    pending("a.pdf");
    after(0);
    assert_null(is_so(ALERT_NO_PROGRESS));
    after(15 * MINUTE - 1);
    assert_null(is_so(ALERT_NO_PROGRESS));
    after(1);
    const struct alert_item *i = is_so(ALERT_NO_PROGRESS);
    assert_non_null(i);
    assert_true(i->since_ms == EPOCH + now - 15 * MINUTE);
    ended(OUTCOME_OK);
    after(0);
    assert_null(is_so(ALERT_NO_PROGRESS));
    after(14 * MINUTE);
    ended(OUTCOME_CORRUPT); /* a failure is an end */
    after(0);
    after(14 * MINUTE);
    assert_null(is_so(ALERT_NO_PROGRESS));
    after(MINUTE);
    assert_non_null(is_so(ALERT_NO_PROGRESS));
    settings.no_progress_after = 0;
    after(0);
    assert_null(is_so(ALERT_NO_PROGRESS));
}

/* Nobody could do it: that is told otherwise. */
static void nobody_is_able(void **state)
{
    struct fact f = {.type = FACT_CONTROL, .control = {.pause = true, .drains = ""}};
    (void)state;
    pending("a.pdf");
    after(0);
    after(100 * MINUTE);
    assert_null(is_so(ALERT_NO_PROGRESS));
    host("alpha", "running", "0.1.0", false);
    take(&f);
    after(0);
    assert_non_null(is_so(ALERT_PAUSED));
    after(100 * MINUTE);
    assert_null(is_so(ALERT_NO_PROGRESS));
    f.control.pause = false;
    take(&f);
    after(0);
    assert_null(is_so(ALERT_PAUSED));
    assert_null(is_so(ALERT_NO_PROGRESS)); /* its time begins now */
    after(15 * MINUTE);
    assert_non_null(is_so(ALERT_NO_PROGRESS));
}

static void many_failures(void **state)
{
    (void)state;
    for (int i = 0; i < 49; i++)
        ended(i % 5 ? OUTCOME_OK : OUTCOME_CORRUPT); /* 10 of 49 */
    after(MINUTE);
    assert_null(is_so(ALERT_FAILURE_RATIO)); /* too few to say anything */
    ended(OUTCOME_OK);
    after(MINUTE);
    assert_string_equal(is_so(ALERT_FAILURE_RATIO)->message,
                        "10 of 50 documents of the last 60 min have failed");
    ended(OUTCOME_OK);
    after(MINUTE);
    assert_null(is_so(ALERT_FAILURE_RATIO)); /* 10 of 51 */
    settings.failure_ratio = 19;
    after(0);
    assert_non_null(is_so(ALERT_FAILURE_RATIO));
    settings.failure_window = MINUTE;
    after(0);
    assert_null(is_so(ALERT_FAILURE_RATIO));
    settings.failure_window = 60 * MINUTE;
    after(0);
    assert_non_null(is_so(ALERT_FAILURE_RATIO));
    settings.failure_ratio = 0;
    after(0);
    assert_null(is_so(ALERT_FAILURE_RATIO));
    settings.failure_ratio = 19;
    after(61 * MINUTE); /* an hour later they are forgotten */
    assert_null(is_so(ALERT_FAILURE_RATIO));
}

static void space(uint64_t bytes_free, uint64_t files, uint64_t files_free)
{
    const struct fact f = {.type = FACT_SPACE, .space = {1000000, bytes_free, files, files_free}};
    take(&f);
    after(0);
}

static void little_space(void **state)
{
    (void)state;
    after(0);
    assert_null(is_so(ALERT_SPACE_LOW)); /* not known yet */
    space(40000, 0, 0);                  /* twice free_space_floor, which is 2 per cent */
    assert_null(is_so(ALERT_SPACE_LOW));
    space(39999, 0, 0);
    assert_non_null(is_so(ALERT_SPACE_LOW));
    space(500000, 100, 3);
    assert_string_equal(is_so(ALERT_SPACE_LOW)->message, "3 of 100 files are free on the share");
    space(500000, 100, 4);
    assert_null(is_so(ALERT_SPACE_LOW));
    settings.space_low = 60;
    after(0);
    assert_non_null(is_so(ALERT_SPACE_LOW));
    settings.space_low = 0;
    settings.free_space_floor = 0; /* nobody cares */
    space(0, 100, 0);
    assert_null(is_so(ALERT_SPACE_LOW));
}

static void what_cannot_be_read(void **state)
{
    struct fact f = {.type = FACT_TROUBLE,
                     .trouble = {EACCES, "a folder of results cannot be read", "done/x"}};
    (void)state;
    take(&f);
    after(MINUTE);
    assert_string_equal(is_so(ALERT_UNREADABLE)->message,
                        "a folder of results cannot be read: Permission denied");
    assert_true(is_so(ALERT_UNREADABLE)->since_ms == EPOCH + now - MINUTE);
    f.trouble.error = 0;
    take(&f);
    after(0);
    assert_null(is_so(ALERT_UNREADABLE));
}

static void the_share_is_away(void **state)
{
    (void)state;
    after(0);
    assert_null(is_so(ALERT_SHARE));
    struct view v = {model_hold(model), EPOCH + now + VIEW_QUIET_MS, now + VIEW_QUIET_MS};
    const struct alerts_of of = {&v, NULL, 0, &settings};
    alerts_find(&a, &of);
    assert_true(is_so(ALERT_SHARE)->since_ms == EPOCH + now);
    view_close(&v);
    after(2 * VIEW_QUIET_MS);
    assert_null(is_so(ALERT_SHARE));
}

/* A start is no alarm: the share has a while to answer. */
static void not_answered_yet(void **state)
{
    (void)state;
    assert_int_equal(model_publish(model, now), 0);
    struct view v = {model_hold(model), EPOCH + now, now};
    const struct alerts_of of = {&v, NULL, 0, &settings};
    alerts_find(&a, &of);
    assert_null(is_so(ALERT_SHARE));
    v.boot_ms += VIEW_QUIET_MS - 1;
    alerts_find(&a, &of);
    assert_null(is_so(ALERT_SHARE));
    v.boot_ms += 1;
    alerts_find(&a, &of);
    assert_string_equal(is_so(ALERT_SHARE)->message, "the share has not answered yet");
    view_close(&v);
}

/* What has no time of its own has that at which it was first seen. */
static void since_when(void **state)
{
    (void)state;
    host("alpha", "sick", "0.1.0", false);
    after(0);
    int64_t since = is_so(ALERT_HOST_SICK)->since_ms;
    after(5 * MINUTE);
    assert_true(is_so(ALERT_HOST_SICK)->since_ms == since);
    host("alpha", "running", "0.1.0", false);
    after(0);
    host("alpha", "sick", "0.1.0", false);
    after(0);
    assert_true(is_so(ALERT_HOST_SICK)->since_ms == since + 5 * MINUTE);
}

/* More than there is room for: as many as there is. */
static void very_many(void **state)
{
    char name[16];
    (void)state;
    for (int i = 0; i < ALERTS + 100; i++) {
        snprintf(name, sizeof name, "h%d", i);
        host(name, "running", "0.1.0", true);
    }
    after(0);
    assert_int_equal(a.n, ALERTS);
    after(0);
    assert_int_equal(a.n, ALERTS);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_host_falls_silent_and_is_back),
        CASE(a_host_that_was_given_up),
        CASE(a_host_that_stops),
        CASE(a_sick_host),
        CASE(a_hot_host),
        CASE(another_version),
        CASE(nothing_comes_to_an_end),
        CASE(nobody_is_able),
        CASE(many_failures),
        CASE(little_space),
        CASE(what_cannot_be_read),
        CASE(the_share_is_away),
        CASE(not_answered_yet),
        CASE(since_when),
        CASE(very_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
