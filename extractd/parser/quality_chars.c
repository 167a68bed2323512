#include "extractd/parser/quality_chars.h"

#include <stddef.h>

#include "extractd/parser/quality_tables.h"

/* l letter, d digit, p punctuation, o odd punctuation, s space, c control; a row has 16. */
const char quality_ascii[129] = {"cccccccccssccscc"
                                 "cccccccccccccccc"
                                 "soooooopppoopppp"
                                 "ddddddddddpooooo"
                                 "olllllllllllllll"
                                 "llllllllllloooop"
                                 "olllllllllllllll"
                                 "lllllllllllooooc"};

/* A block of characters that are alike; script is for letters. Those that need a closer look, and
 * U+0080 to U+024F, are taken out before the table is asked. */
struct block {
    uint32_t first, last;
    uint8_t kind, script;
};

static const struct block blocks[] = {
    {0x0250, 0x02af, CHAR_LETTER, SCRIPT_LATIN},  {0x02b0, 0x036f, CHAR_MARK, SCRIPT_NONE},
    {0x0370, 0x03ff, CHAR_LETTER, SCRIPT_GREEK},  {0x0400, 0x052f, CHAR_LETTER, SCRIPT_CYRILLIC},
    {0x0530, 0x058f, CHAR_LETTER, SCRIPT_BLOCK},  {0x0590, 0x05ff, CHAR_LETTER, SCRIPT_HEBREW},
    {0x0600, 0x08ff, CHAR_LETTER, SCRIPT_ARABIC}, {0x0900, 0x109f, CHAR_LETTER, SCRIPT_BLOCK},
    {0x10a0, 0x10ff, CHAR_LETTER, SCRIPT_BLOCK},  {0x1100, 0x11ff, CHAR_LETTER, SCRIPT_HANGUL},
    {0x1200, 0x139f, CHAR_LETTER, SCRIPT_BLOCK},  {0x13a0, 0x177f, CHAR_LETTER, SCRIPT_RARE},
    {0x1780, 0x18af, CHAR_LETTER, SCRIPT_BLOCK},  {0x18b0, 0x1dbf, CHAR_LETTER, SCRIPT_RARE},
    {0x1dc0, 0x1dff, CHAR_MARK, SCRIPT_NONE},     {0x1e00, 0x1eff, CHAR_LETTER, SCRIPT_LATIN},
    {0x1f00, 0x1fff, CHAR_LETTER, SCRIPT_GREEK},  {0x2000, 0x200a, CHAR_SPACE, SCRIPT_NONE},
    {0x200b, 0x200f, CHAR_MARK, SCRIPT_NONE},     {0x2010, 0x2027, CHAR_PUNCT, SCRIPT_NONE},
    {0x2028, 0x2029, CHAR_SPACE, SCRIPT_NONE},    {0x202a, 0x202e, CHAR_MARK, SCRIPT_NONE},
    {0x202f, 0x202f, CHAR_SPACE, SCRIPT_NONE},    {0x2030, 0x205e, CHAR_PUNCT, SCRIPT_NONE},
    {0x205f, 0x205f, CHAR_SPACE, SCRIPT_NONE},    {0x2060, 0x206f, CHAR_MARK, SCRIPT_NONE},
    {0x2070, 0x209f, CHAR_DIGIT, SCRIPT_NONE},    {0x20a0, 0x20cf, CHAR_PUNCT, SCRIPT_NONE},
    {0x20d0, 0x20ff, CHAR_MARK, SCRIPT_NONE},     {0x2100, 0x214f, CHAR_PUNCT, SCRIPT_NONE},
    {0x2150, 0x218f, CHAR_DIGIT, SCRIPT_NONE},    {0x2190, 0x23ff, CHAR_PUNCT, SCRIPT_NONE},
    {0x2400, 0x243f, CHAR_PUNCT, SCRIPT_NONE},    {0x2440, 0x245f, CHAR_ODD, SCRIPT_NONE},
    {0x2460, 0x24ff, CHAR_DIGIT, SCRIPT_NONE},    {0x2500, 0x2bff, CHAR_PUNCT, SCRIPT_NONE},
    {0x2c00, 0x2c5f, CHAR_LETTER, SCRIPT_RARE},   {0x2c60, 0x2c7f, CHAR_LETTER, SCRIPT_LATIN},
    {0x2c80, 0x2cff, CHAR_LETTER, SCRIPT_RARE},   {0x2d00, 0x2d2f, CHAR_LETTER, SCRIPT_BLOCK},
    {0x2d30, 0x2ddf, CHAR_LETTER, SCRIPT_RARE},   {0x2de0, 0x2dff, CHAR_MARK, SCRIPT_NONE},
    {0x2e00, 0x2e7f, CHAR_PUNCT, SCRIPT_NONE},    {0x2e80, 0x2fdf, CHAR_LETTER, SCRIPT_HAN},
    {0x2fe0, 0x2fff, CHAR_PUNCT, SCRIPT_NONE},    {0x3000, 0x3000, CHAR_SPACE, SCRIPT_NONE},
    {0x3001, 0x303f, CHAR_PUNCT, SCRIPT_NONE},    {0x3040, 0x312f, CHAR_LETTER, SCRIPT_KANA},
    {0x3130, 0x318f, CHAR_LETTER, SCRIPT_HANGUL}, {0x3190, 0x33ff, CHAR_PUNCT, SCRIPT_NONE},
    {0x3400, 0x4dbf, CHAR_LETTER, SCRIPT_HAN},    {0x4dc0, 0x4dff, CHAR_PUNCT, SCRIPT_NONE},
    {0x4e00, 0x9fff, CHAR_LETTER, SCRIPT_HAN},    {0xa000, 0xa6ff, CHAR_LETTER, SCRIPT_RARE},
    {0xa700, 0xa7ff, CHAR_LETTER, SCRIPT_LATIN},  {0xa800, 0xabff, CHAR_LETTER, SCRIPT_RARE},
    {0xac00, 0xd7ff, CHAR_LETTER, SCRIPT_HANGUL}, {0xd800, 0xf8ff, CHAR_BAD, SCRIPT_NONE},
    {0xf900, 0xfaff, CHAR_LETTER, SCRIPT_HAN},    {0xfb00, 0xfb06, CHAR_LETTER, SCRIPT_LATIN},
    {0xfb07, 0xfb1c, CHAR_LETTER, SCRIPT_BLOCK},  {0xfb1d, 0xfb4f, CHAR_LETTER, SCRIPT_HEBREW},
    {0xfb50, 0xfdff, CHAR_LETTER, SCRIPT_ARABIC}, {0xfe00, 0xfe0f, CHAR_MARK, SCRIPT_NONE},
    {0xfe10, 0xfe1f, CHAR_PUNCT, SCRIPT_NONE},    {0xfe20, 0xfe2f, CHAR_MARK, SCRIPT_NONE},
    {0xfe30, 0xfe6f, CHAR_PUNCT, SCRIPT_NONE},    {0xfe70, 0xfefe, CHAR_LETTER, SCRIPT_ARABIC},
    {0xfeff, 0xfeff, CHAR_MARK, SCRIPT_NONE},     {0xff00, 0xff0f, CHAR_PUNCT, SCRIPT_NONE},
    {0xff10, 0xff19, CHAR_DIGIT, SCRIPT_NONE},    {0xff1a, 0xff20, CHAR_PUNCT, SCRIPT_NONE},
    {0xff21, 0xff5a, CHAR_LETTER, SCRIPT_KANA},   {0xff5b, 0xff60, CHAR_PUNCT, SCRIPT_NONE},
    {0xff61, 0xffdc, CHAR_LETTER, SCRIPT_KANA},   {0xffe0, 0xffef, CHAR_PUNCT, SCRIPT_NONE},
    {0xfff0, 0xffff, CHAR_BAD, SCRIPT_NONE},      {0x1d400, 0x1d7ff, CHAR_DIGIT, SCRIPT_NONE},
    {0x1f000, 0x1faff, CHAR_PUNCT, SCRIPT_NONE},  {0x20000, 0x3ffff, CHAR_LETTER, SCRIPT_HAN},
    {0x40000, 0x10ffff, CHAR_BAD, SCRIPT_NONE},
};

