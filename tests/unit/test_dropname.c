/* dropname: what is a drop, and what results are called. */
#include "spoolbox.h"

#include "base/utf8.h"
#include "spool/dropname.h"
#include "spool/token.h"

static void drops_and_others(void **state)
{
    static const char *const drops[] = {"a.pdf",   "A.PDF", "a",          "-rf",
                                        "a b.pdf", "x.txt", "a\nb.pdf",   "\xff.pdf",
                                        "part",    "tmp",   "a.part.pdf", "thumbs.db.pdf"};
    static const char *const others[] = {
        ".a.pdf",    ".nfs0001",     "~lock",      "a.pdf~",     "a.part",   "A.PART",
        "a.tmp",     "x.crdownload", "x.filepart", "x.swp",      "x.upload", "Thumbs.db",
        "THUMBS.DB", "desktop.ini",  "@eaDir",     "lost+found", ".snapshot"};
    (void)state;
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
        assert_null(dropname_ignored(drops[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_non_null(dropname_ignored(others[i]));
}

static void expect(const char *base, unsigned n, const char *pdf, const char *text,
                   const char *json)
{
    struct result_names r;
    dropname_results(base, base, n, &r);
    assert_string_equal(r.pdf, pdf);
    assert_string_equal(r.text, text);
    assert_string_equal(r.json, json);
}

static void plain_names(void **state)
{
    (void)state;
    expect("x.pdf", 1, "x.pdf", "x.txt", "x.json");
    expect("x.PDF", 2, "x~2.PDF", "x~2.txt", "x~2.json");
    expect("x", 1, "x", "x.txt", "x.json");
    expect("x.txt", 1, "x.txt.pdf", "x.txt.txt", "x.txt.json");
    expect("x.JSON", 3, "x.JSON~3.pdf", "x.JSON~3.txt", "x.JSON~3.json");
    expect("x~2.pdf", 1, "x~2.pdf", "x~2.txt", "x~2.json");
}

/* Two documents whose stems differ never make an equal name. */
static void no_two_stems_share_a_name(void **state)
{
    static const char *const bases[] = {"x",         "x.pdf",       "x.PDF",     "x.txt",
                                        "x.json",    "x.txt.pdf",   "x.pdf.txt", "x.json.pdf",
                                        "x.pdf.pdf", "x.txt.txt",   "x~2.pdf",   "x~2",
                                        "x~2.txt",   "x.pdf~2.pdf", "x.TXT"};
    enum { N = sizeof bases / sizeof *bases };
    struct result_names r[N][3];
    (void)state;
    for (unsigned i = 0; i < N; i++)
        for (unsigned n = 1; n <= 3; n++)
            dropname_results(bases[i], bases[i], n, &r[i][n - 1]);
    const struct result_names *flat = &r[0][0];
    for (unsigned i = 0; i < 3 * N; i++)
        for (unsigned k = 0; k < 3 * N; k++) {
            const char *mine[] = {flat[i].pdf, flat[i].text, flat[i].json};
            const char *other[] = {flat[k].pdf, flat[k].text, flat[k].json};
            for (int a = 0; a < 3 && strcmp(flat[i].stem, flat[k].stem) != 0; a++)
                for (int b = 0; b < 3; b++)
                    assert_string_not_equal(mine[a], other[b]);
        }
}

static void long_names(void **state)
{
    char base[NAME_CAP], longer[NAME_CAP];
    struct result_names r, other;
    (void)state;
    for (size_t len = 240; len < NAME_CAP; len++)
        for (unsigned n = 1; n < 100000000; n = n * 99 + 1) {
            memset(base, 'n', len);
            memcpy(base + len - 4, ".pdf", 5);
            dropname_results(base, base, n, &r);
            assert_true(strlen(r.json) < NAME_CAP && strlen(r.pdf) < NAME_CAP);
            assert_int_equal(strlen(r.json), strlen(r.stem) + 5);
            assert_int_equal(strlen(r.text), strlen(r.stem) + 4);
        }
    snprintf(longer, sizeof longer, "%s", base);
    longer[251 - 1] = 'm'; /* behind the cut: only the hash tells */
    dropname_results(base, base, 1, &r);
    dropname_results(base, longer, 1, &other);
    assert_string_not_equal(r.stem, other.stem);
}

static void cut_between_characters(void **state)
{
    struct result_names r;
    char base[NAME_CAP];
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        size_t o = (size_t)shift;
        memset(base, 'a', o);
        while (o + 3 < 251) {
            memcpy(base + o, "\xe2\x82\xac", 3); /* the euro sign */
            o += 3;
        }
        memcpy(base + o, ".pdf", 5);
        dropname_results(base, base, 1, &r);
        assert_true(utf8_valid(r.stem, strlen(r.stem)));
        assert_true(strlen(r.stem) > 230);
    }
}

static void numbers(void **state)
{
    (void)state;
    assert_int_equal(dropname_number("x.pdf", "x"), 1);
    assert_int_equal(dropname_number("x~17.json", "x"), 17);
    assert_int_equal(dropname_number("x~17", "x"), 17);
    assert_int_equal(dropname_number("x~0.pdf", "x"), 0);
    assert_int_equal(dropname_number("x~1a.pdf", "x"), 0);
    assert_int_equal(dropname_number("xy.pdf", "x"), 0);
    assert_int_equal(dropname_number("y.pdf", "x"), 0);
}

/* Whatever number a user's own file name suggests, the next one still fits into a sealed name. */
static void numbers_stay_sealable(void **state)
{
    char dropped[64], name[NAME_CAP];
    struct sealed got, s = {.token = {.attempt = 1, .document = "abc-1", .claim = "abc-2"}};
    (void)state;
    token_set_path(&s.token, "x.pdf");
    for (unsigned long k = 9; k < 100000000000; k = k * 10 + 9) {
        snprintf(dropped, sizeof dropped, "x~%lu.pdf", k);
        unsigned n = dropname_number(dropped, "x");
        if (n == 0)
            continue;
        s.to = (struct destination){.outcome = OUTCOME_OK,
                                    .n = n + 64}; /* as far as finish_reserve probes */
        token_sealed_name(&s, name);
        assert_int_equal(token_parse_sealed(name, &got), 0);
    }
}

static void folder_stems(void **state)
{
    char stem[NAME_CAP];
    (void)state;
    dropname_folder_stem("a.txt", stem);
    assert_string_equal(stem, "a");
    dropname_folder_stem("a.b", stem);
    assert_string_equal(stem, "a.b");
    dropname_folder_stem(".pdf", stem);
    assert_string_equal(stem, ".pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_and_others),          cmocka_unit_test(plain_names),
        cmocka_unit_test(no_two_stems_share_a_name), cmocka_unit_test(long_names),
        cmocka_unit_test(cut_between_characters),    cmocka_unit_test(numbers),
        cmocka_unit_test(numbers_stay_sealable),     cmocka_unit_test(folder_stems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
