/*
 * From a page to its picture. The documents are written here: one page, a grey test card of 120 by
 * 90 pixels that looks different from every side, in many kinds of image. Wherever the page's own
 * image is taken, it must be what rendering the page shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/pagepicture.h"
#include "extractd/parser/regions.h"
#include "extractd/parser/render.h"

enum { WIDE = 120, HIGH = 90, ROOM = 400 * 1000 };

/* MuPDF 1.21 loses a few objects of each document that it repairs, and the list of its pages. Our
 * own pictures are not of its memory. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:do_scavenging_malloc\nleak:fz_malloc\n";
}

/* ---- documents ---- */

struct page {
    const char *box;      /* NULL: [0 0 120 90] */
    const char *more;     /* of the page's dictionary; NULL */
    const char *image;    /* entries of /I; NULL: 8 bits of grey */
    const char *content;  /* NULL: the image over the whole page */
    int bits, components; /* of the image; 0: 8, 1 */
    int wide, high;       /* 0: the card's */
    bool inverted;        /* the samples say the opposite */
};

static uint8_t file[ROOM];
static size_t file_len;

static void text(const char *s)
{
    size_t n = strlen(s);
    assert_true(file_len + n < ROOM);
    memcpy(file + file_len, s, n);
    file_len += n;
}

/* White, a black bar at the left, a dark one at the top, a block at the lower right. */
static uint8_t card(int x, int y)
{
    if (x < 10)
        return 0;
    if (y < 6)
        return 64;
    if (x > 80 && x < 110 && y > 60 && y < 75)
        return 128;
    return x > 30 && x < 50 && y > 20 && y < 80 ? 0 : 255;
}

static void put_samples(const struct page *p, int wide, int high, int bits, int components)
{
    for (int y = 0; y < high; y++) {
        unsigned byte = 0, have = 0;
        for (int x = 0; x < wide; x++) {
            unsigned v = card(x * WIDE / wide, y * HIGH / high);
            if (components == 4 || p->inverted)
                v = 255 - v;
            if (bits == 1) {
                byte = byte << 1 | (v > 127);
                if (++have == 8 || x + 1 == wide) {
                    file[file_len++] = (uint8_t)(byte << (8 - have));
                    byte = have = 0;
                }
                continue;
            }
            for (int c = 0; c < components; c++)
                file[file_len++] = components == 4 && c < 3 ? 0 : (uint8_t)v;
        }
    }
}

/* Without a cross-reference table: MuPDF finds the objects. */
static void write_page(const struct page *p)
{
    char line[1024];
    int wide = p->wide ? p->wide : WIDE, high = p->high ? p->high : HIGH;
    int bits = p->bits ? p->bits : 8, components = p->components ? p->components : 1;
    const char *content = p->content ? p->content : "q 120 0 0 90 0 0 cm /I Do Q";
    file_len = 0;
    text("%PDF-1.6\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
         "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n");
    snprintf(line, sizeof line,
             "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox%s%s/Resources<</XObject<</I 4 0 R>>"
             "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
             "/ExtGState<</M<</BM/Multiply>>>>>>/Contents 5 0 R>>endobj\n",
             p->box ? p->box : "[0 0 120 90]", p->more ? p->more : "");
    text(line);
    snprintf(line, sizeof line, "5 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n",
             strlen(content), content);
    text(line);
    snprintf(line, sizeof line,
             "4 0 obj<</Type/XObject/Subtype/Image/Width %d/Height %d%s/Length %d>>stream\n", wide,
             high, p->image ? p->image : "/ColorSpace/DeviceGray/BitsPerComponent 8",
             (wide * bits * components + 7) / 8 * high);
    text(line);
    assert_true(file_len + (size_t)wide * (size_t)high * (size_t)components + 100 < ROOM);
    put_samples(p, wide, high, bits, components);
    text("\nendstream endobj\ntrailer<</Root 1 0 R/Size 6>>\n");
}

static struct engine *engine;

