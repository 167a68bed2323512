/* registry: what is written is read; what is read is hostile; of a dead lease only what it names ends. */
#include "spoolbox.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/process.h"
#include "spool/lease.h"
#include "spool/reclaim.h"
#include "spool/registry.h"

static struct registry all, back;

static void what_is_written_is_read(void **state)
{
    struct buf b = {0};
    (void)state;
    memset(&all, 0, sizeof all);
    strcpy(all.lease, "abcdefghjkmn.1.2.3.4");
    all.n = 3;
    all.entry[0] = (struct registered){"zygote", 4711, UINT64_C(1) << 40, 1700000000000, 0};
    all.entry[1] = (struct registered){"slot.255", 0, 0, 1700000000001, 7};
    all.entry[2] = (struct registered){"parser", INT32_MAX, 1, 0, UINT32_MAX};
    registry_write(&all, &b);
    assert_true(buf_ok(&b));
    assert_int_equal(registry_read(&back, b.data, b.len), 0);
    assert_memory_equal(&back, &all, sizeof all);
    buf_free(&b);
    /* As many as there can be find room in what is read at most. */
    all.n = REGISTRY_MOST;
    for (int i = 0; i < REGISTRY_MOST; i++)
        all.entry[i] = (struct registered){"slot.255", INT32_MAX, INT64_MAX, INT64_MAX, UINT32_MAX};
    registry_write(&all, &b);
    assert_true(buf_ok(&b) && b.len < REGISTRY_BYTES);
    assert_int_equal(registry_read(&back, b.data, b.len), 0);
    assert_int_equal(back.n, REGISTRY_MOST);
    buf_free(&b);
}

static int reads(const char *json)
{
    return registry_read(&back, json, strlen(json)) == 0 ? (int)back.n : -1;
}

static void what_is_read_is_hostile(void **state)
{
    (void)state;
    assert_int_equal(reads(""), -1);
    assert_int_equal(reads("[]"), -1);
    assert_int_equal(reads("{\"processes\":[]}"), -1);
    assert_int_equal(reads("{\"lease\":\"x\"}"), -1);
    assert_int_equal(reads("{\"lease\":\"x\",\"processes\":7}"), 0);
    assert_int_equal(reads("{\"lease\":\"x\",\"processes\":[7,{},[],{\"role\":\"beat\"}]}"), 1);
    static const char *const bad[] = {
        "{\"role\":\"sshd\",\"pid\":5,\"start\":5}",
        "{\"role\":\"slot.\",\"pid\":5,\"start\":5}",
        "{\"role\":\"slot.1x\",\"pid\":5,\"start\":5}",
        "{\"role\":\"slot.1234567890123456789\",\"pid\":5,\"start\":5}",
        "{\"role\":\"beat\",\"pid\":-1,\"start\":5}",
        "{\"role\":\"beat\",\"pid\":4294967297,\"start\":5}",
        "{\"role\":\"beat\",\"pid\":5}",
        "{\"role\":\"beat\",\"pid\":5,\"start\":-5}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char json[256];
        snprintf(json, sizeof json, "{\"lease\":\"x\",\"processes\":[%s]}", bad[i]);
        assert_int_equal(reads(json), 0);
    }
}

