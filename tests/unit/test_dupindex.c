/* dupindex: what is entered is found, the newest first; the oldest is forgotten; nothing that is no hash gets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spool/dupindex.h"

enum { MOST = 8 };

static struct dupindex *x;

static int make(void **state)
{
    (void)state;
    x = dupindex_new();
    if (!x || dupindex_journal(x, "host", "aaaaaaaaaaaa") != 0)
        return -1;
    return 0;
}

static int drop(void **state)
{
    (void)state;
    dupindex_free(x);
    return 0;
}

/* The n-th hash: spread as hashes are. */
static const char *hash(uint64_t n)
{
    static char hex[SHA256_HEX];
    uint64_t mixed = (n + 1) * UINT64_C(0x9E3779B97F4A7C15);
    mixed ^= mixed >> 29;
    snprintf(hex, sizeof hex, "%016llx%048llx", (unsigned long long)mixed, (unsigned long long)n);
    return hex;
}

static unsigned find(const char *hex, struct dup_place *out)
{
    return dupindex_find(x, hex, out, MOST);
}

static void found_again(void **state)
{
    struct dup_place p[MOST];
    (void)state;
    assert_int_equal(find(hash(1), p), 0);
    assert_int_equal(dupindex_journal(x, "host", "bbbbbbbbbbbb"), 1);
    assert_true(dupindex_add(x, hash(1), 0, 17));
    assert_true(dupindex_add(x, hash(2), 1, 0));
    assert_true(dupindex_add(x, hash(1), 1, (UINT64_C(1) << 48) - 1));
    assert_int_equal(find(hash(1), p), 2);
    assert_int_equal(p[0].journal, 1);
    assert_true(p[0].offset == (UINT64_C(1) << 48) - 1);
    assert_int_equal(p[1].journal, 0);
    assert_int_equal(p[1].offset, 17);
    assert_int_equal(find(hash(2), p), 1);
    assert_int_equal(find(hash(3), p), 0);
    assert_int_equal(dupindex_find(x, hash(1), p, 1), 1);
    assert_int_equal(p[0].journal, 1);
}

static void journals(void **state)
{
    (void)state;
    assert_int_equal(dupindex_journal(x, "host", "aaaaaaaaaaaa"), 0);
    assert_int_equal(dupindex_journal(x, "other", "aaaaaaaaaaaa"), 1);
    assert_int_equal(dupindex_journals(x), 2);
    assert_string_equal(dupindex_row(x, 1)->host, "other");
    assert_null(dupindex_row(x, 2));
    assert_int_equal(dupindex_journal(x, "../etc", "aaaaaaaaaaaa"), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(dupindex_journal(x, "host", "longer-than-an-id"), -1);
    assert_int_equal(dupindex_journal(x, "host", ""), -1);
}

static void nothing_absurd(void **state)
{
    struct dup_place p[MOST];
    char hex[SHA256_HEX];
    (void)state;
    assert_false(dupindex_add(x, "", 0, 0));
    assert_false(dupindex_add(x, "0123", 0, 0));
    memcpy(hex, hash(1), sizeof hex);
    hex[63] = 'G';
    assert_false(dupindex_add(x, hex, 0, 0));
    assert_int_equal(find(hex, p), 0);
    assert_false(dupindex_add(x, hash(1), 1, 0)); /* a journal that there is not */
    assert_false(dupindex_add(x, hash(1), 0, UINT64_C(1) << 48));
    assert_int_equal(find(hash(1), p), 0);
}

/* Full, and more: the newest million are there, the ones before are not. */
static void oldest_forgotten(void **state)
{
    enum { MORE = 70000, ALL = DUPINDEX_ENTRIES + MORE };
    struct dup_place p[MOST];
    (void)state;
    for (uint64_t i = 0; i < ALL; i++)
        assert_true(dupindex_add(x, hash(i), 0, i));
    for (uint64_t i = 0; i < ALL; i += i < MORE ? 1 : 97) {
        unsigned n = find(hash(i), p);
        if (n != (i >= MORE))
            fail_msg("document %llu is found %u times", (unsigned long long)i, n);
        if (n)
            assert_int_equal(p[0].offset, i);
    }
    assert_int_equal(find(hash(ALL - 1), p), 1);
}

/* Hashes that meet in one bucket: told apart by their other bits; and a chain of any length is not
 * followed for ever. */
static void collisions(void **state)
{
    struct dup_place p[MOST];
    char a[SHA256_HEX], b[SHA256_HEX];
    (void)state;
    memset(a, '5', 64);
    a[64] = '\0';
    memcpy(b, a, sizeof b);
    b[0] = '6';
    assert_true(dupindex_add(x, a, 0, 1));
    for (unsigned i = 0; i < 100; i++)
        assert_true(dupindex_add(x, b, 0, 2));
    assert_int_equal(find(a, p), 1);
    assert_int_equal(p[0].offset, 1);
    assert_int_equal(find(b, p), MOST);
    for (unsigned i = 0; i < 100000; i++)
        assert_true(dupindex_add(x, b, 0, 3));
    assert_int_equal(find(a, p), 0); /* too far down: as if forgotten */
    b[63] = '0'; /* a hash is cut: what differs later is found, and told apart by whoever looks */
    assert_int_equal(find(b, p), MOST);
}

/* It is memory of all processes. */
static void shared(void **state)
{
    struct dup_place p[MOST];
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(dupindex_add(x, hash(9), 0, 99) ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(find(hash(9), p), 1);
    assert_int_equal(p[0].offset, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_again, make, drop),
        cmocka_unit_test_setup_teardown(journals, make, drop),
        cmocka_unit_test_setup_teardown(nothing_absurd, make, drop),
        cmocka_unit_test_setup_teardown(oldest_forgotten, make, drop),
        cmocka_unit_test_setup_teardown(collisions, make, drop),
        cmocka_unit_test_setup_teardown(shared, make, drop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
