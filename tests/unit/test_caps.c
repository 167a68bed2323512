/* caps: tokens and rates of the cluster, by hosts that share a spool. */
#include "spoolbox.h"

#include "base/clock.h"
#include "spool/audit.h"
#include "spool/capfolder.h"
#include "spool/caps.h"
#include "spool/captoken.h"
#include "spool/rates.h"
#include "spool/reclaim.h"

#define CAP "lane.a"

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

static struct caplist list_of(const struct box *b)
{
    struct caplist list;
    int folder = capfolder_open(&b->s, CAP, false);
    assert_true(folder >= 0);
    assert_int_equal(captoken_list(folder, &list), 0);
    fs->close(folder);
    return list;
}

static unsigned free_tokens(const struct box *b)
{
    struct caplist list = list_of(b);
    unsigned n = 0;
    for (unsigned i = 0; i < CAP_NUMBERS; i++)
        n += list.free[i];
    assert_int_equal(list.twice + list.foreign, 0);
    return n;
}

static const struct caps_limits two = {.max_running = 2};

static void without_limits_nothing_is_asked(void **state)
{
    struct box *b = *state;
    const struct caps_limits none = {0};
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(c, CAP, &none, 0, 1000), 1000);
    caps_begun(c, CAP, 1000);
    caps_tend(c, CAP, 1000);
    assert_int_equal(caps_next(c, CAP), 0);
    assert_true(capfolder_open(&b->s, CAP, false) < 0);
    assert_true(look_at(b->l.dir, LEASE_CAPS, NULL) == 0);
    caps_free(c);
}

static void two_hosts_have_two_between_them(void **state)
{
    struct box *b = *state;
    struct other o;
    other_lease(b, &o, "other");
    struct caps *mine = caps_new(&b->s, &b->l, "claimer");
    struct caps *theirs = caps_new(&o.s, &o.l, "claimer");
    assert_int_equal(caps_begin(mine, CAP, &two, 0, 1), 1);
    assert_int_equal(caps_begin(theirs, CAP, &two, 0, 5), 1);
    assert_int_equal(caps_begin(mine, CAP, &two, 1, 5), 0);
    assert_int_equal(caps_begin(theirs, CAP, &two, 1, 5), 0);
    assert_true(caps_next(mine, CAP) > clock_boot_ms());
    assert_int_equal(box_count(b->l.dir, LEASE_CAPS, false), 1);
    assert_int_equal(box_count(o.l.dir, LEASE_CAPS, false), 1);
    caps_give_back(theirs);
    assert_int_equal(free_tokens(b), 1);
    clock_sleep_ms(200); /* not before caps_next */
    assert_int_equal(caps_begin(mine, CAP, &two, 1, 5), 1);
    caps_give_back(mine);
    assert_int_equal(free_tokens(b), 2);
    caps_free(mine);
    caps_free(theirs);
    lease_close(&o.l);
}

static void a_token_is_kept_for_a_moment_only(void **state)
{
    struct box *b = *state;
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(c, CAP, &two, 0, 2), 2);
    caps_tend(c, CAP, 2);
    clock_sleep_ms(CAPS_IDLE_MS + 50);
    caps_tend(c, CAP, 2); /* both are needed */
    assert_int_equal(free_tokens(b), 0);
    caps_tend(c, CAP, 1); /* from here on one is not */
    assert_int_equal(free_tokens(b), 0);
    clock_sleep_ms(CAPS_IDLE_MS + 50);
    caps_tend(c, CAP, 1);
    assert_int_equal(free_tokens(b), 1);
    caps_give_back(c);
    assert_int_equal(free_tokens(b), 2);
    caps_free(c);
}

