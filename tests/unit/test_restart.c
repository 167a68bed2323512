/* What outlives a restart of spoold, whatever the file server's clock does meanwhile: history and
 * hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "factbox.h"
#include "spoold/model/model.h"

#define HOUR        INT64_C(3600000)
#define DAY         (24 * HOUR)
#define LEASE(name) name ".12.34.01234567-89abcdef.4026531836"
#define AHEAD       (30 * DAY + 5 * HOUR)
static const int64_t epoch = INT64_C(1790000000000) / HOUR * HOUR;

static void give(struct model *m, const struct fact *f)
{
    assert_int_equal(model_take(m, f, 1), 0);
}

static void tick(struct model *m, int64_t server_ms)
{
    struct fact f = {.type = FACT_TICK, .tick = {.server_ms = server_ms}};
    give(m, &f);
}

/* The n-th document, of 3 pages, done at that time. */
static void done(struct model *m, unsigned n, int64_t at)
{
    char path[32], id[32];
    snprintf(path, sizeof path, "doc %u.pdf", n);
    snprintf(id, sizeof id, "abcdefghjkmn-%x", n);
    struct fact f = an_event(EVENT_DONE, OUTCOME_OK, path, id);
    f.event.lease = "abcdefghjkmn";
    f.event.offset = n * 100;
    f.event.length = 100;
    f.event.time_ms = at;
    f.event.pages = 3;
    give(m, &f);
}

/* Stop and start: what was kept, and nothing else. */
static struct model *again(struct model *m)
{
    struct buf kept = {0}, twice = {0};
    model_keep(m, &kept);
    model_free(m);
    m = model_new();
    assert_int_equal(model_restore(m, kept.data, kept.len), 0);
    model_keep(m, &twice);
    assert_string_equal(twice.data, kept.data);
    buf_free(&kept);
    buf_free(&twice);
    return m;
}

static const struct snapshot *look(struct model *m)
{
    assert_int_equal(model_publish(m, 1), 0);
    return model_hold(m);
}

/* Documents of the 30 days that end now, as a page shows them: hour by hour. */
static uint64_t shown(struct model *m, int64_t now)
{
    const struct snapshot *s = look(m);
    uint64_t n = 0;
    for (int64_t i = 0; i < HISTORY_HOURS; i++) {
        const struct bucket *b = history_hour(&s->history, now / HOUR - i);
        n += b ? b->n[DID_DONE] : 0;
    }
    snapshot_drop(s);
    return n;
}

static uint64_t total(struct model *m)
{
    const struct snapshot *s = look(m);
    uint64_t n = s->totals.outcomes[OUTCOME_OK];
    snapshot_drop(s);
    return n;
}

/* One document an hour for 30 days; restarts in between lose nothing and count nothing twice. */
static void thirty_days_of_hours(void **state)
{
    struct model *m = model_new();
    (void)state;
    tick(m, epoch);
    for (unsigned n = 0; n < HISTORY_HOURS; n++) {
        done(m, n, epoch + n * HOUR + n);
        tick(m, epoch + (n + 1) * HOUR - 1);
        if (n % 100 == 99) {
            m = again(m);
            for (unsigned old = n - 50; old <= n; old++) /* its journal is read again */
                done(m, old, epoch + old * HOUR + old);
            tick(m, epoch + (n + 1) * HOUR - 1);
        }
    }
    int64_t now = epoch + HISTORY_HOURS * HOUR - 1;
    assert_int_equal(shown(m, now), HISTORY_HOURS);
    /* Three days without spoold: what is older than 30 days is not shown, the rest is. */
    m = again(m);
    now += 3 * DAY;
    tick(m, now);
    assert_int_equal(shown(m, now), HISTORY_HOURS - 72);
    done(m, HISTORY_HOURS, now);
    assert_int_equal(shown(m, now), HISTORY_HOURS - 71);
    /* And after 40 days nothing is, but it has been counted. */
    m = again(m);
    now += 40 * DAY;
    tick(m, now);
    assert_int_equal(shown(m, now), 0);
    assert_int_equal(total(m), HISTORY_HOURS + 1);
    model_free(m);
}

/* The clock was 30 days ahead, whose hours lie where those to come belong; then it is set right.
 * Nothing is lost, and what comes is counted. */
static void a_clock_that_was_ahead(void **state)
{
    struct model *m = model_new();
    (void)state;
    tick(m, epoch);
    for (unsigned n = 0; n < 10; n++)
        done(m, n, epoch);
    tick(m, epoch + AHEAD);
    for (unsigned n = 10; n < 30; n++) {
        tick(m, epoch + AHEAD + (n - 10) * HOUR);
        done(m, n, epoch + AHEAD + (n - 10) * HOUR);
    }
    m = again(m);
    int64_t now = epoch + 2 * HOUR;
    for (unsigned n = 30; n < 60; n++, now += HOUR) {
        tick(m, now);
        done(m, n, now);
    }
    assert_int_equal(total(m), 60);
    assert_int_equal(shown(m, now), 60);
    m = again(m);
    tick(m, now);
    assert_int_equal(shown(m, now), 60);
    model_free(m);
}

/* ---- hosts ---- */

static void heard(struct model *m, const char *host, const char *lease, int64_t beat, bool silent)
{
    char status[512];
    snprintf(status, sizeof status,
             "{\"host\":\"%s\",\"lease\":\"%s\",\"version\":\"0.4.0\",\"state\":\"running\","
             "\"done\":7,\"load\":{\"cpu_permille\":900},"
             "\"slots\":[{\"path\":\"a.pdf\",\"stage\":\"text\"}]}",
             host, lease);
    struct fact f = {.type = FACT_HOST,
                     .host = {.host = host,
                              .lease = lease,
                              .has_beat = true,
                              .silent = silent,
                              .beat_ms = beat,
                              .in_work = 1,
                              .status = status}};
    give(m, &f);
}

