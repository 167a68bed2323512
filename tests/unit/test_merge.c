/*
 * The text layer and what was recognised become one text. A page is written here as lines of the
 * layer, and words of recognition, each with its box; the wanted text stands beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/merge.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NONE     NULL, 0

struct text {
    char bytes[4096];
    size_t len, most;
};

static bool put(void *to, const char *bytes, size_t len)
{
    struct text *t = to;
    if (t->len + len >= t->most)
        return false;
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
    return true;
}

struct l { /* a line of the layer: 10 points high, left, top, width */
    const char *text;
    float x, y, w;
    uint32_t block;
};

struct w { /* a word: 8 points high */
    const char *text;
    float x, y, w;
    uint32_t line, block;
};

static uint32_t dropped;

static void merges(const struct l *l, size_t nl, const struct w *w, size_t nw, const char *want)
{
    struct merge_line lines[32];
    struct merge_word words[64];
    struct text t = {.most = sizeof t.bytes};
    struct merge m;
    assert_true(nl <= COUNT(lines) && nw <= COUNT(words));
    for (size_t i = 0; i < nl; i++)
        lines[i] = (struct merge_line){{l[i].x, l[i].y, l[i].x + l[i].w, l[i].y + 10},
                                       l[i].text,
                                       strlen(l[i].text),
                                       l[i].block};
    for (size_t i = 0; i < nw; i++)
        words[i] = (struct merge_word){{w[i].x, w[i].y, w[i].x + w[i].w, w[i].y + 8},
                                       w[i].text,
                                       strlen(w[i].text),
                                       w[i].block,
                                       w[i].line,
                                       false};
    const struct merge_input in = {lines, (uint32_t)nl, words, (uint32_t)nw};
    assert_true(merge_begin(&in, &m));
    assert_true(merge_put(&in, &m, put, &t));
    assert_string_equal(t.bytes, want);
    dropped = m.dropped;
    assert_int_equal(m.dropped + m.kept, nw);
    merge_end(&m);
    assert_null(m.items);
}

static void test_layer_alone(void **state)
{
    (void)state;
    const struct l l[] = {
        {"One", 72, 72, 100, 0}, {"two", 72, 84, 100, 0}, {"Three", 72, 110, 9, 1}};
    merges(l, COUNT(l), NONE, "One\ntwo\n\nThree\n");
    merges(NONE, NONE, "");
}

static void test_recognised_alone(void **state)
{
    (void)state;
    const struct w w[] = {{"One", 72, 72, 20, 0, 0},
                          {"two", 95, 72, 20, 0, 0},
                          {"three", 72, 84, 20, 1, 0},
                          {"four", 72, 120, 20, 2, 1}};
    merges(NONE, w, COUNT(w), "One two\nthree\n\nfour\n");
}

static void test_glued(void **state)
{
    (void)state;
    struct text t = {.most = sizeof t.bytes};
    const struct merge_word words[] = {{{0, 0, 9, 9}, "ab", 2, 0, 0, false},
                                       {{9, 0, 19, 9}, "cd", 2, 0, 0, true},
                                       {{25, 0, 39, 9}, "ef", 2, 0, 0, false}};
    const struct merge_input in = {NULL, 0, words, 3};
    struct merge m;
    assert_true(merge_begin(&in, &m));
    assert_true(merge_put(&in, &m, put, &t));
    assert_string_equal(t.bytes, "abcd ef\n");
    t = (struct text){.most = 4};
    assert_false(merge_put(&in, &m, put, &t));
    merge_end(&m);
}

/* A layer of an earlier recognition over the scan says the same: kept once, as the layer has it. */
static void test_same_twice(void **state)
{
    (void)state;
    const struct l l[] = {{"The quick brown fox", 72, 72, 100, 0},
                          {"jumps over the dog.", 72, 84, 100, 0}};
    const struct w w[] = {{"The", 72, 73, 18, 0, 0},    {"quick", 93, 73, 25, 0, 0},
                          {"brown", 121, 73, 28, 0, 0}, {"fox", 152, 73, 18, 0, 0},
                          {"jumps", 72, 85, 25, 1, 0},  {"ovor", 100, 85, 22, 1, 0},
                          {"the", 125, 85, 15, 1, 0},   {"dog.", 145, 85, 22, 1, 0}};
    merges(l, COUNT(l), w, COUNT(w), "The quick brown fox\njumps over the dog.\n");
    assert_int_equal(dropped, 8);
}