/* The block of a character, or NULL: nothing that a page has. */
static const struct block *block_of(uint32_t c)
{
    size_t from = 0, to = sizeof blocks / sizeof blocks[0];
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (c > blocks[middle].last)
            from = middle + 1;
        else
            to = middle;
    }
    bool found = from < sizeof blocks / sizeof blocks[0] && c >= blocks[from].first;
    return found ? &blocks[from] : NULL;
}

static uint8_t script_of(const struct block *b)
{
    if (!b)
        return SCRIPT_RARE;
    return b->script == SCRIPT_BLOCK ? (uint8_t)(SCRIPT_BLOCK + (b - blocks)) : b->script;
}

static struct char_facts latin(uint32_t c)
{
    struct char_facts f = {CHAR_LETTER, SCRIPT_LATIN, '.', true};
    if (c >= 0xc0 && c != 0xd7 && c != 0xf7)
        f.fold = quality_fold_latin[c - 0xc0];
    else if (c == 0xa0)
        f.kind = CHAR_SPACE;
    else if (c == 0xad)
        f.kind = CHAR_MARK;
    else if (c < 0xa0)
        f.kind = CHAR_BAD;
    else /* quotes, the dot of leaders, degrees and the like are as usual as full stops */
        f.kind = c == 0xab || c == 0xbb || c == 0xb7 || c == 0xb0 || c == 0xb1 || c == 0xd7 ||
                         c == 0xf7 || c == 0xa7 || c == 0xa9 || c == 0xae
                     ? CHAR_PUNCT
                     : CHAR_LATIN_SYMBOL;
    return f;
}

