/* retry: when, and under which name. */
#include "spoolbox.h"

#include "spool/retry.h"

static void backoff_grows_to_a_limit(void **state)
{
    (void)state;
    struct settings s;
    settings_defaults(&s);
    s.retry_delay = 60000;
    s.retry_delay_max = 3600000;
    int64_t now = 1700000000000, expected[] = {60, 240, 960, 3600, 3600};
    for (unsigned i = 0; i < 5; i++)
        for (int k = 0; k < 50; k++) {
            struct token t = {.attempt = i + 2};
            int64_t wait = retry_due(&s, &t, now) - now / 1000;
            assert_in_range(wait, expected[i] * 8 / 10 - 1, expected[i] * 12 / 10 + 1);
        }
    struct token far = {.attempt = 999999999};
    assert_in_range(retry_due(&s, &far, now) - now / 1000, 2800, 4400);
    assert_in_range(retry_due_unspent(&s, now) - now / 1000, 11, 19);
    s.retry_delay = 0;
    assert_int_equal(retry_due(&s, &far, now), now / 1000);
    assert_int_equal(retry_due_unspent(&s, now), now / 1000);
}

static void moved_under_its_own_name(void **state)
{
    struct box *b = *state;
    char name[NAME_CAP], waiting[NAME_CAP];
    struct waiting w = {.due_s = 77,
                        .need = NEED_TEXT,
                        .token = {.attempt = 2, .document = "abc-1", .claim = "abc-2"}};
    token_set_path(&w.token, "dir/x.pdf");
    token_name(&w.token, name);
    box_write(b->l.work, name, "pdf");
    box_write(b->s.pending, "dir/x.pdf", "another");
    assert_int_equal(retry_move(&b->s, b->l.work, name, &w.token, 77, NEED_TEXT), MOVED);
    token_waiting_name(&w, waiting);
    box_expect(b->s.retry, waiting, "pdf");
    box_expect(b->s.pending, "dir/x.pdf", "another"); /* never under the plain name */
    assert_int_equal(retry_move(&b->s, b->l.work, name, &w.token, 77, NEED_TEXT), MOVED);
    assert_int_equal(retry_move(&b->s, b->l.work, name, &w.token, 78, NEED_TEXT), MOVE_LOST);
    assert_int_equal(box_count(b->s.retry, ".", false), 1);
}

static void never_before_the_epoch(void **state)
{
    struct box *b = *state;
    struct waiting w;
    struct token t = {.attempt = 1, .document = "abc-1", .claim = "abc-2"};
    token_set_path(&t, "x.pdf");
    box_write(b->l.work, "any name", "pdf");
    assert_int_equal(retry_move(&b->s, b->l.work, "any name", &t, -5, NEED_TEXT), MOVED);
    assert_int_equal(token_parse_waiting("0.text.1.abc-1.abc-2~x.pdf", &w), 0);
    box_expect(b->s.retry, "0.text.1.abc-1.abc-2~x.pdf", "pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_grows_to_a_limit),
        BOX_TEST(moved_under_its_own_name),
        BOX_TEST(never_before_the_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