static struct document *opened(const struct page *p)
{
    struct document_facts facts;
    write_page(p);
    struct document *d =
        document_open(engine,
                      &(const struct document_source){
                          .data = file, .size = file_len, .max_pages = 10, .passwords = ""},
                      &facts);
    assert_non_null(d);
    return d;
}

static int set_up(void **state)
{
    (void)state;
    engine = engine_new((uint64_t)256 << 20);
    return engine ? 0 : -1;
}

/* ---- pictures ---- */

static struct picture_limits limits;
static struct picture picture;
static char why[PICTURE_WHY];

static enum picture_result makes(struct document *d, enum picture_how want)
{
    enum picture_how how = PICTURE_NONE;
    enum picture_result result = picture_of_page(d, 0, &limits, &picture, &how, why);
    if (how != want)
        print_error("%s, %s: %s\n", picture_how_name(how), picture_result_name(result), why);
    assert_int_equal(how, want);
    assert_true((picture.samples != NULL) == (how != PICTURE_NONE));
    return result;
}

/* The mean difference from what rendering the same area at the same resolution shows. */
static double off(struct document *d)
{
    struct render_order o = {.dpi = 72 / picture.m[0]};
    struct render_result result;
    struct picture drawn;
    picture_to_page(&picture, 0, 0, &o.x0, &o.y0);
    picture_to_page(&picture, (float)picture.width, (float)picture.height, &o.x1, &o.y1);
    render_page(d, 0, &o, &drawn, &result);
    assert_true(result.drawn);
    assert_int_equal(drawn.width, picture.width);
    assert_int_equal(drawn.height, picture.height);
    uint64_t sum = 0;
    for (uint32_t y = 0; y < drawn.height; y++)
        for (uint32_t x = 0; x < drawn.width; x++)
            sum += (uint64_t)abs(drawn.samples[(size_t)y * drawn.stride + x] -
                                 picture.samples[(size_t)y * picture.stride + x]);
    picture_free(&drawn);
    return (double)sum / ((double)picture.width * picture.height);
}

static void same(const struct page *p, enum picture_how how, double most)
{
    struct document *d = opened(p);
    assert_int_equal(makes(d, how), PICTURE_OK);
    double by = off(d);
    if (by > most)
        print_error("off by %.2f: %s %s %s\n", by, p->more ? p->more : "", p->image ? p->image : "",
                    p->content ? p->content : "");
    assert_true(by <= most);
    picture_free(&picture);
    document_close(d);
}

static void becomes(const struct page *p, enum picture_how how)
{
    struct document *d = opened(p);
    assert_int_equal(makes(d, how), PICTURE_OK);
    picture_free(&picture);
    document_close(d);
}

/* ---- own image ---- */

static void test_all_ways_round(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "q 120 0 0 90 0 0 cm /I Do Q",   "q -120 0 0 90 120 0 cm /I Do Q",
        "q 120 0 0 -90 0 90 cm /I Do Q", "q -120 0 0 -90 120 90 cm /I Do Q",
        "q 0 120 90 0 0 0 cm /I Do Q",   "q 0 -120 90 0 0 120 cm /I Do Q",
        "q 0 120 -90 0 90 0 cm /I Do Q", "q 0 -120 -90 0 90 120 cm /I Do Q",
    };
    static const char *const rotations[] = {"", "/Rotate 90", "/Rotate 180", "/Rotate 270"};
    for (size_t i = 0; i < 8; i++)
        for (size_t r = 0; r < 4; r++)
            same(&(struct page){.box = i < 4 ? NULL : "[0 0 90 120]",
                                .more = rotations[r],
                                .content = contents[i]},
                 PICTURE_OWN_IMAGE, 0.5);
}

