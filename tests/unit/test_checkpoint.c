/* checkpoint: what is done of a document, as bytes and back; and that harmed bytes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "extractd/checkpoint.h"

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct parse_limits limits = {
    .max_pages = 100, .max_page_text = 300000, .max_text = 1000000};

static void add_page(struct parse_result *r, uint32_t i, enum wire_tier tier, const char *text)
{
    struct parsed_page *p = parse_result_page(r, i);
    assert_non_null(p);
    *p = (struct parsed_page){.done = true,
                              .tier = tier,
                              .chars = (uint32_t)strlen(text),
                              .micros = 1000 + i,
                              .confidence = tier == TIER_OCR ? 9150 : WIRE_UNKNOWN,
                              .score = 900,
                              .dpi = tier == TIER_OCR ? 300 : 0,
                              .at = r->text.len,
                              .bytes = strlen(text)};
    buf_str(&r->text, text);
    buf_char(&r->text, '\f');
}

/* Pages 1, 2, 4 and 6 of 7; 3, 5 and 7 wait. */
static void fill(struct parse_result *r)
{
    char *long_text = calloc(1, 200001);
    assert_non_null(long_text);
    memset(long_text, 'x', 200000);
    *r = (struct parse_result){.announced_pages = 7, .flags = PAGES_REPAIRED};
    buf_add(&r->meta, "Title\0A title\0Author\0N. N.\0", 27);
    memcpy(r->languages, "deu+eng", 8);
    add_page(r, 0, TIER_TEXT, "one");
    add_page(r, 1, TIER_OCR, "two");
    buf_str(&r->others, "tvvo");
    r->pages[1].other_tier = TIER_TEXT;
    r->pages[1].other_bytes = 4;
    memcpy(r->pages[1].message, "why not", 8);
    add_page(r, 3, TIER_NONE, long_text);
    assert_true(parse_result_bad(r, 5, OUTCOME_CRASHED, "SIGSEGV in page 6"));
    free(long_text);
}

static void there_and_back(void **state)
{
    struct parse_result a, b = {0};
    struct buf bytes = {0};
    (void)state;
    fill(&a);
    checkpoint_write(&a, SHA, 12345, &bytes);
    assert_true(buf_ok(&bytes));
    assert_true(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
    assert_int_equal(b.announced_pages, 7);
    assert_int_equal(b.flags, PAGES_REPAIRED);
    assert_string_equal(b.languages, "deu+eng");
    assert_int_equal(b.meta.len, a.meta.len);
    assert_memory_equal(b.meta.data, a.meta.data, a.meta.len);
    for (uint32_t i = 0; i < 6; i++) {
        const struct parsed_page *p = &a.pages[i], *q = &b.pages[i];
        assert_int_equal(p->done, q->done);
        if (!p->done)
            continue;
        assert_int_equal(p->tier, q->tier);
        assert_int_equal(p->reason, q->reason);
        assert_int_equal(p->confidence, q->confidence);
        assert_int_equal(p->dpi, q->dpi);
        assert_int_equal(p->bytes, q->bytes);
        assert_memory_equal(a.text.data + p->at, b.text.data + q->at, p->bytes);
        assert_string_equal(p->message, q->message);
        assert_int_equal(p->other_bytes, q->other_bytes);
    }
    assert_memory_equal(b.others.data + b.pages[1].other_at, "tvvo", 4);
    buf_free(&bytes);
    parse_result_free(&a);
    parse_result_free(&b);
}

static void of_another_document(void **state)
{
    struct parse_result a, b = {0};
    struct buf bytes = {0};
    (void)state;
    fill(&a);
    checkpoint_write(&a, SHA, 12345, &bytes);
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 12346, &limits, &b));
    assert_false(checkpoint_read(bytes.data, bytes.len, "1" SHA, 12345, &limits, &b));
    bytes.data[15] = '1'; /* an older version */
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
    assert_int_equal(b.n_pages, 0);
    buf_free(&bytes);
    parse_result_free(&a);
    parse_result_free(&b);
}

/* Pages from tiers outside, and those that were asked for in vain, come back by name; harm to what is
 * said of them is seen, and older versions do not read it. */
