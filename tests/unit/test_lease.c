/* lease: who runs, whether it lives, and ids that are never used twice. */
#include "spoolbox.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"

static int touch_error;
static int failing_touch(int dir, const char *name)
{
    if (touch_error == 0)
        return fsop_posix.touchat(dir, name);
    errno = touch_error;
    return -1;
}

static int failing_statx(int dir, const char *name, int flags, struct statx *out)
{
    (void)dir, (void)name, (void)flags, (void)out;
    errno = EIO;
    return -1;
}

static void a_new_lease(void **state)
{
    struct box *b = *state;
    char id[LEASE_ID_CAP];
    assert_true(lease_name_ok(b->l.name, id));
    assert_string_equal(id, b->l.id);
    assert_int_equal(box_count(b->l.dir, ".", false), 2); /* beat, work */
    assert_int_equal(lease_beat(&b->l), 0);
    assert_true(llabs(lease_server_now(&b->l) - clock_wall_ms()) < 2000);
    struct lease again;
    assert_int_equal(lease_open(&again, &b->s, b->l.name, &b->shared), 0);
    assert_string_equal(again.id, b->l.id);
    lease_close(&again);
    assert_int_equal(lease_open(&again, &b->s, "../../x", &b->shared), -1);
}

static void a_removed_beat_is_a_certificate(void **state)
{
    struct box *b = *state;
    unlinkat(b->l.dir, LEASE_BEAT, 0);
    assert_int_equal(lease_beat(&b->l), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(box_count(b->l.dir, ".", false), 1); /* not made again */
}

static void a_bare_enoent_is_not(void **state)
{
    struct box *b = *state;
    int64_t good = atomic_load(&b->shared.last_good_beat);
    touch_error = ENOENT;
    BOX_REPLACE(touchat, failing_touch);
    assert_int_equal(lease_beat(&b->l), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(atomic_load(&b->shared.last_good_beat), good);
    touch_error = 0;
}

/* ENOENT from the cache, and then the look does not get through: that proves nothing either. */
static void enoent_and_a_look_that_fails_is_not(void **state)
{
    struct box *b = *state;
    touch_error = ENOENT;
    BOX_REPLACE(touchat, failing_touch);
    box_table.statx = failing_statx;
    assert_int_equal(lease_beat(&b->l), -1);
    assert_int_not_equal(errno, ENOENT);
    assert_int_not_equal(errno, ESTALE);
    touch_error = 0;
}

static void an_error_is_not_a_good_beat(void **state)
{
    struct box *b = *state;
    int64_t good = atomic_load(&b->shared.last_good_beat);
    clock_sleep_ms(5);
    touch_error = EIO;
    BOX_REPLACE(touchat, failing_touch);
    assert_int_equal(lease_beat(&b->l), -1);
    assert_int_equal(errno, EIO);
    assert_int_equal(atomic_load(&b->shared.last_good_beat), good);
    touch_error = 0;
    assert_int_equal(lease_beat(&b->l), 0);
    assert_true(atomic_load(&b->shared.last_good_beat) > good);
}

static void owners(void **state)
{
    char name[LEASE_CAP], other[LEASE_CAP + 8];
    (void)state;
    lease_make_name(getpid(), name);
    assert_false(lease_owner_gone(name));
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    lease_make_name(pid, name);
    assert_false(lease_owner_gone(name));
    kill(pid, SIGKILL);
    siginfo_t dead;
    assert_int_equal(waitid(P_PID, (id_t)pid, &dead, WEXITED | WNOWAIT), 0);
    assert_true(lease_owner_gone(name)); /* a zombie of the kernel does nothing any more */
    waitpid(pid, NULL, 0);
    assert_true(lease_owner_gone(name));
    unsigned long long start = 0, ns = 0;
    char boot[32], id[16], earlier[32], elsewhere[32];
    lease_make_name(getpid(), name);
    assert_int_equal(sscanf(name, "%12[^.].%*d.%llu.%17[^.].%llu", id, &start, boot, &ns), 4);
    snprintf(other, sizeof other, "%s.%d.%llu.%s.%llu", id, getpid(), start + 1, boot, ns);
    assert_true(lease_owner_gone(other)); /* the pid was used again */
    snprintf(earlier, sizeof earlier, "00000000%s", boot + 8);
    snprintf(other, sizeof other, "%s.%d.%llu.%s.%llu", id, getpid(), start, earlier, ns);
    assert_true(lease_owner_gone(other)); /* before this boot */
    snprintf(elsewhere, sizeof elsewhere, "00000000-%.8s",
             boot[9] == 'f' ? "00000000" : "ffffffff");
    snprintf(other, sizeof other, "%s.%d.%llu.%s.%llu", id, getpid(), start, elsewhere, ns);
    assert_false(lease_owner_gone(other)); /* another machine that has our host's name */
    snprintf(other, sizeof other, "%s.%d.%llu.%s.%llu", id, 1, start + 1, boot, ns + 1);
    assert_false(lease_owner_gone(other)); /* another container: cannot be judged from here */
    assert_false(lease_owner_gone("nonsense"));
}

static void names_that_are_none(void **state)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "..",
                                      "a.b.c.d.e",
                                      "0123456789ab.1.2.boot",
                                      "0123456789ab.1.2.boot.3.4",
                                      "0123456789ab.x.2.boot.3",
                                      "0123456789aB.1.2.boot.3",
                                      "0123456789ab..2.boot.3",
                                      "0123456789abc.1.2.boot.3",
                                      "0123456789ab.1.2.boot.3/.."};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(lease_name_ok(bad[i], NULL));
    assert_true(lease_name_ok("0123456789ab.1.2.boot.3", NULL));
}

static void ids_differ(void **state)
{
    struct box *b = *state;
    char last[ID_CAP] = "", id[ID_CAP];
    for (int i = 0; i < 1000; i++) {
        lease_new_id(&b->l, id);
        assert_string_not_equal(id, last);
        assert_int_equal(strncmp(id, b->l.id, strlen(b->l.id)), 0);
        memcpy(last, id, sizeof last);
    }
    assert_int_equal(atomic_load(&b->shared.counter), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(a_new_lease),
        BOX_TEST(a_removed_beat_is_a_certificate),
        BOX_TEST(a_bare_enoent_is_not),
        BOX_TEST(enoent_and_a_look_that_fails_is_not),
        BOX_TEST(an_error_is_not_a_good_beat),
        cmocka_unit_test(owners),
        cmocka_unit_test(names_that_are_none),
        BOX_TEST(ids_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
