/* claim: settled regular files, by a rename whose answer is checked. */
#include "spoolbox.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "spool/claim.h"
#include "spool/pathfile.h"

enum { MAX = 16 };

static struct claim_counts counts;
static char strangers[MAX][NAME_CAP];
static unsigned strange;

static void note_stranger(void *arg, const char *name, uint64_t ino)
{
    (void)arg, (void)ino;
    if (strange < MAX)
        snprintf(strangers[strange++], NAME_CAP, "%s", name);
}

/* Claim all of pending/ (one walk), and verify. */
static unsigned claim_all(const struct box *b, struct claimed out[MAX])
{
    struct scan_name names[MAX];
    const char *path;
    int folder, left;
    unsigned n, used, got = 0;
    struct scan *w = scan_new(&b->s);
    memset(&counts, 0, sizeof counts);
    strange = 0;
    while ((n = scan_next(w, names, MAX, &folder, &path)) > 0) {
        got += claim_pending(&b->s, &b->l, folder, path, names, n, out + got, MAX - got, &used,
                             &counts);
        assert_int_equal(used, n);
    }
    scan_free(w);
    left = claim_verify(&b->l, out, got, note_stranger, NULL);
    assert_true(left >= 0);
    return (unsigned)left;
}

static void claimed_under_tokens(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    char path[PATH_CAP], longer[300];
    snprintf(longer, sizeof longer, "%0190u/x.pdf", 7u);
    box_write(b->s.pending, "a.pdf", "aa");
    box_write(b->s.pending, "dir/sub/b.pdf", "bbb");
    box_write(b->s.pending, longer, "cccc");
    assert_int_equal(claim_all(b, c), 3);
    assert_int_equal(counts.won, 3);
    assert_int_equal(strange, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(c[i].state, CLAIM_HAVE);
        assert_string_equal(c[i].need, "text");
        assert_string_not_equal(c[i].token.document, c[i].token.claim);
        assert_int_equal(pathfile_path(&b->s, &c[i].token, path), 0);
        assert_string_equal(path, c[i].size == 2   ? "a.pdf"
                                  : c[i].size == 3 ? "dir/sub/b.pdf"
                                                   : longer);
    }
    assert_int_equal(box_count(b->l.work, ".", false), 3);
}

static void others_are_left_alone(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    struct scan_name names[4] = {
        {"link.pdf", 0}, {"fifo.pdf", 0}, {"folder.pdf", 0}, {"empty.pdf", 0}};
    unsigned used;
    memset(&counts, 0, sizeof counts);
    assert_int_equal(symlinkat("/etc/passwd", b->s.pending, "link.pdf"), 0);
    assert_int_equal(mkfifoat(b->s.pending, "fifo.pdf", 0664), 0);
    assert_int_equal(mkdirat(b->s.pending, "folder.pdf", 0775), 0);
    box_write(b->s.pending, "empty.pdf", "");
    assert_int_equal(
        claim_pending(&b->s, &b->l, b->s.pending, "", names, 4, c, MAX, &used, &counts), 0);
    assert_int_equal(counts.not_regular, 3);
    assert_int_equal(counts.empty, 1);
    assert_int_equal(counts.tried, 0);
}

static void set_mtime(const struct box *b, const char *name, int64_t s)
{
    struct timespec t[2] = {{.tv_sec = s}, {.tv_sec = s}};
    assert_int_equal(utimensat(b->s.pending, name, t, 0), 0);
}

static void settling(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    b->s.settings.settle = 400;
    box_write(b->s.pending, "now.pdf", "x");
    box_write(b->s.pending, "future.pdf", "x");
    box_write(b->s.pending, "past.pdf", "x");
    set_mtime(b, "future.pdf", 2145916800); /* 2038 */
    set_mtime(b, "past.pdf", 0);            /* 1970 */
    assert_int_equal(claim_all(b, c), 0);   /* the ctime of all is now */
    assert_int_equal(counts.unsettled, 3);
    assert_in_range(counts.next_settle_ms, lease_server_now(&b->l) - 100,
                    lease_server_now(&b->l) + 410);
    clock_sleep_ms(450);
    box_write(b->s.pending, "now.pdf", "xy"); /* a writer is still at it: anew */
    assert_int_equal(claim_all(b, c), 2);
    assert_int_equal(counts.unsettled, 1);
    clock_sleep_ms(450);
    assert_int_equal(claim_all(b, c), 1);
}