static void with_tiers_outside(void **state)
{
    struct parse_result a, b = {0};
    struct buf bytes = {0}, said = {0};
    (void)state;
    fill(&a);
    a.languages[0] = '\0';
    uint32_t first = parse_result_outside(&a, "cloud"), second = parse_result_outside(&a, "hand-2");
    assert_int_equal(first, TIER_OUTSIDE);
    assert_int_equal(second, TIER_OUTSIDE + 1);
    assert_int_equal(parse_result_outside(&a, "no name"), TIER_NONE);
    buf_str(&said, "said");
    assert_true(parse_result_told(&a, 3, second, &said, 4, 0));
    buf_clear(&said);
    assert_true(parse_result_told(&a, 4, first, &said, 0, 0));
    a.pages[5].asked = 3;
    a.pages[0].asked = 2;
    checkpoint_write(&a, SHA, 12345, &bytes);
    assert_memory_equal(bytes.data, "pdfspool-pages 3 ", 17);
    assert_true(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
    assert_int_equal(b.n_outside, 2);
    assert_string_equal(b.outside[b.pages[3].tier - TIER_OUTSIDE], "hand-2");
    assert_string_equal(b.outside[b.pages[4].tier - TIER_OUTSIDE], "cloud");
    assert_memory_equal(b.text.data + b.pages[3].at, "said\f", 5);
    assert_int_equal(b.pages[4].chars, 0);
    static const uint8_t asked[] = {2, 0, 0, 0, 0, 3};
    for (size_t i = 0; i < sizeof asked; i++)
        assert_int_equal(b.pages[i].asked, asked[i]);
    char *line = strstr(bytes.data, "tier cloud 6\ntier hand-2 1 6\n\n");
    assert_non_null(line);
    static const struct {
        size_t at;
        char c;
    } harm[] = {{0, 'x'},  {4, '\n'},  {5, ' '},  {11, '0'}, {11, '7'},
                {12, ' '}, {13, '\n'}, {26, '9'}, {28, 'x'}, {29, 'x'}};
    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        char was = line[harm[i].at];
        line[harm[i].at] = harm[i].c;
        if (checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b))
            fail_msg("byte %zu as '%c' is not noticed", harm[i].at, harm[i].c);
        assert_int_equal(b.n_outside, 0);
        line[harm[i].at] = was;
    }
    bytes.data[15] = '2'; /* no older one says such a tier */
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
    buf_free(&bytes);
    buf_free(&said);
    parse_result_free(&a);
    parse_result_free(&b);
}

/* The recipe comes back; not that of a document that a parser came to grief over. */
static void with_its_recipe(void **state)
{
    struct parse_result a, b = {0};
    struct buf bytes = {0};
    (void)state;
    fill(&a);
    recipe_make(&(struct recipe){.dehyphenate = true, .languages = "deu+eng", .pixels = 100},
                a.recipe);
    for (int shaken = 0; shaken < 2; shaken++) {
        a.shaken = shaken;
        buf_clear(&bytes);
        checkpoint_write(&a, SHA, 12345, &bytes);
        assert_true(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
        assert_string_equal(b.recipe, shaken ? "" : a.recipe);
        assert_int_equal(b.n_pages, 6);
    }
    buf_clear(&bytes);
    memset(a.recipe, 'x', sizeof a.recipe - 1); /* as long as it can be, and longer */
    a.recipe[sizeof a.recipe - 1] = '\0';
    a.shaken = false;
    checkpoint_write(&a, SHA, 12345, &bytes);
    assert_true(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
    assert_string_equal(b.recipe, a.recipe);
    char *end = memchr(bytes.data, '\n', bytes.len);
    *end = 'x';
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 12345, &limits, &b));
    buf_free(&bytes);
    parse_result_free(&a);
    parse_result_free(&b);
}

/* Cut anywhere, or with something behind it, it is none; and no byte that is changed does harm
 * (sanitizers watch). */
static void harmed(void **state)
{
    struct parse_result a, b = {0};
    struct buf bytes = {0};
    (void)state;
    fill(&a);
    checkpoint_write(&a, SHA, 1, &bytes);
    for (size_t n = 0; n < bytes.len; n += n < 400 || n + 400 > bytes.len ? 1 : 997)
        assert_false(checkpoint_read(bytes.data, n, SHA, 1, &limits, &b));
    size_t whole = bytes.len;
    for (size_t i = 0; i < whole; i += i < 400 || i + 400 > whole ? 1 : 997) {
        char was = bytes.data[i];
        bytes.data[i] = (char)(was ^ 0x41);
        if (!checkpoint_read(bytes.data, whole, SHA, 1, &limits, &b))
            assert_int_equal(b.n_pages, 0);
        bytes.data[i] = was;
    }
    buf_char(&bytes, 'x');
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 1, &limits, &b));
    buf_free(&bytes);
    parse_result_free(&a);
    parse_result_free(&b);
}

static void beyond_the_limits(void **state)
{
    struct parse_result a, b = {0};
    struct buf bytes = {0};
    struct parse_limits tight = limits;
    (void)state;
    fill(&a);
    checkpoint_write(&a, SHA, 1, &bytes);
    tight.max_page_text = 1000;
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 1, &tight, &b));
    tight = limits;
    tight.max_pages = 6;
    assert_false(checkpoint_read(bytes.data, bytes.len, SHA, 1, &tight, &b));
    buf_free(&bytes);
    parse_result_free(&a);
    parse_result_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),  cmocka_unit_test(of_another_document),
        cmocka_unit_test(with_its_recipe), cmocka_unit_test(with_tiers_outside),
        cmocka_unit_test(harmed),          cmocka_unit_test(beyond_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
