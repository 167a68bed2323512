#include "extractd/parser/line.h"

#include <math.h>
#include <stdlib.h>

#include "extractd/parser/bidi.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/pagetext.h"

#define SPACE_GAP 0.1f        /* of the font size; what pdftotext takes for the gap between words */
enum { DECOMPOSED_MAX = 18 }; /* what ucdn may write */

/* What moves as one: a character with those that were drawn by the same glyph, or that stand on it.
 */
struct cluster {
    const fz_stext_char
        *first; /* `members` of them, in logical order; NULL: a space that was found in a gap */
    uint32_t members;
    float left, right, size; /* along the line's direction; in points */
};

static struct cluster clusters[BIDI_MAX];
static uint32_t visual[BIDI_MAX], order[BIDI_MAX], shown[BIDI_MAX];
static float gaps[BIDI_MAX];

/* ---- lines as they are ---- */

/* Some fonts map a glyph to the two halves of a UTF-16 pair. */
static uint32_t whole_char(const fz_stext_char **c)
{
    uint32_t a = (uint32_t)(*c)->c;
    const fz_stext_char *next = (*c)->next;
    if ((a & 0xfffffc00) == 0xd800 && next && ((uint32_t)next->c & 0xfffffc00) == 0xdc00) {
        *c = next;
        return 0x10000 + ((a & 0x3ff) << 10) + ((uint32_t)next->c & 0x3ff);
    }
    return a;
}

static bool put_plain(const fz_stext_line *line, struct page_text *to)
{
    for (const fz_stext_char *c = line->first_char; c; c = c->next)
        if (!page_text_char(to, whole_char(&c)))
            return false;
    return true;
}

/* ---- lines with right-to-left text ---- */

static float along(const fz_stext_line *line, fz_point p)
{
    return p.x * line->dir.x + p.y * line->dir.y;
}

/* Is this drawn by the glyph before it (a ligature's other letters), or does it stand on a letter
 * (a mark)? Neither has a width of its own. */
static bool leans(const struct cluster *k)
{
    return k->first->c != ' ' && k->right - k->left < 0.01f * k->size;
}

static bool is_mark(const struct cluster *k)
{
    return leans(k) && bidi_mark((uint32_t)k->first->c);
}

static bool stands(const struct cluster *k)
{
    return !leans(k) && k->first->c != ' ';
}

static float distance(const struct cluster *k, float x)
{
    return x < k->left ? k->left - x : x > k->right ? x - k->right : 0;
}

/* A mark comes before its letter where glyphs were written from left to right, as most programs do,
 * and after it where they were written as they are read. The order of writing says which, unless
 * one of the two is clearly farther away. */
static bool mark_of_next(const struct cluster *before, const struct cluster *next, float x)
{
    float to_before = distance(before, x), to_next = distance(next, x);
    if (fabsf(to_before - to_next) > 0.5f * before->size)
        return to_next < to_before;
    return next->left >= before->left;
}

/* A cluster for each character. Number of them; 0 when the line is too long to be put in order. */
static size_t take_chars(const fz_stext_line *line)
{
    size_t n = 0;
    for (const fz_stext_char *c = line->first_char; c; c = c->next) {
        if (n == BIDI_MAX / 2) /* the other half is for spaces */
            return 0;
        clusters[n++] = (struct cluster){.first = c,
                                         .members = 1,
                                         .size = c->size,
                                         .left = along(line, c->quad.ll),
                                         .right = along(line, c->quad.lr)};
    }
    return n;
}

/* Let what leans lean: on the letter before it, or, a mark, on the one after it. A mark that stands
 * before its letter keeps a cluster of its own at the letter's left edge, which the turning round
 * puts behind the letter. */
