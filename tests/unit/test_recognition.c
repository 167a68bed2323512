/*
 * From words to text: lines, paragraphs, parted words, scripts without blanks, and what is noise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/recognition.h"

struct input {
    const char *text;
    float confidence;
    uint32_t block, paragraph, line;
};

static struct recognition made(const struct input *in, size_t n, bool dehyphenate)
{
    struct recognition r = {0};
    for (size_t i = 0; i < n; i++) {
        const struct recognised_word w = {.confidence = in[i].confidence,
                                          .block = in[i].block,
                                          .paragraph = in[i].paragraph,
                                          .line = in[i].line};
        assert_true(recognition_add(&r, in[i].text, &w));
    }
    assert_true(recognition_finish(&r, dehyphenate));
    assert_int_equal(strlen(r.text), r.len);
    return r;
}

static void gives(const struct input *in, size_t n, bool dehyphenate, const char *text)
{
    struct recognition r = made(in, n, dehyphenate);
    assert_string_equal(r.text, text);
    for (size_t i = 0; i < r.count; i++)
        assert_true(r.words[i].at + r.words[i].len <= r.len);
    recognition_free(&r);
}

#define GIVES(in, dehyphenate, text) gives(in, sizeof(in) / sizeof(in)[0], dehyphenate, text)

static void lines_and_paragraphs(void **state)
{
    (void)state;
    static const struct input in[] = {{"The", 95, 0, 0, 0},
                                      {"first", 95, 0, 0, 0},
                                      {"line.", 95, 0, 0, 1},
                                      {"Another", 95, 0, 1, 2},
                                      {"block", 95, 1, 1, 3}};
    GIVES(in, false, "The first\nline.\n\nAnother\n\nblock\n");
    gives(in, 0, false, "");
}

static void parted_words(void **state)
{
    (void)state;
    static const struct input in[] = {
        {"docu-", 95, 0, 0, 0}, {"ment", 95, 0, 0, 1},  {"übergrö\xe2\x80\x90", 95, 0, 0, 1},
        {"ße", 95, 0, 0, 2},    {"Jean-", 95, 0, 0, 2}, {"Paul", 95, 0, 0, 3},
        {"1914-", 95, 0, 0, 3}, {"and", 95, 0, 0, 4},   {"col-", 95, 0, 0, 4},
        {"umn", 95, 1, 1, 5}};
    GIVES(in, true, "document übergröße Jean-\nPaul 1914-\nand col-\n\numn\n");
    GIVES(in, false, "docu-\nment übergrö\xe2\x80\x90\nße Jean-\nPaul 1914-\nand col-\n\numn\n");
    struct recognition r = made(in, 2, true);
    assert_int_equal(r.count, 2);
    assert_true(r.words[0].at == 0 && r.words[0].len == 4 && r.words[1].at == 4);
    recognition_free(&r);
}

static void no_blanks(void **state)
{
    (void)state;
    static const struct input in[] = {{"中文", 95, 0, 0, 0},
                                      {"文字", 95, 0, 0, 0},
                                      {"ABC", 95, 0, 0, 0},
                                      {"한국", 95, 0, 0, 0},
                                      {"어", 95, 0, 0, 0}};
    GIVES(in, false, "中文文字 ABC 한국 어\n");
}

static void noise(void **state)
{
    (void)state;
    /* scatter alone */
    static const struct input scatter[] = {{"eS", 31, 0, 0, 0}, {"|", 80, 0, 0, 0},
                                           {"~~", 12, 1, 1, 1}, {"ae", 44, 2, 2, 2},
                                           {"i", 90, 3, 3, 3},  {"«", 95, 4, 4, 4}};
    GIVES(scatter, false, "");
    /* scatter of a picture beside text: another block */
    static const struct input beside[] = {{"A", 95, 0, 0, 0},  {"caption", 96, 0, 0, 0},
                                          {"of", 95, 0, 0, 0}, {"something", 93, 0, 0, 0},
                                          {"eS", 31, 1, 1, 1}, {"fj", 22, 1, 1, 1}};
    GIVES(beside, false, "A caption of something\n");
    /* what is hard to read inside of text stays */
    static const struct input formula[] = {{"where", 95, 0, 0, 0},
                                           {"the", 95, 0, 0, 0},
                                           {"\\fbox{x}", 15, 0, 0, 1},
                                           {"holds", 95, 0, 0, 2},
                                           {"always", 95, 0, 0, 2}};
    GIVES(formula, false, "where the\n\\fbox{x}\nholds always\n");
    /* a short text is no noise; three chance letters among two hundred are */
    static const struct input title[] = {{"Page", 93, 0, 0, 0}, {"7", 95, 0, 0, 0}};
    GIVES(title, false, "Page 7\n");
    struct input many[100];
    for (uint32_t i = 0; i < 100; i++)
        many[i] = (struct input){i == 50 ? "The" : "eeae", i == 50 ? 90 : 40, i, i, i};
    gives(many, 100, false, "");
}

static void sums(void **state)
{
    (void)state;
    static const struct input in[] = {{"abcd", 90, 0, 0, 0}, {"ab", 60, 0, 0, 0}};
    struct recognition r = made(in, 2, false);
    assert_true(r.confidence > 79.9f && r.confidence < 80.1f); /* by letters */
    assert_true(r.score > 3.9 && r.score < 4.0);
    assert_int_equal(r.dropped, 0);
    recognition_free(&r);
    recognition_free(&r);
    assert_int_equal(recognition_letters("a1 -.é中", strlen("a1 -.é中")), 4);
}

static void odd_bytes(void **state)
{
    (void)state;
    static const struct input in[] = {{"a\tb\n\x7f", 95, 0, 0, 0},
                                      {" ", 95, 0, 0, 0},
                                      {"Word\xf0\x9f", 95, 0, 0, 0},
                                      {"\xe2\x80", 95, 0, 0, 1}};
    struct recognition r = made(in, 4, true); /* reads nothing beyond */
    assert_memory_equal(r.text, "ab Word", 7);
    recognition_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_paragraphs),
        cmocka_unit_test(parted_words),
        cmocka_unit_test(no_blanks),
        cmocka_unit_test(noise),
        cmocka_unit_test(sums),
        cmocka_unit_test(odd_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
