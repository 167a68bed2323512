/*
 * spoolbox: a spool in a temporary folder with one lease, for the unit tests of the spool rooms. A
 * header only, since each test program is one file.
 */
#ifndef PDFSPOOL_TEST_SPOOLBOX_H
#define PDFSPOOL_TEST_SPOOLBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "base/log.h"
#include "spool/lease.h"
#include "spool/look.h"
#include "spool/spool.h"

struct box {
    char top[64];
    struct spool s;
    struct lease l;
    struct lease_shared shared;
};

/* Remove everything below an open folder; takes the descriptor. */
static inline void box_empty(int dir)
{
    DIR *d = fdopendir(dir);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        int sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub >= 0)
            box_empty(sub);
        unlinkat(dirfd(d), e->d_name, sub >= 0 ? AT_REMOVEDIR : 0);
    }
    if (d)
        closedir(d);
}

/* For cmocka's setup and teardown: *state is the box. */
static inline int box_setup(void **state)
{
    char err[512];
    int code;
    struct box *b = calloc(1, sizeof *b);
    fs = &fsop_posix;
    if (!b)
        return -1;
    snprintf(b->top, sizeof b->top, "%s/pdfspool-unit.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    log_setup(LOG_LOGFMT, LEVEL_ERROR, "/dev/null");
    if (!mkdtemp(b->top) || spool_init(b->top, err, sizeof err) != 0 ||
        spool_open(&b->s, b->top, "unit", NULL, settings_report_stderr, err, sizeof err, &code) !=
            0 ||
        lease_create(&b->l, &b->s, &b->shared, getpid()) != 0)
        return -1;
    /* None; and less than none: a file system's clock may be a tick ahead of what the lease knows
     * of it. */
    b->s.settings.settle = -60000;
    b->s.settings.retry_delay = 0;
    *state = b;
    return 0;
}

static inline int box_teardown(void **state)
{
    struct box *b = *state;
    fs = &fsop_posix;
    lease_close(&b->l);
    spool_close(&b->s);
    box_empty(open(b->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    rmdir(b->top);
    free(b);
    return 0;
}

/* Make the folders of a path below dir; a descriptor of the last one, and its base name. */
static inline int box_folder(int dir, const char *path, const char **base)
{
    char name[NAME_CAP];
    int at = dup(dir);
    const char *slash;
    while ((slash = strchr(path, '/'))) {
        snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
        mkdirat(at, name, 0775);
        int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(at);
        assert_true(next >= 0);
        at = next;
        path = slash + 1;
    }
    *base = path;
    return at;
}

/* Write a file below dir (pending, done, ...), folders included. */
static inline void box_write(int dir, const char *path, const char *text)
{
    const char *base;
    int at = box_folder(dir, path, &base);
    int fd = openat(at, base, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0664);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    close(at);
}

/* Assert that the file below dir has this text; NULL: that it is not there. */
static inline void box_expect(int dir, const char *path, const char *text)
{
    char have[256] = "";
    const char *base;
    int at = box_folder(dir, path, &base);
    int fd = openat(at, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(at);
    if (!text) {
        assert_true(fd < 0);
        return;
    }
    assert_true(fd >= 0);
    ssize_t n = read(fd, have, sizeof have - 1);
    close(fd);
    assert_true(n >= 0);
    assert_string_equal(have, text);
}

/* The number of entries in a folder (not of hidden ones when `visible`). */
static inline unsigned box_count(int dir, const char *name, bool visible)
{
    unsigned n = 0;
    struct dirent *e;
    DIR *d = fdopendir(openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (d && (e = readdir(d)))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
             !(visible && e->d_name[0] == '.');
    if (d)
        closedir(d);
    return n;
}

/* A table that is fsop_posix with one operation replaced: box_table.renameat = my_rename; fs =
 * &box_table. */
static struct fsop box_table __attribute__((unused));
#define BOX_REPLACE(op, fn)                                                                        \
    do {                                                                                           \
        box_table = fsop_posix;                                                                    \
        box_table.op = (fn);                                                                       \
        fs = &box_table;                                                                           \
    } while (0)

#define BOX_TEST(fn) cmocka_unit_test_setup_teardown(fn, box_setup, box_teardown)

#endif
