#include "extractd/parser/marks.h"

#include <math.h>
#include <stddef.h>

enum { CELLS = GRID * GRID };
/* A piece of image counts as read when this share of its rows has text, and it has so many glyphs
 * for a whole page of image. A heading and a page number, or a stamp, have less; the text layer of
 * a half-empty letter has more. */
#define READ_ROWS   0.12f
#define READ_GLYPHS 100.0f
/* Text that cannot be seen was put there by someone who had read the image: less of it will do. */
#define READ_HIDDEN 8.0f

static float share(uint32_t cells)
{
    return (float)cells / CELLS;
}

void marks_glyph(struct marks *m, float x, float y, bool invisible)
{
    if (!(x >= 0 && x < GRID && y >= 0 && y < GRID))
        return;
    uint16_t *n = &m->glyphs[(int)y][(int)x], *hidden = &m->hidden[(int)y][(int)x];
    *n = (uint16_t)(*n + (*n < UINT16_MAX));
    *hidden = (uint16_t)(*hidden + (invisible && *hidden < UINT16_MAX));
    m->facts.glyphs++;
    m->facts.invisible_glyphs += invisible;
    m->ink |= !invisible;
}

static bool has(const struct grid *g, int x, int y)
{
    return g->row[y] >> x & 1;
}

/* Text that an image covers afterwards was not meant to be seen, either. */
static void hide(struct marks *m, const struct grid *g)
{
    for (int y = 0; y < GRID; y++)
        for (int x = 0; g->row[y] && x < GRID; x++)
            if (has(g, x, y)) {
                m->facts.invisible_glyphs += (uint32_t)(m->glyphs[y][x] - m->hidden[y][x]);
                m->hidden[y][x] = m->glyphs[y][x];
            }
}

void marks_image(struct marks *m, const struct marks_image *image)
{
    struct grid g = {.row = {0}};
    grid_mark(&g, &image->shape, image->clip);
    grid_add(&m->images, &g);
    if (image->opaque)
        hide(m, &g);
    if (image->fine)
        grid_add(&m->scans, &g);
    if (image->fine && image->grey)
        grid_add(&m->greys, &g);
    m->facts.images++;
    m->facts.largest_image = fmaxf(m->facts.largest_image, share(grid_cells(&g)));
    m->ink = true;
}

void marks_outline(struct marks *m, float x, float y, uint32_t curves, uint32_t lines)
{
    uint32_t shape = (curves * 31 + lines * 7) % MARKS_SHAPES;
    if (!(x >= 0 && x < GRID && y >= 0 && y < GRID))
        return;
    grid_dot(&m->outlines, (int)x, (int)y);
    m->facts.outlines++;
    m->shapes[shape / 64] |= UINT64_C(1) << shape % 64;
}

/* Has this piece of image its own text? */
static bool is_read(const struct marks *m, const struct grid *piece)
{
    uint32_t glyphs = 0, hidden = 0, text_rows = 0;
    for (int y = 0; y < GRID; y++) {
        uint32_t before = glyphs;
        for (int x = 0; piece->row[y] && x < GRID; x++)
            if (has(piece, x, y)) {
                glyphs += m->glyphs[y][x];
                hidden += m->hidden[y][x];
            }
        text_rows += glyphs != before;
    }
    float part = share(grid_cells(piece));
    if ((float)hidden >= fmaxf(READ_HIDDEN * part, 1) && hidden * 2 > glyphs)
        return true;
    return (float)glyphs >= fmaxf(READ_GLYPHS * part, 4) &&
           (float)text_rows >= READ_ROWS * (float)grid_rows(piece);
}

static void find_bare(const struct marks *m, struct page_facts *out)
{
    struct grid left = m->scans, piece, grey;
    while (grid_take_piece(&left, &piece)) { /* each takes a cell at least */
        if (is_read(m, &piece))
            continue;
        grid_common(&piece, &m->greys, &grey);
        out->bare_scan += share(grid_cells(&piece));
        out->bare_grey += share(grid_cells(&grey));
    }
}

static float text_cover(const struct marks *m)
{
    uint32_t cells = 0;
    for (int y = 0; y < GRID; y++)
        for (int x = 0; x < GRID; x++)
            cells += m->glyphs[y][x] != 0;
    return share(cells);
}

void marks_sum(const struct marks *m, bool complete, struct page_facts *out)
{
    *out = m->facts;
    out->image_cover = share(grid_cells(&m->images));
    out->scan_cover = share(grid_cells(&m->scans));
    out->text_cover = text_cover(m);
    out->path_ink = share(grid_cells(&m->outlines));
    for (size_t i = 0; i < MARKS_SHAPES / 64; i++)
        out->shapes += (uint32_t)__builtin_popcountll(m->shapes[i]);
    find_bare(m, out);
    out->complete = complete;
    out->blank = complete && !m->ink;
}
