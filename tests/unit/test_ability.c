/* ability: what waits and needs more memory, or languages, than a host has. */
#include "spoolbox.h"

#include <sys/mman.h>

#include "base/clock.h"
#include "extractd/ability.h"
#include "spool/need.h"

enum { MAX = 8, MIB = 1024 * 1024, HOUR_S = 3600 };

static struct claimed out[MAX];

static void wait_for(const struct box *b, const char *need, const char *id, long long due_s,
                     const char *path)
{
    char name[NAME_CAP];
    snprintf(name, sizeof name, "%lld.%s.2m.abc-%s.abc-9~%s", due_s, need, id, path);
    box_write(b->s.retry, name, "x");
}

static long long now_s(const struct box *b)
{
    return lease_server_now(&b->l) / 1000;
}

static unsigned claim(const struct box *b, struct board *board, const struct settings *c,
                      struct retry_walk *w)
{
    struct ability a;
    struct claim_counts counts = {0};
    *w = (struct retry_walk){.ocr_most = MAX};
    ability_begin(&a, board, c, w);
    unsigned n = claim_retry(&b->s, &b->l, NULL, w, out, MAX, &counts);
    claim_retry_end(w);
    return n;
}

static struct settings of(const struct box *b, uint64_t mib)
{
    struct settings c = b->s.settings;
    c.memory_limit = 16 * MIB;
    c.memory_alone = mib * MIB;
    c.alone_wait = (int64_t)HOUR_S * 1000;
    return c;
}

static void memory(void **state)
{
    struct box *b = *state;
    struct retry_walk w;
    struct board *board = board_new(4, 2);
    char need[NEED_CAP];
    struct settings same = of(b, 64), more = of(b, 65);
    need_write_memory(need, 64);
    for (int i = 0; i < 3; i++)
        wait_for(b, need, (char[]){(char)('1' + i), 0}, now_s(b) - 1, "x.pdf");
    /* As much as was not enough is not enough: not its business. */
    assert_int_equal(claim(b, board, &same, &w), 0);
    assert_int_equal(w.foreign, 3);
    assert_int_equal(w.waiting, 0);
    /* More: one at a time, and the others stay its business. */
    assert_int_equal(claim(b, board, &more, &w), 1);
    assert_string_equal(out[0].need, need);
    assert_int_equal(w.foreign, 0);
    assert_int_equal(w.waiting, 2);
    struct hand *h = board_hand_new(board);
    h->claimed = out[0];
    board_hand_queue(board, h);
    assert_int_equal(claim(b, board, &more, &w), 0);
    assert_int_equal(w.waiting, 2);
    board_hand_free(h);
    assert_int_equal(claim(b, board, &more, &w), 1);
    munmap(board, sizeof *board);
}

/* More than this machine has free: not now. Nobody came for an hour: as it is. */
static void not_now_and_last(void **state)
{
    struct box *b = *state;
    struct retry_walk w;
    struct board *board = board_new(4, 2);
    char need[NEED_CAP];
    struct settings huge = of(b, NEED_MIB_MOST), small = of(b, 16);
    need_write_memory(need, 64);
    wait_for(b, need, "1", now_s(b) - HOUR_S + 60, "x.pdf");
    wait_for(b, need, "2", now_s(b) + 60, "x.pdf");
    assert_int_equal(claim(b, board, &huge, &w), 0);
    assert_int_equal(w.waiting, 2);
    assert_int_equal(claim(b, board, &small, &w), 0);
    assert_int_equal(w.foreign, 2);
    wait_for(b, need, "3", now_s(b) - HOUR_S - 60, "x.pdf");
    assert_int_equal(claim(b, board, &small, &w), 1);
    assert_string_equal(out[0].need, NEED_LAST);
    assert_string_equal(out[0].token.document, "abc-3");
    wait_for(b, need, "4", now_s(b) - HOUR_S - 60, "x.pdf");
    assert_int_equal(claim(b, board, &huge, &w), 1); /* nor may it wait for ever for free memory */
    assert_string_equal(out[0].need, NEED_LAST);
    munmap(board, sizeof *board);
}

static void languages(void **state)
{
    struct box *b = *state;
    struct retry_walk w;
    struct board *board = board_new(4, 2);
    struct settings c = of(b, 64);
    wait_for(b, NEED_OCR, "1", 5, "@deu%2Fx.pdf");
    wait_for(b, NEED_OCR, "2", 5, "@fra%2Fx.pdf");
    wait_for(b, NEED_TEXT, "3", 5, "@deu%2Fy.pdf");
    ability_lacks(board, "deu");
    assert_true(ability_is_lacking(board, "deu"));
    assert_false(ability_is_lacking(board, "fra"));
    assert_int_equal(claim(b, board, &c, &w), 2); /* for its text it may be taken */
    assert_int_equal(w.foreign, 1);
    assert_int_equal(w.waiting, 0);
    ability_look_again(board);
    assert_int_equal(claim(b, board, &c, &w), 1);
    assert_string_equal(out[0].token.document, "abc-1");
    /* And after a time: somebody may have installed them. */
    ability_lacks(board, "deu");
    for (int i = 0; i < BOARD_LACKING; i++)
        atomic_store(&board->lacking[i].until, clock_boot_ms());
    assert_false(ability_is_lacking(board, "deu"));
    munmap(board, sizeof *board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory, box_setup, box_teardown),
        cmocka_unit_test_setup_teardown(not_now_and_last, box_setup, box_teardown),
        cmocka_unit_test_setup_teardown(languages, box_setup, box_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
