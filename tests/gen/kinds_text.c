/* Friendly documents: what people really drop. Each carries opt->words somewhere in its text. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"

#include <stdio.h>
#include <string.h>

enum { LEFT = 72, TOP = 720, BODY = 11, COLUMNS = 84 };

static const char *const prose = "The spool is a folder that several machines share. Whoever puts "
                                 "a document into it gets the text of that "
                                 "document back beside it, and nobody has to know which of the "
                                 "machines did the work. A machine that is switched "
                                 "off in the middle of a page loses nothing, because another one "
                                 "takes the document over and begins it again.";

/* One page that has these lines of prose and the words. */
static void page_of_prose(struct doc *d, const char *title, const char *words)
{
    struct buf content = {0};
    int y;

    doc_text(&content, LEFT, TOP, 18, title);
    y = doc_para(&content, LEFT, TOP - 36, BODY, COLUMNS, words);
    doc_para(&content, LEFT, y - 10, BODY, COLUMNS, prose);
    doc_page(d, &content, "", "");
    buf_free(&content);
}

static void make_text(struct buf *out, const struct genopt *opt)
{
    struct doc d;

    doc_begin(&d, out);
    page_of_prose(&d, "A page of text", opt->words);
    doc_pad(&d, opt->seed, opt->size);
    doc_end(&d);
}

static void make_pages(struct buf *out, const struct genopt *opt)
{
    unsigned pages = opt->pages ? opt->pages : 5;
    char title[40];
    struct doc d;

    doc_begin(&d, out);
    for (unsigned i = 1; i <= pages; i++) {
        (void)snprintf(title, sizeof title, "This is page %u of %u", i, pages);
        page_of_prose(&d, title, opt->words);
    }
    doc_pad(&d, opt->seed, opt->size);
    doc_end(&d);
}

