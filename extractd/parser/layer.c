#include "extractd/parser/layer.h"

#include <stdio.h>
#include <stdlib.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/facts.h"
#include "extractd/parser/glyphwork.h"
#include "extractd/parser/line.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/progress.h"
#include "extractd/parser/standin.h"

/* The stext device's own function, between which and the interpreter we count progress. */
typedef void fill_text_fn(fz_context *, fz_device *, const fz_text *, fz_matrix, fz_colorspace *,
                          const float *, float, fz_color_params);
static fill_text_fn *fill_text;

static void ticking_fill_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                              fz_colorspace *cs, const float *color, float alpha,
                              fz_color_params params)
{
    progress_tick();
    fill_text(ctx, dev, text, ctm, cs, color, alpha, params);
}

/* Throws. Does the page have annotations (form fields are such) that may have text of their own? */
static bool has_annotations(fz_context *ctx, pdf_obj *page)
{
    pdf_obj *annots = pdf_dict_get(ctx, page, PDF_NAME(Annots));
    int n = pdf_array_len(ctx, annots);
    for (int i = 0; i < n; i++) {
        pdf_obj *subtype = pdf_dict_get(ctx, pdf_array_get(ctx, annots, i), PDF_NAME(Subtype));
        if (!pdf_name_eq(ctx, subtype, PDF_NAME(Link)))
            return true;
    }
    return false;
}

/* Throws. The page's content alone, straight into the interpreter: without a page object, whose
 * links and annotations cost 5 % of a document's time. */
