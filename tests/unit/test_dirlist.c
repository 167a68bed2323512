#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/dirlist.h"
#include "base/fsop.h"

static char root[64];
static int root_fd;

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_dirlist.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return root_fd < 0 ? -1 : 0;
}

static int drop_root(void **state)
{
    char command[128];

    (void)state;
    fs = &fsop_posix;
    close(root_fd);
    snprintf(command, sizeof command, "rm -r -- '%s'", root);
    return system(command);
}

static void touch(const char *name)
{
    int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static void test_many_entries_each_once(void **state)
{
    enum { FILES = 700 };
    unsigned char seen[FILES] = {0};
    struct dirlist_entry e;
    char name[64];
    int got, n = 0;

    (void)state;
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "file-with-a-name-%d", i);
        touch(name);
    }
    struct dirlist *d = dirlist_open(root_fd, ".", 1024);
    assert_non_null(d);
    assert_int_equal(dirlist_calls(d), 0);
    while ((got = dirlist_next(d, &e)) == 1) {
        assert_int_equal(e.type, DT_REG);
        struct stat st;
        assert_int_equal(fstatat(dirlist_fd(d), e.name, &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_true(st.st_ino == e.ino);
        int i = atoi(e.name + strlen("file-with-a-name-"));
        assert_in_range(i, 0, FILES - 1);
        seen[i]++;
        n++;
    }
    assert_int_equal(got, 0);
    assert_int_equal(dirlist_next(d, &e), 0); /* the end stays the end */
    assert_int_equal(n, FILES);
    for (int i = 0; i < FILES; i++)
        assert_int_equal(seen[i], 1);
    assert_true(dirlist_calls(d) > FILES / 32); /* the small buffer was respected */
    dirlist_close(d);
}

static void test_odd_names_and_types(void **state)
{
    char longest[256];
    struct dirlist_entry e;
    int files = 0, folders = 0, links = 0, fifos = 0, hidden = 0, newline = 0, long_ones = 0;

    (void)state;
    memset(longest, 'x', 255);
    longest[255] = 0;
    touch("a\nb");
    touch("\xFF\xFE");
    touch("...");
    touch(".hidden");
    touch("-rf");
    touch(longest);
    assert_int_equal(mkdirat(root_fd, "folder", 0700), 0);
    assert_int_equal(symlinkat("nowhere", root_fd, "link"), 0);
    assert_int_equal(mkfifoat(root_fd, "fifo", 0600), 0);
    struct dirlist *d = dirlist_open(AT_FDCWD, root, 1); /* too small a buffer is made larger */
    assert_non_null(d);
    while (dirlist_next(d, &e) == 1) {
        files += e.type == DT_REG;
        folders += e.type == DT_DIR;
        links += e.type == DT_LNK;
        fifos += e.type == DT_FIFO;
        hidden += e.name[0] == '.';
        newline += strcmp(e.name, "a\nb") == 0;
        long_ones += strlen(e.name) == 255;
    }
    assert_int_equal(files, 6);
    assert_int_equal(folders, 1); /* neither . nor .. */
    assert_int_equal(links, 1);
    assert_int_equal(fifos, 1);
    assert_int_equal(hidden, 2); /* "..." is a name like others */
    assert_int_equal(newline, 1);
    assert_int_equal(long_ones, 1);
    dirlist_close(d);
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    touch("file");
    assert_int_equal(symlinkat(".", root_fd, "link"), 0);
    assert_null(dirlist_open(root_fd, "absent", 0));
    assert_int_equal(errno, ENOENT);
    assert_null(dirlist_open(root_fd, "file", 0));
    assert_int_equal(errno, ENOTDIR);
    assert_null(dirlist_open(root_fd, "link", 0)); /* never through a link */
    assert_true(errno == ELOOP || errno == ENOTDIR);
    assert_null(dirlist_open(-1, ".", 0));
    assert_int_equal(errno, EBADF);
    errno = 12345;
    dirlist_close(NULL);
    assert_int_equal(errno, 12345);
}

static void test_empty_and_closed(void **state)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(root_fd, ".", 0);

    (void)state;
    assert_int_equal(dirlist_next(d, &e), 0);
    int fd = dirlist_fd(d);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    errno = EXDEV;
    dirlist_close(d);
    assert_int_equal(errno, EXDEV);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* ---- a server that answers what it likes ---- */

static char answer[512];
static ssize_t answer_size; /* < 0: an error */
static int flags_seen;

static ssize_t lying_getdents(int fd, void *to, size_t n)
{
    (void)fd;
    if (answer_size < 0) {
        errno = ESTALE;
        return -1;
    }
    memcpy(to, answer, (size_t)answer_size < n ? (size_t)answer_size : n);
    return answer_size;
}

static int seeing_openat(int dir, const char *name, int flags, mode_t mode)
{
    flags_seen = flags;
    return openat(dir, name, flags, mode);
}

/* Put a record into the answer; reclen is what it claims, n what is there. */
static void record(unsigned short reclen, const char *name, size_t name_bytes, ssize_t n)
{
    struct dirent64 head = {.d_ino = 7, .d_reclen = reclen, .d_type = DT_REG};

    memset(answer, 'z', sizeof answer);
    memcpy(answer, &head, offsetof(struct dirent64, d_name));
    memcpy(answer + offsetof(struct dirent64, d_name), name, name_bytes);
    answer_size = n;
}

static int listed(struct dirlist_entry *e)
{
    struct dirlist *d = dirlist_open(root_fd, ".", 512);
    static char name[256];

    assert_non_null(d);
    int got = dirlist_next(d, e);
    int saved = errno;
    if (got == 1) {
        snprintf(name, sizeof name, "%s", e->name);
        e->name = name;
    }
    dirlist_close(d);
    errno = saved;
    return got;
}

static void test_lies(void **state)
{
    struct fsop lying = fsop_posix;
    struct dirlist_entry e;

    (void)state;
    lying.getdents = lying_getdents;
    lying.openat = seeing_openat;
    fs = &lying;
    record(24, "good", 5, 24);
    assert_int_equal(listed(&e), 1);
    assert_string_equal(e.name, "good");
    assert_int_equal(e.ino, 7);
    assert_int_equal(flags_seen, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    static const struct {
        const char *what;
        unsigned short reclen;
        ssize_t n;
    } lies[] = {{"no length", 0, 24},
                {"shorter than its head", 8, 24},
                {"without a name", 19, 24},
                {"longer than the answer", 32, 24},
                {"far too long", 65535, 24},
                {"cut within the head", 24, 10},
                {"an answer larger than the buffer", 24, 513}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        record(lies[i].reclen, "good", 5, lies[i].n);
        errno = 0;
        if (listed(&e) != -1 || errno != EIO)
            fail_msg("%s", lies[i].what);
    }
    record(24, "never ended", 5, 24); /* the NUL is missing within the record */
    assert_int_equal(listed(&e), -1);
    assert_int_equal(errno, EIO);
    answer_size = -1;
    assert_int_equal(listed(&e), -1);
    assert_int_equal(errno, ESTALE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many_entries_each_once, make_root, drop_root),
        cmocka_unit_test_setup_teardown(test_odd_names_and_types, make_root, drop_root),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_opened, make_root, drop_root),
        cmocka_unit_test_setup_teardown(test_empty_and_closed, make_root, drop_root),
        cmocka_unit_test_setup_teardown(test_lies, make_root, drop_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
