/* board: hands, and cores of two kinds, that are given back when their holder dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "extractd/board.h"
#include "spool/retry.h"

enum { SLOTS = 4, CORES = 2, ROUNDS = 3000 };

static int setup(void **state)
{
    *state = board_new(SLOTS, CORES);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    return munmap(*state, sizeof(struct board));
}

static struct hand *new_hand(struct board *b, const char *need, const char *claim)
{
    struct hand *h = board_hand_new(b);
    assert_non_null(h);
    snprintf(h->claimed.need, sizeof h->claimed.need, "%s", need);
    snprintf(h->claimed.token.claim, sizeof h->claimed.token.claim, "%s", claim);
    return h;
}

/* From the moment it is queued until it is free: what is being filled in says nothing yet. */
static void hands_needing(void **state)
{
    struct board *b = *state;
    struct hand *text = new_hand(b, NEED_TEXT, "c-1"), *one = new_hand(b, NEED_OCR, "c-2"),
                *two = new_hand(b, NEED_OCR, "c-3");
    assert_int_equal(board_hands_used(b), 3);
    assert_int_equal(board_hands_needing(b, NEED_OCR), 0);
    board_hand_queue(b, text);
    int index = board_hand_queue(b, one);
    assert_int_equal(board_hands_needing(b, NEED_OCR), 1);
    assert_int_equal(board_hands_needing(b, NEED_TEXT), 1);
    assert_true(board_hand_take(b, index, 3));
    board_hand_queue(b, two);
    assert_int_equal(board_hands_needing(b, NEED_OCR), 2);
    board_hand_free(one);
    assert_int_equal(board_hands_needing(b, NEED_OCR), 1);
    board_hand_free(two);
    assert_int_equal(board_hands_needing(b, NEED_OCR), 0);
    assert_int_equal(board_hands_needing(b, NEED_TEXT), 1);
}

static void one_slot_takes_a_hand(void **state)
{
    struct board *b = *state;
    struct hand *h = new_hand(b, NEED_TEXT, "c-1");
    assert_null(board_hand_of(b, "c-1"));
    assert_int_equal(board_hand_queued(b), NOBODY);
    int index = board_hand_queue(b, h);
    assert_int_equal(board_hand_queued(b), index);
    assert_ptr_equal(board_hand_of(b, "c-1"), h);
    assert_true(board_hand_take(b, index, 0));
    assert_false(board_hand_take(b, index, 1));
    assert_int_equal(atomic_load(&b->slots[0].hand), index);
    assert_int_equal(atomic_load(&b->slots[1].hand), NOBODY);
    assert_int_equal(board_hand_queued(b), NOBODY);
    assert_false(board_hand_take(b, -1, 1));
    assert_false(board_hand_take(b, BOARD_HANDS, 1));
}

/* What the slots of a round share. */
struct race {
    _Atomic int round, ready, taken;
};

/* A slot that takes one hand in each round, at the same moment as the others. */
static void racer(struct board *b, struct race *r, int slot)
{
    for (int round = 1; round <= ROUNDS; round++) {
        atomic_fetch_add(&r->ready, 1);
        while (atomic_load(&r->round) < round)
            sched_yield();
        int hand = board_hand_take_next(b, slot);
        if (hand != NOBODY) {
            atomic_fetch_add(&r->taken, 1);
            board_hand_free(&b->hands[hand]);
        }
    }
}

/* A message tells one slot of one hand. Where two look at once, and at the same hand, the one that
 * loses takes the other: nobody else was told of that. */
static void each_gets_one(void **state)
{
    struct board *b = *state;
    int left = 0;
    struct race *r =
        mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(r, MAP_FAILED);
    assert_int_equal(board_hand_take_next(b, 0), NOBODY);
    for (int slot = 0; slot < SLOTS; slot++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            racer(b, r, slot);
            _exit(0);
        }
    }
    for (int round = 1; round <= ROUNDS; round++) {
        while (atomic_load(&r->ready) < SLOTS * round)
            sched_yield();
        left += board_hand_queued(b) != NOBODY;
        for (int slot = 0; slot < SLOTS; slot++)
            board_hand_queue(b, new_hand(b, NEED_TEXT, "c-1"));
        atomic_store(&r->round, round);
    }
    for (int slot = 0; slot < SLOTS; slot++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(left, 0);
    assert_int_equal(atomic_load(&r->taken), SLOTS * ROUNDS);
    munmap(r, sizeof *r);
}