/* A child that bears such a name and waits. */
static pid_t someone(const char *name)
{
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

/* Does it live? One that was killed is a zombie until we look. */
static bool lives(pid_t pid)
{
    struct process p;
    return process_look(pid, &p);
}

static void bury(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static uint64_t start_of(pid_t pid)
{
    struct process p;
    assert_true(process_look(pid, &p));
    return p.start;
}

/* A dead lease of this host whose registry names these. */
static void dead_lease(struct box *b, struct lease *l, const char *says_lease)
{
    static struct lease_shared shared;
    struct buf text = {0};
    pid_t gone = fork();
    if (gone == 0)
        pause();
    assert_int_equal(lease_create(l, &b->s, &shared, gone), 0);
    bury(gone);
    assert_true(lease_owner_gone(l->name) && lease_of_here(l->name));
    snprintf(all.lease, sizeof all.lease, "%s", says_lease ? says_lease : l->name);
    registry_write(&all, &text);
    assert_int_equal(lease_write(l, LEASE_PROCESSES, &text), 0);
    buf_free(&text);
}

enum { ORPHAN, PARSER, REUSED, RENAMED, NOBODYS, OURSELVES, ALL };

/* Who is ended: the orphan and the parser. Who is not: a pid that is another process's now, a process
 * that bears another name, and a role that never was one of ours. */
static void orphans_end_and_nobody_else(void **state)
{
    struct box *b = *state;
    struct lease l;
    pid_t who[ALL] = {someone("slot.3"), someone("pdfspool-parser"),
                      someone("beat"),   someone("sshd"),
                      someone("sshd"),   getpid()};
    static const char *const roles[ALL] = {"slot.3", "parser", "beat", "janitor", "sshd", "beat"};
    memset(&all, 0, sizeof all);
    all.n = ALL;
    for (int i = 0; i < ALL; i++) {
        strcpy(all.entry[i].role, roles[i]);
        all.entry[i].pid = who[i];
        all.entry[i].start = start_of(who[i]) - (i == REUSED);
    }
    dead_lease(b, &l, NULL);
    assert_int_equal(reclaim_own_host(&b->s, NULL), 1);
    assert_false(lives(who[ORPHAN]) || lives(who[PARSER]));
    assert_true(lives(who[REUSED]) && lives(who[RENAMED]) && lives(who[NOBODYS]));
    for (int i = 0; i < OURSELVES; i++)
        bury(who[i]);
    lease_close(&l);
}

/* A registry of another lease, or of another boot, names nobody. */
static void a_registry_of_elsewhere_ends_nobody(void **state)
{
    struct box *b = *state;
    struct lease l;
    struct orphans o;
    char other[LEASE_CAP];
    pid_t slot = someone("slot.3");
    memset(&all, 0, sizeof all);
    all.n = 1;
    all.entry[0] = (struct registered){"slot.3", slot, start_of(slot), 0, 0};
    dead_lease(b, &l, "abcdefghjkmn.1.2.3.4");
    orphans_end(&b->s, l.name, &o);
    assert_true(o.ended == 0 && o.stay == 0 && lives(slot));

    /* The same lease under the name of another boot of this machine: the pids are of then. */
    struct buf text = {0};
    snprintf(other, sizeof other, "%s", l.name);
    char *boot = strchr(strchr(strchr(other, '.') + 1, '.') + 1, '.') + 1;
    boot[0] = boot[0] == '0' ? '1' : '0';
    snprintf(all.lease, sizeof all.lease, "%s", other);
    registry_write(&all, &text);
    assert_int_equal(lease_write(&l, LEASE_PROCESSES, &text), 0);
    buf_free(&text);
    int host = openat(b->s.claimed, b->s.host, O_RDONLY | O_DIRECTORY);
    assert_int_equal(renameat(host, l.name, host, other), 0);
    close(host);
    assert_true(lease_owner_gone(other) && !lease_of_here(other));
    orphans_end(&b->s, other, &o);
    assert_true(o.ended == 0 && o.stay == 0 && lives(slot));

    /* Control: with all of it right, it is ended. */
    struct lease right;
    dead_lease(b, &right, NULL);
    orphans_end(&b->s, right.name, &o);
    assert_true(o.ended == 1 && o.stay == 0);
    assert_false(lives(slot));
    bury(slot);
    lease_close(&l);
    lease_close(&right);
}

static void there_is_no_registry(void **state)
{
    struct box *b = *state;
    struct lease l;
    struct orphans o;
    memset(&all, 0, sizeof all);
    dead_lease(b, &l, NULL);
    assert_int_equal(unlinkat(l.dir, LEASE_PROCESSES, 0), 0);
    orphans_end(&b->s, l.name, &o);
    assert_true(o.ended == 0 && o.stay == 0);
    orphans_end(&b->s, "abcdefghjkmn.1.2.3.4", &o);
    orphans_end(&b->s, "", &o);
    assert_true(o.ended == 0 && o.stay == 0);
    lease_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_read_is_hostile),
        BOX_TEST(orphans_end_and_nobody_else),
        BOX_TEST(a_registry_of_elsewhere_ends_nobody),
        BOX_TEST(there_is_no_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
