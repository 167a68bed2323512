/* scan: every document once, nothing else. */
#include "spoolbox.h"

#include <sys/stat.h>

#include "spool/scan.h"

enum { MANY = 10000, BATCH = 100 };

struct found {
    unsigned n;
    char first[8][NAME_CAP];
    unsigned char seen[MANY];
};

/* Walk it all; names "d<number>..." are ticked off. */
static void walk(const struct spool *s, struct found *f, struct scan_counts *counts)
{
    static struct scan_name names[BATCH];
    struct scan *w = scan_new(s);
    const char *path;
    unsigned n;
    int folder;
    assert_non_null(w);
    memset(f, 0, sizeof *f);
    while ((n = scan_next(w, names, BATCH, &folder, &path)) > 0)
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(faccessat(folder, names[i].name, F_OK, AT_SYMLINK_NOFOLLOW), 0);
            if (f->n < 8)
                memcpy(f->first[f->n], names[i].name, NAME_CAP);
            f->n++;
            if (names[i].name[0] == 'd')
                f->seen[atoi(names[i].name + 1)]++;
        }
    *counts = *scan_counts(w);
    scan_free(w);
}

static void each_once_and_hosts_differ(void **state)
{
    struct box *b = *state;
    static struct found one, two;
    struct scan_counts c;
    char name[64];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%sd%d.pdf",
                 i % 10 == 3   ? "sub/a/"
                 : i % 10 == 4 ? "sub/"
                               : "",
                 i);
        if (i < 20)
            box_write(b->s.pending, name, "x");
        else {
            int fd = openat(b->s.pending, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0664);
            assert_true(fd >= 0);
            close(fd);
        }
    }
    walk(&b->s, &one, &c);
    assert_int_equal(one.n, MANY);
    assert_int_equal(c.names, MANY);
    assert_int_equal(c.folders, 3);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(one.seen[i], 1);
    snprintf(b->s.host, sizeof b->s.host, "another");
    walk(&b->s, &two, &c);
    assert_int_equal(two.n, MANY);
    unsigned equal = 0;
    for (int i = 0; i < 8; i++)
        equal += strcmp(one.first[i], two.first[i]) == 0;
    assert_true(equal < 4);
}

static void what_is_no_document(void **state)
{
    struct box *b = *state;
    static struct found f;
    struct scan_counts c;
    box_write(b->s.pending, ".hidden.pdf", "x");
    box_write(b->s.pending, ".snapshot/d1.pdf", "x");
    box_write(b->s.pending, "sub.tmp/d2.pdf", "x");
    box_write(b->s.pending, "d3.pdf.part", "x");
    box_write(b->s.retry, "0.text.1.abc-1.abc-2~x.pdf", "x");
    box_write(b->s.pending, "ok/d4.pdf", "x");
    assert_int_equal(symlinkat("ok", b->s.pending, "link"), 0);
    assert_int_equal(symlinkat("ok/d4.pdf", b->s.pending, "d5.pdf"), 0);
    assert_int_equal(mkfifoat(b->s.pending, "d6.pdf", 0664), 0);
    walk(&b->s, &f, &c);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.first[0], "d4.pdf");
    assert_int_equal(c.ignored[IGNORED_NAME], 4);
    assert_int_equal(c.ignored[IGNORED_LINK], 2);
    assert_int_equal(c.ignored[IGNORED_SPECIAL], 1);
}

