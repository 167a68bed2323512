#include "extractd/parser/ruled.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/picture.h"

enum {
    CONTRAST = 10, /* grey levels from a pixel to the next; what is less is a shade */
    ALIKE = 6,     /* grey levels by which the edge of one rule may vary; that of print does more */
    GAP = 3,       /* pixels that something which crosses a rule takes out of its edge */
    RULE_GAPS = 10,     /* per cent of its edge, at most */
    SIDE_GAPS = 20,     /* the same of what ends at two rules */
    NEAR = 2,           /* pixels around a rule: its ends, its other side */
    CORNER = 4,         /* pixels from a side's end to the rule where it ends */
    MANY_EDGES = 20000, /* pixels; the sides of a full page of cells are fewer */
    SPECK = 3           /* pixels; the edges around the smallest mark that counts, both ways */
};

/* No letter that is read has so long a straight side. */
#define LONG_INCHES 1.5f
#define DPI_MOST    1e5f

/* Of each pixel: is there an edge to its neighbour, and is it part of a rule? */
enum { EDGE_X = 1, EDGE_Y = 2, ALONG_X = 4, ALONG_Y = 8, NEAR_RULE = 16, SEEN = 32 };

struct sheet {
    uint32_t width, height, length; /* length: of a rule, at least */
    uint8_t *grey, *marks;          /* row by row, without gaps */
};

/* The edge between two rows, or two columns. */
struct lane {
    const uint8_t *grey;
    uint8_t *marks;
    size_t step, over;                 /* to the next pixel along it; to the one beyond it */
    uint32_t count, length, at, lanes; /* at: this one of so many */
    uint8_t edge, along, across; /* marks: of its edges, its rules, those of the other direction */
};

/* y + 1 < height */
static struct lane row(const struct sheet *s, uint32_t y)
{
    const size_t first = (size_t)y * s->width;
    return (struct lane){.grey = s->grey + first,
                         .marks = s->marks + first,
                         .step = 1,
                         .over = s->width,
                         .count = s->width,
                         .length = s->length,
                         .at = y,
                         .lanes = s->height,
                         .edge = EDGE_X,
                         .along = ALONG_X,
                         .across = ALONG_Y};
}

/* x + 1 < width */
static struct lane column(const struct sheet *s, uint32_t x)
{
    return (struct lane){.grey = s->grey + x,
                         .marks = s->marks + x,
                         .step = s->width,
                         .over = 1,
                         .count = s->height,
                         .length = s->length,
                         .at = x,
                         .lanes = s->width,
                         .edge = EDGE_Y,
                         .along = ALONG_Y,
                         .across = ALONG_X};
}

/* Do it with each lane. True: one said so. */
static bool each_lane(const struct sheet *s, bool (*fn)(const struct lane *l))
{
    bool any = false;
    for (uint32_t y = 0; y + 1 < s->height; y++) {
        const struct lane l = row(s, y);
        any |= fn(&l);
    }
    for (uint32_t x = 0; x + 1 < s->width; x++) {
        const struct lane l = column(s, x);
        any |= fn(&l);
    }
    return any;
}

/* ---- the picture, coarser ---- */

/* So many pixels of a side become one. */
static uint32_t step_of(const struct picture *p)
{
    uint32_t least = p->width < p->height ? p->width : p->height;
    uint32_t by = p->dpi >= 2 * RULED_DPI ? (uint32_t)(p->dpi / RULED_DPI) : 1;
    return by < least ? by : least;
}

/* One row of means over by x by pixels. sums: room for so many numbers as the picture is wide. */
static void shrink_rows(const struct picture *p, uint32_t from, uint32_t by, uint32_t *sums,
                        uint8_t *to)
{
    const uint32_t n = p->width / by, all = by * by;
    memset(sums, 0, p->width * sizeof *sums);
    for (uint32_t j = 0; j < by; j++) {
        const uint8_t *row = p->samples + (size_t)(from + j) * p->stride;
        for (uint32_t x = 0; x < p->width; x++)
            sums[x] += row[x];
    }
    for (uint32_t x = 0; x < n; x++) {
        uint32_t sum = 0;
        for (uint32_t i = 0; i < by; i++)
            sum += *sums++;
        to[x] = (uint8_t)(sum / all);
    }
}