static void after_a_turn_it_is_another_hosts(void **state)
{
    struct box *b = *state;
    struct other o;
    const struct caps_limits one = {.max_running = 1};
    other_lease(b, &o, "other");
    struct caps *mine = caps_new(&b->s, &b->l, "claimer");
    struct caps *theirs = caps_new(&o.s, &o.l, "claimer");
    assert_int_equal(caps_begin(mine, CAP, &one, 0, 1), 1);
    unsigned turns = 0;
    /* Mine always has a next document the moment one is at its end. */
    for (int64_t end = clock_boot_ms() + 2 * CAPS_TURN_MS; clock_boot_ms() < end && turns == 0;
         clock_sleep_ms(20)) {
        caps_tend(mine, CAP, 1);
        unsigned m = caps_begin(mine, CAP, &one, 0, 1);
        turns = caps_begin(theirs, CAP, &one, 0, 1);
        assert_true(m + turns <= 1);
    }
    assert_int_equal(turns, 1);
    caps_free(mine);
    caps_free(theirs);
    lease_close(&o.l);
}

static void fewer_from_now_on(void **state)
{
    struct box *b = *state;
    const struct caps_limits four = {.max_running = 4};
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(c, CAP, &four, 0, 9), 4);
    assert_int_equal(caps_begin(c, CAP, &two, 0, 9), 2); /* only those below two count */
    assert_int_equal(caps_begin(c, CAP, &two, 2, 9), 0);
    caps_give_back(c);
    assert_int_equal(free_tokens(b), 4);
    assert_int_equal(caps_begin(c, CAP, &two, 0, 9), 2);
    caps_free(c);
}

static void a_successor_takes_over_what_its_predecessor_had(void **state)
{
    struct box *b = *state;
    struct caps *first = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(first, CAP, &two, 0, 2), 2);
    caps_free(first); /* as if it had been killed: nothing is given back */
    assert_int_equal(free_tokens(b), 0);
    struct caps *slot = caps_new(&b->s, &b->l, "slot-1"); /* not its own */
    caps_give_back(slot);
    assert_int_equal(free_tokens(b), 0);
    struct caps *next = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(next, CAP, &two, 1, 5), 1); /* one still runs */
    caps_give_back(next);
    assert_int_equal(free_tokens(b), 2);
    caps_free(slot);
    caps_free(next);
}

static void a_dead_leases_tokens_come_back_with_it(void **state)
{
    struct box *b = *state;
    struct other o;
    struct reclaimed sum = {0};
    other_lease(b, &o, "other");
    struct caps *theirs = caps_new(&o.s, &o.l, "claimer");
    assert_int_equal(caps_begin(theirs, CAP, &two, 0, 2), 2);
    assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, true, &b->l, &sum), 0);
    assert_int_equal(free_tokens(b), 2);
    assert_int_equal(box_count(b->s.claimed, "other", false), 0);
    caps_give_back(theirs); /* its owner wakes up, much too late: nothing is there any more */
    assert_int_equal(free_tokens(b), 2);
    caps_free(theirs);
    lease_close(&o.l);
}

/* A rename that the network kept: delivered when the lease is being taken apart, or later. */
static struct {
    int from, to;
    char old[NAME_CAP], new[NAME_CAP];
    int armed;
} late;

static int rename_late(int from_dir, const char *from, int to_dir, const char *to)
{
    if (late.armed == 1) { /* the call that is kept; its caller is gone */
        late.from = dup(from_dir);
        late.to = dup(to_dir);
        snprintf(late.old, sizeof late.old, "%s", from);
        snprintf(late.new, sizeof late.new, "%s", to);
        late.armed = 2;
        errno = EPERM;
        return -1;
    }
    return renameat(from_dir, from, to_dir, to);
}

static int deliver(void)
{
    int rc = renameat(late.from, late.old, late.to, late.new);
    close(late.from);
    close(late.to);
    return rc;
}

static int rmdir_late(int dir, const char *name, int flags)
{
    if (late.armed == 2 && strcmp(name, LEASE_CAPS) == 0) {
        late.armed = 3;
        assert_int_equal(deliver(), 0); /* right before the proof */
    }
    return unlinkat(dir, name, flags);
}

