/* unpack: hidden folders of unpacked documents: written, thrown away, never what is visible. */
#include "spoolbox.h"

#include "base/sha256.h"
#include "spool/unpack.h"

static struct token a_claim(const struct box *b)
{
    struct token t = {.attempt = 1};
    lease_new_id(&b->l, t.document);
    lease_new_id(&b->l, t.claim);
    token_set_path(&t, "x.zip");
    return t;
}

static void keep(struct unpack *u, const char *path, const char *text)
{
    struct unpacked kept;
    char hex[SHA256_HEX];
    assert_int_equal(unpack_file(u, path), 0);
    assert_int_equal(unpack_bytes(u, text, 1), 0);
    assert_int_equal(unpack_bytes(u, text + 1, strlen(text) - 1), 0);
    assert_int_equal(unpack_keep(u, &kept), 0);
    sha256_hex(text, strlen(text), hex);
    assert_string_equal(kept.sha256, hex);
    assert_int_equal(kept.size, strlen(text));
}

static void leave(struct unpack *u, const char *path)
{
    assert_int_equal(unpack_file(u, path), 0);
    assert_int_equal(unpack_bytes(u, "no", 2), 0);
    assert_int_equal(unpack_leave(u), 0);
}

/* Assert what the file is below the claim's hidden folder. */
static void hidden(const struct box *b, const struct token *t, const char *path, const char *text)
{
    char name[UNPACK_NAME_CAP], whole[PATH_CAP];
    unpack_name(t->document, t->claim, name);
    snprintf(whole, sizeof whole, "%s/%s", name, path);
    box_expect(b->s.unpack, whole, text);
}

static bool has(int dir, const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void files_lie_hidden_as_their_paths_say(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    unsigned files = 99;
    char name[UNPACK_NAME_CAP];
    struct unpack *u = unpack_new(&b->s, &t);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
    keep(u, "a.pdf", "one");
    keep(u, "f/g/b.pdf", "two");
    keep(u, "f/g/c.pdf", "three");
    keep(u, "f/d.pdf", "four");
    leave(u, "f/g/e.pdf");
    leave(u, "only/h.pdf");
    assert_int_equal(unpack_finish(u, &files), 0);
    unpack_free(u);
    assert_int_equal(files, 4);
    hidden(b, &t, "a.pdf", "one");
    hidden(b, &t, "f/g/b.pdf", "two");
    hidden(b, &t, "f/g/c.pdf", "three");
    hidden(b, &t, "f/d.pdf", "four");
    unpack_name(t.document, t.claim, name);
    int top = openat(b->s.unpack, name, O_RDONLY | O_DIRECTORY);
    assert_int_equal(box_count(top, ".", false), 2); /* only/ has gone */
    assert_int_equal(box_count(top, "f/g", false), 2);
    close(top);
    assert_int_equal(box_count(b->s.pending, ".", true), 0);
}

static void nothing_kept_leaves_nothing(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    unsigned files = 99;
    struct unpack *u = unpack_new(&b->s, &t);
    leave(u, "only/h.pdf");
    assert_int_equal(unpack_finish(u, &files), 0);
    unpack_free(u);
    assert_int_equal(files, 0);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
}

static void begun_anew(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    unsigned files = 99;
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "a.pdf", "one");
    keep(u, "f/b.pdf", "two");
    assert_int_equal(unpack_file(u, "f/half.pdf"), 0);
    assert_int_equal(unpack_bytes(u, "ha", 2), 0);
    assert_int_equal(unpack_restart(u), 0);
    keep(u, "a.pdf", "ONE");
    assert_int_equal(unpack_finish(u, &files), 0);
    unpack_free(u);
    assert_int_equal(files, 1);
    hidden(b, &t, "a.pdf", "ONE");
    hidden(b, &t, "f/b.pdf", NULL);
}