/* False without memory. */
static bool make(const struct picture *p, struct sheet *s)
{
    const uint32_t by = step_of(p), w = p->width / by, h = p->height / by;
    const float dpi = p->dpi / (float)by > RULED_DPI ? p->dpi / (float)by : RULED_DPI;
    uint32_t *sums = malloc(p->width * sizeof *sums);
    uint8_t *both = sums ? calloc((size_t)w * h, 2) : NULL;
    for (uint32_t y = 0; both && y < h; y++)
        if (by == 1)
            memcpy(both + (size_t)y * w, p->samples + (size_t)y * p->stride, w);
        else
            shrink_rows(p, y * by, by, sums, both + (size_t)y * w);
    free(sums);
    *s = (struct sheet){w, h, (uint32_t)(LONG_INCHES * dpi), both,
                        both ? both + (size_t)w * h : NULL};
    return both != NULL;
}

/* ---- rules ---- */

/* How much darker it is beyond. */
static int drop(const struct lane *l, uint32_t i)
{
    const uint8_t *at = l->grey + i * l->step;
    return *at - at[l->over];
}

static bool is_edge(uint8_t a, uint8_t b)
{
    return a > b ? a - b >= CONTRAST : b - a >= CONTRAST;
}

static void find_edges(const struct sheet *s)
{
    const uint32_t w = s->width;
    for (uint32_t y = 0; y < s->height; y++) {
        const uint8_t *here = s->grey + (size_t)y * w, *below = y + 1 < s->height ? here + w : here;
        uint8_t *marks = s->marks + (size_t)y * w;
        for (uint32_t x = 0; x + 1 < w; x++)
            marks[x] = (uint8_t)((is_edge(here[x], below[x]) ? EDGE_X : 0) |
                                 (is_edge(here[x], here[x + 1]) ? EDGE_Y : 0));
        marks[w - 1] = is_edge(here[w - 1], below[w - 1]) ? EDGE_X : 0;
    }
}

/* The next edge of a lane at or after i; its end. */
static uint32_t next_edge(const struct lane *l, uint32_t i)
{
    const uint8_t *at = l->marks + i * l->step;
    while (i < l->count && !(*at & l->edge)) {
        at += l->step;
        i++;
    }
    return i;
}

/* An even edge that begins at `from`, with gaps where something crosses it. Its end, which is after
 * `from`; *part: so many gaps in a hundred pixels of it. */
static uint32_t follow(const struct lane *l, uint32_t from, uint32_t *part)
{
    uint32_t end = from + 1, edges = 1;
    int first = drop(l, from);
    for (uint32_t i = end; i < l->count && i <= end + GAP; i++)
        if (abs(drop(l, i) - first) <= ALIKE) {
            end = i + 1;
            edges++;
        }
    *part = (uint32_t)((uint64_t)(end - from - edges) * 100 / (end - from));
    return end;
}

static void mark(const struct lane *l, uint32_t from, uint32_t to, uint8_t as)
{
    for (; from < to; from++)
        l->marks[from * l->step] |= as;
}

/* Long edges are rules. True: there are some. */
static bool find_rules(const struct lane *l)
{
    bool any = false;
    for (uint32_t i = next_edge(l, 0); i < l->count; i = next_edge(l, i)) {
        uint32_t gaps, end = follow(l, i, &gaps);
        if (end - i >= l->length && gaps <= RULE_GAPS) {
            mark(l, i, end, l->along);
            any = true;
        }
        i = end;
    }
    return any;
}

/* Is a rule across this lane or one near it, from pixel `from` to before `to`? */
static bool meets(const struct lane *l, uint32_t from, uint32_t to)
{
    const uint32_t side = l->at > CORNER ? l->at - CORNER : 0;
    to = to < l->count ? to : l->count;
    for (uint32_t k = side; k <= l->at + CORNER && k < l->lanes; k++) {
        const uint8_t *first =
            k < l->at ? l->marks - (l->at - k) * l->over : l->marks + (k - l->at) * l->over;
        for (uint32_t j = from; j < to; j++)
            if (first[j * l->step] & l->across)
                return true;
    }
    return false;
}

/* A rule before its begin, and another after its end; a letter that stands on one has no other. */
static bool is_side(const struct lane *l, uint32_t from, uint32_t end)
{
    return meets(l, from > CORNER ? from - CORNER : 0, from + 1) && meets(l, end - 1, end + CORNER);
}

/* Shorter edges from one rule to another: the sides of a frame. They are not marked as rules, lest
 * what ends at them counts, too. */
