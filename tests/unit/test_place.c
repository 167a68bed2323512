/* place: where results go. */
#include "spoolbox.h"

#include "spool/pathfile.h"
#include "spool/place.h"

static struct token token_of(const char *path)
{
    struct token t = {.attempt = 1, .document = "abc-1", .claim = "abc-2"};
    token_set_path(&t, path);
    return t;
}

static void expect_place(const struct box *b, const char *path, enum outcome o, const char *folder,
                         const char *pdf)
{
    struct place p;
    struct token t = token_of(path);
    place_set(&p, &b->s, &t, (struct destination){.outcome = o, .n = 1});
    assert_string_equal(p.folder_path, folder);
    assert_string_equal(p.names.pdf, pdf);
    assert_int_equal(place_open(&p, &b->s, t.document, false), 0);
    assert_true(p.folder >= 0);
    place_close(&p);
    place_close(&p);
}

static void folders_are_made_again(void **state)
{
    struct box *b = *state;
    expect_place(b, "x.pdf", OUTCOME_OK, "done", "x.pdf");
    expect_place(b, "a/b/x.pdf", OUTCOME_OK, "done/a/b", "x.pdf");
    expect_place(b, "a/b/x.pdf", OUTCOME_CORRUPT, "failed/corrupt/a/b", "x.pdf");
    assert_int_equal(box_count(b->s.done, "a/b", false), 0);
    assert_int_equal(box_count(b->s.failed, "corrupt/a/b", false), 0);
    for (char hh[3] = "00"; hh[0] <= 'f'; hh[0] = hh[0] == '9' ? 'a' : (char)(hh[0] + 1))
        for (hh[1] = '0'; hh[1] <= 'f'; hh[1] = hh[1] == '9' ? 'a' : (char)(hh[1] + 1))
            if (faccessat(b->s.names, hh, F_OK, 0) == 0)
                assert_int_equal(box_count(b->s.names, hh, false),
                                 0); /* no reservation of a folder is left */
}

static void flat_where_a_document_is_in_the_way(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t = token_of("a/x.pdf");
    box_write(b->s.done, "a", "a document without suffix");
    place_set(&p, &b->s, &t, (struct destination){.outcome = OUTCOME_OK, .n = 1});
    assert_int_equal(place_open(&p, &b->s, t.document, true), -1);
    assert_int_equal(place_open(&p, &b->s, t.document, false), 0);
    assert_true(p.to.flat);
    assert_string_equal(p.folder_path, "done");
    assert_string_equal(p.names.pdf, "a%2Fx.pdf");
    place_close(&p);
    struct place again; /* whoever finishes the work computes the same */
    place_set(&again, &b->s, &t, p.to);
    assert_string_equal(again.key, p.key);
    assert_string_equal(again.names.text, p.names.text);
}

static void never_through_links(void **state)
{
    struct box *b = *state;
    struct place p;
    struct token t = token_of("a/x.pdf");
    assert_int_equal(symlinkat("/tmp", b->s.done, "a"), 0);
    place_set(&p, &b->s, &t, (struct destination){.outcome = OUTCOME_OK, .n = 1});
    assert_int_equal(place_open(&p, &b->s, t.document, false), 0);
    assert_true(p.to.flat);
    place_close(&p);
}

static void numbers_change_names_and_key(void **state)
{
    struct box *b = *state;
    struct place p;
    char key[RESERVE_KEY_CAP];
    struct token t = token_of("x.pdf");
    place_set(&p, &b->s, &t, (struct destination){.outcome = OUTCOME_OK, .n = 1});
    memcpy(key, p.key, sizeof key);
    place_number(&p, 2);
    assert_string_equal(p.names.pdf, "x~2.pdf");
    assert_string_not_equal(p.key, key);
    assert_string_equal(p.hidden_text, ".abc-1.abc-2.txt");
}

/* A dead worker's reservation of a folder's name must not send the documents of that folder
 * elsewhere: the folder is not there yet, and nothing else has its name. An error (try again) is
 * right, or the folder; a wrong place is not. */
static void a_stale_reservation_of_a_folder(void **state)
{
    struct box *b = *state;
    struct place p;
    char key[RESERVE_KEY_CAP];
    struct token t = token_of("a/x.pdf");
    reserve_key("done", "a", key);
    assert_int_equal(reserve_take(&b->s, key, "dead-doc"), 1);
    place_set(&p, &b->s, &t, (struct destination){.outcome = OUTCOME_OK, .n = 1});
    if (place_open(&p, &b->s, t.document, false) == 0)
        assert_false(p.to.flat);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(folders_are_made_again),
        BOX_TEST(flat_where_a_document_is_in_the_way),
        BOX_TEST(never_through_links),
        BOX_TEST(numbers_change_names_and_key),
        BOX_TEST(a_stale_reservation_of_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