static void run_contents(struct document *d, pdf_obj *page, fz_device *dev, fz_matrix ctm,
                         fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    pdf_obj *resources = pdf_dict_get_inheritable(ctx, page, PDF_NAME(Resources));
    pdf_obj *contents = pdf_dict_get(ctx, page, PDF_NAME(Contents));
    pdf_processor *proc = pdf_new_run_processor(ctx, dev, ctm, "View", NULL, NULL, cookie);
    fz_try(ctx)
    {
        pdf_process_contents(ctx, proc, d->pdf, resources, contents, cookie);
        pdf_close_processor(ctx, proc);
    }
    fz_always(ctx)
    {
        pdf_drop_processor(ctx, proc);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws. Content, annotations and form fields, as `mutool draw` has them. */
static void run_all(struct document *d, int number, fz_device *dev, fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    pdf_page *page = pdf_load_page(ctx, d->pdf, number);
    fz_try(ctx)
    {
        fz_run_page(ctx, &page->super, dev, fz_identity, cookie);
    }
    fz_always(ctx)
    {
        fz_drop_page(ctx, &page->super);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws. The page's dictionary, to be dropped: pdf_lookup_page_obj of MuPDF 1.21 gives a reference
 * of its own when the page tree has been loaded as a whole, and else one that is borrowed. */
static pdf_obj *keep_page(fz_context *ctx, pdf_document *pdf, int number)
{
    pdf_obj *page = pdf_lookup_page_obj(ctx, pdf, number);
    return pdf->fwd_page_map ? page : pdf_keep_obj(ctx, page);
}

/* Throws; *out has then what came before. Text outside the page's box is no text of the page
 * (mutool has that too). */
static void run_page(struct document *d, int number, pdf_obj *page, bool dehyphenate,
                     fz_stext_page **out, fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    const fz_stext_options options = {
        FZ_STEXT_MEDIABOX_CLIP | (dehyphenate ? FZ_STEXT_DEHYPHENATE : 0), 1};
    fz_rect box;
    fz_matrix ctm;
    pdf_page_obj_transform(ctx, page, &box, &ctm);
    fz_rect shown = fz_transform_rect(box, ctm);
    const float edges[4] = {shown.x0, shown.y0, shown.x1, shown.y1};
    *out = fz_new_stext_page(ctx, shown);
    fz_device *dev = fz_new_stext_device(ctx, *out, &options);
    fill_text = dev->fill_text;
    dev->fill_text = ticking_fill_text;
    facts_watch(dev, edges);
    standins_put(d, page);
    glyphwork_text_alone(true);
    fz_try(ctx)
    {
        if (has_annotations(ctx, page))
            run_all(d, number, dev, cookie);
        else
            run_contents(d, page, dev, ctm, cookie);
        fz_close_device(ctx, dev);
    }
    fz_always(ctx)
    {
        glyphwork_text_alone(false);
        standins_remove(d);
        fz_drop_device(ctx, dev);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static void collect(struct document *d, int number, bool dehyphenate, fz_stext_page **out,
                    fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    pdf_obj *page = keep_page(ctx, d->pdf, number);
    fz_var(page);
    fz_try(ctx)
    {
        run_page(d, number, page, dehyphenate, out, cookie);
    }
    fz_always(ctx)
    {
        pdf_drop_obj(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Remember where a line stands, in the text and on the page. False: no memory. */
static bool note_line(struct layer *l, const fz_stext_line *line, uint32_t block, size_t at,
                      size_t len)
{
    if (l->n_lines == l->cap_lines) {
        uint32_t cap = l->cap_lines ? l->cap_lines * 2 : 64;
        struct layer_line *lines = realloc(l->lines, cap * sizeof *lines);
        if (!lines)
            return false;
        l->lines = lines;
        l->cap_lines = cap;
    }
    l->lines[l->n_lines++] = (struct layer_line){.x0 = line->bbox.x0,
                                                 .y0 = line->bbox.y0,
                                                 .x1 = line->bbox.x1,
                                                 .y1 = line->bbox.y1,
                                                 .block = block,
                                                 .at = at,
                                                 .len = len};
    return true;
}

static bool put_line(struct layer *l, const fz_stext_line *line, uint32_t block,
                     struct page_text *to)
{
    size_t at = to->len;
    return line_put(line, to) && (!l->want_lines || note_line(l, line, block, at, to->len - at)) &&
           page_text_char(to, '\n');
}

/* A line each, and an empty one after each block. False when not all of it went in. */
static bool put_page(struct layer *l, const fz_stext_page *text, struct page_text *to)
{
    uint32_t block = 0;
    for (const fz_stext_block *b = text->first_block; b; b = b->next, block++) {
        if (b->type != FZ_STEXT_BLOCK_TEXT)
            continue;
        for (const fz_stext_line *line = b->u.t.first_line; line; line = line->next)
            if (!put_line(l, line, block, to))
                return false;
        if (!page_text_char(to, '\n'))
            return false;
    }
    return true;
}

void layer_read(struct document *d, uint32_t number, bool dehyphenate, struct page_text *to,
                struct layer *l)
{
    struct engine *e = d->engine;
    fz_stext_page *text = NULL;
    fz_cookie cookie = {0};
    uint32_t refusals = engine_refusals(e);
    bool failed = false;
    fz_var(text);
    fz_var(failed);
    l->message[0] = '\0';
    l->n_lines = 0;
    fz_try(e->ctx)
    {
        collect(d, (int)number, dehyphenate, &text, &cookie);
    }
    fz_catch(e->ctx)
    {
        failed = true;
        snprintf(l->message, sizeof l->message, "%s", fz_caught_message(e->ctx));
    }
    bool complete = !failed && !cookie.errors;
    facts_watched(complete, &l->facts);
    bool whole = !text || put_page(l, text, to);
    l->failed = failed;
    l->memory = (engine_refusals(e) != refusals && !complete) || (!whole && !to->full);
    if (!failed && cookie.errors)
        snprintf(l->message, sizeof l->message, "%d errors in its content", cookie.errors);
    fz_drop_stext_page(e->ctx, text);
}

void layer_free(struct layer *l)
{
    free(l->lines);
    *l = (struct layer){0};
}