static int lies;
static bool lie_done;
static int lie_errno;
static int lying_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    if (lies-- <= 0)
        return fsop_posix.renameat(from_dir, from, to_dir, to);
    if (lie_done)
        fsop_posix.renameat(from_dir, from, to_dir, to);
    errno = lie_errno;
    return -1;
}

static void lost_replies_are_found(void **state)
{
    static const int errors[] = {ENOENT, EIO, ESTALE};
    struct box *b = *state;
    struct claimed c[MAX];
    char name[16];
    BOX_REPLACE(renameat, lying_rename);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%u.pdf", i);
        box_write(b->s.pending, name, "x");
        lies = 1, lie_done = true, lie_errno = errors[i];
        assert_int_equal(claim_all(b, c), 1);
        assert_int_equal(c[0].state, CLAIM_HAVE);
        assert_int_equal(strange, i); /* those of the rounds before */
        snprintf(name, sizeof name, "lost%u.pdf", i);
        box_write(b->s.pending, name, "x");
        lies = 1, lie_done = false;
        assert_int_equal(claim_all(b, c), 0);
        unlinkat(b->s.pending, name, 0);
    }
}

/* Another host is faster: that is counted, since hosts list anew when they lose too often. */
static void lost_races_are_counted(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    box_write(b->s.pending, "x.pdf", "x");
    BOX_REPLACE(renameat, lying_rename);
    lies = 1, lie_done = false, lie_errno = ENOENT;
    assert_int_equal(claim_all(b, c), 0);
    assert_int_equal(counts.tried, 1);
    assert_int_equal(counts.won, 0);
    assert_int_equal(counts.lost, 1);
    lies = 0;
}

static uint64_t other_ino;
static int stale_statx(int dir, const char *name, int flags, struct statx *out)
{
    int result = fsop_posix.statx(dir, name, flags, out);
    out->stx_ino += other_ino;
    return result;
}

static void another_inode_is_a_mismatch(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    box_write(b->s.pending, "x.pdf", "x");
    other_ino = 1;
    BOX_REPLACE(statx, stale_statx);
    assert_int_equal(claim_all(b, c), 1);
    assert_int_equal(c[0].state, CLAIM_MISMATCH);
    other_ino = 0;
}

