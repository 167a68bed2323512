#include "extractd/parser/text.h"

#include <stdio.h>

#include "extractd/parser/blank.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/line.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/progress.h"

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

/* Throws; *out has then what came before. Text outside the page's box is no text of the page
 * (mutool has that too). */
static void collect(struct document *d, int number, bool dehyphenate, fz_stext_page **out,
                    fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    const fz_stext_options options = {
        FZ_STEXT_MEDIABOX_CLIP | (dehyphenate ? FZ_STEXT_DEHYPHENATE : 0), 1};
    fz_rect box;
    fz_matrix ctm;
    pdf_obj *page = pdf_lookup_page_obj(ctx, d->pdf, number);
    pdf_page_obj_transform(ctx, page, &box, &ctm);
    *out = fz_new_stext_page(ctx, fz_transform_rect(box, ctm));
    fz_device *dev = fz_new_stext_device(ctx, *out, &options);
    fill_text = dev->fill_text;
    dev->fill_text = ticking_fill_text;
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
        fz_drop_device(ctx, dev);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static bool line_visible(const fz_stext_line *line)
{
    for (const fz_stext_char *c = line->first_char; c; c = c->next)
        if (c->c > ' ' && c->c != 0xa0)
            return true;
    return false;
}

static bool page_visible(const fz_stext_page *text)
{
    for (const fz_stext_block *b = text->first_block; b; b = b->next)
        if (b->type == FZ_STEXT_BLOCK_TEXT)
            for (const fz_stext_line *l = b->u.t.first_line; l; l = l->next)
                if (line_visible(l))
                    return true;
    return false;
}

/* A line each, and an empty one after each block. False when not all of it went in. */
static bool put_page(const fz_stext_page *text, struct page_text *to)
{
    for (const fz_stext_block *b = text->first_block; b; b = b->next) {
        if (b->type != FZ_STEXT_BLOCK_TEXT)
            continue;
        for (const fz_stext_line *l = b->u.t.first_line; l; l = l->next)
            if (!line_put(l, to) || !page_text_char(to, '\n'))
                return false;
        if (!page_text_char(to, '\n'))
            return false;
    }
    return true;
}

static void text_page(struct document *d, uint32_t number, bool dehyphenate, struct page_text *to,
                      struct tier_page *out)
{
    struct engine *e = d->engine;
    fz_stext_page *text = NULL;
    fz_cookie cookie = {0};
    uint32_t refusals = engine_refusals(e);
    bool failed = false;
    fz_var(text);
    fz_var(failed);
    *out = (struct tier_page){.tier = TIER_NONE};
    fz_try(e->ctx)
    {
        collect(d, (int)number, dehyphenate, &text, &cookie);
    }
    fz_catch(e->ctx)
    {
        failed = true;
        snprintf(out->message, sizeof out->message, "%s", fz_caught_message(e->ctx));
    }
    out->memory = engine_refusals(e) != refusals && (failed || cookie.errors);
    if (text && page_visible(text)) {
        out->tier = TIER_TEXT;
        (void)put_page(text, to);
    } else if (!failed && !cookie.errors && blank_page(d, number)) {
        out->tier = TIER_BLANK;
    }
    if (failed)
        out->tier = TIER_BAD;
    else if (cookie.errors)
        snprintf(out->message, sizeof out->message, "%d errors in its content", cookie.errors);
    out->limit = to->full;
    out->memory |= to->no_memory;
    fz_drop_stext_page(e->ctx, text);
}

const struct tier text_tier = {"text", text_page};
