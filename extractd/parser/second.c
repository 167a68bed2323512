#include "extractd/parser/second.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <poppler.h>
#pragma GCC diagnostic pop

#include "extractd/parser/pagetext.h"

/* Of a character's size: from here on a gap parts words. */
static const double GAP = 0.3;

struct second {
    PopplerDocument *pdf;
};

/* poppler builds its tables (names of glyphs, the list of CJK files) with its first open document
 * and drops them with its last. So one stays open for as long as the process and its children live.
 * It has a font of each of Adobe's four collections, so that their tables from CID to Unicode are
 * read from files now; poppler keeps four. CJK encodings other than Identity are files too, and are
 * not there for the children: four of them would cost 30 ms and 2 MB here, and MuPDF has them all
 * built in. */
#define CJK_FONT(number, ordering)                                                                 \
    number " 0 obj<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[<<"    \
           "/Type/Font/Subtype/CIDFontType0/BaseFont/F/CIDSystemInfo<<"                            \
           "/Registry(Adobe)/Ordering(" ordering ")/Supplement 2>>/FontDescriptor<<"               \
           "/Type/FontDescriptor/FontName/F/Flags 4>>>>]>>endobj\n"
static const char resident[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<<"
    "/A 5 0 R/B 6 0 R/C 7 0 R/D 8 0 R/E 9 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 71>>stream\n"
    "BT/A 9 Tf(11)Tj/B 9 Tf(11)Tj/C 9 Tf(11)Tj/D 9 Tf(11)Tj/E 9 Tf(11)Tj ET \n"
    "endstream endobj\n" CJK_FONT("5", "Japan1") CJK_FONT("6", "GB1") CJK_FONT("7", "CNS1")
        CJK_FONT("8", "Korea1") "9 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
                                "trailer<</Root 1 0 R>>\n";

static PopplerDocument *kept;

static void drop_message(const gchar *domain, GLogLevelFlags level, const gchar *message,
                         gpointer user)
{
    (void)domain;
    (void)level;
    (void)message;
    (void)user;
}

static GLogWriterOutput drop_fields(GLogLevelFlags level, const GLogField *fields, gsize n,
                                    gpointer user)
{
    (void)level;
    (void)fields;
    (void)n;
    (void)user;
    return G_LOG_WRITER_HANDLED;
}

/* A word about a failure, which GLib or nobody has worded. */
static void say(char *err, size_t cap, const char *what, const GError *e)
{
    snprintf(err, cap, "%s%s%s", what, e ? ": " : "", e ? e->message : "");
}

static PopplerDocument *open_bytes(const void *data, size_t n, char *err, size_t cap)
{
    GError *e = NULL;
    GBytes *bytes = g_bytes_new_static(data, n);
    PopplerDocument *pdf = poppler_document_new_from_bytes(bytes, NULL, &e);
    if (!pdf)
        say(err, cap, "poppler cannot open it", e);
    g_clear_error(&e);
    g_bytes_unref(bytes);
    return pdf;
}

struct second *second_open(const void *data, size_t n, char *err, size_t cap)
{
    struct second *s = calloc(1, sizeof *s);
    if (!s) {
        say(err, cap, "no memory for poppler", NULL);
        return NULL;
    }
    s->pdf = open_bytes(data, n, err, cap);
    if (!s->pdf) {
        free(s);
        return NULL;
    }
    return s;
}

uint32_t second_pages(const struct second *s)
{
    int n = poppler_document_get_n_pages(s->pdf);
    return n > 0 ? (uint32_t)n : 0;
}

/* ---- text ---- */

/* Marks around text of the other direction. poppler adds them: they have no place on the page. */
static bool is_mark(gunichar c)
{
    return c >= 0x202a && c <= 0x202e;
}

/* poppler writes Latin ligatures as they are in the file, and marks the directions. MuPDF's text
 * has neither. NULL: c stands for itself. */
static const char *plain(gunichar c)
{
    static const char *const ligatures[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    if (c >= 0xfb00 && c <= 0xfb06)
        return ligatures[c - 0xfb00];
    return is_mark(c) ? "" : NULL;
}

static bool put(struct page_text *t, gunichar c)
{
    const char *p = plain(c);
    if (!p)
        return page_text_char(t, c);
    for (; *p; p++)
        if (!page_text_char(t, (uint32_t)(unsigned char)*p))
            return false;
    return true;
}

/* Where each character stands on the page, in the order of the text, line ends too, marks not; NULL
 * when that is unknown. */
struct places {
    PopplerRectangle *box;
    guint n;
};

static double apart(double a1, double a2, double b1, double b2)
{
    return fmax(b1 - a2, a1 - b2);
}

/* poppler puts no blank between words that it has taken from different columns of one line: cells
 * of a table, a title and its page number. */
static bool gap(const struct places *p, size_t before, size_t after)
{
    if (after >= p->n)
        return false;
    const PopplerRectangle *a = &p->box[before], *b = &p->box[after];
    double size = fmax(fmax(a->x2 - a->x1, a->y2 - a->y1), 1);
    return apart(a->x1, a->x2, b->x1, b->x2) > GAP * size ||
           apart(a->y1, a->y2, b->y1, b->y2) > GAP * size;
}

static bool is_left(gunichar c)
{
    GUnicodeScript s = g_unichar_get_script(c);
    return s != G_UNICODE_SCRIPT_ARABIC && s != G_UNICODE_SCRIPT_HEBREW &&
           s != G_UNICODE_SCRIPT_SYRIAC && s != G_UNICODE_SCRIPT_THAANA &&
           s != G_UNICODE_SCRIPT_NKO && !is_mark(c);
}

static size_t places_of(const char *text, const char *end)
{
    size_t n = 0;
    for (; text < end; text = g_utf8_next_char(text))
        n += !is_mark(g_utf8_get_char(text));
    return n;
}

/* In a line with text from right to left the places are in another order than the characters. */
static bool left_to_right(const char *text, const char *end)
{
    for (; text < end; text = g_utf8_next_char(text))
        if (!is_left(g_utf8_get_char(text)))
            return false;
    return true;
}

/* A line without its end. at: the place of its first character. */
static bool put_line(struct page_text *t, const char *text, const char *end, const struct places *p,
                     size_t at)
{
    bool gaps = p->box && left_to_right(text, end), blank = true; /* a line without marks, then */
    for (; text < end; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        bool space = g_unichar_isspace(c);
        if (gaps && !blank && !space && gap(p, at - 1, at) && !page_text_char(t, ' '))
            return false;
        if (!put(t, c))
            return false;
        blank = space;
        at++;
    }
    return true;
}

static bool put_lines(struct page_text *t, const char *text, const struct places *p)
{
    for (size_t at = 0; *text;) {
        const char *end = strchrnul(text, '\n');
        if (!put_line(t, text, end, p, at) || !page_text_char(t, '\n'))
            return false;
        at += places_of(text, end) + 1;
        text = *end ? end + 1 : end;
    }
    return true;
}

/* The places are used only if there is one for each character. */
static bool put_all(struct page_text *t, const char *text, PopplerPage *page)
{
    struct places p = {NULL, 0};
    char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);
    const char *use = valid ? valid : text;
    if (!poppler_page_get_text_layout(page, &p.box, &p.n))
        p.box = NULL;
    if (p.box && p.n != places_of(use, use + strlen(use))) {
        g_free(p.box);
        p.box = NULL;
    }
    bool done = put_lines(t, use, &p);
    g_free(p.box);
    g_free(valid);
    return done;
}

bool second_page(struct second *s, uint32_t page, struct page_text *t, char *err, size_t cap)
{
    bool done = false;
    PopplerPage *p = page < second_pages(s) ? poppler_document_get_page(s->pdf, (int)page) : NULL;
    if (!p) {
        say(err, cap, "poppler finds no such page", NULL);
        return false;
    }
    char *text = poppler_page_get_text(p);
    if (!text)
        say(err, cap, "poppler gives no text", NULL);
    else if (!(done = put_all(t, text, p)))
        say(err, cap, t->no_memory ? "no memory for its text" : "it has more text than it may have",
            NULL);
    g_free(text);
    g_object_unref(p);
    return done;
}

void second_close(struct second *s)
{
    if (!s)
        return;
    g_object_unref(s->pdf);
    free(s);
}

const char *second_version(void)
{
    return poppler_get_version();
}

bool second_prepare(void)
{
    char err[8];
    if (kept)
        return true;
    g_log_set_default_handler(drop_message, NULL);
    g_log_set_writer_func(drop_fields, NULL, NULL);
    kept = open_bytes(resident, sizeof resident - 1, err, sizeof err);
    PopplerPage *p = kept ? poppler_document_get_page(kept, 0) : NULL;
    if (!p)
        return false;
    g_free(poppler_page_get_text(p));
    g_object_unref(p);
    return true;
}