static void strangers_are_told_and_adopted(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    struct waiting w;
    struct dirent *e;
    char path[PATH_CAP];
    box_write(b->l.work, "1.abc-1.abc-2~dir%2Fx.pdf", "x");
    box_write(b->l.work, "what is this!?", "y");
    assert_int_equal(claim_all(b, c), 0);
    assert_int_equal(strange, 2);
    for (unsigned i = 0; i < strange; i++)
        assert_int_equal(claim_put_back_unknown(&b->s, &b->l, b->l.work, strangers[i]), MOVED);
    assert_int_equal(box_count(b->l.work, ".", false), 0);
    DIR *d = fdopendir(openat(b->s.retry, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        assert_int_equal(token_parse_waiting(e->d_name, &w), 0);
        assert_int_equal(token_path(&w.token, path), 0);
        assert_true(strcmp(path, "dir/x.pdf") == 0 || strcmp(path, "what is this!?") == 0);
        assert_string_not_equal(w.token.document, "abc-1");
        assert_int_equal(w.token.attempt, 1);
        assert_int_equal(w.token.unspent, 1);
    }
    closedir(d);
}

/* A user puts a folder where a document was, between the look and the rename: it goes back, whoever
 * meets it. */
static void a_folder_goes_back(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    struct retry_walk walk = {0};
    struct stat st;
    assert_int_equal(mkdirat(b->s.pending, "sub", 0755), 0);
    assert_int_equal(mkdirat(b->l.work, "1.abc-1.abc-2~sub%2Fx.pdf", 0755), 0);
    assert_int_equal(mkdirat(b->l.work, "1.abc-1.abc-2~sub%2Fx.pdf/in it", 0755), 0);
    assert_int_equal(claim_put_back_unknown(&b->s, &b->l, b->l.work, "1.abc-1.abc-2~sub%2Fx.pdf"),
                     MOVED);
    assert_int_equal(fstatat(b->s.pending, "sub/x.pdf/in it", &st, 0), 0);
    /* its name is taken, and it waits already */
    box_write(b->s.pending, "y.pdf", "new");
    assert_int_equal(mkdirat(b->s.retry, "5.text.1.abc-3.abc-4~y.pdf", 0755), 0);
    assert_int_equal(claim_retry(&b->s, &b->l, NULL, &walk, c, MAX, &counts), 0);
    box_expect(b->s.pending, "y.pdf", "new");
    assert_int_equal(fstatat(b->s.pending, "folder-abc-3", &st, 0), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(box_count(b->s.retry, ".", false), 0);
    claim_retry_end(&walk);
}

static const char *unreadable;
static int failing_open(int dir, const char *name, int flags, mode_t mode)
{
    if (unreadable && strcmp(name, unreadable) == 0) {
        errno = EIO;
        return -1;
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

/* A path file that cannot be read just now is not thrown away. */
static void a_path_is_not_forgotten_by_a_passing_error(void **state)
{
    struct box *b = *state;
    char path[300], name[NAME_CAP];
    struct token t = {.attempt = 1, .document = "abc-1", .claim = "abc-2"};
    snprintf(path, sizeof path, "%0190u/x.pdf", 7u);
    token_set_path(&t, path);
    assert_int_equal(pathfile_write(&b->s, t.document, path), 0);
    token_name(&t, name);
    box_write(b->l.work, name, "x");
    unreadable = t.document;
    BOX_REPLACE(openat, failing_open);
    claim_put_back_unknown(&b->s, &b->l, b->l.work, name);
    unreadable = NULL;
    box_expect(b->s.paths, "abc-1", path);
}

static void waiting_documents(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    struct retry_walk walk = {0};
    char name[NAME_CAP];
    int64_t later = lease_server_now(&b->l) / 1000 + 100;
    memset(&counts, 0, sizeof counts);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%lld.text.2c.abc-%d.abc-9~x.pdf",
                 i == 2 ? (long long)later : 5LL, i);
        box_write(b->s.retry, name, "x");
    }
    box_write(b->s.retry, "junk", "x");
    assert_int_equal(claim_retry(&b->s, &b->l, NULL, &walk, c, MAX, &counts), 2);
    assert_null(walk.list);
    assert_int_equal(walk.waiting, 1);
    assert_int_equal(walk.next_due_ms, later * 1000);
    assert_int_equal(claim_verify(&b->l, c, 2, note_stranger, NULL), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(c[i].token.attempt, 2);
        assert_string_equal(c[i].token.history, "c");
        assert_int_equal(strncmp(c[i].token.document, "abc-", 4), 0);
        assert_string_not_equal(c[i].token.claim, "abc-9");
    }
    box_expect(b->s.retry, "junk", "x");
}

/* A batch costs what it has, not what waits: the listing is read on from call to call. */
static void a_listing_is_worked_down(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    struct retry_walk walk = {0};
    char name[NAME_CAP];
    memset(&counts, 0, sizeof counts);
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "5.text.2c.abc-%d.abc-9~x.pdf", i);
        box_write(b->s.retry, name, "x");
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(claim_retry(&b->s, &b->l, NULL, &walk, c, 2, &counts), 2);
        assert_non_null(walk.list);
        assert_true(walk.waiting > 0); /* nobody may think that nothing waits */
    }
    box_write(b->s.retry, "5.text.2c.abc-8.abc-9~x.pdf", "x"); /* in this listing, or the next */
    unsigned got = claim_retry(&b->s, &b->l, NULL, &walk, c, MAX, &counts);
    assert_null(walk.list);
    got += claim_retry(&b->s, &b->l, NULL, &walk, c, MAX, &counts);
    assert_int_equal(got, 2);
    assert_int_equal(walk.waiting, 0);
    assert_int_equal(counts.won, 8);
    claim_retry_end(&walk);
}

static void a_full_batch_says_so(void **state)
{
    struct box *b = *state;
    struct claimed c[MAX];
    struct scan_name names[3] = {{"1.pdf", 0}, {"2.pdf", 0}, {"3.pdf", 0}};
    unsigned used;
    for (int i = 0; i < 3; i++)
        box_write(b->s.pending, names[i].name, "x");
    assert_int_equal(claim_pending(&b->s, &b->l, b->s.pending, "", names, 3, c, 2, &used, &counts),
                     2);
    assert_int_equal(used, 2);
    box_expect(b->s.pending, "3.pdf", "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(claimed_under_tokens),
        BOX_TEST(others_are_left_alone),
        BOX_TEST(settling),
        BOX_TEST(lost_replies_are_found),
        BOX_TEST(lost_races_are_counted),
        BOX_TEST(another_inode_is_a_mismatch),
        BOX_TEST(strangers_are_told_and_adopted),
        BOX_TEST(a_folder_goes_back),
        BOX_TEST(a_path_is_not_forgotten_by_a_passing_error),
        BOX_TEST(waiting_documents),
        BOX_TEST(a_listing_is_worked_down),
        BOX_TEST(a_full_batch_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
