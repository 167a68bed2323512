/* course: what a batch is taken from: of one folder as long as it has names, on a far share of
 * several by turns. */
#include "spoolbox.h"

#include "extractd/claimer_parts.h"

enum { FOLDERS = 4, EACH_HAS = 20, ALL = FOLDERS * EACH_HAS, BATCH = 12 };

static struct extractd x;
static struct claimer c;
static struct claimed batch[ALL];

/* Folders a to d, each with as many documents. */
static struct course *begin(struct box *b, bool far)
{
    for (int i = 0; i < ALL; i++) {
        char name[32];
        snprintf(name, sizeof name, "%c/%02d.pdf", 'a' + i % FOLDERS, i);
        box_write(b->s.pending, name, "%PDF");
    }
    x = (struct extractd){.spool = b->s, .board = board_new(1, 1)};
    assert_non_null(x.board);
    atomic_store(&x.board->far, far);
    c = (struct claimer){.x = &x, .lease = b->l};
    struct course *w = course_new(&x.spool, "", NULL, NULL);
    assert_non_null(w);
    course_start(w);
    return w;
}

static unsigned claim(struct course *w, unsigned max)
{
    bool crowded;
    unsigned got = course_names(w, &c) ? course_claim(w, &c, batch, max, &crowded) : 0;
    assert_true(got <= max);
    return got;
}

/* Of the batch, how many are of this folder. */
static unsigned of(unsigned got, char folder)
{
    unsigned n = 0;
    for (unsigned i = 0; i < got; i++)
        n += batch[i].token.encoded[0] == folder;
    return n;
}

static unsigned folders_of(unsigned got)
{
    unsigned n = 0;
    for (char folder = 'a'; folder < 'a' + FOLDERS; folder++)
        n += of(got, folder) > 0;
    return n;
}

static void count_one(void *arg, const char *name, uint64_t ino)
{
    (void)name, (void)ino;
    ++*(unsigned *)arg;
}

/* The rest of the walk: each document once. */
static void to_its_end(struct course *w, unsigned so_far)
{
    unsigned got;
    while (course_names(w, &c)) {
        got = claim(w, BATCH);
        assert_true(got > 0);
        so_far += got;
    }
    assert_int_equal(so_far, ALL);
    assert_int_equal(w->walk.won, ALL);
    unsigned in_work = 0;
    assert_int_equal(claim_verify(&c.lease, batch, 0, count_one, &in_work), 0);
    assert_int_equal(in_work, ALL);
    course_free(w);
}

static void near_a_folder_at_a_time(void **state)
{
    struct course *w = begin(*state, false);
    assert_int_equal(claim(w, BATCH), BATCH);
    assert_int_equal(folders_of(BATCH), 1);
    assert_int_equal(claim(w, BATCH), EACH_HAS - BATCH);
    assert_int_equal(folders_of(EACH_HAS - BATCH), 1);
    to_its_end(w, EACH_HAS);
}

static void far_several_by_turns(void **state)
{
    struct course *w = begin(*state, true);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(claim(w, BATCH), BATCH);
        assert_int_equal(folders_of(BATCH), 3);
        for (char folder = 'a'; folder < 'a' + FOLDERS; folder++)
            assert_true(of(BATCH, folder) == 4 || of(BATCH, folder) == 0);
    }
    to_its_end(w, 2 * BATCH);
}

/* A share that turns out to be far in the middle of a walk, and near again. */
static void as_far_as_it_is_now(void **state)
{
    struct course *w = begin(*state, false);
    unsigned so_far = claim(w, EACH_HAS);
    assert_int_equal(folders_of(so_far), 1);
    atomic_store(&x.board->far, true);
    so_far += claim(w, BATCH);
    assert_int_equal(folders_of(BATCH), 3);
    atomic_store(&x.board->far, false);
    to_its_end(w, so_far);
}

/* Nothing can be claimed: a call ends all the same, so that the claimer looks up in between. */
static void not_the_whole_walk_at_once(void **state)
{
    struct course *w = begin(*state, true);
    x.spool.settings.settle = 3600 * 1000;
    assert_int_equal(claim(w, BATCH), 0);
    assert_in_range(w->walk.unsettled, NAMES, ALL - 1);
    course_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(near_a_folder_at_a_time),
        BOX_TEST(far_several_by_turns),
        BOX_TEST(as_far_as_it_is_now),
        BOX_TEST(not_the_whole_walk_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