/* As many of each kind as there are; those of one kind are none of the other. */
static void two_kinds_of_cores(void **state)
{
    struct board *b = *state;
    int first = board_core_take(b, CORE_OCR, 0, 0), second = board_core_take(b, CORE_OCR, 1, 0);
    assert_true(first >= 0 && second >= 0 && first != second);
    int64_t began = clock_boot_ms();
    assert_int_equal(board_core_take(b, CORE_OCR, 2, 50), -1);
    assert_true(clock_boot_ms() - began >= 50);
    assert_true(board_core_take(b, CORE_TEXT, 2, 0) >= 0);
    assert_true(board_core_take(b, CORE_TEXT, 3, 0) >= 0);
    assert_int_equal(board_core_take(b, CORE_TEXT, 0, 0), -1);
    board_core_give(b, CORE_OCR, second);
    assert_int_equal(board_core_take(b, CORE_TEXT, 0, 0), -1);
    assert_int_equal(board_core_take(b, CORE_OCR, 2, 0), second);
}

/* Of both kinds, and of nobody else. */
static void cores_of_the_dead(void **state)
{
    struct board *b = *state;
    int mine = board_core_take(b, CORE_OCR, 1, 0);
    assert_true(mine >= 0);
    assert_true(board_core_take(b, CORE_OCR, 0, 0) >= 0);
    assert_true(board_core_take(b, CORE_TEXT, 0, 0) >= 0);
    assert_true(board_core_take(b, CORE_TEXT, 1, 0) >= 0);
    board_cores_of_dead(b, 0);
    assert_int_equal(atomic_load(&b->core[CORE_OCR][mine]), 1);
    assert_true(board_core_take(b, CORE_OCR, 2, 0) >= 0);
    assert_int_equal(board_core_take(b, CORE_OCR, 2, 0), -1);
    assert_true(board_core_take(b, CORE_TEXT, 2, 0) >= 0);
    assert_int_equal(board_core_take(b, CORE_TEXT, 2, 0), -1);
}

/* A spare turn is for text alone, is no core that anybody could ask for, and is one of all. */
static void a_spare_turn(void **state)
{
    struct board *b = *state;
    b->n_spare = 1;
    for (int i = 0; i <= CORES; i++)
        assert_int_equal(board_core_take(b, CORE_TEXT, i, 0), i);
    assert_int_equal(board_core_take(b, CORE_TEXT, SLOTS - 1, 0), -1);
    assert_int_equal(board_cores_free(b, CORE_TEXT), 0);
    assert_int_equal(board_cores_idle(b), 0);
    board_core_give(b, CORE_TEXT, 0);
    assert_int_equal(board_cores_free(b, CORE_TEXT), 0); /* as many work as there are cores */
    assert_false(board_alone_take(b, 0, 0));
    board_cores_of_dead(b, 1);
    assert_false(board_alone_take(b, 0, 0)); /* the spare turn is taken */
    board_cores_of_dead(b, CORES);
    assert_true(board_alone_take(b, 0, 0));
    board_alone_give(b, 0);
    assert_int_equal(board_cores_free(b, CORE_TEXT), CORES);
    for (int i = 0; i < CORES; i++)
        assert_int_equal(board_core_take(b, CORE_OCR, i, 0), i);
    assert_int_equal(board_core_take(b, CORE_OCR, CORES, 0), -1);
}

static void spare_for_cores(void **state)
{
    (void)state;
    assert_int_equal(board_spare_for(1), 1);
    assert_int_equal(board_spare_for(2), 1);
    assert_int_equal(board_spare_for(16), 3);
    assert_int_equal(board_spare_for(BOARD_CORES - 1), 1);
    assert_int_equal(board_spare_for(BOARD_CORES), 0);
}

/* One slot may have all cores: nobody gets one from when it asks, and it has them when the last is
 * given back; a slot that dies over it gives all back. */
static void all_cores_for_one(void **state)
{
    struct board *b = *state;
    int held = board_core_take(b, CORE_TEXT, 0, 0), ocr = board_core_take(b, CORE_OCR, 1, 0);
    assert_true(held >= 0 && ocr >= 0);
    assert_int_equal(board_cores_free(b, CORE_TEXT), CORES - 1);
    assert_false(board_alone_take(b, 2, 0));
    assert_true(board_alone_other(b, 1));
    assert_false(board_alone_other(b, 2));
    assert_int_equal(board_cores_free(b, CORE_TEXT), 0);
    assert_int_equal(board_core_take(b, CORE_TEXT, 3, 0), -1);
    assert_false(board_alone_take(b, 3, 0)); /* a second one waits for the first */
    board_core_give(b, CORE_TEXT, held);
    assert_int_equal(board_core_take(b, CORE_TEXT, 0, 0), -1); /* not even who had it */
    assert_false(board_alone_take(b, 2, 0));
    board_core_give(b, CORE_OCR, ocr);
    assert_true(board_alone_take(b, 2, 0));
    assert_true(board_alone_take(b, 2, 0)); /* it may say so again */
    assert_int_equal(board_core_take(b, CORE_OCR, 1, 0), -1);
    board_alone_give(b, 2);
    assert_false(board_alone_other(b, NOBODY));
    assert_int_equal(board_cores_free(b, CORE_TEXT), CORES);
    assert_true(board_alone_take(b, 3, 0));
    board_cores_of_dead(b, 3);
    assert_false(board_alone_other(b, NOBODY));
    assert_true(board_core_take(b, CORE_TEXT, 0, 0) >= 0);
}