/* Only what lies there is dropped: the same word elsewhere is another word. */
static void test_same_word_elsewhere(void **state)
{
    (void)state;
    const struct l l[] = {{"Total", 72, 72, 30, 0}};
    const struct w w[] = {{"Total", 72, 300, 30, 0, 0}};
    merges(l, COUNT(l), w, COUNT(w), "Total\n\nTotal\n");
    assert_int_equal(dropped, 0);
}

/* A watermark in large letters lies over everything, and hides nothing. */
static void test_watermark(void **state)
{
    (void)state;
    const struct merge_line lines[] = {{{50, 50, 550, 300}, "DRAFT", 5, 0}};
    const struct merge_word words[] = {{{72, 100, 100, 110}, "Dear", 4, 0, 0, false},
                                       {{105, 100, 130, 110}, "Sir", 3, 0, 0, false},
                                       {{200, 120, 400, 280}, "DRAFT", 5, 1, 1, false}};
    const struct merge_input in = {lines, 1, words, 3};
    struct text t = {.most = sizeof t.bytes};
    struct merge m;
    assert_true(merge_begin(&in, &m));
    assert_true(merge_put(&in, &m, put, &t));
    assert_non_null(strstr(t.bytes, "Dear Sir"));
    assert_int_equal(m.dropped, 1);
    merge_end(&m);
}

/* A layer's boxes may be far too high: there the text decides. */
static void test_high_line(void **state)
{
    (void)state;
    const struct merge_line lines[] = {{{70, 80, 300, 140}, "Invoice no. 17", 14, 0}};
    const struct merge_word words[] = {{{72, 100, 110, 110}, "INVOICE", 7, 0, 0, false},
                                       {{120, 100, 140, 110}, "17,", 3, 0, 0, false},
                                       {{150, 100, 180, 110}, "Other", 5, 0, 0, false}};
    const struct merge_input in = {lines, 1, words, 3};
    struct merge m;
    assert_true(merge_begin(&in, &m));
    assert_int_equal(m.dropped, 2);
    assert_int_equal(m.kept, 1);
    assert_int_equal(m.words[0], 2);
    merge_end(&m);
}

static void test_region_between_paragraphs(void **state)
{
    (void)state;
    const struct l l[] = {{"Above.", 72, 72, 400, 0}, {"Below.", 72, 300, 400, 1}};
    const struct w w[] = {{"Inside", 100, 150, 60, 0, 0},
                          {"the", 165, 150, 20, 0, 0},
                          {"picture", 100, 162, 60, 1, 0}};
    merges(l, COUNT(l), w, COUNT(w), "Above.\n\nInside the\npicture\n\nBelow.\n");
}

static void test_region_at_ends(void **state)
{
    (void)state;
    const struct l l[] = {{"Text.", 72, 200, 400, 0}};
    const struct w w[] = {{"Letterhead", 100, 50, 60, 0, 0}, {"Signature", 100, 600, 60, 1, 1}};
    merges(l, COUNT(l), w, COUNT(w), "Letterhead\n\nText.\n\nSignature\n");
}

/* A form: printed labels are scanned, the values are text. */
static void test_same_line(void **state)
{
    (void)state;
    const struct l l[] = {{"John Smith", 110, 100, 60, 0}, {"Berlin", 110, 114, 40, 1}};
    const struct w before[] = {{"Name:", 72, 101, 30, 0, 0}, {"City:", 72, 115, 30, 1, 0}};
    merges(l, COUNT(l), before, COUNT(before), "Name: John Smith\nCity: Berlin\n");
    const struct w after[] = {{"jr.", 174, 101, 20, 0, 0}, {"(please", 155, 115, 40, 1, 0}};
    merges(l, COUNT(l), after, COUNT(after), "John Smith jr.\nBerlin (please\n");
}