static size_t join_clusters(size_t n)
{
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        struct cluster k = clusters[i];
        size_t next = i + 1;
        while (next < n && is_mark(&clusters[next]))
            next++;
        bool leaning = to > 0 && leans(&k) && clusters[to - 1].first->c != ' ';
        bool forward = is_mark(&k) && next < n && stands(&clusters[next]) &&
                       (!leaning || mark_of_next(&clusters[to - 1], &clusters[next], k.left));
        if (forward)
            k.left = k.right = clusters[next].left;
        else if (leaning && distance(&clusters[to - 1], k.left) < 0.3f * k.size) {
            clusters[to - 1].members++;
            continue;
        }
        clusters[to++] = k;
    }
    return to;
}

static int by_left(const void *a, const void *b)
{
    const struct cluster *x = a, *y = b;
    if (x->left != y->left)
        return x->left < y->left ? -1 : 1;
    return x < y ? -1 : x > y;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The usual gap between two letters of this line, which is not 0 where widths are wrong or text is
 * spaced out. */
static float usual_gap(size_t n)
{
    if (n < 2)
        return 0;
    for (size_t i = 0; i + 1 < n; i++)
        gaps[i] = clusters[i + 1].left - clusters[i].right;
    qsort(gaps, n - 1, sizeof gaps[0], by_value);
    float usual = gaps[(n - 1) / 3];
    return usual > 0 ? usual : 0;
}

static bool is_space(const struct cluster *k)
{
    return !k->first || k->first->c == ' ' || k->first->c == 0xa0;
}

/* Put spaces into gaps that are wider than letters leave, from the back so that one pass does.
 * Returns the new n. */
static size_t find_spaces(size_t n)
{
    const float usual = usual_gap(n);
    size_t spaces = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        const struct cluster *a = &clusters[i], *b = &clusters[i + 1];
        gaps[i] = !is_space(a) && !is_space(b) && b->left - a->right > usual + SPACE_GAP * a->size;
        spaces += gaps[i] > 0;
    }
    size_t to = n + spaces;
    for (size_t i = n; i-- > 0;) {
        clusters[--to] = clusters[i];
        if (i > 0 && gaps[i - 1] > 0)
            clusters[--to] = (struct cluster){.size = clusters[i].size};
    }
    return n + spaces;
}

static uint32_t first_char(const struct cluster *k)
{
    const fz_stext_char *c = k->first;
    return c ? whole_char(&c) : ' ';
}

/* Presentation forms (one shape of a letter, or a ligature) as the letters that they stand for. */
static bool put_letter(uint32_t c, struct page_text *to)
{
    uint32_t parts[DECOMPOSED_MAX];
    bool form = (c >= 0xfb1d && c < 0xfe00) || (c >= 0xfe70 && c < 0xff00);
    int n = form ? ucdn_compat_decompose(c, parts) : 0;
    if (n <= 0)
        return page_text_char(to, c);
    for (int i = 0; i < n; i++)
        if ((parts[i] != ' ' || n == 1) &&
            !page_text_char(to, parts[i])) /* marks alone come with a space to stand on */
            return false;
    return true;
}

static bool put_cluster(const struct cluster *k, uint32_t first, struct page_text *to)
{
    if (!put_letter(first, to))
        return false;
    const fz_stext_char *c = k->first;
    for (uint32_t i = 1; i < k->members; i++) {
        c = c->next;
        if (!put_letter((uint32_t)c->c, to))
            return false;
    }
    return true;
}

static bool put_ordered(const fz_stext_line *line, struct page_text *to)
{
    size_t n = join_clusters(take_chars(line));
    if (n == 0)
        return put_plain(line, to);
    qsort(clusters, n, sizeof clusters[0], by_left);
    n = find_spaces(n);
    for (size_t i = 0; i < n; i++)
        visual[i] = first_char(&clusters[i]);
    if (!bidi_logical(visual, n, order, shown))
        return put_plain(line, to);
    for (size_t i = 0; i < n; i++)
        if (!put_cluster(&clusters[order[i]], shown[i], to))
            return false;
    return true;
}

bool line_put(const struct fz_stext_line *line, struct page_text *to)
{
    for (const fz_stext_char *c = line->first_char; c; c = c->next)
        if (bidi_rtl((uint32_t)c->c))
            return line->wmode == 0 ? put_ordered(line, to) : put_plain(line, to);
    return put_plain(line, to);
}
