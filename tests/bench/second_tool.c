/*
 * second_tool: the text of a PDF's page by one of the engines of tier 2, to compare them.
 *
 *   second_tool FILE PAGE ENGINE    PAGE from 1, or "all" (a form feed after each)
 *   ENGINE  poppler | missing | all (the two ways of repair.h) | numbers (of the characters that
 *           MuPDF cannot read, the percentage that poppler gives as numbers: repair.h)
 *
 * Text to stdout, times and errors to stderr. No cage: for trusted files only.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/repair.h"
#include "extractd/parser/second.h"

enum { MAX_PAGES = 10000, PAGE_TEXT = 16 * 1024 * 1024 };

struct source {
    const void *bytes;
    size_t n;
    uint32_t first, end; /* pages from 0; end is the one after the last */
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool read_file(const char *name, struct source *s)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return false;
    s->n = (size_t)st.st_size;
    void *p = mmap(NULL, s->n, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    s->bytes = p;
    return p != MAP_FAILED;
}

static void show(const struct page_text *t, uint32_t page, double since, const char *err)
{
    if (t->len)
        fwrite(t->bytes, 1, t->len, stdout);
    putchar('\f');
    fprintf(stderr, "page %u: %.2f ms %s\n", page + 1, now_ms() - since, err);
}

static int by_poppler(const struct source *s)
{
    char err[200] = "";
    struct page_text t = {.most = PAGE_TEXT};
    double start = now_ms();
    if (!second_prepare())
        return 1;
    double prepared = now_ms();
    struct second *d = second_open(s->bytes, s->n, err, sizeof err);
    fprintf(stderr, "prepare %.2f ms, open %.2f ms %s\n", prepared - start, now_ms() - prepared,
            err);
    if (!d)
        return 1;
    for (uint32_t i = s->first; i < s->end && i < second_pages(d); i++) {
        double since = now_ms();
        page_text_clear(&t);
        err[0] = '\0';
        (void)second_page(d, i, &t, err, sizeof err);
        show(&t, i, since, err);
    }
    second_close(d);
    page_text_free(&t);
    return 0;
}

static int by_repair(const struct source *s, enum repair_way way)
{
    char err[200];
    struct page_text t = {.most = PAGE_TEXT};
    struct document_facts facts;
    struct engine *e = engine_new(0);
    struct document *d = e ? document_open(e, s->bytes, s->n, MAX_PAGES, &facts) : NULL;
    struct repair *r = d ? repair_open(d) : NULL;
    if (!r) {
        fprintf(stderr, "cannot be opened: %s\n", e && !d ? facts.message : "no memory");
        return 1;
    }
    for (uint32_t i = s->first; i < s->end && i < facts.pages; i++) {
        double since = now_ms();
        uint32_t mended = 0;
        page_text_clear(&t);
        err[0] = '\0';
        (void)repair_page(r, i, way, &t, &mended, err, sizeof err);
        show(&t, i, since, err);
        fprintf(stderr, "mended %u\n", mended);
    }
    repair_close(r);
    document_close(d);
    page_text_free(&t);
    return 0;
}

static int by_numbers(const struct source *s)
{
    char err[200];
    struct page_text t = {.most = PAGE_TEXT};
    struct document_facts facts;
    struct engine *e = engine_new(0);
    struct document *d = e ? document_open(e, s->bytes, s->n, MAX_PAGES, &facts) : NULL;
    struct repair *r = d ? repair_open(d) : NULL;
    struct second *p = second_prepare() ? second_open(s->bytes, s->n, err, sizeof err) : NULL;
    for (uint32_t i = s->first; r && p && i < s->end && i < facts.pages; i++) {
        uint32_t mended = 0;
        page_text_clear(&t);
        (void)repair_page(r, i, REPAIR_MISSING, &t, &mended, err, sizeof err);
        page_text_clear(&t);
        (void)second_page(p, i, &t, err, sizeof err);
        printf("page %u: %u %%\n", i + 1, repair_numbers_percent(r, &t));
    }
    second_close(p);
    repair_close(r);
    document_close(d);
    page_text_free(&t);
    return r && p ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct source s = {.first = 0, .end = MAX_PAGES};
    if (argc != 4 || !read_file(argv[1], &s)) {
        fprintf(stderr, "usage: second_tool FILE PAGE|all poppler|missing|all|numbers\n");
        return 2;
    }
    if (strcmp(argv[2], "all") != 0) {
        s.end = (uint32_t)strtoul(argv[2], NULL, 10);
        s.first = s.end ? s.end - 1 : 0;
    }
    if (strcmp(argv[3], "poppler") == 0)
        return by_poppler(&s);
    if (strcmp(argv[3], "numbers") == 0)
        return by_numbers(&s);
    return by_repair(&s, strcmp(argv[3], "all") == 0 ? REPAIR_ALL : REPAIR_MISSING);
}
