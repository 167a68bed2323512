#include "extractd/parser/tounicode.h"

#include <stdbool.h>

/* Does it map each code that it has to itself, and has nothing else? Codes that it does not have are
 * never asked for: glyphs are found by it first. */
static bool is_identity(const pdf_cmap *m)
{
    return m && !m->usecmap && m->mlen == 0 && m->xlen == 0 && m->rlen == 1 &&
           m->ranges[0].low == 0 && m->ranges[0].out == 0;
}

void __wrap_pdf_load_to_unicode(fz_context *ctx, pdf_document *doc, pdf_font_desc *font,
                                const char **strings, char *collection, pdf_obj *cmap)
{
    if (!is_identity(font->encoding) || !pdf_is_stream(ctx, cmap)) {
        __real_pdf_load_to_unicode(ctx, doc, font, strings, collection, cmap);
        return;
    }
    font->to_unicode = pdf_load_embedded_cmap(ctx, doc, cmap);
    font->size += pdf_cmap_size(ctx, font->to_unicode);
    if (strings) /* what it does beside that, without a CMap of the collection's */
        __real_pdf_load_to_unicode(ctx, doc, font, strings, NULL, NULL);
}