static bool find_sides(const struct lane *l)
{
    bool any = false;
    for (uint32_t i = next_edge(l, 0); i < l->count; i = next_edge(l, i)) {
        uint32_t gaps, end = follow(l, i, &gaps);
        if (gaps <= SIDE_GAPS && is_side(l, i, end)) {
            mark(l, i, end, NEAR_RULE);
            any = true;
        }
        i = end;
    }
    return any;
}

static void mark_near(const struct sheet *s, uint32_t x, uint32_t y)
{
    uint32_t x0 = x > NEAR ? x - NEAR : 0, y0 = y > NEAR ? y - NEAR : 0;
    for (uint32_t j = y0; j <= y + NEAR && j < s->height; j++)
        for (uint32_t i = x0; i <= x + NEAR && i < s->width; i++)
            s->marks[(size_t)j * s->width + i] |= NEAR_RULE;
}

/* Beside its rules: a page of print. To look more closely would cost time, and say the same. */
static bool has_much_more(const struct sheet *s)
{
    const size_t n = (size_t)s->width * s->height;
    uint32_t edges = 0;
    for (size_t i = 0; i < n && edges <= MANY_EDGES; i++)
        edges += (s->marks[i] & (EDGE_X | EDGE_Y)) && !(s->marks[i] & (ALONG_X | ALONG_Y));
    return edges > MANY_EDGES;
}

static void find_ends(const struct sheet *s)
{
    for (uint32_t y = 0; y < s->height; y++)
        for (uint32_t x = 0; x < s->width; x++)
            if (s->marks[(size_t)y * s->width + x] & (ALONG_X | ALONG_Y))
                mark_near(s, x, y);
}

/* ---- what is left ---- */

struct box {
    uint32_t x0, y0, x1, y1;
};

static bool is_left(const struct sheet *s, uint32_t x, uint32_t y)
{
    uint8_t m = s->marks[(size_t)y * s->width + x];
    return (m & (EDGE_X | EDGE_Y)) && !(m & (NEAR_RULE | SEEN));
}

/* Take the pixel, if it is one that is left, into the box and onto the stack. */
static void take(const struct sheet *s, uint32_t x, uint32_t y, struct box *b, uint32_t *stack,
                 size_t *n)
{
    if (!is_left(s, x, y))
        return;
    s->marks[(size_t)y * s->width + x] |= SEEN;
    b->x0 = x < b->x0 ? x : b->x0;
    b->y0 = y < b->y0 ? y : b->y0;
    b->x1 = x > b->x1 ? x : b->x1;
    b->y1 = y > b->y1 ? y : b->y1;
    stack[(*n)++] = y * s->width + x;
}

/* Is the mark of which this pixel is a part large enough to count? It is followed only so far. */
static bool counts(const struct sheet *s, uint32_t x, uint32_t y, uint32_t *stack)
{
    struct box b = {x, y, x, y};
    size_t n = 0;
    take(s, x, y, &b, stack, &n);
    while (n > 0) {
        uint32_t at = stack[--n], to_x = at % s->width, to_y = at / s->width;
        for (uint32_t j = to_y ? to_y - 1 : 0; j <= to_y + 1 && j < s->height; j++)
            for (uint32_t i = to_x ? to_x - 1 : 0; i <= to_x + 1 && i < s->width; i++)
                take(s, i, j, &b, stack, &n);
        if (b.x1 - b.x0 + 1 >= SPECK && b.y1 - b.y0 + 1 >= SPECK)
            return true;
    }
    return false;
}

static bool anything_left(const struct sheet *s)
{
    /* A mark that is followed further is less than SPECK wide or high; eight pixels are taken from
     * each at most. */
    uint32_t side = s->width > s->height ? s->width : s->height;
    uint32_t *stack = malloc(((size_t)side * SPECK + 9) * sizeof *stack);
    bool found = stack == NULL;
    for (uint32_t y = 0; y < s->height && !found; y++)
        for (uint32_t x = 0; x < s->width && !found; x++)
            found = is_left(s, x, y) && counts(s, x, y, stack);
    free(stack);
    return found;
}

bool ruled_only(const struct picture *p)
{
    struct sheet s;
    if (p->width == 0 || p->height == 0 || p->bits != 8 || !(p->dpi > 0 && p->dpi < DPI_MOST) ||
        !make(p, &s))
        return false;
    find_edges(&s);
    bool rules = each_lane(&s, find_rules);
    if (has_much_more(&s)) {
        free(s.grey);
        return false;
    }
    if (rules) {
        each_lane(&s, find_sides);
        find_ends(&s);
    }
    bool only = !anything_left(&s);
    free(s.grey);
    return only;
}