static void a_take_that_comes_late_is_given_back(void **state)
{
    struct box *b = *state;
    struct other o;
    struct reclaimed sum = {0};
    other_lease(b, &o, "other");
    struct caps *mine = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(mine, CAP, &two, 0, 2), 2);
    caps_give_back(mine);
    struct caps *theirs = caps_new(&o.s, &o.l, "claimer");
    BOX_REPLACE(renameat, rename_late);
    box_table.unlinkat = rmdir_late;
    late.armed = 1;
    assert_int_equal(caps_begin(theirs, CAP, &two, 0, 1), 0);
    assert_int_equal(late.armed, 2);
    assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, true, &b->l, &sum), 0);
    assert_int_equal(late.armed, 3);
    assert_int_equal(free_tokens(b), 2);
    caps_free(theirs);
    caps_free(mine);
    lease_close(&o.l);
}

static void a_take_that_comes_after_the_proof_finds_nothing(void **state)
{
    struct box *b = *state;
    struct other o;
    struct reclaimed sum = {0};
    other_lease(b, &o, "other");
    struct caps *mine = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(mine, CAP, &two, 0, 2), 2);
    caps_give_back(mine);
    struct caps *theirs = caps_new(&o.s, &o.l, "claimer");
    BOX_REPLACE(renameat, rename_late);
    late.armed = 1;
    assert_int_equal(caps_begin(theirs, CAP, &two, 0, 1), 0);
    assert_int_equal(reclaim_lease(&b->s, "other", o.l.name, true, &b->l, &sum), 0);
    assert_int_equal(deliver(), -1);
    assert_int_equal(free_tokens(b), 2);
    caps_free(theirs);
    caps_free(mine);
    lease_close(&o.l);
}

static void a_return_that_comes_twice_returns_once(void **state)
{
    struct box *b = *state;
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    const struct caps_limits one = {.max_running = 1};
    assert_int_equal(caps_begin(c, CAP, &one, 0, 1), 1);
    BOX_REPLACE(renameat, rename_late);
    late.armed = 1;
    caps_give_back(c); /* kept by the network; the caller thinks that it failed */
    assert_int_equal(late.armed, 2);
    caps_give_back(c);
    assert_int_equal(free_tokens(b), 1);
    assert_int_equal(caps_begin(c, CAP, &one, 0, 1), 1); /* it is taken anew, under another name */
    assert_int_equal(deliver(), -1);
    assert_int_equal(free_tokens(b), 0);
    assert_int_equal(box_count(b->l.dir, LEASE_CAPS, false), 1);
    caps_free(c);
}

static int rename_lies(int from_dir, const char *from, int to_dir, const char *to)
{
    if (renameat(from_dir, from, to_dir, to) != 0)
        return -1;
    errno = ENOENT;
    return -1;
}

static void done_but_said_to_have_failed(void **state)
{
    struct box *b = *state;
    const struct caps_limits l = {.max_running = 3, .rate = {.per_minute = 4}};
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    BOX_REPLACE(renameat, rename_lies);
    assert_int_equal(caps_begin(c, CAP, &l, 0, 5), 3);
    caps_begun(c, CAP, 3);
    caps_give_back(c);
    assert_int_equal(free_tokens(b), 3);
    assert_int_equal(caps_begin(c, CAP, &l, 0, 5), 1); /* of the rate one is left */
    caps_free(c);
}

static void numbers_are_born_once(void **state)
{
    struct box *b = *state;
    int folder = capfolder_open(&b->s, CAP, true);
    assert_true(folder >= 0);
    assert_int_equal(capfolder_bear(folder, "n0", CAP_FIRST, &b->l), 1);
    assert_int_equal(capfolder_bear(folder, "n0", CAP_FIRST, &b->l), 0);
    /* The token is in use: the folder has its mark only, and still cannot be replaced. */
    assert_int_equal(unlinkat(folder, "n0/" CAP_FIRST, 0), 0);
    assert_int_equal(capfolder_bear(folder, "n0", CAP_FIRST, &b->l), 0);
    assert_int_equal(box_count(folder, "n0", false), 1);
    assert_int_equal(box_count(folder, ".", false), 1); /* and nothing private is left */
    BOX_REPLACE(renameat, rename_lies);
    assert_int_equal(capfolder_bear(folder, "n1", CAP_FIRST, &b->l), 0);
    assert_int_equal(box_count(folder, "n1", false),
                     2); /* it was, and nothing was taken out of it */
    close(folder);
}

