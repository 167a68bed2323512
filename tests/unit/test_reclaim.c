/* reclaim: who is dead, and what becomes of what they held. */
#include "spoolbox.h"

#include "base/clock.h"
#include "spool/publish.h"
#include "spool/reclaim.h"

enum { TIMEOUT_MS = 200, SELF_STOP_MS = 100 };

/* Another host's lease; its process cannot be judged from here. */
struct other {
    struct spool s;
    struct lease l;
    struct lease_shared shared;
};

static void other_lease(const struct box *b, struct other *o, const char *host)
{
    memset(o, 0, sizeof *o);
    o->s = b->s;
    snprintf(o->s.host, sizeof o->s.host, "%s", host);
    assert_int_equal(lease_create(&o->l, &o->s, &o->shared, getpid()), 0);
}

static void hold(const struct other *o, const char *path, char name[NAME_CAP], struct token *t)
{
    *t = (struct token){.attempt = 1};
    lease_new_id(&o->l, t->document);
    lease_new_id(&o->l, t->claim);
    token_set_path(t, path);
    token_name(t, name);
    box_write(o->l.work, name, "pdf");
}

static void quick(struct box *b)
{
    b->s.settings.lease_timeout = TIMEOUT_MS;
    b->s.settings.self_stop = SELF_STOP_MS;
}

/* Look every 30 ms for ms, with our own beats getting through; the others' by `beating`. */
static int watch(struct box *b, struct observer *ob, int ms, struct other *beating)
{
    int reclaimed = 0;
    for (int64_t end = clock_boot_ms() + ms; clock_boot_ms() < end; clock_sleep_ms(30)) {
        assert_int_equal(lease_beat(&b->l), 0);
        if (beating)
            assert_int_equal(lease_beat(&beating->l), 0);
        reclaimed += observer_round(ob, &b->s, &b->l);
    }
    return reclaimed;
}

static void a_beat_that_stands_still_is_dead(void **state)
{
    struct box *b = *state;
    struct other live, dead;
    quick(b);
    other_lease(b, &live, "live");
    other_lease(b, &dead, "dead");
    struct observer *ob = observer_new();
    int64_t start = clock_boot_ms();
    assert_int_equal(watch(b, ob, TIMEOUT_MS - 60, &live), 0);
    assert_true(clock_boot_ms() - start >= TIMEOUT_MS - 60);
    assert_int_equal(watch(b, ob, 200, &live), 1);
    assert_int_equal(box_count(b->s.claimed, "dead", false), 0);
    assert_int_equal(box_count(b->s.claimed, "live", false), 1);
    assert_int_equal(lease_beat(&dead.l), -1);
    assert_int_equal(errno, ENOENT);
    observer_free(ob);
    lease_close(&live.l);
    lease_close(&dead.l);
}

/* Two looks far apart prove nothing: there must be three. */
static void three_looks_are_needed(void **state)
{
    struct box *b = *state;
    struct other o;
    quick(b);
    b->s.settings.self_stop = 10000;
    other_lease(b, &o, "other");
    struct observer *ob = observer_new();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(lease_beat(&b->l), 0);
        assert_int_equal(observer_round(ob, &b->s, &b->l), 0);
        clock_sleep_ms(TIMEOUT_MS + 20);
    }
    assert_int_equal(lease_beat(&b->l), 0);
    assert_int_equal(observer_round(ob, &b->s, &b->l), 1);
    observer_free(ob);
    lease_close(&o.l);
}

/* After an outage every beat is old. */
static void a_gap_in_our_own_beats_starts_anew(void **state)
{
    struct box *b = *state;
    struct other o;
    quick(b);
    other_lease(b, &o, "other");
    struct observer *ob = observer_new();
    assert_int_equal(watch(b, ob, 100, NULL), 0);
    clock_sleep_ms(TIMEOUT_MS + 50);
    assert_int_equal(observer_round(ob, &b->s, &b->l), 0); /* our beat is old, too */
    assert_int_equal(watch(b, ob, 100, NULL), 0);
    observer_free(ob);
    lease_close(&o.l);
}

static struct box *stuck_box;
static int outage_ms;
/* The server is away for a while in the middle of the janitor's round, and comes back for everybody
 * at once: our own beat process gets through a moment before the janitor's call does. */
static int stuck_statx(int dir, const char *name, int flags, struct statx *out)
{
    if (outage_ms > 0 && strstr(name, "/" LEASE_BEAT)) {
        clock_sleep_ms(outage_ms);
        outage_ms = 0;
        assert_int_equal(lease_beat(&stuck_box->l), 0);
    }
    return fsop_posix.statx(dir, name, flags, out);
}

static void a_gap_in_the_middle_of_a_round_counts_too(void **state)
{
    struct box *b = *state;
    struct other o;
    quick(b);
    other_lease(b, &o, "other");
    struct observer *ob = observer_new();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lease_beat(&b->l), 0);
        assert_int_equal(observer_round(ob, &b->s, &b->l), 0);
    }
    stuck_box = b;
    outage_ms = TIMEOUT_MS + 100;
    BOX_REPLACE(statx, stuck_statx);
    assert_int_equal(observer_round(ob, &b->s, &b->l), 0);
    assert_int_equal(outage_ms, 0);
    fs = &fsop_posix;
    assert_int_equal(lease_beat(&o.l), 0); /* alive, as it always was */
    observer_free(ob);
    lease_close(&o.l);
}

static void a_lease_without_a_beat_is_dead(void **state)
{
    struct box *b = *state;
    struct other o;
    other_lease(b, &o, "other");
    unlinkat(o.l.dir, LEASE_BEAT, 0);
    struct observer *ob = observer_new();
    assert_int_equal(observer_round(ob, &b->s, &b->l), 1);
    assert_int_equal(box_count(b->s.claimed, "other", false), 0);
    observer_free(ob);
    lease_close(&o.l);
}