static void test_kinds_of_image(void **state)
{
    (void)state;
    const struct page pages[] = {
        {.image = "/ColorSpace/DeviceRGB/BitsPerComponent 8", .components = 3},
        {.image = "/ColorSpace/DeviceCMYK/BitsPerComponent 8", .components = 4},
        {.image = "/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[1 0]", .inverted = true},
        {.image = "/ColorSpace[/Indexed/DeviceRGB 1<000000FFFFFF>]/BitsPerComponent 1", .bits = 1},
        {.image = "/ColorSpace[/Indexed/DeviceGray 1<FF20>]/BitsPerComponent 1", .bits = 1},
        {.image = "/ColorSpace/DeviceGray/BitsPerComponent 1", .bits = 1},
        {.image = "/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]",
         .bits = 1,
         .inverted = true},
        {.image = "/ImageMask true/BitsPerComponent 1", .bits = 1},
        {.image = "/ImageMask true/BitsPerComponent 1/Decode[1 0]", .bits = 1, .inverted = true},
        {.image = "/ImageMask true/BitsPerComponent 1",
         .bits = 1,
         .content = "0.4 g q 120 0 0 90 0 0 cm /I Do Q"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        same(&pages[i], PICTURE_OWN_IMAGE, 1.5);
}

static void test_not_all_of_the_page(void **state)
{
    (void)state;
    same(&(struct page){.box = "[0 0 200 300]", .content = "q 120 0 0 90 40 50 cm /I Do Q"},
         PICTURE_OWN_IMAGE, 0.5);
    same(&(struct page){.box = "[0 0 100 70]"}, PICTURE_OWN_IMAGE, 0.5);
    same(&(struct page){.more = "/CropBox[20 10 80 50]/Rotate 90"}, PICTURE_OWN_IMAGE, 0.5);
    same(&(struct page){.content = "q 20 10 50 60 re W n 120 0 0 90 0 0 cm /I Do Q"},
         PICTURE_OWN_IMAGE, 0.5);
    same(&(struct page){.more = "/UserUnit 2"}, PICTURE_OWN_IMAGE, 0.5);
}

static void test_under_the_image(void **state)
{
    (void)state;
    same(&(struct page){.content = "1 g 0 0 120 90 re f q 120 0 0 90 0 0 cm /I Do Q"},
         PICTURE_OWN_IMAGE, 0.5);
    same(&(struct page){.content = "0 g 10 10 50 50 re f BT /F 12 Tf 20 20 Td (words) Tj ET "
                                   "q 120 0 0 90 0 0 cm /I Do Q"},
         PICTURE_OWN_IMAGE, 0.5);
    same(&(struct page){.content = "q 120 0 0 90 0 0 cm /I Do Q "
                                   "BT 3 Tr /F 12 Tf 20 20 Td (invisible) Tj ET"},
         PICTURE_OWN_IMAGE, 0.5);
}

static void test_strips(void **state)
{
    (void)state;
    same(&(struct page){.box = "[0 0 120 270]",
                        .content = "q 120 0 0 90 0 180 cm /I Do Q q 120 0 0 90 0 90 cm /I Do Q "
                                   "q 120 0 0 90 0 0 cm /I Do Q"},
         PICTURE_STRIPS, 0.5);
    same(&(struct page){.box = "[0 0 240 180]",
                        .more = "/Rotate 270",
                        .content = "q 120 0 0 90 0 90 cm /I Do Q q 120 0 0 90 120 90 cm /I Do Q "
                                   "q 120 0 0 90 0 0 cm /I Do Q q 120 0 0 90 120 0 cm /I Do Q"},
         PICTURE_STRIPS, 0.5);
    becomes(&(struct page){.box = "[0 0 240 180]",
                           .content = "q 240 0 0 180 0 0 cm /I Do Q q 60 0 0 45 0 0 cm /I Do Q"},
            PICTURE_RENDERED);
}

/* Half as many lines an inch as dots: stretched, so that letters have their shape. */
static void test_fax(void **state)
{
    (void)state;
    struct document *d = opened(&(struct page){.high = 45});
    assert_int_equal(makes(d, PICTURE_OWN_IMAGE), PICTURE_OK);
    assert_int_equal(picture.width, WIDE);
    assert_int_equal(picture.height, HIGH);
    assert_true(off(d) < 8);
    picture_free(&picture);
    document_close(d);
}

/* A scan on paper of seven metres: read as if it lay on A3. */
static void test_unbelievable_paper(void **state)
{
    (void)state;
    struct document *d = opened(
        &(struct page){.box = "[0 0 20000 15000]", .content = "q 20000 0 0 15000 0 0 cm /I Do Q"});
    assert_int_equal(makes(d, PICTURE_OWN_IMAGE), PICTURE_OK);
    assert_float_equal(picture.dpi, 120.0f / 17, 0.01f);
    assert_float_equal(picture.m[0] * WIDE, 20000, 1);
    picture_free(&picture);
    document_close(d);
}

/* ---- rendered ---- */

static void test_over_the_image(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "q 120 0 0 90 0 0 cm /I Do Q BT /F 12 Tf 20 20 Td (PAID) Tj ET",
        "q 120 0 0 90 0 0 cm /I Do Q 1 g 20 20 50 20 re f",
        "q 120 0 0 90 0 0 cm /I Do Q 10 50 m 110 50 l S",
        "q 119 5 -5 89 3 0 cm /I Do Q",
        "q 60 45 m 60 0 l 110 80 l h W n 120 0 0 90 0 0 cm /I Do Q",
        "/M gs q 120 0 0 90 0 0 cm /I Do Q",
        "q 60 0 0 45 0 0 cm /I Do Q BT /F 12 Tf 20 70 Td (beside) Tj ET",
    };
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++)
        becomes(&(struct page){.content = contents[i]}, PICTURE_RENDERED);
}