static void gone(struct model *m, const char *host, const char *lease)
{
    struct fact f = {.type = FACT_HOST_GONE, .gone = {host, lease}};
    give(m, &f);
}

/* "alpha: stopped, beta: at work": of each row. */
static const char *hosts(struct model *m)
{
    static char text[512];
    const struct snapshot *s = look(m);
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < s->n_hosts; i++) {
        const struct host_row *r = s->hosts[i];
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s: %s", i ? ", " : "", r->host,
                              r->gone && r->stopped ? "stopped"
                              : !r->silent          ? "at work"
                              : r->gone             ? "gone"
                                                    : "silent");
        assert_true(r->has_status);
        assert_int_equal(r->status->done, 7);
        if (r->gone) { /* what it had in hand is nobody's any more */
            assert_int_equal(r->status->shown_slots, 0);
            assert_int_equal(r->in_work, 0);
        }
    }
    snapshot_drop(s);
    return text;
}

static void hosts_are_remembered(void **state)
{
    struct model *m = model_new();
    (void)state;
    heard(m, "alpha", LEASE("aaaaaaaaaaaa"), epoch, false);
    heard(m, "beta", LEASE("bbbbbbbbbbbb"), epoch, false);
    heard(m, "gamma", LEASE("cccccccccccc"), epoch, true);
    tick(m, epoch);
    assert_string_equal(hosts(m), "alpha: at work, beta: at work, gamma: silent");
    gone(m, "alpha", LEASE("aaaaaaaaaaaa")); /* in order */
    gone(m, "gamma", LEASE("cccccccccccc")); /* taken back by others */
    assert_string_equal(hosts(m), "alpha: stopped, beta: at work, gamma: gone");

    /* Nothing is said of them before the share has answered: they may be at work. */
    m = again(m);
    assert_string_equal(hosts(m), "");
    heard(m, "beta", LEASE("bbbbbbbbbbbb"), epoch + HOUR, false);
    assert_string_equal(hosts(m), "beta: at work");
    m = again(m); /* nor is anything forgotten till then */
    tick(m, epoch + 2 * HOUR);
    assert_string_equal(hosts(m), "alpha: stopped, beta: stopped, gamma: gone");

    /* Who comes back is one host, not two. */
    heard(m, "alpha", LEASE("dddddddddddd"), epoch + 2 * HOUR, false);
    assert_string_equal(hosts(m), "alpha: at work, beta: stopped, gamma: gone");
    /* A lease of it that died, and its next, of which the older goes first. */
    heard(m, "beta", LEASE("eeeeeeeeeeee"), epoch + 2 * HOUR, true);
    heard(m, "beta", LEASE("ffffffffffff"), epoch + 3 * HOUR, false);
    assert_string_equal(hosts(m), "alpha: at work, beta: silent, beta: at work, gamma: gone");
    gone(m, "beta", LEASE("eeeeeeeeeeee"));
    assert_string_equal(hosts(m), "alpha: at work, beta: at work, gamma: gone");

    /* A day after its last beat it is listed no more. */
    tick(m, epoch + DAY);
    assert_string_equal(hosts(m), "alpha: at work, beta: at work, gamma: gone");
    tick(m, epoch + DAY + 1);
    assert_string_equal(hosts(m), "alpha: at work, beta: at work");
    model_free(m);
}

/* More hosts in a day than there is room for (each container is another): the last ones stay. */
static void those_gone_for_longest_make_room(void **state)
{
    struct model *m = model_new();
    (void)state;
    tick(m, epoch);
    for (int i = 0; i < HOSTS_LEASES + 10; i++) {
        char host[16];
        snprintf(host, sizeof host, "h%04d", i);
        heard(m, host, LEASE("aaaaaaaaaaaa"), epoch + i, false);
        gone(m, host, LEASE("aaaaaaaaaaaa"));
    }
    const struct snapshot *s = look(m);
    assert_int_equal(s->n_hosts, HOSTS_LEASES);
    assert_string_equal(s->hosts[0]->host, "h0010");
    snapshot_drop(s);
    model_free(m);
}

static void lines_that_are_no_hosts_are_refused(void **state)
{
    static const char *const bad[] = {
        "host",
        "host alpha",
        "host al/pha " LEASE("aaaaaaaaaaaa") " 5 stopped -",
        "host alpha ../x 5 stopped -",
        "host alpha " LEASE("aaaaaaaaaaaa") " -5 stopped -",
        "host alpha " LEASE("aaaaaaaaaaaa") " 5 gone -",
        "host alpha " LEASE("aaaaaaaaaaaa") " 5 stopped",
        "host alpha " LEASE("aaaaaaaaaaaa") " 5 stopped {}",
        "host alpha " LEASE("aaaaaaaaaaaa") " 5 stopped {\"host\":",
        "host alpha " LEASE("aaaaaaaaaaaa") " 99999999999999999999 stopped -",
    };
    static const char good[] = "host alpha " LEASE("aaaaaaaaaaaa") " 5 stopped -";
    struct model *m = model_new();
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(model_restore(m, bad[i], strlen(bad[i])), 1);
    assert_int_equal(model_restore(m, good, strlen(good)), 0);
    tick(m, 10);
    const struct snapshot *s = look(m);
    assert_int_equal(s->n_hosts, 1);
    assert_false(s->hosts[0]->has_status);
    snapshot_drop(s);
    model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_days_of_hours),
        cmocka_unit_test(a_clock_that_was_ahead),
        cmocka_unit_test(hosts_are_remembered),
        cmocka_unit_test(those_gone_for_longest_make_room),
        cmocka_unit_test(lines_that_are_no_hosts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
