/* What a hand says of a document that it could not read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "spoold/hand/hand.h"

static void says(int error, int status, const char *word)
{
    struct hand h = {.status = 200, .word = "json"};
    hand_unread(&h, "Its text cannot be read", error);
    assert_int_equal(h.status, status);
    assert_string_equal(h.word, word);
    assert_memory_equal(h.body.data, "Its text cannot be read: ", 25);
    assert_non_null(strstr(h.body.data, strerror(error)));
    buf_free(&h.body);
}

static void what_is_not_there_is_not_there(void **state)
{
    (void)state;
    says(ENOENT, 404, "no-record");
    says(ENOTDIR, 404, "no-record");
    says(ELOOP, 404, "no-record");
    says(EINVAL, 404, "no-record");
}

/* Asked again later, it may be there: nobody must take it for gone. */
static void trouble_of_the_share_is_told_as_such(void **state)
{
    (void)state;
    says(EIO, 503, "share-not-answering");
    says(ESTALE, 503, "share-not-answering");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_not_there),
        cmocka_unit_test(trouble_of_the_share_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
