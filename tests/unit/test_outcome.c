#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/outcome.h"

static enum outcome each(int i)
{
    return (enum outcome)i;
}

static void test_every_row_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        const struct outcome_facts *f = outcome_facts(each(i));
        assert_non_null(f);
        assert_non_null(f->name);
        assert_non_null(f->meaning);
        /* the name is a folder, a label and a word of the command line */
        assert_int_equal(strspn(f->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(f->name));
        assert_in_range(strlen(f->name), 1, 16);
        assert_int_equal(f->failure, i >= OUTCOME_ENCRYPTED);
        assert_true(!f->retried || f->failure);
        /* each outcome that is retried stands in a token's history, and no other */
        assert_int_equal(f->retried, f->letter != 0);
        assert_int_equal(outcome_of(f->name, strlen(f->name)), i);
        if (f->letter) {
            assert_in_range(f->letter, 'a', 'z');
            assert_int_equal(outcome_of_letter(f->letter), i); /* unique */
        }
    }
}

static void test_unknown_names(void **state)
{
    static const char *const bad[] = {"", "o", "okay", "OK", " ok", "not-pdf", "poison/"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(outcome_of(bad[i], strlen(bad[i])), OUTCOME_COUNT);
    assert_int_equal(outcome_of("okay", 2), OUTCOME_OK); /* n bytes, not the string */
    assert_int_equal(outcome_of("ok\0", 3), OUTCOME_COUNT);
}

static void test_unknown_letters(void **state)
{
    (void)state;
    assert_int_equal(outcome_of_letter(0), OUTCOME_COUNT);
    assert_int_equal(outcome_of_letter('T'), OUTCOME_COUNT);
    assert_int_equal(outcome_of_letter('z'), OUTCOME_COUNT);
    assert_int_equal(outcome_of_letter((char)0xFF), OUTCOME_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_unknown_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
