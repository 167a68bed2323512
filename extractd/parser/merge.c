#include "extractd/parser/merge.h"

#include <stdlib.h>
#include <string.h>

#include "extractd/parser/mergeplace.h"

/* ---- what is there already ---- */

enum { FOLDED = 256, WORK = 200 * 1000 * 1000 };

static float wide(const struct merge_box *b)
{
    return b->x1 - b->x0;
}

static float high(const struct merge_box *b)
{
    return b->y1 - b->y0;
}

/* Share of a that lies in b. */
static float share_in(const struct merge_box *a, const struct merge_box *b)
{
    float x0 = a->x0 > b->x0 ? a->x0 : b->x0, x1 = a->x1 < b->x1 ? a->x1 : b->x1;
    float y0 = a->y0 > b->y0 ? a->y0 : b->y0, y1 = a->y1 < b->y1 ? a->y1 : b->y1;
    if (x1 <= x0 || y1 <= y0)
        return 0;
    return (x1 - x0) * (y1 - y0) / (wide(a) * high(a));
}

/* Next byte that counts when texts are compared: letters and digits, small; bytes beyond ASCII as
 * they are. Blanks and punctuation do not count. -1 at the end. */
static int next_folded(const char *bytes, size_t len, size_t *at)
{
    while (*at < len) {
        unsigned char c = (unsigned char)bytes[(*at)++];
        if (c >= 'A' && c <= 'Z')
            return c - 'A' + 'a';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
            return c;
    }
    return -1;
}

static size_t fold(const char *bytes, size_t len, char out[FOLDED])
{
    size_t n = 0, at = 0;
    for (int c; n < FOLDED && (c = next_folded(bytes, len, &at)) >= 0;)
        out[n++] = (char)c;
    return n;
}

/* Does the line begin with the word, from there on? */
static bool goes_on(const struct merge_line *line, size_t at, const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (next_folded(line->bytes, line->len, &at) != (unsigned char)word[i])
            return false;
    return true;
}

static bool says(const struct merge_line *line, const struct merge_word *word)
{
    char folded[FOLDED];
    size_t n = fold(word->bytes, word->len, folded);
    if (n == 0) /* punctuation alone: in a line of text it is a part of it, or dirt */
        return true;
    for (size_t at = 0; at + n <= line->len; at++)
        if (goes_on(line, at, folded, n))
            return true;
    return false;
}

static bool of_like_size(const struct merge_box *a, const struct merge_box *b)
{
    return high(a) <= 2.5f * high(b) && high(b) <= 2.5f * high(a);
}

/* *work: bytes that may still be compared; a page of lines that lie over each other has more than
 * anybody wants to wait for. */
static bool known(const struct merge_input *in, const struct merge_word *word, uint64_t *work)
{
    for (uint32_t i = 0; i < in->line_count; i++) {
        const struct merge_line *line = &in->lines[i];
        if (line->box.y1 <= word->box.y0 || line->box.y0 >= word->box.y1)
            continue;
        float share = share_in(&word->box, &line->box);
        if (share >= 0.6f && of_like_size(&line->box, &word->box))
            return true;
        uint64_t cost = (uint64_t)line->len + 1;
        if (share < 0.4f || cost > *work)
            continue;
        *work -= cost;
        if (says(line, word))
            return true;
    }
    return false;
}

static bool countable(const struct merge_input *in)
{
    return in->line_count <= MERGE_MOST && in->word_count <= MERGE_MOST;
}

static void keep_words(const struct merge_input *in, struct merge *m)
{
    bool compare = countable(in);
    uint64_t work = WORK;
    for (uint32_t i = 0; i < in->word_count; i++) {
        const struct merge_word *w = &in->words[i];
        if (w->len == 0 || !(wide(&w->box) > 0) || !(high(&w->box) > 0) ||
            (compare && known(in, w, &work)))
            m->dropped++;
        else
            m->words[m->kept++] = i;
    }
}

/* ---- one list ---- */

/* The kept words of one recognised line, from words[first] on. */
static uint32_t words_of_line(const struct merge_input *in, const struct merge *m, uint32_t first)
{
    uint32_t n = 1;
    while (first + n < m->kept &&
           in->words[m->words[first + n]].line == in->words[m->words[first]].line)
        n++;
    return n;
}

static struct merge_box around(const struct merge_input *in, const struct merge *m, uint32_t first,
                               uint32_t n)
{
    struct merge_box box = in->words[m->words[first]].box;
    for (uint32_t i = 1; i < n; i++) {
        const struct merge_box *b = &in->words[m->words[first + i]].box;
        box.x0 = b->x0 < box.x0 ? b->x0 : box.x0;
        box.y0 = b->y0 < box.y0 ? b->y0 : box.y0;
        box.x1 = b->x1 > box.x1 ? b->x1 : box.x1;
        box.y1 = b->y1 > box.y1 ? b->y1 : box.y1;
    }
    return box;
}

