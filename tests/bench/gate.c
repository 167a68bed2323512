/*
 * gate < LIST: what the quality gate says of each page of some files, and of the same pages harmed.
 *
 * LIST has a line for each file: a label of the caller's choice, a tab, the path. Printed, tab
 * separated, for each page: label, path, page (from 1), what was done to the text ("as-is" or a
 * harm's name), verdict, score, visible characters, Latin letters that the harm changed, reason,
 * then the facts. Harms are done to pages that have 200 Latin letters or more. At the end, on
 * stderr: the CPU time of the text tier, of the facts in a run of their own, and of the gate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/facts.h"
#include "extractd/parser/layer.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/quality.h"
#include "tests/gen/genrnd.h"

enum { PATH_BYTES = 4096, PAGES = 400, LETTERS_MIN = 200, MEMORY = 1 << 30 };

static struct {
    double text, facts, gate;
    unsigned long pages, bytes;
} spent;

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- harms ---- */

static bool is_lower(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter(uint32_t c)
{
    return is_lower(c | 0x20) && c < 128;
}

/* What one character becomes; key: the page's number of chance; word: which word it is in. */
typedef uint32_t harm_fn(uint32_t c, uint64_t key, uint64_t word);

static uint64_t mix(uint64_t a, uint64_t b)
{
    struct genrnd r = genrnd_of(a * 1000003 + b);
    return genrnd_next(&r);
}

/* A permutation of 26 letters, another for each key. */
static uint32_t exchange(uint32_t c, uint64_t key, uint64_t word)
{
    unsigned char to[26];
    (void)word;
    if (!is_letter(c))
        return c;
    for (unsigned i = 0; i < 26; i++)
        to[i] = (unsigned char)i;
    for (unsigned i = 25; i > 0; i--) {
        unsigned k = (unsigned)(mix(key, i) % (i + 1));
        unsigned char t = to[i];
        to[i] = to[k];
        to[k] = t;
    }
    return (c & 0x20) + 'A' + to[(c | 0x20) - 'a'];
}

static uint32_t exchange_half(uint32_t c, uint64_t key, uint64_t word)
{
    return (word / 30 + key) % 2 ? exchange(c, key, word) : c; /* whole passages: another font */
}

static uint32_t exchange_fifth(uint32_t c, uint64_t key, uint64_t word)
{
    return (word / 30 + key) % 5 ? c : exchange(c, key, word);
}

static uint32_t caesar(uint32_t c, uint64_t key, uint64_t word)
{
    (void)word;
    return is_letter(c) ? (c & 0x20) + 'A' + ((c | 0x20) - 'a' + 1 + (unsigned)(key % 25)) % 26 : c;
}

static uint32_t glyph_number(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return c > 32 && c < 127 ? c - 29 : c;
}

static uint32_t shift_up(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return c > 32 && c < 127 ? c + 29 : c;
}

static uint32_t shift_forty(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return c > 72 && c < 127 ? c - 40 : c;
}

/* Codes given to characters as they come, from 33 on: what a subset font without a map says. */
static uint32_t first_use(uint32_t c, uint64_t key, uint64_t word)
{
    static uint64_t page;
    static uint32_t code[128], next;
    (void)word;
    if (key != page) {
        page = key;
        next = 33;
        for (size_t i = 0; i < 128; i++)
            code[i] = 0;
    }
    if (c <= ' ' || c > 126)
        return c;
    if (!code[c])
        code[c] = next++;
    return code[c];
}

static uint32_t encoding(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return is_letter(c) ? (is_lower(c) ? 0xe0U : 0xc0U) + (c | 0x20) - 'a' : c;
}

static uint32_t anything(uint32_t c, uint64_t key, uint64_t word)
{
    (void)word;
    return c > 32 ? 0x100 + (uint32_t)(mix(key, c) % 0x9000) : c;
}

static uint32_t ideographs(uint32_t c, uint64_t key, uint64_t word)
{
    (void)word;
    return c > 32 ? 0x4e00 + (uint32_t)(mix(key, c) % 0x5000) : c;
}

static uint32_t private_use(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return c > 32 ? 0xe000 + c % 0x1000 : c;
}

static uint32_t unknown_half(uint32_t c, uint64_t key, uint64_t word)
{
    return c > 32 && (word / 30 + key) % 2 ? 0xfffd : c;
}

static uint32_t unknown_letters(uint32_t c, uint64_t key, uint64_t word)
{
    (void)word;
    return is_letter(c) && mix(key, c | 0x20) % 4 == 0 ? 0xfffd : c;
}

static uint32_t questions(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return c > 32 ? '?' : c;
}

static uint32_t controls(uint32_t c, uint64_t key, uint64_t word)
{
    (void)key, (void)word;
    return is_letter(c) ? 1 + (c & 7) : c;
}

static const struct {
    const char *name;
    harm_fn *fn;
} harms[] = {
    {"exchange", exchange},
    {"exchange-half", exchange_half},
    {"exchange-fifth", exchange_fifth},
    {"caesar", caesar},
    {"glyph-number", glyph_number},
    {"shift-up", shift_up},
    {"shift-forty", shift_forty},
    {"encoding", encoding},
    {"first-use", first_use},
    {"anything", anything},
    {"ideographs", ideographs},
    {"private-use", private_use},
    {"unknown-half", unknown_half},
    {"unknown-letters", unknown_letters},
    {"questions", questions},
    {"controls", controls},
};

static void harm(const struct page_text *from, harm_fn *fn, uint64_t key, struct page_text *to)
{
    uint64_t word = 0;
    page_text_begin(to, UINT64_MAX);
    for (size_t i = 0; i < from->len;) {
        size_t len = utf8_seq(from->bytes + i, from->len - i);
        uint32_t c = len ? utf8_code(from->bytes + i, len) : 0xfffd;
        word += c <= ' ';
        page_text_char(to, fn(c, key, word));
        i += len ? len : 1;
    }
}

static unsigned latin_letters(const struct page_text *t)
{
    unsigned n = 0;
    for (size_t i = 0; i < t->len; i++)
        n += is_letter((unsigned char)t->bytes[i]);
    return n;
}

/* ---- pages ---- */

struct page {
    const char *label, *path;
    unsigned number;
    const struct page_facts *facts;
};

static void judge(const struct page *p, const struct page_text *t, const char *what)
{
    const struct page_facts *f = p->facts;
    struct quality q;
    double began = cpu();
    quality_of(t->bytes, t->len, f, &q);
    if (strcmp(what, "as-is") == 0)
        spent.gate += cpu() - began;
    printf("%s\t%s\t%u\t%s\t%s\t%.3f\t%u\t%s\tglyphs=%u hidden=%u images=%u cover=%.2f bare=%.2f "
           "grey=%.2f outlines=%u shapes=%u paths=%u\n",
           p->label, p->path, p->number, what, quality_gate_name(q.verdict), (double)q.score,
           q.visible, q.why, f->glyphs, f->invisible_glyphs, f->images, (double)f->image_cover,
           (double)f->bare_scan, (double)f->bare_grey, f->outlines, f->shapes, f->paths);
}

static void do_page(struct document *d, struct page *p)
{
    static struct page_text text, harmed;
    static struct page_facts facts;
    static struct layer layer;
    double began = cpu(), between;
    page_text_begin(&text, UINT64_MAX);
    layer_read(d, p->number - 1, true, &text, &layer);
    between = cpu();
    facts_of_page(d, p->number - 1, &facts);
    spent.text += between - began;
    spent.facts += cpu() - between;
    spent.pages++;
    spent.bytes += text.len;
    p->facts = &facts;
    judge(p, &text, "as-is");
    if (latin_letters(&text) < LETTERS_MIN)
        return;
    for (size_t i = 0; i < sizeof harms / sizeof harms[0]; i++) {
        harm(&text, harms[i].fn, mix(text.len, p->number), &harmed);
        judge(p, &harmed, harms[i].name);
    }
}

static char *load(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *bytes = NULL;
    long n = -1;
    if (f && fseek(f, 0, SEEK_END) == 0)
        n = ftell(f);
    if (n > 0)
        bytes = malloc((size_t)n);
    if (bytes) {
        rewind(f);
        *size = fread(bytes, 1, (size_t)n, f);
    }
    if (f)
        (void)fclose(f);
    return bytes;
}

static void do_file(struct engine *e, const char *label, const char *path)
{
    struct document_facts facts;
    size_t size = 0;
    char *bytes = load(path, &size);
    struct document *d =
        bytes
            ? document_open(e,
                            &(const struct document_source){
                                .data = bytes, .size = size, .max_pages = 100000, .passwords = ""},
                            &facts)
            : NULL;
    struct page p = {.label = label, .path = path};
    for (unsigned i = 1; d && i <= facts.pages && i <= PAGES; i++) {
        p.number = i;
        do_page(d, &p);
    }
    document_close(d);
    free(bytes);
    (void)fflush(stdout);
}

int main(void)
{
    struct engine *e = engine_new(MEMORY);
    char line[PATH_BYTES];
    while (e && fgets(line, sizeof line, stdin)) {
        char *tab = strchr(line, '\t');
        line[strcspn(line, "\n")] = '\0';
        if (!tab)
            continue;
        *tab = '\0';
        do_file(e, line, tab + 1);
    }
    (void)fprintf(stderr,
                  "gate: %lu pages, %lu bytes of text; CPU seconds: text %.3f, facts %.3f (%.1f %% "
                  "of text), gate %.3f (%.2f %% of text)\n",
                  spent.pages, spent.bytes, spent.text, spent.facts, 100 * spent.facts / spent.text,
                  spent.gate, 100 * spent.gate / spent.text);
    return e ? 0 : 1;
}
