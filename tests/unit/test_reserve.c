/* reserve: one document has a name, and no other. */
#include "spoolbox.h"

#include "spool/reserve.h"

static int error_of;
static bool done_first;
static int lying_symlink(const char *target, int dir, const char *name)
{
    if (done_first)
        fsop_posix.symlinkat(target, dir, name);
    errno = error_of;
    return -1;
}

static void keys(void **state)
{
    char a[RESERVE_KEY_CAP], b[RESERVE_KEY_CAP];
    (void)state;
    reserve_key("done/a", "x", a);
    reserve_key("done", "a/x", b);
    assert_string_equal(a, b); /* the same path: the same name */
    reserve_key("done", "x", b);
    assert_string_not_equal(a, b);
    reserve_key("failed/corrupt", "x", a);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), 35);
    assert_int_equal(a[2], '/');
}

static void exclusive(void **state)
{
    struct box *b = *state;
    char key[RESERVE_KEY_CAP];
    reserve_key("done", "x", key);
    assert_int_equal(reserve_take(&b->s, key, "doc-1"), 1);
    assert_int_equal(reserve_take(&b->s, key, "doc-1"), 1);
    assert_int_equal(reserve_take(&b->s, key, "doc-2"), 0);
    reserve_drop(&b->s, key, "doc-2", false);
    assert_int_equal(reserve_take(&b->s, key, "doc-2"), 0);
    reserve_drop(&b->s, key, "doc-1", false);
    reserve_drop(&b->s, key, "doc-1", false);
    assert_int_equal(reserve_take(&b->s, key, "doc-2"), 1);
}

static void lost_replies(void **state)
{
    static const int errors[] = {EEXIST, EIO, ESTALE, ETIMEDOUT};
    struct box *b = *state;
    char key[RESERVE_KEY_CAP];
    reserve_key("done", "x", key);
    assert_int_equal(reserve_take(&b->s, key, "doc-1"), 1);
    reserve_drop(&b->s, key, "doc-1", true);
    done_first = true;
    BOX_REPLACE(symlinkat, lying_symlink);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        error_of = errors[i];
        assert_int_equal(reserve_take(&b->s, key, "doc-1"), 1);
        assert_int_equal(reserve_take(&b->s, key, "doc-2"), 0);
        reserve_drop(&b->s, key, "doc-1", false);
    }
}

static void errors(void **state)
{
    struct box *b = *state;
    char key[RESERVE_KEY_CAP];
    reserve_key("done", "x", key);
    done_first = false;
    BOX_REPLACE(symlinkat, lying_symlink);
    error_of = ENOSPC;
    assert_int_equal(reserve_take(&b->s, key, "doc-1"), -1);
    assert_int_equal(errno, ENOSPC);
    error_of = EIO;
    assert_int_equal(reserve_take(&b->s, key, "doc-1"), -1);
    assert_int_equal(errno, EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys), BOX_TEST(exclusive),
                                       BOX_TEST(lost_replies), BOX_TEST(errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