static void make_letter(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;
    int y;

    doc_begin(&d, out);
    doc_text(&content, LEFT, TOP, BODY, "Harbour Office, 3 Quay Street");
    doc_text(&content, LEFT, TOP - 48, BODY, "To the keeper of the archive");
    doc_text(&content, 400, TOP - 48, BODY, "12 March 2024");
    doc_text(&content, LEFT, TOP - 96, 14, "Your letter of last week");
    doc_text(&content, LEFT, TOP - 130, BODY, "Dear Sir or Madam,");
    y = doc_para(&content, LEFT, TOP - 155, BODY, COLUMNS, prose);
    y = doc_para(&content, LEFT, y - 10, BODY, COLUMNS, opt->words);
    doc_text(&content, LEFT, y - 20, BODY, "Yours faithfully,");
    doc_text(&content, LEFT, y - 60, BODY, "A. Harbourmaster");
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

/* A ruled table, five columns by rows. */
static void table(struct buf *content, int y, unsigned rows)
{
    static const char *const heads[] = {"Ship", "Arrived", "Crates", "Weight (t)", "Left"};
    static const char *const ships[] = {"Albatross", "Bonaventure", "Cormorant",
                                        "Dunlin",    "Esperance",   "Fulmar"};
    char cell[32];

    for (int column = 0; column < 5; column++)
        doc_text(content, LEFT + column * 92, y, BODY, heads[column]);
    buf_fmt(content, "%d %d m %d %d l S\n", LEFT, y - 4, LEFT + 460, y - 4);
    for (unsigned row = 0; row < rows; row++) {
        y -= 18;
        doc_text(content, LEFT, y, BODY, ships[row % 6]);
        (void)snprintf(cell, sizeof cell, "%u March", row + 1);
        doc_text(content, LEFT + 92, y, BODY, cell);
        (void)snprintf(cell, sizeof cell, "%u", 120 + row * 37);
        doc_text(content, LEFT + 184, y, BODY, cell);
        (void)snprintf(cell, sizeof cell, "%u.%u", 4 + row, row * 3 % 10);
        doc_text(content, LEFT + 276, y, BODY, cell);
        (void)snprintf(cell, sizeof cell, "%u March", row + 4);
        doc_text(content, LEFT + 368, y, BODY, cell);
    }
}

static void make_report(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    page_of_prose(&d, "Report on the harbour, first quarter", opt->words);
    doc_text(&content, LEFT, TOP, 14, "Table 1: arrivals");
    table(&content, TOP - 30, 18);
    doc_page(&d, &content, "", "");
    page_of_prose(&d, "Summary", "The harbour had eighteen arrivals, and no crate was lost.");
    doc_end(&d);
    buf_free(&content);
}

static void make_twocol(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;
    int y;

    doc_begin(&d, out);
    doc_text(&content, LEFT, TOP, 16, "News of the harbour");
    y = doc_para(&content, LEFT, TOP - 30, 10, 44, prose);
    doc_para(&content, LEFT, y - 8, 10, 44, "Here the left column ends.");
    y = doc_para(&content, 320, TOP - 30, 10, 44, "Here the right column begins.");
    y = doc_para(&content, 320, y - 8, 10, 44, opt->words);
    doc_para(&content, 320, y - 8, 10, 44, prose);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

/* The words stand nowhere but in the value and the appearance of a text field. */
static void make_form(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0}, look = {0}, value = {0}, extra = {0};
    unsigned field, form;
    struct doc d;

    doc_begin(&d, out);
    field = pdfout_reserve(&d.pdf);
    form = pdfout_reserve(&d.pdf);
    doc_text(&content, LEFT, TOP, 16, "Application for a berth");
    doc_text(&content, LEFT, TOP - 47, BODY, "Name of the ship:");
    buf_fmt(&extra, "/Annots [%u 0 R]", field);
    doc_string(&value, opt->words, strlen(opt->words));
    buf_str(&look, "/Tx BMC q ");
    doc_text(&look, 2, 5, BODY, opt->words);
    buf_str(&look, "Q EMC");
    if (buf_ok(&value) && buf_ok(&extra)) {
        unsigned page = doc_page(&d, &content, extra.data, "");

        pdfout_obj(&d.pdf, field,
                   "<< /Type /Annot /Subtype /Widget /FT /Tx /T (ship) /V %s /DA (/F1 %d Tf 0 g) "
                   "/F 4 /P %u 0 R\n"
                   "/Rect [180 %d 540 %d] /AP << /N %u 0 R >> >>",
                   value.data, BODY, page, TOP - 52, TOP - 34, form);
    }
    buf_clear(&extra);
    buf_fmt(
        &extra,
        "/Type /XObject /Subtype /Form /BBox [0 0 360 18] /Resources << /Font << /F1 %u 0 R >> >>",
        d.font);
    if (buf_ok(&extra))
        pdfout_stream(&d.pdf, form, extra.data, &look);
    buf_fmt(&d.catalog_extra,
            "/AcroForm << /Fields [%u 0 R] /DA (/F1 0 Tf 0 g) /DR << /Font << /F1 %u 0 R >> >> >>",
            field, d.font);
    doc_end(&d);
    buf_free(&content);
    buf_free(&look);
    buf_free(&value);
    buf_free(&extra);
}

static void make_latin(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    doc_text(&content, LEFT, TOP, 16, "Größe, Straße, Übermut, Äpfel");
    doc_text(&content, LEFT, TOP - 30, BODY,
             "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.");
    doc_text(&content, LEFT, TOP - 50, BODY,
             "Dès Noël où un zéphyr haï me vêt de glaçons würmiens, je dîne d’exquis "
             "rôtis de bœuf.");
    doc_text(&content, LEFT, TOP - 70, BODY,
             "El pingüino y el señor Ñandú: ¿cuánto cuesta? Ochenta €.");
    doc_para(&content, LEFT, TOP - 100, BODY, COLUMNS, opt->words);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

static void make_hyphen(struct buf *out, const struct genopt *opt)
{
    static const char *const lines[] = {
        "A narrow column breaks its long words: the infor-",
        "mation in this docu-",
        "ment was put down by a type-",
        "setter, and a well-known ex-",
        "traordinary reader joins the pieces.",
    };
    struct buf content = {0};
    struct doc d;
    int y = TOP;

    doc_begin(&d, out);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++, y -= 15)
        doc_text(&content, LEFT, y, BODY, lines[i]);
    doc_para(&content, LEFT, y - 15, BODY, COLUMNS, opt->words);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

/* Title: "Übersicht – Ελλάδα", as UTF-16; author: PDFDocEncoding with an accent. */
static void make_meta(struct buf *out, const struct genopt *opt)
{
    struct doc d;
    unsigned info;

    doc_begin(&d, out);
    info = pdfout_reserve(&d.pdf);
    pdfout_obj(
        &d.pdf, info,
        "<< /Title <FEFF00DC0062006500720073006900630068007400202013002003950"
        "3BB03BB03AC03B403B1>\n/Author (Ren\\351 Descartes) /Subject (A \\(nested\\) subject)\n"
        "/Creator (mkpdf) /CreationDate (D:20240229123456+01'00') >>");
    buf_fmt(&d.trailer_extra, "/Info %u 0 R", info);
    page_of_prose(&d, "A page with metadata", opt->words);
    doc_end(&d);
}

static void make_blank(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    (void)opt;
    doc_begin(&d, out);
    doc_page(&d, &content, "", "");
    doc_end(&d);
}

static void make_blankpage(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    page_of_prose(&d, "Before the blank page", opt->words);
    doc_page(&d, &content, "", "");
    page_of_prose(&d, "After the blank page", opt->words);
    doc_end(&d);
}

const struct kind kinds_text[] = {
    {"text", "ok", "one page of text", make_text},
    {"pages", "ok", "a document of --pages pages", make_pages},
    {"letter", "ok", "a letter", make_letter},
    {"report", "ok", "three pages, the second a table", make_report},
    {"twocol", "ok", "a page in two columns", make_twocol},
    {"form", "ok", "the words are the value of a text field", make_form},
    {"latin", "ok", "German, French and Spanish letters in WinAnsi", make_latin},
    {"hyphen", "ok", "words hyphenated at the ends of lines", make_hyphen},
    {"meta", "ok", "metadata, with a title in UTF-16", make_meta},
    {"blank", "empty|ok", "one page with nothing on it", make_blank},
    {"blankpage", "ok", "three pages, the second blank", make_blankpage},
    {NULL, NULL, NULL, NULL},
};
