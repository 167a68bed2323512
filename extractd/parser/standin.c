#include "extractd/parser/standin.h"

#include <stdbool.h>
#include <string.h>

#include "extractd/parser/mupdf.h"

enum { IMAGES_MOST = 64, LOOKS_MOST = 256, DEEPEST = 4, HEAD_BYTES = 256 };

static struct {
    pdf_obj *images[IMAGES_MOST];
    int n, looks;
} put;

struct head {
    int width, height, components;
};

static uint32_t number(const unsigned char *p, int n)
{
    uint32_t v = 0;
    while (n-- > 0)
        v = v << 8 | *p++;
    return v;
}

/* A bare codestream begins with SOC and SIZ: the grid's size and offset, and the number of
 * components. A file (JP2, JPX) has them in its ihdr box, which comes within the first ones. */
static bool understand(const unsigned char *p, size_t n, struct head *h)
{
    static const unsigned char siz[] = {0xff, 0x4f, 0xff, 0x51};
    const unsigned char *box = memmem(p, n, "ihdr", 4);
    uint32_t width, height;
    if (n >= 42 && memcmp(p, siz, sizeof siz) == 0) {
        width = number(p + 8, 4) - number(p + 16, 4);
        height = number(p + 12, 4) - number(p + 20, 4);
        h->components = (int)number(p + 40, 2);
    } else if (box && (size_t)(box - p) + 14 <= n) {
        height = number(box + 4, 4);
        width = number(box + 8, 4);
        h->components = (int)number(box + 12, 2);
    } else {
        return false;
    }
    h->width = (int)width;
    h->height = (int)height;
    return h->width > 0 && h->height > 0 && h->components > 0;
}

/* Throws. */
static bool read_head(fz_context *ctx, pdf_obj *image, struct head *h)
{
    unsigned char bytes[HEAD_BYTES];
    size_t n = 0;
    fz_var(n);
    fz_stream *stream = pdf_open_stream(ctx, image);
    fz_try(ctx)
    {
        n = fz_read(ctx, stream, bytes, sizeof bytes);
    }
    fz_always(ctx)
    {
        fz_drop_stream(ctx, stream);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
    return understand(bytes, n, h);
}

static fz_pixmap *no_pixels(fz_context *ctx, fz_image *image, fz_irect *area, int w, int h, int *l2)
{
    (void)image, (void)area, (void)w, (void)h, (void)l2;
    fz_throw(ctx, FZ_ERROR_GENERIC, "an image that only stands in for another");
}

static size_t no_size(fz_context *ctx, fz_image *image)
{
    (void)ctx, (void)image;
    return sizeof *image;
}

static void no_drop(fz_context *ctx, fz_image *image)
{
    (void)ctx, (void)image; /* it has nothing but what every image has */
}

/* Throws. */
static fz_image *new_image(fz_context *ctx, int width, int height, fz_colorspace *cs,
                           fz_image *mask)
{
    return fz_new_image_of_size(ctx, width, height, 8, cs, 96, 96, 0, 0, NULL, NULL, mask,
                                sizeof(fz_image), no_pixels, no_size, no_drop);
}

/* Throws. To be dropped. */
static fz_colorspace *colors_of(fz_context *ctx, pdf_obj *image, const struct head *h)
{
    pdf_obj *named = pdf_dict_get(ctx, image, PDF_NAME(ColorSpace));
    if (named)
        return pdf_load_colorspace(ctx, named);
    return fz_keep_colorspace(ctx, h->components <= 2 ? fz_device_gray(ctx) : fz_device_rgb(ctx));
}

/* Throws. What MuPDF would make of it, but for the pixels. */
static void put_one(fz_context *ctx, pdf_obj *image, const struct head *h)
{
    fz_colorspace *cs = colors_of(ctx, image, h);
    fz_image *mask = NULL, *standin = NULL;
    fz_var(mask);
    fz_var(standin);
    fz_try(ctx)
    {
        if (pdf_is_dict(ctx, pdf_dict_geta(ctx, image, PDF_NAME(SMask), PDF_NAME(Mask))))
            mask = new_image(ctx, 1, 1, NULL, NULL);
        standin = new_image(ctx, h->width, h->height, cs, mask);
        pdf_store_item(ctx, image, standin, sizeof *standin);
        put.images[put.n] = pdf_keep_obj(ctx, image);
        put.n++;
    }
    fz_always(ctx)
    {
        fz_drop_image(ctx, standin);
        fz_drop_image(ctx, mask);
        fz_drop_colorspace(ctx, cs);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws. One that has been loaded is not touched. */
static void consider(fz_context *ctx, pdf_obj *image)
{
    struct head h;
    if (!pdf_is_indirect(ctx, image) || !pdf_is_jpx_image(ctx, image) || put.n == IMAGES_MOST)
        return;
    fz_image *loaded = pdf_find_item(ctx, fz_drop_image_imp, image);
    if (!loaded && read_head(ctx, image, &h))
        put_one(ctx, image, &h);
    fz_drop_image(ctx, loaded);
}

/* Throws. */
static void look(fz_context *ctx, pdf_obj *resources, int depth)
{
    pdf_obj *all = pdf_dict_get(ctx, resources, PDF_NAME(XObject));
    int n = pdf_dict_len(ctx, all);
    for (int i = 0; i < n && put.looks < LOOKS_MOST; i++) {
        pdf_obj *one = pdf_dict_get_val(ctx, all, i);
        pdf_obj *subtype = pdf_dict_get(ctx, one, PDF_NAME(Subtype));
        put.looks++;
        if (pdf_name_eq(ctx, subtype, PDF_NAME(Image)))
            consider(ctx, one);
        else if (pdf_name_eq(ctx, subtype, PDF_NAME(Form)) && depth < DEEPEST)
            look(ctx, pdf_dict_get(ctx, one, PDF_NAME(Resources)), depth + 1);
    }
}

void standins_put(struct document *d, struct pdf_obj *page)
{
    fz_context *ctx = d->engine->ctx;
    put.n = put.looks = 0;
    fz_try(ctx)
    {
        look(ctx, pdf_dict_get_inheritable(ctx, page, PDF_NAME(Resources)), 0);
    }
    fz_catch(ctx)
    {
        put.looks = LOOKS_MOST; /* whoever draws what is broken finds that out, and says so */
    }
}

void standins_remove(struct document *d)
{
    fz_context *ctx = d->engine->ctx;
    while (put.n > 0) {
        pdf_obj *image = put.images[--put.n];
        fz_try(ctx)
        {
            pdf_remove_item(ctx, fz_drop_image_imp, image);
        }
        fz_always(ctx)
        {
            pdf_drop_obj(ctx, image);
        }
        fz_catch(ctx)
        {
            put.looks = 0; /* removing from a store throws nothing */
        }
    }
}