/* Who waits for a core is told when one may be free, also by a slot that wanted all and never got
 * them. (That the number changes is what ends a wait, or keeps it from beginning.) */
static void waiters_are_told(void **state)
{
    struct board *b = *state;
    int held = board_core_take(b, CORE_TEXT, 0, 0);
    unsigned text = atomic_load(&b->given[CORE_TEXT]), ocr = atomic_load(&b->given[CORE_OCR]);
    assert_int_equal(board_core_take(b, CORE_OCR, 1, 0), 0);
    assert_false(board_alone_take(b, 2, 0)); /* 0 and 1 have one each */
    assert_int_equal(board_core_take(b, CORE_TEXT, 3, 0), -1);
    assert_int_equal(atomic_load(&b->given[CORE_TEXT]), text);
    assert_int_equal(atomic_load(&b->given[CORE_OCR]), ocr);
    for (int i = 0; i < CORES; i++) { /* what it had got by then */
        board_core_give(b, CORE_TEXT, i);
        board_core_give(b, CORE_OCR, i);
    }
    text = atomic_load(&b->given[CORE_TEXT]);
    ocr = atomic_load(&b->given[CORE_OCR]);
    board_alone_give(b, 2);
    assert_true(atomic_load(&b->given[CORE_TEXT]) != text);
    assert_true(atomic_load(&b->given[CORE_OCR]) != ocr);
    assert_int_equal(board_core_take(b, CORE_TEXT, 3, 0), held);
}

/* What is queued counts as coming, and who is at work does not. */
static void who_is_at_work(void **state)
{
    struct board *b = *state;
    int64_t since[BOARD_SLOTS];
    unsigned coming;
    struct hand *one = new_hand(b, NEED_TEXT, "c-1"), *two = new_hand(b, NEED_TEXT, "c-2");
    board_hand_queue(b, two);
    assert_true(board_hand_take(b, board_hand_queue(b, one), 1));
    atomic_store(&b->slots[1].stage, SLOT_WAIT);
    assert_int_equal(board_at_work(b, since, &coming), 0);
    assert_int_equal(coming, 2);
    atomic_store(&b->slots[1].stage, SLOT_PARSE);
    atomic_store(&b->slots[1].taken_at, clock_boot_ms() - 5000);
    assert_int_equal(board_at_work(b, since, &coming), 1);
    assert_int_equal(coming, 1);
    assert_in_range(since[0], 5000, 15000);
    assert_true(board_hand_take_back(two));
    assert_false(board_hand_take_back(two));
    assert_false(board_hand_take_back(one)); /* a slot has it */
    assert_int_equal(board_at_work(b, since, &coming), 1);
    assert_int_equal(coming, 0);
}

/* Cores are idle for who helps only where nobody waits for one, text and OCR counted together. */
static void idle_for_helpers(void **state)
{
    struct board *b = *state;
    unsigned cores = b->n_cores, slots = board_slots_idle(b);
    assert_true(cores >= 2 && slots >= 3);
    assert_int_equal(board_cores_idle(b), cores);
    int ocr = board_core_take(b, CORE_OCR, 0, 0), text = board_core_take(b, CORE_TEXT, 1, 0);
    atomic_store(&b->slots[0].hand, 0);
    atomic_store(&b->slots[1].helps, 0);
    assert_int_equal(board_slots_idle(b), slots - 2);
    assert_int_equal(board_cores_idle(b), cores - 2);
    board_core_give(b, CORE_TEXT, text);
    assert_int_equal(board_cores_idle(b), cores - 1);
    atomic_store(&b->slots[2].stage, SLOT_WAIT); /* for a core: it goes first */
    assert_int_equal(board_cores_idle(b), 0);
    atomic_store(&b->slots[2].stage, SLOT_IDLE);
    struct hand *h = board_hand_new(b);
    board_hand_queue(b, h); /* so does a document that waits for a slot */
    assert_int_equal(board_cores_idle(b), 0);
    assert_true(board_hand_take_back(h));
    assert_false(board_alone_take(b, 2, 0)); /* or wants all */
    assert_int_equal(board_cores_idle(b), 0);
    board_core_give(b, CORE_OCR, ocr);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(hands_needing),
        TEST(one_slot_takes_a_hand),
        TEST(each_gets_one),
        TEST(two_kinds_of_cores),
        TEST(cores_of_the_dead),
        TEST(idle_for_helpers),
        TEST(a_spare_turn),
        cmocka_unit_test(spare_for_cores),
        cmocka_unit_test_setup_teardown(all_cores_for_one, setup, teardown),
        TEST(waiters_are_told),
        cmocka_unit_test_setup_teardown(who_is_at_work, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
