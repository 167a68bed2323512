/*
 * plainpage: a page of the plain loop over MuPDF that ours is measured against: by the clock
 * (loop.c) and in instructions (textpath.c).
 */
#ifndef PDFSPOOL_PLAINPAGE_H
#define PDFSPOOL_PLAINPAGE_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#pragma GCC diagnostic pop

/* Its text, as MuPDF prints it. Throws. */
static inline void plain_page(fz_context *ctx, pdf_document *doc, int number, fz_output *out)
{
    fz_stext_options options = {FZ_STEXT_MEDIABOX_CLIP, 1};
    fz_page *page = NULL;
    fz_stext_page *text = NULL;
    fz_device *dev = NULL;
    fz_var(page);
    fz_var(text);
    fz_var(dev);
    fz_try(ctx)
    {
        page = fz_load_page(ctx, &doc->super, number);
        text = fz_new_stext_page(ctx, fz_bound_page(ctx, page));
        dev = fz_new_stext_device(ctx, text, &options);
        fz_run_page(ctx, page, dev, fz_identity, NULL);
        fz_close_device(ctx, dev);
        fz_print_stext_page_as_text(ctx, out, text);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, dev);
        fz_drop_stext_page(ctx, text);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

#endif
