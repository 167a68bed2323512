#include "extractd/parser/quality_words.h"

#include <stdbool.h>

#include "base/utf8.h"
#include "extractd/parser/quality_chars.h"
#include "extractd/parser/quality_tables.h"

enum {
    JUDGED_MIN = 3,   /* letters of a word that is judged by its pairs */
    GLUED_ABOVE = 35, /* letters; German and Turkish words get nearly so long */
    ALPHABET_MIN = 5, /* letters in the alphabet's order that are no word */
    SPACED_MIN = 5,   /* letters alone in a row; formulas have fewer, with signs between them */
    LETTERS_TO_DIGIT = 3,
    PASSAGE = 60,          /* pairs: some nine words */
    IMPLAUSIBLE_ABOVE = 64 /* the mean cost of a passage, in tenths */
};
#define BULLET 0.25f
/* c, d, i, l, m, v and x; a is bit 1 */
#define ROMAN (1u << 3 | 1u << 4 | 1u << 9 | 1u << 12 | 1u << 13 | 1u << 22 | 1u << 24)

/* Where in the text we are. */
struct place {
    struct word_counts *t;
    uint32_t last, before_last; /* characters */
    uint32_t run;               /* letters of the word so far */
    uint32_t cost;              /* of its pairs */
    unsigned from;              /* its last letter, as a row of quality_pairs */
    uint8_t script;             /* of that letter */
    bool judged;                /* pairs can judge it so far */
    bool rising;                /* in the alphabet's order: a chart of a font */
    bool roman;                 /* a Roman number, perhaps */
    uint32_t in_token;          /* characters since the last blank */
    uint32_t digits;            /* of them */
    struct word_judgement token, passage;
    uint32_t bad_in_token;
    uint32_t letters_in_token;
    bool broken;           /* a bad character came after a letter of this token */
    bool damaged;          /* and another letter after that */
    bool bad_before;       /* the token before was nothing but bad */
    uint32_t letter_alone; /* letters alone in a row before this token */
    bool letters_only;     /* this token has nothing else */
};

