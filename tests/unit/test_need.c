/* need: how much memory was not enough, in letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "spool/need.h"
#include "spool/token.h"

static void there_and_back(void **state)
{
    static const uint64_t some[] = {0, 1, 9, 10, 16, 512, 1024, 98765, NEED_MIB_MOST};
    char need[NEED_CAP], name[NAME_CAP];
    struct waiting w;
    uint64_t mib;
    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        need_write_memory(need, some[i]);
        assert_true(need_is_memory(need, &mib));
        assert_int_equal(mib, some[i]);
        /* and it is a need for all versions of the programs */
        snprintf(name, sizeof name, "17.%s.2m.abc-1.abc-2~x.pdf", need);
        assert_int_equal(token_parse_waiting(name, &w), 0);
        assert_string_equal(w.need, need);
    }
    need_write_memory(need, 1024);
    assert_string_equal(need, "mbace");
    need_write_memory(need, UINT64_MAX);
    assert_true(need_is_memory(need, &mib));
    assert_int_equal(mib, NEED_MIB_MOST);
}

static void others_are_none(void **state)
{
    static const char *const none[] = {NEED_TEXT, NEED_OCR, NEED_LAST, "",    "m",
                                       "mk",      "mab",    "m1024",   "mmm", "mbcdefghi"};
    uint64_t mib = 7;
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (need_is_memory(none[i], &mib))
            fail_msg("%s", none[i]);
    assert_int_equal(mib, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(others_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
