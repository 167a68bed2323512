/*
 * The second engine: it reads, it says why when it does not, it is silent, and in the cage it needs
 * nothing from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "extractd/parser/filter.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/second.h"

/* Without a cross-reference table: the engine finds the objects all the same. */
static const char latin[] = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";
static const char japanese[] =
    "<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[<</Type/Font/"
    "Subtype/CIDFontType0/BaseFont/F/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement "
    "2>>/FontDescriptor<</Type/FontDescriptor/FontName/F/Flags 4>>>>]>>";
static const char ligature[] =
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[1/fi]>>>>";

static char bytes[4096];

static size_t document(const char *font, const char *content)
{
    return (size_t)snprintf(
        bytes, sizeof bytes,
        "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R/Resources<</Font<<"
        "/F 5 0 R>>>>>>endobj\n4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n5 0 obj%s endobj"
        "\ntrailer<</Root 1 0 R>>\n",
        strlen(content), content, font);
}

/* The text of page 1, with a NUL; or what was said instead, after "!". Borrowed till the next. */
static const char *read_page(size_t n, uint32_t page, uint64_t most)
{
    static char out[512];
    char err[200] = "";
    struct page_text t = {.most = most};
    struct second *s = second_open(bytes, n, err, sizeof err);
    if (s && second_page(s, page, &t, err, sizeof err))
        snprintf(out, sizeof out, "%.*s", (int)t.len, t.bytes ? t.bytes : "");
    else
        snprintf(out, sizeof out, "!%s", err);
    second_close(s);
    page_text_free(&t);
    return out;
}

static void plain_words(void **state)
{
    (void)state;
    size_t n = document(latin, "BT /F 12 Tf 50 400 Td (hello harbour) Tj 0 -20 Td (again) Tj ET");
    assert_string_equal(read_page(n, 0, 1000), "hello harbour\nagain\n");
}

/* poppler itself makes "ZYX123WVU" of such a row. */
static void cells_are_not_glued(void **state)
{
    (void)state;
    size_t n = document(latin, "BT /F 12 Tf 50 400 Td (ZYX) Tj 50 0 Td (123) Tj 50 0 Td (WVU) Tj "
                               "-100 -20 Td (ABC) Tj 50 0 Td (456) Tj 50 0 Td (DEF) Tj "
                               "-100 -20 Td (GHI) Tj 50 0 Td (789) Tj 50 0 Td (JKL) Tj ET");
    assert_string_equal(read_page(n, 0, 1000), "ZYX 123 WVU\nABC 456 DEF\nGHI 789 JKL\n");
}

static void letters_of_a_word_stay_together(void **state)
{
    (void)state;
    size_t n = document(latin, "BT /F 12 Tf 50 400 Td [(Wa)80(ter)-60(W)60(ay)] TJ ET");
    assert_string_equal(read_page(n, 0, 1000), "WaterWay\n");
}

static void ligatures_are_letters(void **state)
{
    (void)state;
    size_t n = document(ligature, "BT /F 12 Tf 50 400 Td (\\001sh) Tj ET");
    assert_string_equal(read_page(n, 0, 1000), "fish\n");
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    size_t n = document(latin, "0 0 10 10 re f");
    assert_string_equal(read_page(n, 0, 1000), "");
}

static void failures_are_worded(void **state)
{
    (void)state;
    size_t n = document(latin, "BT /F 12 Tf 50 400 Td (hello harbour) Tj ET");
    assert_string_equal(read_page(n, 1, 1000), "!poppler finds no such page");
    assert_string_equal(read_page(n, 0, 5), "!it has more text than it may have");
    snprintf(bytes, sizeof bytes, "no document at all");
    assert_non_null(strstr(read_page(18, 0, 1000), "!poppler cannot open it"));
}

/* The cage kills what a sanitizer's runtime does: there, and nowhere else, this is not tried. */
static void need_a_cage(void)
{
#ifdef __SANITIZE_ADDRESS__
    print_message("skipped: a sanitizer\n");
    skip();
#endif
    assert_true(filter_available());
    assert_int_equal(filter_build(), 0);
}

/* In a child, so that the filter goes with it. Exit code 0: the text is that. */
static int caged(size_t n, const char *text)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (filter_load() < 0)
            _exit(2);
        _exit(strcmp(read_page(n, 0, 1000), text) == 0 ? 0 : 1);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

static void the_cage_has_all_it_needs(void **state)
{
    (void)state;
    need_a_cage();
    size_t n = document(latin, "BT /F 12 Tf 50 400 Td (hello harbour) Tj ET");
    assert_int_equal(caged(n, "hello harbour\n"), 0);
    assert_int_equal(caged(n, "something else\n"), 1 << 8); /* it does tell */
}

/* The tables of the four collections are read in the zygote: in the cage no file can be. */
static void japanese_in_the_cage(void **state)
{
    (void)state;
    assert_int_equal(access("/usr/share/poppler/cidToUnicode/Adobe-Japan1", R_OK), 0);
    need_a_cage();
    size_t n = document(japanese, "BT /F 12 Tf 50 400 Td <034b034c> Tj ET"); /* CIDs 843, 844 */
    assert_int_equal(caged(n, "\xe3\x81\x82\xe3\x81\x83\n"), 0);
}

/* A stream of errors, and not a byte of it on stderr. */
static void it_is_silent(void **state)
{
    (void)state;
    int fds[2], saved = dup(2);
    char seen[16];
    size_t n = document(latin, "BT /X 1 Tf (a Tj ] >> Q Q Q BX EI 1 1 1 ( \\777");
    assert_true(saved >= 0 && pipe(fds) == 0 && dup2(fds[1], 2) == 2);
    (void)read_page(n, 0, 1000);
    (void)read_page(n / 2, 0, 1000);
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    close(fds[1]);
    assert_int_equal(read(fds[0], seen, sizeof seen), 0);
    close(fds[0]);
}

static int prepare(void **state)
{
    (void)state;
    return second_prepare() && second_prepare() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words),
        cmocka_unit_test(cells_are_not_glued),
        cmocka_unit_test(letters_of_a_word_stay_together),
        cmocka_unit_test(ligatures_are_letters),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(failures_are_worded),
        cmocka_unit_test(the_cage_has_all_it_needs),
        cmocka_unit_test(japanese_in_the_cage),
        cmocka_unit_test(it_is_silent),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
