#include "extractd/parser/imageplane.h"

#include <math.h>

static uint64_t pixels(const fz_image *image, int halved)
{
    uint64_t by = (uint64_t)1 << halved;
    return (((uint64_t)image->w + by - 1) / by) * (((uint64_t)image->h + by - 1) / by);
}

static bool indexed(fz_context *ctx, const fz_image *image)
{
    return image->colorspace && fz_colorspace_is_indexed(ctx, image->colorspace);
}

uint64_t imageplane_pixels(fz_context *ctx, const struct survey_image *one, int halved)
{
    bool all = one->image->decoded || indexed(ctx, one->image);
    return pixels(one->image, all ? 0 : halved);
}

uint64_t imageplane_bytes(fz_context *ctx, const struct survey_image *one, int halved)
{
    const fz_image *image = one->image;
    uint64_t n = image->n > 0 ? image->n : 1, grey = pixels(image, halved);
    if (indexed(ctx, image)) /* its indices, and what they stand for, whole: CMYK at worst */
        return pixels(image, 0) * (1 + 4) + grey;
    uint64_t have = image->decoded ? pixels(image, 0) : grey;
    bool plain = !image->colorspace || fz_colorspace_is_gray(ctx, image->colorspace);
    return have * n + (plain ? 0 : image->decoded ? have : grey);
}

/* MuPDF halves while what is left is larger than what is asked for by two pixels. */
static fz_matrix asking_for(const fz_image *image, int halved)
{
    int w = (image->w >> halved) - 2, h = (image->h >> halved) - 2;
    return fz_scale((float)(w > 1 ? w : 1) + 0.25f, (float)(h > 1 ? h : 1) + 0.25f);
}

static struct picture_turn turn_of(fz_matrix m)
{
    if (fabsf(m.a) >= fabsf(m.b))
        return (struct picture_turn){.swap = false, .flip_x = m.a < 0, .flip_y = m.d < 0};
    return (struct picture_turn){.swap = true, .flip_x = m.c < 0, .flip_y = m.b < 0};
}

/* Throws. Takes over the pixmap, and gives one of a single plane: grey, or a stencil's cover. */
static fz_pixmap *one_plane(fz_context *ctx, fz_pixmap *pixmap)
{
    fz_pixmap *grey = NULL;
    fz_var(grey);
    fz_colorspace *cs = fz_pixmap_colorspace(ctx, pixmap);
    if (fz_pixmap_components(ctx, pixmap) == 1 && (!cs || fz_colorspace_is_gray(ctx, cs)))
        return pixmap;
    fz_try(ctx)
    {
        grey = fz_convert_pixmap(ctx, pixmap, fz_device_gray(ctx), NULL, NULL,
                                 fz_default_color_params, 0);
    }
    fz_always(ctx)
    {
        fz_drop_pixmap(ctx, pixmap);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
    return grey;
}

void imageplane_load(fz_context *ctx, const struct survey_image *one, int halved,
                     struct imageplane *out)
{
    *out = (struct imageplane){0};
    fz_matrix size = asking_for(one->image, halved);
    fz_pixmap *decoded = halved ? fz_get_pixmap_from_image(ctx, one->image, NULL, &size, NULL, NULL)
                                : fz_get_unscaled_pixmap_from_image(ctx, one->image);
    bool stencil = one->stencil && !fz_pixmap_colorspace(ctx, decoded);
    out->pixmap = one_plane(ctx, decoded);
    out->source = (struct picture_source){
        .samples = fz_pixmap_samples(ctx, out->pixmap),
        .width = (uint32_t)fz_pixmap_width(ctx, out->pixmap),
        .height = (uint32_t)fz_pixmap_height(ctx, out->pixmap),
        .stride = fz_pixmap_stride(ctx, out->pixmap),
        .turn = turn_of(one->ctm),
        .stencil = stencil,
        .grey = (uint8_t)lroundf(255 * one->grey),
    };
}

void imageplane_drop(fz_context *ctx, struct imageplane *plane)
{
    fz_drop_pixmap(ctx, plane->pixmap);
    *plane = (struct imageplane){0};
}