static void test_nothing(void **state)
{
    (void)state;
    struct document *d = opened(&(struct page){.content = "1 g 0 0 50 50 re f"});
    assert_int_equal(makes(d, PICTURE_NONE), PICTURE_EMPTY);
    document_close(d);
}

/* ---- limits ---- */

static void test_halved(void **state)
{
    (void)state;
    struct document *d = opened(&(struct page){
        .box = "[0 0 14.4 10.8]", .content = "q 14.4 0 0 10.8 0 0 cm /I Do Q"}); /* 600 dpi */
    assert_int_equal(makes(d, PICTURE_OWN_IMAGE), PICTURE_OK);
    assert_int_equal(picture.width, WIDE / 2);
    assert_float_equal(picture.dpi, 300, 1);
    assert_true(off(d) < 6);
    picture_free(&picture);
    limits.max_pixels = WIDE * HIGH / 4 - 1;
    assert_int_equal(makes(d, PICTURE_OWN_IMAGE), PICTURE_OK);
    assert_float_equal(picture.dpi, 150, 1);
    picture_free(&picture);
    limits.max_pixels = WIDE * HIGH / 16 - 100;
    assert_int_equal(makes(d, PICTURE_NONE), PICTURE_LIMIT);
    assert_string_equal(why, "limit (pixels)");
    limits.max_pixels = picture_limits_default.max_pixels;
    limits.max_bytes = WIDE * HIGH / 4 * 2; /* the halved image and the picture, just */
    assert_int_equal(makes(d, PICTURE_OWN_IMAGE), PICTURE_OK);
    assert_float_equal(picture.dpi, 300, 1);
    picture_free(&picture);
    limits.max_bytes--;
    assert_int_equal(makes(d, PICTURE_OWN_IMAGE), PICTURE_OK);
    assert_float_equal(picture.dpi, 150, 1);
    picture_free(&picture);
    document_close(d);
}

