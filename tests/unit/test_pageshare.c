/* pageshare, helpline: each page is given out once, to nobody after it is done, and back to the first
 * one where a helper leaves it; and what slots say to each other arrives as it was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "extractd/helpline.h"

enum { N = 12 };

static struct pageshare *share(const char *asked)
{
    uint8_t plan[N];
    struct pageshare *s = calloc(1, pageshare_bytes(N));
    assert_non_null(s);
    for (int i = 0; i < N; i++)
        plan[i] = asked[i] == 'x';
    pageshare_begin(s, plan, N);
    return s;
}

/* "x" for each page of a batch. */
static const char *shown(const uint8_t *plan)
{
    static char out[N + 1];
    for (int i = 0; i < N; i++)
        out[i] = plan[i] ? 'x' : '.';
    return out;
}

static void each_once(void **state)
{
    uint8_t plan[N];
    (void)state;
    struct pageshare *s = share("x.xxxx.xxxxx");
    assert_int_equal(pageshare_left(s), 10);
    assert_int_equal(pageshare_take(s, 0, 3, plan), 3);
    assert_string_equal(shown(plan), "x.xx........");
    assert_int_equal(pageshare_take(s, 1, 2, plan), 2);
    assert_string_equal(shown(plan), "....xx......");
    assert_int_equal(pageshare_take(s, 2, 9, plan), 5);
    assert_string_equal(shown(plan), ".......xxxxx");
    assert_int_equal(pageshare_take(s, 1, 9, plan), 0);
    assert_int_equal(pageshare_left(s), 0);
    assert_int_equal(pageshare_out(s), 7);
    pageshare_done(s, 4);
    assert_int_equal(pageshare_out(s), 6);
    assert_int_equal(pageshare_take(s, 0, 9, plan), 0);
    free(s);
}

/* What a helper gives back is the first one's, and no other helper's. */
static void given_back(void **state)
{
    uint8_t plan[N];
    (void)state;
    struct pageshare *s = share("xxxx........");
    assert_int_equal(pageshare_take(s, 1, 4, plan), 4);
    pageshare_give(s, 2, 0); /* is not its */
    assert_true(pageshare_has(s, 1, 0));
    pageshare_done(s, 0);
    pageshare_give(s, 1, 0); /* is done */
    pageshare_give(s, 1, 2);
    assert_false(pageshare_has(s, 1, 2));
    assert_int_equal(pageshare_take(s, 2, 9, plan), 0);
    assert_int_equal(pageshare_take(s, 0, 9, plan), 1);
    assert_string_equal(shown(plan), "..x.........");
    assert_false(pageshare_over(s)); /* a helper has some */
    pageshare_give_all(s, 1);
    assert_int_equal(pageshare_out(s), 0);
    assert_false(pageshare_over(s)); /* nobody has any, but they are not read */
    assert_int_equal(pageshare_take(s, 0, 9, plan), 2);
    assert_string_equal(shown(plan), ".x.x........");
    assert_true(pageshare_over(s)); /* taker 0's own do not count: it asks when it has none */
    free(s);
}

static void bounded(void **state)
{
    uint8_t plan[N];
    (void)state;
    struct pageshare *s = share("xxxxxxxxxxxx");
    assert_int_equal(pageshare_take(s, 1, 6, plan), 6);
    atomic_store(&s->limit, 4);
    assert_int_equal(pageshare_out(s), 4);
    assert_int_equal(pageshare_left(s), 0);
    pageshare_give_all(s, 1);
    assert_int_equal(pageshare_take(s, 0, 12, plan), 4);
    assert_string_equal(shown(plan), "xxxx........");
    free(s);
}

/* All of it falls to somebody, in batches that get smaller; nobody is called for too little. */
static void planned(void **state)
{
    (void)state;
    for (unsigned helpers = 0; helpers < 5; helpers++)
        for (uint32_t left = 1000; left > 0;) {
            uint32_t n = pageshare_batch(left, helpers);
            assert_in_range(n, 1, left);
            assert_true(n <= (helpers ? PAGESHARE_BATCH : PAGESHARE_BATCH_ALONE));
            left -= n;
        }
    assert_int_equal(pageshare_batch(8, 1), 2);
    assert_int_equal(pageshare_batch(3, 1), 1);
    assert_int_equal(pageshare_call(2, 0, 8), 0);
    assert_int_equal(pageshare_call(3, 0, 8), 1);
    assert_int_equal(pageshare_call(3, 1, 8), 0);
    assert_int_equal(pageshare_call(100, 1, 8), 8);
    assert_int_equal(pageshare_call(100, 0, 0), 0);
    assert_int_equal(pageshare_call(100000, 0, 1000), PAGESHARE_TAKERS - 1);
}

static void on_the_line(void **state)
{
    int calls[2];
    const uint8_t plan[3] = {1, 0, 1};
    uint8_t batch[3];
    struct help_map m;
    struct help_taken t;
    struct help_said said = {.word = HELP_PAGES, .want_page = 2, .wanted = "deu"}, heard;
    struct buf pages = {0}, came = {0};
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, calls), 0);
    assert_false(help_take(calls[1], &t));
    assert_int_equal(help_map_new(&m, 3, 4), 0);
    m.sheet->password_bytes = 4;
    memcpy(m.passwords, "abc", 4);
    pageshare_begin(m.pages, plan, 3);
    int line = help_call(calls[0], &m, calls[0], 7);
    assert_true(line >= 0);
    assert_int_equal(help_hear(line, &heard, &came, 99), 0);
    assert_true(help_take(calls[1], &t));
    assert_false(help_take(calls[1], &(struct help_taken){0}));
    assert_int_equal(t.taker, 7);
    assert_string_equal(t.map.passwords, "abc");
    assert_int_equal(pageshare_take(t.map.pages, 7, 1, batch), 1);
    assert_true(pageshare_has(m.pages, 7, 0)); /* it is the same memory */
    assert_true(help_say(t.line, &(struct help_said){.word = HELP_HERE}, NULL));
    buf_str(&pages, "page frames");
    assert_true(help_say(t.line, &said, &pages));
    assert_int_equal(help_hear(line, &heard, &came, 99), 1);
    assert_int_equal(heard.word, HELP_HERE);
    assert_int_equal(help_hear(line, &heard, &came, 99), 1);
    assert_int_equal(heard.want_page, 2);
    assert_string_equal(heard.wanted, "deu");
    assert_int_equal(came.len, 11);
    assert_memory_equal(came.data, "page frames", 11);
    assert_true(help_say(t.line, &said, &pages));
    assert_int_equal(help_hear(line, &heard, &came, 5), -1); /* more than there may be */
    help_taken_free(&t);
    assert_int_equal(help_hear(line, &heard, &came, 99), -1);
    close(line);
    help_map_free(&m);
    buf_free(&pages);
    buf_free(&came);
    close(calls[0]);
    close(calls[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_once), cmocka_unit_test(given_back),  cmocka_unit_test(bounded),
        cmocka_unit_test(planned),   cmocka_unit_test(on_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
