/* archive_path: names of entries made into paths of the spool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "spool/archive_path.h"
#include "spool/dropname.h"
#include "spool/token.h"

/* What the header promises of every clean path. */
static void is_clean(const char *path, size_t most)
{
    char copy[PATH_CAP], *save = NULL;
    size_t depth = 0;
    assert_true(strlen(path) <= most && utf8_valid(path, strlen(path)));
    assert_true(token_path_ok(path) && archive_path_ok(path));
    snprintf(copy, sizeof copy, "%s", path);
    for (char *c = strtok_r(copy, "/", &save); c; c = strtok_r(NULL, "/", &save), depth++) {
        assert_null(dropname_ignored(c));
        assert_true(strlen(c) < NAME_CAP);
    }
    assert_true(depth <= ARCHIVE_PATH_DEPTH);
}

static void becomes_n(const char *name, size_t n, bool zip, const char *path)
{
    char out[PATH_CAP];
    assert_int_equal(archive_path_clean(name, n, zip, ARCHIVE_PATH_MAX, out), PATH_CLEAN);
    assert_string_equal(out, path);
    is_clean(out, ARCHIVE_PATH_MAX);
}

static void becomes(const char *name, bool zip, const char *path)
{
    becomes_n(name, strlen(name), zip, path);
}

static void both(const char *name, const char *path)
{
    becomes(name, false, path);
    becomes(name, true, path);
}

static void ways_out(void **state)
{
    (void)state;
    both("a.pdf", "a.pdf");
    both("a/b/c.pdf", "a/b/c.pdf");
    both("../../etc/x.pdf", "etc/x.pdf");
    both("a/./..//../b.pdf/", "a/b.pdf");
    both("/a.pdf", "a.pdf");
    both("///a.pdf", "a.pdf");
    both("C:/x/y.pdf", "x/y.pdf");
    both("./C:/D:/../E:/x.pdf", "x.pdf");
    both("a/C:/x.pdf", "a/C:/x.pdf");
    becomes("C:\\x\\y.pdf", true, "x/y.pdf");
    becomes("C:\\x\\y.pdf", false, "\\x\\y.pdf");
    becomes("..\\..\\x.pdf", true, "x.pdf");
    becomes("..\\..\\x.pdf", false, "_..\\..\\x.pdf");
    becomes("\\\\server\\share\\x.pdf", true, "server/share/x.pdf");
    becomes("a/b\\c.pdf", true, "a/b\\c.pdf");
    becomes("C:x.pdf", true, "x.pdf");
    becomes("C:x.pdf", false, "C:x.pdf");
    becomes("C:D:x.pdf", true, "x.pdf");
}

static void names_that_the_spool_ignores(void **state)
{
    (void)state;
    both(".x.pdf", "_.x.pdf");
    both("...", "_...");
    both(".git/x.pdf", "_.git/x.pdf");
    both("~x.pdf", "_~x.pdf");
    both("x.pdf~", "x.pdf~_");
    both("x.tmp/y.part", "x.tmp_/y.part_");
    both(".x.tmp", "_.x.tmp_");
    both("Thumbs.db", "Thumbs.db_");
    both(".retry/1.text.x", "_.retry/1.text.x");
}

static void bytes(void **state)
{
    (void)state;
    becomes_n("a\0b.pdf", 7, false, "a_b.pdf");
    becomes_n("a\0b.pdf", 7, true, "a_b.pdf");
    both("a\tb\nc\x1b[31m\x7f.pdf", "a_b_c_[31m_.pdf");
    both("x\u202e"
         "fdp.exe",
         "x_fdp.exe"); /* turns round how it is shown */
    both("M\u00fcller \u4e2d.pdf", "M\u00fcller \u4e2d.pdf");
    becomes("M\x81ller.pdf", true, "M\u00fcller.pdf");
    becomes("M\x81ller.pdf", false, "M%81ller.pdf");
    becomes("\xc3\xbc\xff", false, "\u00fc%FF");
    becomes("\xc3\xbc\xff", true, "\u251c\u255d\u00a0");
}

static void nothing_is_left(void **state)
{
    static const char *const names[] = {"", "/", "..", "../..", "./", "C:/", "C:", "C:\\", "//."};
    char out[PATH_CAP];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(archive_path_clean(names[i], strlen(names[i]), true, 4000, out),
                         PATH_NAMELESS);
        assert_string_equal(out, "");
        assert_false(archive_path_ok(names[i]));
    }
}