/* What a slot left that died with this claim in hand counts for nothing. */
static void found_there(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    unsigned files = 99;
    char old[UNPACK_NAME_CAP + 16], name[UNPACK_NAME_CAP];
    unpack_name(t.document, t.claim, name);
    snprintf(old, sizeof old, "%s/a.pdf", name);
    box_write(b->s.unpack, old, "old");
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "b.pdf", "new");
    assert_int_equal(unpack_finish(u, &files), 0);
    unpack_free(u);
    hidden(b, &t, "a.pdf", NULL);
    hidden(b, &t, "b.pdf", "new");
}

static void only_clean_paths_and_no_links(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    char name[UNPACK_NAME_CAP], link[UNPACK_NAME_CAP + 16];
    static const char *const foul[] = {"../a.pdf", "/a.pdf", "a//b.pdf", "", ".a.pdf", "a/.."};
    struct unpack *u = unpack_new(&b->s, &t);
    for (size_t i = 0; i < sizeof foul / sizeof *foul; i++)
        assert_int_equal(unpack_file(u, foul[i]), -1);
    keep(u, "a.pdf", "one");
    unpack_name(t.document, t.claim, name);
    snprintf(link, sizeof link, "%s/out", name);
    assert_int_equal(symlinkat("../../../done", b->s.unpack, link), 0);
    assert_int_equal(unpack_file(u, "out/b.pdf"), -1);
    unpack_free(u);
    assert_int_equal(box_count(b->s.done, ".", false), 0);
}

static void an_empty_file_is_refused(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    struct unpacked kept;
    struct unpack *u = unpack_new(&b->s, &t);
    assert_int_equal(unpack_file(u, "a.pdf"), 0);
    assert_int_equal(unpack_keep(u, &kept), -1);
    assert_int_equal(unpack_leave(u), 0);
    unpack_free(u);
}

static void thrown_away(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "f/g/b.pdf", "two");
    assert_int_equal(unpack_file(u, "f/c.pdf"), 0);
    unpack_throw(u);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
    assert_int_equal(unpack_restart(u), -1); /* its name is used up */
    assert_int_equal(unpack_file(u, "a.pdf"), -1);
    unpack_free(u);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);
}

/* Somebody else has made it visible (the seal was taken for lost): nothing of it goes, although the
 * slot still has its descriptors. */
static void what_is_visible_stays(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    unsigned files;
    char name[UNPACK_NAME_CAP];
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "f/b.pdf", "two");
    assert_int_equal(unpack_finish(u, &files), 0);
    unpack_name(t.document, t.claim, name);
    assert_int_equal(renameat(b->s.unpack, name, b->s.pending, "x"), 0);
    unpack_throw(u);
    unpack_free(u);
    box_expect(b->s.pending, "x/f/b.pdf", "two");
    assert_int_equal(unpack_void(&b->s, t.document, t.claim), MOVE_LOST);
}

static bool lie;
static int lying_rename(int from, const char *name, int to, const char *as)
{
    int r = fsop_posix.renameat(from, name, to, as);
    if (!lie)
        return r;
    lie = false;
    errno = EIO;
    return -1;
}

static void a_lost_reply_of_throwing_away(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    char name[UNPACK_NAME_CAP];
    unsigned most = 3;
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "f/b.pdf", "two");
    keep(u, "f/c.pdf", "two");
    keep(u, "g/c.pdf", "two");
    unpack_free(u);
    lie = true;
    BOX_REPLACE(renameat, lying_rename);
    assert_int_equal(unpack_void(&b->s, t.document, t.claim), MOVED);
    assert_int_equal(unpack_void(&b->s, t.document, t.claim), MOVED); /* said again */
    unpack_void_name(t.document, t.claim, name);
    assert_true(has(b->s.unpack, name));
    assert_int_equal(unpack_remove(&b->s, t.document, t.claim, &most), 1);
    assert_true(has(b->s.unpack, name));
    most = 100;
    assert_int_equal(unpack_remove(&b->s, t.document, t.claim, &most), 0);
    assert_false(has(b->s.unpack, name));
    assert_int_equal(unpack_remove(&b->s, t.document, t.claim, &most), 0);
}