static unsigned pair_cost(unsigned from, unsigned to)
{
    unsigned c = (unsigned char)quality_pairs[from][to];
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void end_run(struct place *p)
{
    p->t->words += p->run >= 2;
    if (p->run > GLUED_ABOVE && p->script <= SCRIPT_ARABIC)
        p->t->glued += p->run;
    bool chart = p->rising && p->run >= ALPHABET_MIN;
    if (p->run >= JUDGED_MIN && p->judged && !chart && !p->roman) {
        p->token.cost += p->cost + pair_cost(p->from, 0);
        p->token.pairs += p->run + 1;
        p->token.letters += p->run;
    }
    p->run = 0;
}

static void add_judgement(struct word_judgement *to, const struct word_judgement *more)
{
    to->letters += more->letters;
    to->pairs += more->pairs;
    to->cost += more->cost;
}

/* Parts of a page may be in another font than the rest, so that each passage is looked at. */
static void end_passage(struct place *p)
{
    if (p->passage.pairs >= PASSAGE / 2 &&
        p->passage.cost * 10 > p->passage.pairs * IMPLAUSIBLE_ABOVE)
        p->t->implausible += p->passage.letters;
    add_judgement(&p->t->judged, &p->passage);
    p->passage = (struct word_judgement){0};
}

/* What has many digits is a number or a code, and no word. */
static void judge_token(struct place *p)
{
    if (p->token.letters >= LETTERS_TO_DIGIT * p->digits)
        add_judgement(&p->passage, &p->token);
    if (p->passage.pairs >= PASSAGE)
        end_passage(p);
    p->token = (struct word_judgement){0};
    p->digits = 0;
}

static void end_token(struct place *p)
{
    bool all_bad = p->bad_in_token == p->in_token;
    if (p->in_token == 0)
        return;
    if (p->bad_in_token) {
        bool bullet = p->in_token == 1 && !p->bad_before;
        p->t->bad += bullet ? BULLET : (float)p->bad_in_token;
        p->t->damaged += p->damaged ? p->letters_in_token : 0;
    }
    if (p->in_token == 1 && p->letters_only) {
        p->letter_alone++;
        p->t->spaced += p->letter_alone == SPACED_MIN  ? SPACED_MIN
                        : p->letter_alone > SPACED_MIN ? 1
                                                       : 0;
    } else {
        p->letter_alone = 0;
    }
    if (p->token.pairs || p->digits)
        judge_token(p);
    p->bad_before = all_bad;
    p->in_token = p->bad_in_token = p->letters_in_token = 0;
    p->broken = p->damaged = false;
    p->letters_only = true;
}

/* Latin letters stand among East Asian ones; a Greek letter among Latin ones is a formula's. */
static float change_of(uint8_t a, uint8_t b)
{
    uint8_t low = a < b ? a : b, high = a < b ? b : a;
    if (low == high || low == SCRIPT_NONE)
        return 0;
    if (high == SCRIPT_HAN && (low == SCRIPT_LATIN || low == SCRIPT_KANA || low == SCRIPT_HANGUL))
        return 0;
    if (low == SCRIPT_LATIN && (high == SCRIPT_KANA || high == SCRIPT_HANGUL))
        return 0;
    return low == SCRIPT_LATIN && high == SCRIPT_GREEK ? 0.25f : 1;
}

/* A letter; fold as in struct char_facts. */
static inline void add_letter(struct place *p, uint32_t c, uint8_t script, char fold)
{
    unsigned to = fold == '.' ? 0 : (unsigned)(fold - 'a' + 1);
    if (p->run == 0) {
        p->judged = p->rising = p->roman = true;
        p->from = 0;
        p->cost = 0;
    } else if (script != p->script) {
        p->t->changes += change_of(p->script, script);
        p->judged = false;
    }
    p->judged = p->judged && to != 0;
    p->cost += pair_cost(p->from, to);
    p->rising = p->rising && to > p->from;
    p->roman = p->roman && (ROMAN >> to & 1);
    p->from = to;
    p->script = script;
    p->run++;
    p->letters_in_token++;
    p->damaged |= p->broken;
    p->t->letters++;
    /* Arabic lines are filled by making letters longer, Japanese vowels are by a sign. */
    p->t->repeated +=
        c == p->last && c == p->before_last && script != SCRIPT_ARABIC && script != SCRIPT_KANA;
}

static void count_script(struct word_counts *t, const struct char_facts *f)
{
    switch (f->script) {
    case SCRIPT_LATIN:
        t->latin++;
        t->accented += f->unusual;
        break;
    case SCRIPT_HAN:
        t->han++;
        t->han_unusual += f->unusual;
        break;
    case SCRIPT_HANGUL:
        t->hangul++;
        t->hangul_unusual += f->unusual;
        break;
    case SCRIPT_RARE:
        t->rare++;
        break;
    default:
        break;
    }
}

/* Whatever is neither letter nor blank. */
static void add_other(struct place *p, uint32_t c, enum char_kind kind)
{
    struct word_counts *t = p->t;
    end_run(p);
    p->letters_only = false;
    t->digits += kind == CHAR_DIGIT;
    p->digits += kind == CHAR_DIGIT;
    t->odd += kind == CHAR_ODD && c != p->last; /* rows of them are lines */
    t->latin_symbols += kind == CHAR_LATIN_SYMBOL;
    p->bad_in_token += kind == CHAR_BAD;
    p->broken |= kind == CHAR_BAD && p->letters_in_token > 0;
    t->repeated += c == '?' && p->last == '?';
}

static inline void step(struct place *p, uint32_t c)
{
    p->before_last = p->last;
    p->last = c;
    p->in_token++;
    p->t->visible++;
}

static void add_wide(struct place *p, uint32_t c)
{
    struct char_facts f = quality_char(c);
    switch (f.kind) {
    case CHAR_MARK:
        return;
    case CHAR_SPACE:
        end_run(p);
        end_token(p);
        p->last = c;
        return;
    case CHAR_LETTER:
        count_script(p->t, &f);
        add_letter(p, c, f.script, f.fold);
        break;
    default:
        add_other(p, c, f.kind);
        break;
    }
    step(p, c);
}

static inline void add_ascii(struct place *p, unsigned char c)
{
    uint8_t kind;
    switch (quality_ascii[c]) {
    case 'l':
        p->t->latin++;
        add_letter(p, c, SCRIPT_LATIN, (char)(c | 0x20));
        step(p, c);
        return;
    case 's':
        end_run(p);
        end_token(p);
        p->last = c;
        return;
    case 'd':
        kind = CHAR_DIGIT;
        break;
    case 'p':
        kind = CHAR_PUNCT;
        break;
    case 'o':
        kind = CHAR_ODD;
        break;
    default:
        kind = CHAR_BAD;
        break;
    }
    add_other(p, c, kind);
    step(p, c);
}

void word_counts_add(struct word_counts *counts, const char *utf8, size_t n)
{
    struct place p = {.t = counts, .letters_only = true};
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)utf8[i];
        if (c < 0x80) {
            add_ascii(&p, c);
            i++;
            continue;
        }
        size_t len = utf8_seq(utf8 + i, n - i);
        add_wide(&p, len ? utf8_code(utf8 + i, len) : 0xfffd);
        i += len ? len : 1;
    }
    end_run(&p);
    end_token(&p);
    end_passage(&p);
}