static void our_own_host_knows_at_once(void **state)
{
    struct box *b = *state;
    struct other o;
    char name[LEASE_CAP], dead[LEASE_CAP];
    assert_int_equal(reclaim_own_host(&b->s, &b->l), 0); /* not ourselves */
    other_lease(b, &o, "unit");
    assert_int_equal(reclaim_own_host(&b->s, &b->l), 0); /* its process lives */
    /* the same lease, of a process of an earlier boot */
    snprintf(name, sizeof name, "%s", o.l.name);
    const char *machine = strchr(name, '-');
    assert_non_null(machine);
    snprintf(dead, sizeof dead, "%.12s.1.1.00000000-%.8s.1", name, machine + 1);
    int host = openat(b->s.claimed, "unit", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(renameat(host, name, host, dead), 0);
    close(host);
    char token[NAME_CAP];
    struct token t;
    hold(&o, "x.pdf", token, &t);
    assert_int_equal(reclaim_own_host(&b->s, &b->l), 1);
    assert_int_equal(box_count(b->s.claimed, "unit", false), 1);
    assert_int_equal(box_count(b->s.retry, ".", false), 1);
    lease_close(&o.l);
}

static void what_it_held(void **state)
{
    struct box *b = *state;
    struct other o;
    struct token t[3];
    struct place p;
    struct reclaimed sum = {0};
    struct buf text = {0};
    char name[3][NAME_CAP], sealed[NAME_CAP];
    buf_str(&text, "result");
    other_lease(b, &o, "other");
    hold(&o, "plain.pdf", name[0], &t[0]);
    hold(&o, "a/sealed.pdf", name[1], &t[1]);
    hold(&o, "written.pdf", name[2], &t[2]);
    box_write(o.l.work, "no token", "stranger");
    box_write(o.l.work, ".probe-0123456789ab", "named like a probe, but not empty");
    box_write(o.l.work, ".probe-ba9876543210", "");
    box_write(o.l.dir, LEASE_STATUS, "{}");
    for (int i = 1; i < 3; i++) {
        assert_int_equal(finish_reserve(&p, &b->s, &t[i], OUTCOME_OK), 0);
        assert_int_equal(finish_write(&p, &text, &text), 0);
        if (i == 1)
            assert_int_equal(finish_seal(&p, o.l.work, &t[i], sealed), MOVED);
        place_close(&p);
    }
    buf_free(&text);
    assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, true, &b->l, &sum), 0);
    assert_int_equal(sum.published, 1);
    assert_int_equal(sum.retried, 2);
    assert_int_equal(sum.strangers, 2);
    assert_int_equal(sum.failed, 0);
    box_expect(b->s.done, "a/sealed.pdf", "pdf");
    box_expect(b->s.done, "a/sealed.txt", "result");
    assert_int_equal(box_count(b->s.done, ".", false),
                     1); /* only the folder: private results of the others are gone */
    assert_int_equal(box_count(b->s.retry, ".", false), 4); /* but no probe */
    assert_int_equal(box_count(b->s.claimed, "other", false), 0);
    assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, true, &b->l, &sum),
                     0); /* again: gone is gone */
    lease_close(&o.l);
}

static void attempts(void **state)
{
    struct box *b = *state;
    struct other o;
    struct token t;
    struct reclaimed sum = {0};
    struct waiting w;
    struct dirent *e;
    char name[NAME_CAP];
    for (int spend = 0; spend < 2; spend++) {
        other_lease(b, &o, "other");
        hold(&o, spend ? "spent.pdf" : "kept.pdf", name, &t);
        assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, spend, &b->l, &sum), 0);
        lease_close(&o.l);
    }
    DIR *d = fdopendir(openat(b->s.retry, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        assert_int_equal(token_parse_waiting(e->d_name, &w), 0);
        bool spent = strcmp(w.token.encoded, "spent.pdf") == 0;
        assert_int_equal(w.token.attempt, spent ? 2 : 1);
        assert_string_equal(w.token.history, spent ? "d" : "");
    }
    closedir(d);
}

static struct other *late;
/* A claim that was on its way arrives when work/ was found empty. */
static int late_claim_rmdir(int dir, const char *name, int flags)
{
    if (late && flags == AT_REMOVEDIR && strcmp(name, LEASE_WORK) == 0) {
        struct token t;
        char token[NAME_CAP];
        hold(late, "late.pdf", token, &t);
        late = NULL;
    }
    return fsop_posix.unlinkat(dir, name, flags);
}

static void a_claim_that_comes_late(void **state)
{
    struct box *b = *state;
    struct other o;
    struct reclaimed sum = {0};
    other_lease(b, &o, "other");
    late = &o;
    BOX_REPLACE(unlinkat, late_claim_rmdir);
    assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, true, &b->l, &sum), 0);
    fs = &fsop_posix;
    assert_null(late);
    assert_int_equal(sum.retried, 1);
    assert_int_equal(box_count(b->s.retry, ".", false), 1);
    assert_int_equal(box_count(b->s.claimed, "other", false), 0);
    lease_close(&o.l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(a_beat_that_stands_still_is_dead),
        BOX_TEST(three_looks_are_needed),
        BOX_TEST(a_gap_in_our_own_beats_starts_anew),
        BOX_TEST(a_gap_in_the_middle_of_a_round_counts_too),
        BOX_TEST(a_lease_without_a_beat_is_dead),
        BOX_TEST(our_own_host_knows_at_once),
        BOX_TEST(what_it_held),
        BOX_TEST(attempts),
        BOX_TEST(a_claim_that_comes_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