static int mkdir_no(int dir, const char *name, mode_t mode)
{
    (void)dir, (void)name, (void)mode;
    errno = ENOSPC;
    return -1;
}

static void nothing_begins_where_the_share_is_in_trouble(void **state)
{
    struct box *b = *state;
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    BOX_REPLACE(mkdirat, mkdir_no);
    assert_int_equal(caps_begin(c, CAP, &two, 0, 2), 0);
    assert_true(caps_next(c, CAP) > clock_boot_ms());
    fs = &fsop_posix;
    caps_free(c);
}

static void leftovers_of_a_birth_are_tidied_by_age(void **state)
{
    struct box *b = *state;
    int folder = capfolder_open(&b->s, CAP, true);
    assert_int_equal(mkdirat(folder, ".new-abc-1", 0775), 0);
    box_write(folder, ".new-abc-1/made", "");
    box_write(folder, ".file-abc-2", "");
    assert_int_equal(mkdirat(folder, ".old-abc-3", 0775), 0);
    box_write(folder, ".nfs0001", "");
    capfolder_tidy(folder, &b->l, 60000);
    assert_int_equal(box_count(folder, ".", false), 4);
    capfolder_tidy(folder, &b->l, -60000);
    assert_int_equal(box_count(folder, ".", false), 1);
    close(folder);
}

static void a_rate_is_shared(void **state)
{
    struct box *b = *state;
    struct other o;
    const struct caps_limits l = {.rate = {.per_minute = 60, .burst = 6}};
    other_lease(b, &o, "other");
    struct caps *mine = caps_new(&b->s, &b->l, "claimer");
    struct caps *theirs = caps_new(&o.s, &o.l, "claimer");
    assert_int_equal(caps_begin(mine, CAP, &l, 0, 4), 4);
    caps_begun(mine, CAP, 4);
    assert_int_equal(caps_begin(theirs, CAP, &l, 0, 4), 2);
    assert_int_equal(caps_begin(theirs, CAP, &l, 0, 4), 2); /* those two were not begun */
    caps_begun(theirs, CAP, 2);
    assert_int_equal(caps_begin(mine, CAP, &l, 0, 4), 0);
    int64_t wait = caps_next(mine, CAP) - clock_boot_ms();
    assert_true(wait > 0 && wait <= 1000);
    int folder = capfolder_open(&b->s, CAP, false);
    assert_int_equal(box_count(folder, CAP_RATE, false), 2); /* its mark, and one state */
    close(folder);
    caps_free(mine);
    caps_free(theirs);
    lease_close(&o.l);
}

static void what_was_not_begun_goes_back(void **state)
{
    struct box *b = *state;
    const struct caps_limits l = {.rate = {.per_day = 5}};
    struct rate_bucket left;
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(c, CAP, &l, 0, 5), 5);
    caps_begun(c, CAP, 2);
    clock_sleep_ms(CAPS_CREDIT_MS + 50);
    caps_tend(c, CAP, 0);
    int folder = capfolder_open(&b->s, CAP, false);
    assert_int_equal(rates_read(folder, &left), 1);
    assert_int_equal(left.used, 2);
    close(folder);
    caps_free(c);
}

static void many_at_one_bucket_take_no_more_than_it_has(void **state)
{
    struct box *b = *state;
    enum { PROCESSES = 4, EACH = 40, HAS = 100 };
    const struct bucket_limits l = {.per_day = HAS};
    int ends[2];
    unsigned sum = 0;
    unsigned char had;
    int folder = capfolder_open(&b->s, CAP, true);
    assert_int_equal(pipe(ends), 0);
    struct lease_shared *shared = &b->shared;
    for (int p = 0; p < PROCESSES; p++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            int64_t wait;
            unsigned char mine = 0;
            atomic_store(&shared->counter, (uint64_t)(p + 1) * 1000000); /* not shared here */
            for (int i = 0; i < EACH; i++) {
                int got = rates_take(folder, &l, &b->l, 1, &wait);
                mine = (unsigned char)(mine + (got > 0 ? got : 0));
            }
            _exit(write(ends[1], &mine, 1) == 1 ? 0 : 1);
        }
    }
    for (int p = 0; p < PROCESSES; p++) {
        assert_int_equal(read(ends[0], &had, 1), 1);
        sum += had;
    }
    struct rate_bucket left;
    assert_int_equal(rates_read(folder, &left), 1);
    assert_int_equal(left.used, sum); /* each was counted once */
    assert_true(sum <= HAS && sum > HAS / 2);
    close(ends[0]);
    close(ends[1]);
    close(folder);
}

