/*
 * The gate's judgement of texts and facts. Each text here is one that no table was made from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/facts.h"
#include "extractd/parser/quality.h"

#define PROSE                                                                                      \
    "The keeper of the lighthouse wrote down every ship that passed, its flag and its course, "    \
    "and whether it had answered his signal. In the evening he copied the list into a large book."

static const struct page_facts page = {
    .width = 595, .height = 842, .glyphs = 150, .text_cover = 0.1f, .complete = true};

static struct quality judged(const char *text, const struct page_facts *facts)
{
    struct quality q;
    quality_of(text, strlen(text), facts, &q);
    assert_non_null(q.why);
    assert_true(q.score >= 0 && q.score <= 1);
    return q;
}

static void must_be(const char *text, enum gate verdict)
{
    struct quality q = judged(text, NULL);
    if (q.verdict != verdict)
        print_message("%s (%.2f, %s): %.60s\n", quality_gate_name(q.verdict), (double)q.score,
                      q.why, text);
    assert_int_equal(q.verdict, verdict);
}

static void good_text_passes(void **state)
{
    (void)state;
    must_be(PROSE, GATE_GOOD);
    must_be("Great Expectations", GATE_GOOD);
    must_be("7", GATE_GOOD);
    must_be("WARNING: DO NOT OPEN THE VALVE WHILE THE PUMP IS RUNNING. KEEP OUT.", GATE_GOOD);
    must_be(
        "Genir pawb yn rhydd ac yn gydradd â'i gilydd mewn urddas a hawliau. Fe'u cynysgaeddir â "
        "rheswm a chydwybod, a dylai pawb ymddwyn y naill at y llall mewn ysbryd cymodlon.",
        GATE_GOOD);
    must_be(
        "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con "
        "người đều được tạo hóa ban cho lý trí và lương tâm.",
        GATE_GOOD);
    must_be(
        "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem "
        "a svědomím a mají spolu jednat v duchu bratrství. Strč prst skrz krk.",
        GATE_GOOD);
}

static void other_scripts_pass(void **state)
{
    (void)state;
    must_be("Все люди рождаются свободными и равными в своем достоинстве и правах.", GATE_GOOD);
    must_be("Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.", GATE_GOOD);
    must_be("人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。", GATE_GOOD);
    must_be("すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"
            "PDFファイルの例。",
            GATE_GOOD);
    must_be("모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.", GATE_GOOD);
    must_be("يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.", GATE_GOOD);
    must_be("सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।", GATE_GOOD);
}

static void odd_but_honest_text_passes(void **state)
{
    (void)state;
    must_be("1,204.50  3.99  -17  4 %\n2,001.00  4.20  -18  5 %\n3,877.32  4.81  -19  6 %",
            GATE_GOOD);
    must_be("Introduction . . . . . . . . . . . . . . . . . . . . . 3\n"
            "Harbour .............................................. 7\n"
            "Lights ______________________________________________ 9",
            GATE_GOOD);
    must_be("for (size_t i = 0; i < n && s[i]; i++) { if ((h->msk & (1u << (s[i] & 31))) == 0) "
            "continue; return (int)(h->v[i].ofs >> 3) ^ 0x5a5a; } #define XSTR(s) #s",
            GATE_GOOD);
    must_be("∀ε > 0 ∃δ > 0: |x − a| < δ ⇒ |f(x) − f(a)| < ε, λ₁ ≥ λ₂ ≥ … ≥ λₙ", GATE_GOOD);
    must_be("XK-4471-BQ LZT0093-F 7QX9-ZZ41-KPW2 XK-4472-BR LZT0094-F 7QX9-ZZ42-KPX7 RT-0091-CV",
            GATE_GOOD);
    must_be("\xef\x82\xb7 first item\n\xef\x82\xb7 second item\n\xef\x82\xb7 third item",
            GATE_GOOD);
}

static void garbage_is_condemned(void **state)
{
    (void)state;
    /* the letters of PROSE exchanged; the numbers of its glyphs; another encoding */
    must_be(
        "Oct ictmcv gy oct dpqcogghmt evgot zgeh tttvw mcpm ocbo mbmmtz, pom ydbq bhz pom sghvmt, "
        "bhz ectoctv po cbz bhmetvtz cpm mpqhbd. Ph oct ttthphq ct sgmptz oct dpmo phog b dbvqt.",
        GATE_GARBAGE);
    must_be(
        "7KH NHHSHU RI WKH OLJKWKRXVH ZURWH GRZQ HYHU\\ VKLS WKDW SDVVHG LWV IODJ DQG LWV FRXUVH",
        GATE_GARBAGE);
    must_be("Ñìîòðèòåëü ìàÿêà çàïèñûâàë êàæäûé êîðàáëü, êîòîðûé ïðîõîäèë ìèìî, åãî ôëàã è êóðñ",
            GATE_GARBAGE);
    must_be("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
            GATE_GARBAGE);
    must_be("\x01\x02\x03\x04 \x05\x06\x07 \x01\x02\x0e\x0f", GATE_GARBAGE);
    must_be("????? ??? ????????? ?? ??? ?????? ????? ???? ????? ???? ???? ??????", GATE_GARBAGE);
    must_be("\xff\xfe\x80 not UTF-8 \xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3", GATE_GARBAGE);
    must_be("Ԙбŧא กঅ ᚠΩж ڳдא ਅกŧ Ԙбŧא กঅᚠ ΩжŧڳдאਅกŧԘ", GATE_GARBAGE);
    must_be("潣浰瑵牥猠瑥畭猠灥慲楶敢彴敧湴爠湡彤慨捫湥楴杬癩瑯楮敧摬敬桸", GATE_GARBAGE);
}

