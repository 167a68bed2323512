#include "extractd/parser/recognition.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MOST = 1000000, TEXT_MOST = 16 * 1024 * 1024 };

/* What is noise. Measured on 36 scans that have no words or hardly any (photographs, halftones,
 * codes, test patterns): all come out empty but for the words that are there; and on 55 pages of
 * scans with known text, of which nothing is lost that way. */
static const float WORD_LEAST = 20.0f; /* confidence; below it a word is a guess at dirt */
static const float LINE_LEAST = 45.0f; /* mean confidence of the letters of a line */
static const float SURE = 75.0f;       /* confidence of a word that is believed on its own */
static const float PAGE_LEAST = 55.0f; /* mean confidence of a page with hardly a sure word */
static const float SURE_SHARE = 0.25f; /* of a page's letters */
static const float TEXT_SHARE = 0.50f; /* of a block's letters: then it is text as a whole */
static const double FEW_LETTERS =
    10; /* that might be sure by chance in a picture full of scatter */

static uint32_t code_at(const unsigned char *s, size_t n, size_t *i)
{
    uint32_t c = s[(*i)++];
    unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    if (more)
        c &= 0x3fu >> more;
    for (; more && *i < n; more--)
        c = c << 6 | (s[(*i)++] & 0x3fu);
    return c;
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    if (c < 0xc0)
        return c == 0xaa || c == 0xb5 || c == 0xba;
    /* signs, arrows, boxes, shapes; CJK and full-width punctuation; private use */
    return !(c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c < 0x2c00) || (c >= 0x3000 && c < 0x3005) ||
             (c >= 0x3008 && c < 0x3021) || (c >= 0xe000 && c < 0xf900) ||
             (c >= 0xff00 && c < 0xff10) || c >= 0xfff0);
}

uint32_t recognition_letters(const char *utf8, size_t n)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < n;)
        letters += is_letter(code_at((const unsigned char *)utf8, n, &i));
    return letters;
}

/* Ideographs and kana: written without blanks between words. Hangul has them. */
static bool is_unspaced(uint32_t c)
{
    return (c >= 0x2e80 && c < 0xa000) || (c >= 0xf900 && c < 0xfb00) ||
           (c >= 0xff00 && c < 0xffa0) || (c >= 0x20000 && c < 0x32000);
}

static bool room_for_word(struct recognition *r, size_t len)
{
    if (r->count >= WORDS_MOST || r->len + len > TEXT_MOST)
        return false;
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 256;
        struct recognised_word *words = realloc(r->words, cap * sizeof *words);
        if (!words)
            return false;
        r->words = words;
        r->cap = cap;
    }
    if (r->len + len + 1 > r->room) {
        size_t room = (r->len + len + 1) * 2 + 1024;
        char *text = realloc(r->text, room);
        if (!text)
            return false;
        r->text = text;
        r->room = room;
    }
    return true;
}

bool recognition_add(struct recognition *r, const char *utf8, const struct recognised_word *w)
{
    size_t n = strlen(utf8), kept = 0;
    if (!room_for_word(r, n)) {
        r->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)utf8[i] > ' ' && utf8[i] != 0x7f)
            r->text[r->len + kept++] = utf8[i];
    if (kept == 0)
        return true;
    r->words[r->count] = *w;
    r->words[r->count].at = r->len;
    r->words[r->count++].len = kept;
    r->len += kept;
    return true;
}

/* ---- noise ---- */

static uint32_t letters_of(const struct recognition *r, const struct recognised_word *w)
{
    return recognition_letters(r->text + w->at, w->len);
}

struct tally {
    double letters, confident, sure; /* confident: letters times confidence */
};

static void count_word(const struct recognition *r, const struct recognised_word *w,
                       struct tally *t)
{
    double letters = letters_of(r, w);
    t->letters += letters;
    t->confident += letters * (double)w->confidence;
    /* a single letter or sign is sure only beside others */
    if (w->confidence >= SURE && letters >= 2)
        t->sure += letters;
}

static bool is_noise(const struct tally *t)
{
    return t->letters < 1 || (t->confident < t->letters * (double)LINE_LEAST && t->sure < 1);
}

/* all: before anything was dropped */
static bool is_page_noise(const struct tally *t, const struct tally *all)
{
    if (t->sure < FEW_LETTERS && t->sure < all->letters * (double)SURE_SHARE)
        return true;
    return t->sure < 1 || (t->confident < t->letters * (double)PAGE_LEAST &&
                           t->sure < t->letters * (double)SURE_SHARE);
}

static struct tally count_words(const struct recognition *r, size_t from, size_t to)
{
    struct tally t = {0};
    for (size_t i = from; i < to; i++)
        count_word(r, &r->words[i], &t);
    return t;
}

/* Keep the words of a line at place `kept`. Returns the place after them. */
static size_t sift_line(struct recognition *r, size_t from, size_t to, size_t kept)
{
    struct tally line = count_words(r, from, to);
    if (is_noise(&line))
        return kept;
    for (size_t i = from; i < to; i++)
        if (r->words[i].confidence >= WORD_LEAST)
            r->words[kept++] = r->words[i];
    return kept;
}

