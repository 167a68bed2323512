/* langlist: lists of languages in settings and in the names of folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/langlist.h"

static bool ok(const char *s)
{
    return langlist_ok(s, strlen(s));
}

static void lists(void **state)
{
    (void)state;
    assert_true(ok("deu"));
    assert_true(ok("deu+eng"));
    assert_true(ok("chi_sim+eng+script/Latin"));
    assert_false(ok("deu+eng+fra+spa"));
    assert_false(ok(""));
    assert_false(ok("+"));
    assert_false(ok("deu+"));
    assert_false(ok("+deu"));
    assert_false(ok("auto"));
    assert_false(ok("../etc/passwd"));
    assert_false(ok("/etc/passwd"));
    assert_false(ok("deu eng"));
    assert_false(ok("-v"));
    assert_false(ok("script/"));
    assert_false(langlist_ok("de\0u", 4));
    assert_false(ok("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    assert_true(ok("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void in_paths(void **state)
{
    char out[LANGLIST_CAP];
    (void)state;
    assert_true(langlist_of_path("@deu/x.pdf", out));
    assert_string_equal(out, "deu");
    assert_true(langlist_of_path("letters/@deu+eng/1947/x.pdf", out));
    assert_string_equal(out, "deu+eng");
    assert_true(langlist_of_path("@deu/@fra/x.pdf", out)); /* the inner one counts */
    assert_string_equal(out, "fra");
    assert_true(langlist_of_path("@deu/@not ours/x.pdf", out));
    assert_string_equal(out, "deu");
    assert_false(langlist_of_path("x.pdf", out));
    assert_false(langlist_of_path("@deu", out)); /* the document itself */
    assert_false(langlist_of_path("@/x.pdf", out));
    assert_false(langlist_of_path("a@deu/x.pdf", out));
    assert_false(langlist_of_path("@auto/x.pdf", out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(in_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