/* Hard to search is not hard to read. */
static void glued_and_spaced_text_is_close(void **state)
{
    (void)state;
    must_be("Thekeeperofthelighthousewrotedowneveryshipthatpassed "
            "itsflaganditscourseandwhetherithadansweredhissignal "
            "Intheeveninghecopiedthelistintoalargebookwhichwassenttotheharbouroffice "
            "onceamonthandwhichnobodythereeveropenedbecauseitwasalwayslocked",
            GATE_CLOSE);
    must_be("T h e k e e p e r o f t h e l i g h t h o u s e w r o t e d o w n e v e r y s h i p "
            "t h a t p a s s e d i t s f l a g a n d i t s c o u r s e a n d w h e t h e r i t "
            "h a d a n s w e r e d h i s s i g n a l i n t h e e v e n i n g h e c o p i e d",
            GATE_CLOSE);
}

static void pages_without_text(void **state)
{
    struct page_facts facts = page;
    (void)state;
    facts.glyphs = 0;
    facts.blank = true;
    assert_int_equal(judged("", &facts).verdict, GATE_BLANK);
    assert_int_equal(judged(" \n\n", &facts).verdict, GATE_BLANK);
    facts.complete = false;
    assert_int_equal(judged("", &facts).verdict, GATE_NONE);
    facts.complete = true;
    facts.blank = false;
    assert_int_equal(judged("", &facts).verdict, GATE_NONE);
    assert_int_equal(judged("", NULL).verdict, GATE_NONE);
}

static void pictures_need_text_of_their_own(void **state)
{
    struct page_facts facts = page;
    (void)state;
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_GOOD);
    facts.image_cover = facts.scan_cover = 1; /* under the text */
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_GOOD);
    facts.bare_scan = 1;
    facts.glyphs = 1;
    assert_int_equal(judged("x", &facts).verdict, GATE_LITTLE);
    facts.glyphs = 150;
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_LITTLE);
    facts.bare_scan = 0.3f; /* a photograph on a page of print */
    facts.glyphs = 2000;
    assert_int_equal(judged(PROSE, &facts).terms.missing > 0.4f, 1);
    facts.glyphs = 150;
    facts.bare_scan = 0.15f;
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_GOOD);
}

static void curves_may_be_letters(void **state)
{
    struct page_facts facts = page;
    (void)state;
    facts.outlines = 900;
    facts.shapes = 1; /* dots of a chart */
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_GOOD);
    facts.shapes = 30;
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_LITTLE);
    facts.outlines = 40; /* a logo */
    assert_int_equal(judged(PROSE, &facts).verdict, GATE_GOOD);
}

static int better(const char *a, const char *b)
{
    struct quality x = judged(a, NULL), y = judged(b, NULL);
    int way = quality_better(&x, &y);
    assert_int_equal(quality_better(&y, &x), -way);
    return way;
}

static void the_better_text_is_known(void **state)
{
    (void)state;
    assert_int_equal(better(PROSE, PROSE), 0);
    assert_true(better(PROSE, "") > 0);
    assert_int_equal(better("", ""), 0);
    assert_true(better(PROSE, "7KH NHHSHU RI WKH OLJKWKRXVH ZURWH GRZQ HYHU\\ VKLS WKDW SDVVHG LWV "
                              "IODJ DQG LWV FRXUVH DQG ZKHWKHU LW KDG DQVZHUHG KLV VLJQDO") > 0);
    assert_true(better(PROSE PROSE PROSE, "its flag") > 0); /* as good, but far more */
    assert_int_equal(better(PROSE, PROSE " Amen."), 0);
}

/* The parts that are read of a long text begin and end between characters, and see both ends. */
static void long_texts_are_sampled(void **state)
{
    static char text[200000];
    struct quality q;
    (void)state;
    for (size_t i = 0; i + 3 <= sizeof text; i += 3)
        memcpy(text + i, "\xe4\xba\xba", 3);
    quality_of(text, sizeof text / 3 * 3, NULL, &q);
    assert_true(q.terms.unmapped == 0);
    assert_true(q.visible > 60000 && q.visible < 70000);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 6 ? "therea"[i % 6] : ' ';
    quality_of(text, sizeof text, NULL, &q);
    assert_int_equal(q.verdict, GATE_GOOD);
    memset(text + sizeof text / 2, 1, sizeof text / 2);
    quality_of(text, sizeof text, NULL, &q);
    assert_int_equal(q.verdict, GATE_GARBAGE);
}

static void verdicts_have_names(void **state)
{
    (void)state;
    assert_string_equal(quality_gate_name(GATE_GOOD), "good");
    assert_string_equal(quality_gate_name(GATE_BLANK), "blank");
    assert_string_equal(quality_gate_name(GATE_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_passes),
        cmocka_unit_test(other_scripts_pass),
        cmocka_unit_test(odd_but_honest_text_passes),
        cmocka_unit_test(garbage_is_condemned),
        cmocka_unit_test(glued_and_spaced_text_is_close),
        cmocka_unit_test(pages_without_text),
        cmocka_unit_test(pictures_need_text_of_their_own),
        cmocka_unit_test(curves_may_be_letters),
        cmocka_unit_test(the_better_text_is_known),
        cmocka_unit_test(long_texts_are_sampled),
        cmocka_unit_test(verdicts_have_names),
    };
    return cmocka_run_group_tests_name("quality", tests, NULL, NULL);
}