static void test_enormous_paper(void **state)
{
    (void)state;
    struct document *d = opened(&(struct page){.box = "[0 0 2000000 2000000]",
                                               .content = "BT /F 12 Tf 100 100 Td (small) Tj ET"});
    assert_int_equal(makes(d, PICTURE_RENDERED), PICTURE_OK);
    assert_true(picture.width < 1000 && picture.height < 1000);
    assert_float_equal(picture.dpi, 300, 1);
    struct picture_rect ink;
    assert_true(picture_bounds(&picture, 128, &ink));
    picture_free(&picture);
    document_close(d);
    d = opened(
        &(struct page){.box = "[0 0 2000000 2000000]", .content = "0 0 m 1999999 1999999 l S"});
    assert_int_equal(makes(d, PICTURE_NONE), PICTURE_LIMIT);
    document_close(d);
    d = opened(&(struct page){.box = "[0 0 5000 5000]", .content = "0 0 m 4999 4999 l S"});
    assert_int_equal(makes(d, PICTURE_RENDERED), PICTURE_OK);
    assert_in_range(picture.dpi, 140, 145); /* 100 million pixels */
    picture_free(&picture);
    document_close(d);
}

/* ---- regions ---- */

static struct regions regions_of(const struct page *p, const struct picture_area *lines, uint32_t n)
{
    struct regions r;
    struct document *d = opened(p);
    regions_to_read(d, 0, lines, n, &r);
    assert_false(r.failed);
    document_close(d);
    return r;
}

static const char image_and_text[] = "q 120 0 0 90 100 400 cm /I Do Q BT /F 12 Tf 50 700 Td "
                                     "(text of the layer) Tj ET";

static void test_regions(void **state)
{
    (void)state;
    const struct page page = {.box = "[0 0 600 800]", .content = image_and_text};
    const struct picture_area above[] = {{50, 90, 150, 104}};
    struct regions r = regions_of(&page, above, 1);
    assert_int_equal(r.count, 1);
    assert_float_equal(r.areas[0].x0, 100, 0.1f);
    assert_float_equal(r.areas[0].y0, 310, 0.1f);
    assert_float_equal(r.areas[0].y1, 400, 0.1f);
    const struct picture_area over[] = {{105, 320, 215, 334}, {105, 340, 215, 354}};
    assert_int_equal(regions_of(&page, over, 2).count, 0);
    const struct page logo = {.box = "[0 0 600 800]", .content = "q 12 0 0 9 0 0 cm /I Do Q"};
    assert_int_equal(regions_of(&logo, NULL, 0).count, 0);
    const struct page coarse = {.box = "[0 0 600 800]", .content = "q 500 0 0 400 0 0 cm /I Do Q"};
    assert_int_equal(regions_of(&coarse, NULL, 0).count, 0);
    const struct page touching = {.box = "[0 0 600 800]",
                                  .content = "q 120 0 0 90 0 90 cm /I Do Q "
                                             "q 120 0 0 90 0 0 cm /I Do Q "
                                             "q 120 0 0 90 300 300 cm /I Do Q"};
    assert_int_equal(regions_of(&touching, NULL, 0).count, 2);
}

static void test_area_without_text(void **state)
{
    (void)state;
    static const char content[] = "q 120 0 0 90 100 400 cm /I Do Q "
                                  "BT /F 30 Tf 110 440 Td (OVER) Tj ET";
    struct document *d = opened(&(struct page){.box = "[0 0 600 800]", .content = content});
    const struct picture_area area = {100, 310, 220, 400};
    enum picture_how how = PICTURE_NONE;
    assert_int_equal(picture_of_area(d, 0, &area, &limits, &picture, &how, why), PICTURE_OK);
    assert_int_equal(how, PICTURE_OWN_IMAGE);
    assert_int_equal(picture.width, WIDE);
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++)
            assert_int_equal(picture.samples[y * WIDE + x], card(x, y));
    picture_free(&picture);
    document_close(d);
}

static int defaults(void **state)
{
    (void)state;
    limits = picture_limits_default;
    return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, defaults)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_ways_round),
        TEST(test_kinds_of_image),
        TEST(test_not_all_of_the_page),
        TEST(test_under_the_image),
        TEST(test_strips),
        TEST(test_fax),
        TEST(test_unbelievable_paper),
        TEST(test_over_the_image),
        TEST(test_nothing),
        TEST(test_halved),
        TEST(test_enormous_paper),
        TEST(test_regions),
        TEST(test_area_without_text),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
