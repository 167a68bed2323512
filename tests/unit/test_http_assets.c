#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "spoold/http/assets.h"
#include "spoold/http/gzip.h"
#include "spoold/http/secret.h"

static char top[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(top, "/tmp/test_http_assets.XXXXXX");
    return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

static const char *path(const char *name)
{
    static char all[200];

    snprintf(all, sizeof all, "%s/%s", top, name);
    return all;
}

static void put(const char *name, const char *text, size_t n)
{
    FILE *f = fopen(path(name), "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* ---- gzip ---- */

/* Read back by gzip(1): another's decoder. */
static void test_gzip_is_read_by_others(void **state)
{
    char text[20000], back[20001], command[300];
    struct buf small = {0};

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i / 7 % 13);
    buf_str(&small, "before");
    assert_true(gzip_pack(&small, text, sizeof text, GZIP_FAST));
    assert_memory_equal(small.data, "before\x1f\x8b", 8);
    put("t.gz", small.data + 6, small.len - 6);
    snprintf(command, sizeof command, "gzip -dc '%s'", path("t.gz"));
    FILE *f = popen(command, "r");
    assert_non_null(f);
    assert_int_equal(fread(back, 1, sizeof back, f), sizeof text);
    assert_int_equal(pclose(f), 0);
    assert_memory_equal(back, text, sizeof text);
    struct buf again = {0};
    assert_true(gzip_pack(&again, text, sizeof text, GZIP_FAST));
    assert_int_equal(again.len, small.len - 6);
    assert_memory_equal(again.data, small.data + 6, again.len);
    buf_free(&again);
    buf_free(&small);
}

static void test_gzip_only_where_it_pays(void **state)
{
    char noise[5000];
    struct buf b = {0};
    unsigned x = 1;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((x = x * 1103515245 + 12345) >> 16);
    buf_str(&b, "x");
    assert_false(gzip_pack(&b, noise, sizeof noise, GZIP_BEST));
    assert_string_equal(b.data, "x");
    assert_int_equal(b.len, 1);
    assert_false(gzip_pack(&b, "", 0, GZIP_FAST));
    buf_free(&b);
    assert_true(gzip_pays("text/html; charset=utf-8", GZIP_WORTH));
    assert_true(gzip_pays("application/json", GZIP_WORTH));
    assert_false(gzip_pays("application/json", GZIP_WORTH - 1));
    assert_false(gzip_pays("image/png", 1000000));
}

/* ---- assets ---- */

static void test_assets(void **state)
{
    char text[4000], hex[SHA256_HEX];

    (void)state;
    memset(text, 'a', sizeof text);
    put("index.html", "<p>", 3);
    put("app.js", text, sizeof text);
    put(".hidden.js", "x", 1);
    put("a b.js", "x", 1);
    put("README", "x", 1);
    put("empty.css", "", 0);
    assert_int_equal(mkdir(path("img"), 0755), 0);
    put("img/logo.svg", "<svg/>", 6);
    assert_int_equal(symlink("/etc/passwd", path("passwd.txt")), 0);
    assert_int_equal(mkfifo(path("fifo.txt"), 0600), 0);
    struct assets *t = assets_load(top);
    assert_non_null(t);
    assert_int_equal(assets_count(t), 4);
    const struct asset *a = assets_find(t, "/app.js");
    assert_non_null(a);
    assert_int_equal(a->plain.len, sizeof text);
    assert_memory_equal(a->plain.data, text, sizeof text);
    assert_true(a->packed.len > 0 && a->packed.len < 100);
    assert_string_equal(a->type, "text/javascript; charset=utf-8");
    sha256_hex(text, sizeof text, hex);
    hex[32] = '\0';
    assert_string_equal(a->etag, hex);
    assert_ptr_equal(assets_find(t, "/"), assets_find(t, "/index.html"));
    assert_non_null(assets_find(t, "/img/logo.svg"));
    assert_int_equal(assets_find(t, "/empty.css")->plain.len, 0);
    static const char *const no[] = {"",          "app.js",      "/app.js/",    "//app.js",
                                     "/img",      "/img/",       "/.hidden.js", "/a b.js",
                                     "/README",   "/passwd.txt", "/APP.js",     "/img/../app.js",
                                     "/%61pp.js", "/fifo.txt",   "/./app.js"};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_null(assets_find(t, no[i]));
    assets_free(t);
    assert_null(assets_find(NULL, "/app.js"));
    assert_int_equal(assets_count(NULL), 0);
    assets_free(NULL);
}

static void test_assets_are_bounded(void **state)
{
    char name[40];

    (void)state;
    for (int i = 0; i < ASSETS_FILES; i++) {
        snprintf(name, sizeof name, "%d.txt", i);
        put(name, "x", 1);
    }
    struct assets *t = assets_load(top);
    assert_non_null(t);
    assets_free(t);
    put("more.txt", "x", 1);
    errno = 0;
    assert_null(assets_load(top));
    assert_int_equal(errno, EFBIG);
    assert_int_equal(unlink(path("more.txt")), 0);
    put("0.txt", "", 0);
    assert_int_equal(truncate(path("0.txt"), ASSETS_BYTES), 0);
    assert_null(assets_load(top)); /* with the others' bytes it is too much */
    assert_int_equal(errno, EFBIG);
    assert_null(assets_load(path("nothing")));
    assert_int_equal(errno, ENOENT);
}

/* ---- the token ---- */

static const char *load(const char *text, size_t n, mode_t mode)
{
    struct secret s = {.hash = ""};

    unlink(path("token"));
    put("token", text, n);
    assert_int_equal(chmod(path("token"), mode), 0);
    return secret_load(&s, path("token"));
}

static void test_token_files(void **state)
{
    char longest[SECRET_LONGEST + 2];
    struct secret s;

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[SECRET_LONGEST] = '\n';
    assert_null(load(longest, SECRET_LONGEST + 1, 0640));
    longest[SECRET_LONGEST] = 'x';
    assert_non_null(load(longest, SECRET_LONGEST + 1, 0640));
    assert_non_null(load(longest, SECRET_LONGEST + 2, 0640));
    assert_null(load("0123456789abcdef", 16, 0400));
    assert_non_null(load("0123456789abcde\n", 16, 0640));
    assert_non_null(load("0123456789abcdef\n\n", 18, 0640));
    assert_non_null(load("01234567 89abcdef\n", 18, 0640));
    assert_non_null(load("0123456789abcdef\0", 17, 0640));
    assert_non_null(load("", 0, 0640));
    static const mode_t open_modes[] = {0644, 0660, 0641, 0642, 0666, 0620};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        errno = 0;
        assert_non_null(load("0123456789abcdef\n", 17, open_modes[i]));
        assert_int_equal(errno, EACCES);
    }
    assert_non_null(secret_load(&s, path("none")));
    assert_int_equal(errno, ENOENT);
    assert_non_null(secret_load(&s, top));
    assert_int_equal(errno, EINVAL);
}

static void test_tokens_are_made_and_told_apart(void **state)
{
    struct secret s, empty = {.hash = ""};
    char text[100];
    struct stat st;
    mode_t mask = umask(0077);

    (void)state;
    assert_int_equal(secret_make(path("token")), 0);
    umask(mask);
    assert_int_equal(stat(path("token"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_null(secret_load(&s, path("token")));
    FILE *f = fopen(path("token"), "r");
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    assert_int_equal(n, 53);
    assert_int_equal(text[52], '\n');
    assert_true(secret_is(&s, text, 52));
    assert_false(secret_is(&s, text, 53));
    assert_false(secret_is(&s, text, 51));
    text[51] ^= 1;
    assert_false(secret_is(&s, text, 52));
    text[51] ^= 1;
    text[0] ^= 1;
    assert_false(secret_is(&s, text, 52));
    assert_false(secret_is(&s, NULL, 0));
    assert_false(secret_is(&s, "", 0));
    assert_false(secret_is(&empty, "", 0));
    errno = 0;
    assert_int_equal(secret_make(path("token")), -1);
    assert_int_equal(errno, EEXIST);
    assert_null(secret_load(&s, path("token"))); /* as it was */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_gzip_is_read_by_others),
        TEST(test_gzip_only_where_it_pays),
        TEST(test_assets),
        TEST(test_assets_are_bounded),
        TEST(test_token_files),
        TEST(test_tokens_are_made_and_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