static size_t line_end(const struct recognition *r, size_t from, size_t most)
{
    size_t to = from + 1;
    while (to < most && r->words[to].line == r->words[from].line)
        to++;
    return to;
}

static size_t block_end(const struct recognition *r, size_t from)
{
    size_t to = from + 1;
    while (to < r->count && r->words[to].block == r->words[from].block)
        to++;
    return to;
}

/* A block that is text keeps what is hard to read in it, too: formulas, codes, foreign names. */
static size_t sift_block(struct recognition *r, size_t from, size_t to, size_t kept)
{
    struct tally block = count_words(r, from, to);
    if (is_noise(&block))
        return kept;
    bool text = block.sure >= block.letters * (double)TEXT_SHARE;
    for (size_t line; from < to; from = line) {
        line = line_end(r, from, to);
        if (!text)
            kept = sift_line(r, from, line, kept);
        for (size_t i = from; text && i < line; i++)
            r->words[kept++] = r->words[i];
    }
    return kept;
}

static void sift(struct recognition *r)
{
    size_t kept = 0, all = r->count;
    struct tally before = count_words(r, 0, all);
    for (size_t from = 0, to; from < all; from = to) {
        to = block_end(r, from);
        kept = sift_block(r, from, to, kept);
    }
    struct tally page = count_words(r, 0, kept);
    r->count = is_page_noise(&page, &before) ? 0 : kept;
    r->dropped = (uint32_t)(all - r->count);
    r->confidence = r->count ? (float)(page.confident / page.letters) : 0;
}

/* ---- the text ---- */

static uint32_t last_code(const char *s, size_t n)
{
    size_t i = n;
    while (i > 0 && ((unsigned char)s[--i] & 0xc0) == 0x80)
        ;
    return code_at((const unsigned char *)s, n, &i);
}

static const char *between(const struct recognition *r, const struct recognised_word *a,
                           const struct recognised_word *b)
{
    size_t first = b->at;
    if (a->paragraph != b->paragraph || a->block != b->block)
        return "\n\n";
    if (a->line != b->line)
        return "\n";
    return is_unspaced(last_code(r->text + a->at, a->len)) &&
                   is_unspaced(code_at((const unsigned char *)r->text, b->at + b->len, &first))
               ? ""
               : " ";
}

static char *put(char *to, const char *s, size_t n)
{
    if (n)
        memcpy(to, s, n);
    return to + n;
}

static bool is_small(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xdf && c < 0x250 && c != 0xf7) ||
           (c >= 0x3ac && c < 0x3cf) || (c >= 0x430 && c < 0x460);
}

/* Bytes of the hyphen that ends a word, where the word goes on in the next line; else 0. */
static size_t hyphen(const struct recognition *r, const struct recognised_word *a,
                     const struct recognised_word *b)
{
    const char *s = r->text + a->at;
    size_t first = b->at, n = 0;
    if (a->line == b->line || a->block != b->block)
        return 0;
    uint32_t c = last_code(s, a->len);
    if (c == '-')
        n = 1;
    else if (c == 0xad || c == 0x2010)
        n = c == 0xad ? 2 : 3;
    bool goes_on = n && a->len > n && is_small(last_code(s, a->len - n)) &&
                   is_small(code_at((const unsigned char *)r->text, b->at + b->len, &first));
    return goes_on ? n : 0;
}

static bool lay_out(struct recognition *r, bool dehyphenate)
{
    char *text = malloc(r->len + 2 * r->count + 2), *p = text;
    struct recognised_word last = {.len = 0}; /* with its place in the old text */
    if (!text)
        return false;
    for (size_t i = 0; i < r->count; i++) {
        struct recognised_word now = r->words[i];
        size_t joint = i > 0 && dehyphenate ? hyphen(r, &last, &now) : 0;
        if (joint) {
            p -= joint;
            r->words[i - 1].len -= joint;
        } else if (i > 0) {
            const char *gap = between(r, &last, &now);
            p = put(p, gap, strlen(gap));
        }
        last = now;
        r->words[i].at = (size_t)(p - text);
        p = put(p, r->text + now.at, now.len);
    }
    if (r->count)
        *p++ = '\n';
    *p = '\0';
    free(r->text);
    r->text = text;
    r->len = (size_t)(p - text);
    return true;
}

static void judge(struct recognition *r)
{
    r->score = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct recognised_word *w = &r->words[i];
        double sure = (double)w->confidence / 100.0;
        r->score += letters_of(r, w) * sure * sure;
    }
}

bool recognition_finish(struct recognition *r, bool dehyphenate)
{
    if (r->text)
        sift(r);
    else
        r->count = 0; /* without text there are no words */
    if (!lay_out(r, dehyphenate)) {
        r->no_memory = true;
        return false;
    }
    judge(r);
    return true;
}

void recognition_free(struct recognition *r)
{
    free(r->text);
    free(r->words);
    *r = (struct recognition){0};
}