struct problems {
    unsigned lost, twice, other;
};

static void on_problem(void *arg, const struct audit_problem *p)
{
    struct problems *n = arg;
    n->lost += strcmp(p->kind, "cap-lost") == 0;
    n->twice += strcmp(p->kind, "cap-twice") == 0;
    n->other += strcmp(p->kind, "cap-lost") != 0 && strcmp(p->kind, "cap-twice") != 0;
}

static struct problems audited(const struct box *b)
{
    const struct audit_options o = {.pause_ms = 1};
    struct audit_counts counts;
    struct problems n = {0};
    assert_int_equal(audit_run(&b->s, &o, on_problem, &n, &counts), 0);
    return n;
}

static void audit_counts_the_tokens(void **state)
{
    struct box *b = *state;
    const struct caps_limits l = {.max_running = 3, .rate = {.per_minute = 5}};
    char name[NAME_CAP], path[300];
    struct captoken t;
    struct problems n;
    struct caps *c = caps_new(&b->s, &b->l, "claimer");
    assert_int_equal(caps_begin(c, CAP, &l, 0, 1), 1);
    n = audited(b); /* one in use */
    assert_int_equal(n.lost + n.twice + n.other, 0);
    caps_give_back(c);
    assert_int_equal(caps_begin(c, CAP, &l, 0, 3), 3);
    caps_give_back(c);
    n = audited(b); /* all free */
    assert_int_equal(n.lost + n.twice + n.other, 0);
    int folder = capfolder_open(&b->s, CAP, false);
    struct caplist list = list_of(b);
    cap_free_name(1, list.gen[1], name);
    assert_int_equal(unlinkat(folder, name, 0), 0);
    t = (struct captoken){.cap = CAP, .number = 2, .gen = list.gen[2] + 5, .holder = "claimer"};
    cap_used_name(&t, name);
    snprintf(path, sizeof path, LEASE_CAPS "/%s", name);
    box_write(b->l.dir, path, "");
    n = audited(b);
    assert_int_equal(n.lost, 1);
    assert_int_equal(n.twice, 1);
    assert_int_equal(n.other, 0);
    box_write(b->l.dir, LEASE_CAPS "/what", "");
    box_write(folder, "what.", "");
    box_empty(openat(folder, CAP_RATE, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    n = audited(b);
    assert_int_equal(n.lost, 2);
    assert_int_equal(n.other, 2);
    close(folder);
    caps_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(without_limits_nothing_is_asked),
        BOX_TEST(two_hosts_have_two_between_them),
        BOX_TEST(a_token_is_kept_for_a_moment_only),
        BOX_TEST(after_a_turn_it_is_another_hosts),
        BOX_TEST(fewer_from_now_on),
        BOX_TEST(a_successor_takes_over_what_its_predecessor_had),
        BOX_TEST(a_dead_leases_tokens_come_back_with_it),
        BOX_TEST(a_take_that_comes_late_is_given_back),
        BOX_TEST(a_take_that_comes_after_the_proof_finds_nothing),
        BOX_TEST(a_return_that_comes_twice_returns_once),
        BOX_TEST(done_but_said_to_have_failed),
        BOX_TEST(numbers_are_born_once),
        BOX_TEST(nothing_begins_where_the_share_is_in_trouble),
        BOX_TEST(leftovers_of_a_birth_are_tidied_by_age),
        BOX_TEST(a_rate_is_shared),
        BOX_TEST(what_was_not_begun_goes_back),
        BOX_TEST(audit_counts_the_tokens),
        BOX_TEST(many_at_one_bucket_take_no_more_than_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
