/*
 * A claim that comes late: the RENAME into a dead lease's work/ arrives (it goes by handle) right
 * before the Nth file operation of its reclaim, for every N. Either it finds work/ gone and has not
 * happened, or the document is among what is taken back; nothing is ever thrown away with the
 * lease.
 */
#include "spoolbox.h"

#include "spool/reclaim.h"
#include "spool/token.h"

enum { CALLS_MAX = 400, CALLS_LEAST = 15, ROUNDS = 4 };

static struct {
    int pending, work;
    char name[NAME_CAP];
    unsigned calls, at;
    bool arrived, happened;
} late;

static void pass(void)
{
    if (++late.calls != late.at)
        return;
    late.arrived = true;
    late.happened = renameat(late.pending, "late.pdf", late.work, late.name) == 0;
}

static int late_openat(int dir, const char *name, int flags, mode_t mode)
{
    pass();
    return fsop_posix.openat(dir, name, flags, mode);
}

static int late_statx(int dir, const char *name, int flags, struct statx *out)
{
    pass();
    return fsop_posix.statx(dir, name, flags, out);
}

static int late_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    pass();
    return fsop_posix.renameat(from_dir, from, to_dir, to);
}

static int late_unlinkat(int dir, const char *name, int flags)
{
    pass();
    return fsop_posix.unlinkat(dir, name, flags);
}

static ssize_t late_getdents(int fd, void *to, size_t n)
{
    pass();
    return fsop_posix.getdents(fd, to, n);
}

static void new_token(const struct lease *l, const char *path, char name[NAME_CAP])
{
    struct token t = {.attempt = 1};
    lease_new_id(l, t.document);
    lease_new_id(l, t.claim);
    token_set_path(&t, path);
    token_name(&t, name);
}

/* One reclaim with the claim before its Nth operation. */
static void reclaim_with(struct box *b, unsigned n)
{
    char held[NAME_CAP];
    struct lease_shared shared = {0};
    struct reclaimed sum = {0};
    struct lease dead;
    struct spool s = b->s;
    snprintf(s.host, sizeof s.host, "other");
    assert_int_equal(lease_create(&dead, &s, &shared, getpid()), 0);
    new_token(&dead, "held.pdf", held);
    box_write(dead.work, held, "held");
    box_write(dead.dir, LEASE_STATUS, "{}");
    box_write(b->s.pending, "late.pdf", "late");
    late.pending = b->s.pending;
    late.work = dead.work;
    new_token(&dead, "late.pdf", late.name);
    late.calls = 0;
    late.at = n;
    late.arrived = late.happened = false;

    fs = &box_table;
    int gone = -1;
    for (int i = 0; i < ROUNDS && gone != 0; i++)
        gone = reclaim_lease(&b->s, s.host, dead.name, true, &b->l, &sum);
    fs = &fsop_posix;

    assert_int_equal(gone, 0);
    assert_int_equal(box_count(b->s.claimed, s.host, false), 0);
    assert_int_equal(box_count(b->s.retry, ".", false), late.happened ? 2 : 1);
    box_expect(b->s.pending, "late.pdf", late.happened ? NULL : "late");
    lease_close(&dead);
    box_empty(look_folder(b->s.retry, "."));
}

static void a_late_claim_is_never_lost(void **state)
{
    struct box *b = *state;
    unsigned n = 0, happened = 0;
    box_table = fsop_posix;
    box_table.openat = late_openat;
    box_table.statx = late_statx;
    box_table.renameat = late_renameat;
    box_table.unlinkat = late_unlinkat;
    box_table.getdents = late_getdents;
    do {
        reclaim_with(b, ++n);
        happened += late.happened;
    } while (late.arrived && n < CALLS_MAX);
    assert_false(late.arrived); /* every operation was tried */
    assert_true(n > CALLS_LEAST && happened > CALLS_LEAST / 2 && happened < n - 1);
    print_message("a late claim before each of %u operations; it happened %u times\n", n - 1,
                  happened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {BOX_TEST(a_late_claim_is_never_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