/* The layer's text in the left column, a scan in the right: not line by line. */
static void test_scanned_right_column(void **state)
{
    (void)state;
    const struct l l[] = {{"Title of all", 72, 50, 450, 0},
                          {"left one", 72, 100, 210, 1},
                          {"left two", 72, 112, 210, 1},
                          {"left three", 72, 124, 210, 1}};
    const struct w w[] = {{"right", 320, 101, 60, 0, 0},
                          {"one", 385, 101, 60, 0, 0},
                          {"right", 320, 113, 60, 1, 0},
                          {"two", 385, 113, 60, 1, 0}};
    merges(l, COUNT(l), w, COUNT(w),
           "Title of all\n\nleft one\nleft two\nleft three\n\nright one\nright two\n");
}

static void test_scanned_left_column(void **state)
{
    (void)state;
    const struct l l[] = {{"Title of all", 72, 50, 450, 0},
                          {"right one", 320, 100, 200, 1},
                          {"right two", 320, 112, 200, 1}};
    const struct w w[] = {{"left", 72, 101, 60, 0, 0}, {"left2", 72, 113, 60, 1, 0}};
    merges(l, COUNT(l), w, COUNT(w), "Title of all\n\nleft\nleft2\n\nright one\nright two\n");
}

/* A figure in the right one of two columns of text. */
static void test_figure_in_column(void **state)
{
    (void)state;
    const struct l l[] = {{"left one", 72, 100, 200, 0},
                          {"left two", 72, 300, 200, 0},
                          {"right one", 320, 100, 200, 1},
                          {"right two", 320, 300, 200, 1}};
    const struct w w[] = {{"figure", 340, 200, 60, 0, 0}};
    merges(l, COUNT(l), w, COUNT(w), "left one\nleft two\n\nright one\n\nfigure\n\nright two\n");
}

/* Dirt in a line of text, and boxes without size, are no words. */
static void test_punctuation_and_nothing(void **state)
{
    (void)state;
    const struct l l[] = {{"Text", 72, 100, 60, 0}};
    const struct w w[] = {
        {".", 80, 101, 3, 0, 0}, {"ghost", 72, 300, 0, 1, 0}, {"", 72, 300, 9, 2, 0}};
    merges(l, COUNT(l), w, COUNT(w), "Text\n");
    assert_int_equal(dropped, 3);
}

/* More than is compared: nothing is lost, and it ends. */
static void test_too_many(void **state)
{
    (void)state;
    enum { N = MERGE_MOST + 1 };
    struct merge_line *lines = calloc(N, sizeof *lines);
    assert_non_null(lines);
    for (int i = 0; i < N; i++)
        lines[i] = (struct merge_line){{0, 0, 100, 10}, "x", 1, 0};
    const struct merge_word word = {{0, 0, 10, 8}, "x", 1, 0, 0, false};
    const struct merge_input in = {lines, N, &word, 1};
    struct merge m;
    assert_true(merge_begin(&in, &m));
    assert_int_equal(m.item_count, N + 1);
    assert_int_equal(m.kept, 1);
    assert_true(m.items[N].recognised);
    merge_end(&m);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layer_alone),
        cmocka_unit_test(test_recognised_alone),
        cmocka_unit_test(test_glued),
        cmocka_unit_test(test_same_twice),
        cmocka_unit_test(test_same_word_elsewhere),
        cmocka_unit_test(test_watermark),
        cmocka_unit_test(test_high_line),
        cmocka_unit_test(test_region_between_paragraphs),
        cmocka_unit_test(test_region_at_ends),
        cmocka_unit_test(test_same_line),
        cmocka_unit_test(test_scanned_right_column),
        cmocka_unit_test(test_scanned_left_column),
        cmocka_unit_test(test_figure_in_column),
        cmocka_unit_test(test_punctuation_and_nothing),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