static uint32_t find_found(const struct merge_input *in, const struct merge *m,
                           struct mergeplace *found)
{
    uint32_t n = 0;
    for (uint32_t at = 0; at < m->kept; n++) {
        uint32_t count = words_of_line(in, m, at);
        found[n] = (struct mergeplace){.box = around(in, m, at, count),
                                       .block = in->words[m->words[at]].block,
                                       .first = at,
                                       .count = count,
                                       .sequence = n};
        at += count;
    }
    return n;
}

/* Between two that are no parts of one line. */
static enum merge_break gap(const struct merge_box *above, const struct merge_box *below,
                            bool same_block)
{
    float least = high(above) < high(below) ? high(above) : high(below);
    float space = below->y0 - above->y1;
    bool near = space < 0.8f * least && space > -0.8f * least;
    return same_block || near ? MERGE_NEWLINE : MERGE_PARAGRAPH;
}

struct last {
    bool any, recognised;
    uint32_t block, line;
    struct merge_box box;
};

static void add_line(const struct merge_input *in, struct merge *m, uint32_t i, bool join,
                     struct last *last)
{
    const struct merge_line *line = &in->lines[i];
    enum merge_break before = MERGE_NEWLINE;
    if (join)
        before = MERGE_BLANK;
    else if (last->any && last->recognised)
        before = gap(&last->box, &line->box, false);
    else if (last->any && last->block != line->block)
        before = MERGE_PARAGRAPH;
    m->items[m->item_count++] = (struct merge_item){false, i, 1, before};
    *last = (struct last){true, false, line->block, i, line->box};
}

static void add_found(struct merge *m, const struct mergeplace *f, struct last *last)
{
    enum merge_break before = MERGE_NEWLINE;
    if (f->joins == MERGEPLACE_AFTER && last->any && !last->recognised && last->line + 1 == f->at)
        before = MERGE_BLANK;
    else if (last->any && last->recognised)
        before = last->block == f->block ? MERGE_NEWLINE : MERGE_PARAGRAPH;
    else if (last->any)
        before = gap(&last->box, &f->box, false);
    m->items[m->item_count++] = (struct merge_item){true, f->first, f->count, before};
    *last = (struct last){true, true, f->block, 0, f->box};
}

static void weave(const struct merge_input *in, const struct mergeplace *found, uint32_t n,
                  struct merge *m)
{
    struct last last = {.any = false};
    uint32_t next = 0;
    for (uint32_t i = 0; i <= in->line_count; i++) {
        bool join = false;
        for (; next < n && found[next].at == i; next++) {
            add_found(m, &found[next], &last);
            join = found[next].joins == MERGEPLACE_BEFORE;
        }
        if (i < in->line_count)
            add_line(in, m, i, join, &last);
    }
}

bool merge_begin(const struct merge_input *in, struct merge *m)
{
    *m = (struct merge){0};
    size_t words = in->word_count, lines = in->line_count;
    struct mergeplace *found = calloc(words + 1, sizeof *found);
    m->words = calloc(words + 1, sizeof *m->words);
    m->items = calloc(words + lines + 1, sizeof *m->items);
    bool done = found && m->words && m->items;
    if (done) {
        keep_words(in, m);
        uint32_t n = find_found(in, m, found);
        mergeplace_find(in, found, n, countable(in));
        weave(in, found, n, m);
    } else {
        merge_end(m);
    }
    free(found);
    return done;
}

void merge_end(struct merge *m)
{
    free(m->words);
    free(m->items);
    *m = (struct merge){0};
}

bool merge_put(const struct merge_input *in, const struct merge *m,
               bool (*put)(void *to, const char *bytes, size_t len), void *to)
{
    static const struct {
        const char *bytes;
        size_t len;
    } breaks[] = {{" ", 1}, {"\n", 1}, {"\n\n", 2}};
    for (uint32_t i = 0; i < m->item_count; i++) {
        const struct merge_item *item = &m->items[i];
        if (i > 0 && !put(to, breaks[item->before].bytes, breaks[item->before].len))
            return false;
        if (!item->recognised && !put(to, in->lines[item->first].bytes, in->lines[item->first].len))
            return false;
        for (uint32_t w = 0; item->recognised && w < item->count; w++) {
            const struct merge_word *word = &in->words[m->words[item->first + w]];
            if ((w > 0 && !word->glued && !put(to, " ", 1)) || !put(to, word->bytes, word->len))
                return false;
        }
    }
    return m->item_count == 0 || put(to, "\n", 1);
}