static void long_names(void **state)
{
    char name[400], out[PATH_CAP], other[PATH_CAP];
    (void)state;
    memset(name, 'n', sizeof name);
    strcpy(name + 300, ".pdf");
    assert_int_equal(archive_path_clean(name, 304, false, 4000, out), PATH_CLEAN);
    assert_int_equal(strlen(out), 255);
    assert_string_equal(out + 251, ".pdf");
    is_clean(out, 255);
    name[299] = 'm'; /* another name is another path */
    assert_int_equal(archive_path_clean(name, 304, false, 4000, other), PATH_CLEAN);
    assert_string_not_equal(out, other);
    for (int i = 0; i < 300; i += 3) /* not within a character */
        memcpy(name + i, "\u4e2d", 3);
    assert_int_equal(archive_path_clean(name, 304, false, 4000, out), PATH_CLEAN);
    is_clean(out, 255);
    name[0] = '.';
    name[255] = '\0';
    assert_int_equal(archive_path_clean(name, 255, false, 4000, out), PATH_CLEAN);
    is_clean(out, 255);
}

static void deep_paths(void **state)
{
    enum { FOLDERS = 3000 };
    char name[2 * FOLDERS + 6], out[PATH_CAP], other[PATH_CAP];
    (void)state;
    for (int i = 0; i < FOLDERS; i++)
        memcpy(name + 2 * i, "a/", 2);
    strcpy(name + 2 * FOLDERS, "x.pdf");
    assert_int_equal(archive_path_clean(name, strlen(name), false, 4000, out), PATH_CLEAN);
    is_clean(out, 4000);
    assert_string_equal(strrchr(out, '/'), "/x.pdf");
    name[2] = 'b';
    assert_int_equal(archive_path_clean(name, strlen(name), false, 4000, other), PATH_CLEAN);
    assert_string_not_equal(out, other);
    memset(name, 'n', sizeof name);
    for (int i = 250; i < 2 * FOLDERS; i += 251) /* few folders, but long ones */
        name[i] = '/';
    strcpy(name + 2 * FOLDERS, "x.pdf");
    assert_int_equal(archive_path_clean(name, strlen(name), false, 600, out), PATH_CLEAN);
    is_clean(out, 600);
    assert_true(strlen(out) > 300);
}

/* Whatever comes, a path that is clean, and stays as it is. */
static void any_bytes(void **state)
{
    static const char alphabet[] = "/\\.:~aC%\x81\xc3\xbc\t\xe2\x80\xae";
    uint32_t seed = 1;
    char name[64], out[PATH_CAP];
    (void)state;
    for (int i = 0; i < 200000; i++) {
        size_t n = 0, len = (seed >> 8) % sizeof name;
        for (; n < len; n++) {
            seed = seed * 1664525u + 1013904223u;
            name[n] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        if (archive_path_clean(name, n, seed & 0x100, 4000, out) == PATH_CLEAN)
            is_clean(out, ARCHIVE_PATH_MAX);
        seed = seed * 1664525u + 1013904223u;
    }
}

static void use(struct archive_paths *used, const char *path, const char *as)
{
    char out[PATH_CAP];
    assert_int_equal(archive_paths_use(used, path, out), 0);
    assert_string_equal(out, as);
    is_clean(out, ARCHIVE_PATH_MAX);
}

static void numbers(void **state)
{
    struct archive_paths *used = archive_paths_new();
    (void)state;
    use(used, "x.pdf", "x.pdf");
    use(used, "x.pdf", "x~2.pdf");
    use(used, "x.pdf", "x~3.pdf");
    use(used, "x~2.pdf", "x~2~2.pdf");
    use(used, "a/b", "a/b");
    use(used, "a", "a~2");         /* a file like a folder */
    use(used, "a/b/c", "a/b~2/c"); /* a folder like a file */
    use(used, "a/b/d", "a/b~2/d"); /* the same folder */
    use(used, "a/b", "a/b~3");
    use(used, "a/b~2/c", "a/b~2/c~2");
    archive_paths_free(used);
}

static void many_of_one_name(void **state)
{
    struct archive_paths *used = archive_paths_new();
    char name[256], out[PATH_CAP], want[32];
    (void)state;
    for (unsigned i = 1; i <= 10000; i++) {
        assert_int_equal(archive_paths_use(used, "x.pdf", out), 0);
        snprintf(want, sizeof want, i > 1 ? "x~%u.pdf" : "x.pdf", i);
        assert_string_equal(out, want);
    }
    memset(name, 'n', 255);
    strcpy(name + 251, ".pdf");
    use(used, name, name);
    assert_int_equal(archive_paths_use(used, name, out), 0);
    assert_int_equal(strlen(out), 255);
    assert_string_equal(out + 249, "~2.pdf");
    archive_paths_free(used);
    archive_paths_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_out),
        cmocka_unit_test(names_that_the_spool_ignores),
        cmocka_unit_test(bytes),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(long_names),
        cmocka_unit_test(deep_paths),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(numbers),
        cmocka_unit_test(many_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