static char fold_of(uint32_t c)
{
    if (c >= 0x370 && c < 0x400)
        return quality_fold_greek[c - 0x370];
    if (c >= 0x400 && c < 0x530)
        return quality_fold_cyrillic[c - 0x400];
    if (c >= 0x1e00 && c < 0x1f00)
        return quality_fold_latin_more[c - 0x1e00];
    if (c >= 0x1f00 && c < 0x2000)
        return quality_fold_greek_more[c - 0x1f00];
    return '.';
}

static bool rare(const uint64_t *common, uint32_t at)
{
    return !(common[at / 64] >> at % 64 & 1);
}

static bool is_unusual(uint32_t c)
{
    if (c >= 0x4e00 && c < 0xa000)
        return rare(quality_common_han, c - 0x4e00);
    if (c >= 0xac00 && c < 0xd7a4)
        return rare(quality_common_hangul, c - 0xac00);
    return (c >= 0x3400 && c < 0x4dc0) || (c >= 0x1e00 && c < 0x1f00) || c >= 0x20000;
}

struct char_facts quality_char(uint32_t c)
{
    struct char_facts f = {CHAR_ODD, SCRIPT_RARE, '.', false};
    if (c < 0x250)
        return latin(c);
    if (c == 0x25a1 || c == 0x25af)
        f.kind = CHAR_BAD; /* boxes: what fonts have in a missing glyph's place */
    else if ((c >= 0x660 && c < 0x66a) || (c >= 0x6f0 && c < 0x6fa))
        f.kind = CHAR_DIGIT;
    else {
        const struct block *b = block_of(c);
        f.kind = b ? b->kind : CHAR_LETTER;
        f.script = script_of(b);
        f.fold = fold_of(c);
        f.unusual = is_unusual(c);
    }
    return f;
}
