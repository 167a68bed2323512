#include "extractd/parser/mergeplace.h"

#include <stdlib.h>

/* Columns stand at least so many heights of a line apart; words of a line less. */
static const float GUTTER = 1.5f;

static float middle(const struct merge_box *b)
{
    return (b->y0 + b->y1) / 2;
}

static float high(const struct merge_box *b)
{
    return b->y1 - b->y0;
}

static float wide(const struct merge_box *b)
{
    return b->x1 - b->x0;
}

static float lesser(float a, float b)
{
    return a < b ? a : b;
}

static float common(float a0, float a1, float b0, float b1)
{
    return lesser(a1, b1) - (a0 > b0 ? a0 : b0);
}

/* ---- beside a line that it continues ---- */

static bool same_row(const struct merge_box *a, const struct merge_box *b)
{
    return common(a->y0, a->y1, b->y0, b->y1) >= 0.5f * lesser(high(a), high(b));
}

/* The nearest line of the same row, right beside it; line_count if none. */
static uint32_t beside(const struct merge_input *in, const struct merge_box *box)
{
    uint32_t best = in->line_count;
    float nearest = 0;
    for (uint32_t i = 0; i < in->line_count; i++) {
        const struct merge_box *b = &in->lines[i].box;
        float apart = -common(box->x0, box->x1, b->x0, b->x1), least = lesser(high(box), high(b));
        if (!same_row(box, b) || apart < -0.3f * least || apart > GUTTER * least)
            continue;
        if (best == in->line_count || apart < nearest) {
            best = i;
            nearest = apart;
        }
    }
    return best;
}

/* ---- between lines of the same column ---- */

struct neighbours {
    uint32_t above, below; /* nearest in the column; line_count if none */
    uint32_t left, right;  /* the last line to the left, the first to the right; line_count */
    uint32_t lower;        /* the first line that stands lower, wherever it is; line_count */
    float above_at, below_at;
};

static bool same_column(const struct merge_box *a, const struct merge_box *b)
{
    return common(a->x0, a->x1, b->x0, b->x1) >= 0.3f * lesser(wide(a), wide(b));
}

static void in_column(struct neighbours *n, uint32_t none, uint32_t i, float at, float own)
{
    if (at < own && (n->above == none || at >= n->above_at)) {
        n->above = i;
        n->above_at = at;
    }
    if (at >= own && (n->below == none || at < n->below_at)) {
        n->below = i;
        n->below_at = at;
    }
}

/* `block` is all that was recognised together: a scanned column stands as a whole beside others. */
static struct neighbours look(const struct merge_input *in, const struct merge_box *box,
                              const struct merge_box *block)
{
    uint32_t none = in->line_count;
    struct neighbours n = {none, none, none, none, none, 0, 0};
    for (uint32_t i = 0; i < in->line_count; i++) {
        const struct merge_box *b = &in->lines[i].box;
        if (same_column(box, b))
            in_column(&n, none, i, middle(b), middle(box));
        else if (common(block->y0, block->y1, b->y0, b->y1) > 0 && b->x1 <= block->x0 + 1)
            n.left = i;
        else if (common(block->y0, block->y1, b->y0, b->y1) > 0 && b->x0 >= block->x1 - 1 &&
                 n.right == none)
            n.right = i;
        if (n.lower == none && middle(b) > middle(box))
            n.lower = i;
    }
    return n;
}

static uint32_t between(const struct merge_input *in, const struct merge_box *box,
                        const struct merge_box *block)
{
    uint32_t none = in->line_count;
    struct neighbours n = look(in, box, block);
    if (n.below != none)
        return n.below;
    uint32_t at = n.above != none ? n.above + 1 : 0;
    while (n.left != none && n.left + 1 < none &&
           in->lines[n.left + 1].block == in->lines[n.left].block)
        n.left++; /* the whole paragraph comes first */
    if (n.left != none && n.left + 1 > at)
        return n.left + 1;
    if (n.above != none)
        return at;
    if (n.right != none)
        return n.right;
    return n.lower;
}

/* ---- all ---- */

static int in_order(const void *a, const void *b)
{
    const struct mergeplace *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->joins != y->joins)
        return x->joins < y->joins ? -1 : 1;
    if (x->joins != MERGEPLACE_ALONE && x->box.x0 != y->box.x0)
        return x->box.x0 < y->box.x0 ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* Around all lines of the same block, which follow each other; their number. */
static uint32_t block_of(const struct mergeplace *found, uint32_t n, struct merge_box *out)
{
    uint32_t count = 0;
    *out = found[0].box;
    for (; count < n && found[count].block == found[0].block; count++) {
        const struct merge_box *b = &found[count].box;
        out->x0 = lesser(out->x0, b->x0);
        out->y0 = lesser(out->y0, b->y0);
        out->x1 = b->x1 > out->x1 ? b->x1 : out->x1;
        out->y1 = b->y1 > out->y1 ? b->y1 : out->y1;
    }
    return count;
}

static void place(const struct merge_input *in, const struct merge_box *block, struct mergeplace *f)
{
    uint32_t side = beside(in, &f->box);
    f->joins = MERGEPLACE_ALONE;
    if (side == in->line_count) {
        f->at = between(in, &f->box, block);
        return;
    }
    bool line_first = in->lines[side].box.x0 < f->box.x0;
    f->at = side + line_first;
    f->joins = line_first ? MERGEPLACE_AFTER : MERGEPLACE_BEFORE;
}

void mergeplace_find(const struct merge_input *in, struct mergeplace *found, uint32_t n,
                     bool compare)
{
    struct merge_box block;
    for (uint32_t at = 0; at < n;) {
        uint32_t count = block_of(found + at, n - at, &block);
        for (uint32_t i = 0; i < count; i++) {
            found[at + i].at = in->line_count;
            found[at + i].joins = MERGEPLACE_ALONE;
            if (compare)
                place(in, &block, &found[at + i]);
        }
        at += count;
    }
    qsort(found, n, sizeof *found, in_order);
}
