/* Each single fsync of writing results can be the one that says that the data are gone. */
#include "spoolbox.h"

#include "spool/publish.h"
#include "spool/token.h"

static unsigned calls, failing;

static int fails_once(int fd)
{
    if (++calls != failing)
        return fsop_posix.fsync(fd);
    errno = ENOSPC;
    return -1;
}

static void no_fsync_is_ignored(void **state)
{
    struct box *b = *state;
    struct place p;
    struct buf text = {0};
    struct token t = {.attempt = 1};
    buf_str(&text, "x");
    lease_new_id(&b->l, t.document);
    lease_new_id(&b->l, t.claim);
    token_set_path(&t, "x.pdf");
    assert_int_equal(finish_reserve(&p, &b->s, &t, OUTCOME_OK), 0);
    BOX_REPLACE(fsync, fails_once);
    assert_int_equal(finish_write(&p, &text, &text), 0);
    unsigned n = calls;
    assert_true(n >= 3); /* text, JSON, folder */
    for (failing = 1; failing <= n; failing++) {
        calls = 0;
        assert_int_equal(finish_write(&p, &text, &text), -1);
        assert_int_equal(errno, ENOSPC);
        assert_int_equal(box_count(b->s.done, ".", false), 0);
    }
    fs = &fsop_posix;
    buf_free(&text);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {BOX_TEST(no_fsync_is_ignored)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