static int full(int fd)
{
    (void)fd;
    errno = ENOSPC;
    return -1;
}

/* The first error is final; what was begun can be thrown away. */
static void a_full_disk(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    struct unpacked kept;
    unsigned files;
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "f/b.pdf", "two");
    assert_int_equal(unpack_file(u, "f/c.pdf"), 0);
    assert_int_equal(unpack_bytes(u, "x", 1), 0);
    BOX_REPLACE(fsync, full);
    assert_int_equal(unpack_keep(u, &kept), -1);
    assert_int_equal(errno, ENOSPC);
    fs = &fsop_posix;
    assert_int_equal(unpack_finish(u, &files), -1);
    assert_int_equal(unpack_file(u, "f/d.pdf"), -1);
    unpack_throw(u);
    unpack_free(u);
    assert_int_equal(box_count(b->s.unpack, ".", false), 0);

    t = a_claim(b);
    u = unpack_new(&b->s, &t);
    keep(u, "f/b.pdf", "two");
    BOX_REPLACE(fsync, full); /* of the folders */
    assert_int_equal(unpack_finish(u, &files), -1);
    assert_int_equal(errno, ENOSPC);
    fs = &fsop_posix;
    unpack_free(u);
}

/* A folder that this machine knows by the name, and the server does not, is never emptied. */
static ino_t stale;
static int stale_statx(int dir, const char *name, int flags, struct statx *out)
{
    int r = fsop_posix.statx(dir, name, flags, out);
    if (r == 0 && (flags & AT_EMPTY_PATH) && out->stx_ino == stale)
        out->stx_ino++;
    return r;
}

static void another_folder_by_that_name(void **state)
{
    struct box *b = *state;
    struct token t = a_claim(b);
    struct stat st;
    unsigned most = 100;
    char name[UNPACK_NAME_CAP];
    struct unpack *u = unpack_new(&b->s, &t);
    keep(u, "b.pdf", "two");
    unpack_free(u);
    assert_int_equal(unpack_void(&b->s, t.document, t.claim), MOVED);
    unpack_void_name(t.document, t.claim, name);
    assert_int_equal(fstatat(b->s.unpack, name, &st, 0), 0);
    stale = st.st_ino;
    BOX_REPLACE(statx, stale_statx);
    assert_int_equal(unpack_remove(&b->s, t.document, t.claim, &most), -1);
    assert_int_equal(errno, ESTALE);
    fs = &fsop_posix;
    assert_true(has(b->s.unpack, name));
}

static void names(void **state)
{
    char document[ID_CAP], claim[ID_CAP], name[UNPACK_NAME_CAP];
    static const char *const none[] = {"abc",           "abc.",
                                       ".abc.def",      "abc.def.",
                                       "abc.dEf",       "abc.def.voi",
                                       "ab.def",        "abc.def.void.x",
                                       "abc-1.def-2.g", "my.files",
                                       "abc-1.def",     "abc.def-1",
                                       "abc.def.void.", ""};
    (void)state;
    unpack_name("abc-1", "abc-2", name);
    assert_string_equal(name, "abc-1.abc-2");
    assert_int_equal(unpack_parse(name, document, claim), 1);
    assert_string_equal(document, "abc-1");
    assert_string_equal(claim, "abc-2");
    unpack_void_name("abc-1", "abc-2", name);
    assert_int_equal(unpack_parse(name, document, claim), 2);
    assert_string_equal(claim, "abc-2");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(unpack_parse(none[i], document, claim), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(files_lie_hidden_as_their_paths_say),
        BOX_TEST(nothing_kept_leaves_nothing),
        BOX_TEST(begun_anew),
        BOX_TEST(found_there),
        BOX_TEST(only_clean_paths_and_no_links),
        BOX_TEST(an_empty_file_is_refused),
        BOX_TEST(thrown_away),
        BOX_TEST(what_is_visible_stays),
        BOX_TEST(a_lost_reply_of_throwing_away),
        BOX_TEST(a_full_disk),
        BOX_TEST(another_folder_by_that_name),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