static int refusing_open(int dir, const char *name, int flags, mode_t mode)
{
    if (strcmp(name, "secret") == 0) {
        errno = EACCES;
        return -1;
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

static void unreadable_folders_are_counted(void **state)
{
    struct box *b = *state;
    static struct found f;
    struct scan_counts c;
    box_write(b->s.pending, "secret/d1.pdf", "x");
    box_write(b->s.pending, "open/d2.pdf", "x");
    BOX_REPLACE(openat, refusing_open);
    walk(&b->s, &f, &c);
    assert_int_equal(f.n, 1);
    assert_int_equal(c.unreadable, 1);
}

static int unknown_types;
static ssize_t untyped_getdents(int fd, void *to, size_t n)
{
    ssize_t got = fsop_posix.getdents(fd, to, n);
    for (ssize_t at = 0; at < got;) {
        struct dirent64 *e = (struct dirent64 *)(void *)((char *)to + at);
        e->d_type = DT_UNKNOWN;
        unknown_types++;
        at += e->d_reclen;
    }
    return got;
}

static void types_that_the_server_does_not_tell(void **state)
{
    struct box *b = *state;
    static struct found f;
    struct scan_counts c;
    box_write(b->s.pending, "sub/d1.pdf", "x");
    box_write(b->s.pending, "d2.pdf", "x");
    assert_int_equal(symlinkat("d2.pdf", b->s.pending, "d3.pdf"), 0);
    BOX_REPLACE(getdents, untyped_getdents);
    walk(&b->s, &f, &c);
    assert_int_equal(f.n, 2);
    assert_int_equal(c.ignored[IGNORED_LINK], 1);
    assert_true(unknown_types > 0);
}

/* A document's path may have up to PATH_CAP - 1 bytes: whatever the depth of its folder, it is
 * found. */
static void deep_folders(void **state)
{
    struct box *b = *state;
    static struct found f;
    struct scan_counts c;
    unsigned wanted = 0;
    for (size_t length = 3800; length <= 4080; length += 40) {
        char path[PATH_CAP] = "";
        while (strlen(path) + 201 < length)
            snprintf(path + strlen(path), sizeof path - strlen(path), "%0199zu/", length);
        size_t rest = length - strlen(path);
        memset(path + strlen(path), 'p', rest);
        path[length] = 0;
        snprintf(path + length, sizeof path - length, "/d%zu.pdf", length);
        if (strlen(path) >= PATH_CAP)
            break;
        box_write(b->s.pending, path, "x");
        wanted++;
    }
    walk(&b->s, &f, &c);
    assert_int_equal(f.n, wanted);
}

static void rewinding(void **state)
{
    struct box *b = *state;
    struct scan_name names[4];
    const char *path;
    int folder;
    for (int i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "d%d.pdf", i);
        box_write(b->s.pending, name, "x");
    }
    struct scan *w = scan_new(&b->s);
    assert_int_equal(scan_next(w, names, 4, &folder, &path), 4);
    scan_rewind(w);
    assert_int_equal(scan_next(w, names, 4, &folder, &path), 4);
    assert_int_equal(scan_next(w, names, 4, &folder, &path), 2);
    assert_string_equal(path, "");
    assert_int_equal(scan_next(w, names, 4, &folder, &path), 0);
    assert_int_equal(scan_next(w, names, 4, &folder, &path), 0);
    scan_rewind(w);
    assert_int_equal(scan_next(w, names, 1, &folder, &path), 1);
    scan_free(w);
    scan_free(NULL);
}

struct told {
    struct box *box;
    unsigned n;
};

/* What is put there now is in the listing. */
static void put_one(const void *arg, const char *path)
{
    struct told *t = *(struct told *const *)arg;
    char name[NAME_CAP];
    snprintf(name, sizeof name, "%s%slate%u.pdf", path, *path ? "/" : "", t->n++);
    box_write(t->box->s.pending, name, "x");
}

static void folders_are_told_before_they_are_listed(void **state)
{
    struct box *b = *state;
    struct told t = {.box = b}, *arg = &t;
    struct scan_name names[8];
    const char *path;
    unsigned n, found = 0;
    int folder;
    assert_int_equal(mkdirat(b->s.pending, "empty", 0775), 0);
    struct scan *w = scan_new(&b->s);
    scan_telling(w, put_one, &arg);
    while ((n = scan_next(w, names, 8, &folder, &path)) > 0)
        found += n;
    assert_int_equal(t.n, 2);
    assert_int_equal(found, 2);
    scan_telling(w, NULL, NULL);
    scan_rewind(w);
    while ((n = scan_next(w, names, 8, &folder, &path)) > 0)
        found += n;
    assert_int_equal(t.n, 2);
    assert_int_equal(found, 4);
    scan_free(w);
}

/* The folders of the names that the rest of the walk gives, in their order: "aabb". */
static void folders_in_order(struct scan *w, unsigned max, char order[64])
{
    struct scan_name names[16];
    const char *path;
    unsigned n;
    int folder;
    size_t at = 0;
    while ((n = scan_next(w, names, max, &folder, &path)) > 0)
        for (unsigned i = 0; i < n && at < 63; i++) {
            assert_int_equal(names[i].name[0], path[0]);
            assert_int_equal(faccessat(folder, names[i].name, F_OK, AT_SYMLINK_NOFOLLOW), 0);
            order[at++] = path[0];
        }
    order[at] = 0;
}

static unsigned changes(const char *order)
{
    unsigned n = 0;
    for (size_t i = 1; order[i - 1] && order[i]; i++)
        n += order[i] != order[i - 1];
    return n;
}

/* Each name once, from as many folders as is wished; a folder alone is not cut into pieces. */
static void folders_side_by_side(void **state)
{
    struct box *b = *state;
    char order[64], one[64];
    for (int i = 0; i < 24; i++) {
        char name[32];
        snprintf(name, sizeof name, "%c/%c%d.pdf", "abc"[i % 3], "abc"[i % 3], i);
        box_write(b->s.pending, name, "x");
    }
    struct scan *w = scan_new(&b->s);
    assert_non_null(w);
    folders_in_order(w, 16, one);
    assert_int_equal(strlen(one), 24);
    assert_int_equal(changes(one), 2);

    scan_beside(w, 3, 2);
    scan_rewind(w);
    folders_in_order(w, 16, order);
    assert_int_equal(strlen(order), 24);
    for (size_t i = 0; i < 6; i += 2)
        assert_int_equal(order[i], order[i + 1]);
    assert_true(order[0] != order[2] && order[2] != order[4] && order[4] != order[0]);
    assert_memory_equal(order, order + 6, 12); /* the last lots may be of what is left alone */

    scan_beside(w, 2, 4);
    scan_rewind(w);
    folders_in_order(w, 16, order);
    assert_int_equal(strlen(order), 24);
    assert_true(order[0] == order[3] && order[4] == order[7] && order[0] != order[4]);
    assert_null(memchr(order, order[20], 16)); /* the third has waited until one was done */
    scan_free(w);
}

/* What has been begun is ended, each name once, however many are wanted meanwhile. */
static void fewer_side_by_side_again(void **state)
{
    struct box *b = *state;
    struct scan_name names[4];
    const char *path;
    char order[64];
    int folder;
    for (int i = 0; i < 24; i++) {
        char name[32];
        snprintf(name, sizeof name, "%c/%c%d.pdf", "abcd"[i % 4], "abcd"[i % 4], i);
        box_write(b->s.pending, name, "x");
    }
    struct scan *w = scan_new(&b->s);
    scan_beside(w, 3, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(scan_next(w, names, 4, &folder, &path), 1);
    scan_beside(w, 1, 1);
    folders_in_order(w, 4, order);
    assert_int_equal(strlen(order), 21);
    assert_int_equal(changes(order + 15), 0); /* the fourth, alone */
    assert_null(memchr(order, order[20], 15));
    scan_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(each_once_and_hosts_differ),
        BOX_TEST(what_is_no_document),
        BOX_TEST(unreadable_folders_are_counted),
        BOX_TEST(types_that_the_server_does_not_tell),
        BOX_TEST(deep_folders),
        BOX_TEST(rewinding),
        BOX_TEST(folders_are_told_before_they_are_listed),
        BOX_TEST(folders_side_by_side),
        BOX_TEST(fewer_side_by_side_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
