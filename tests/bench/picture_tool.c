/*
 * picture_tool: which picture of a page recognition would read, how it was made, and whether it is
 * the one that a viewer shows.
 *
 *   picture_tool [--compare] [--regions] [--pages N] [--memory MIB] FILE...  a line for each page
 *   picture_tool --pgm OUT PAGE FILE                       the picture of a page (from 1)
 *
 * A line: file, page, result, how, width x height, dpi, milliseconds; with --compare the mean
 * difference from a rendering (0 to 255, after both were brought to a quarter) and the same for the
 * picture turned upside-down; why it was not done in a simpler way.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/pagepicture.h"
#include "extractd/parser/regions.h"
#include "extractd/parser/render.h"

enum { PAGES = 10000, LINES = 4096 };

static struct {
    bool compare, regions;
    uint32_t pages;
    uint64_t memory_mib; /* that MuPDF may have */
    const char *pgm;
} option = {.pages = PAGES, .memory_mib = 1024};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void write_pgm(const struct picture *p, const char *path)
{
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        return;
    }
    fprintf(f, "P5\n%u %u\n255\n", p->width, p->height);
    for (uint32_t y = 0; y < p->height; y++)
        fwrite(p->samples + (size_t)y * p->stride, 1, p->width, f);
    if (fclose(f) != 0)
        perror(path);
}

/* The mean of the four by four pixels there; 255 outside. */
static int quarter(const struct picture *p, uint32_t x, uint32_t y)
{
    int sum = 0;
    for (uint32_t j = 0; j < 4; j++)
        for (uint32_t i = 0; i < 4; i++)
            sum += x * 4 + i < p->width && y * 4 + j < p->height
                       ? p->samples[(size_t)(y * 4 + j) * p->stride + x * 4 + i]
                       : 255;
    return sum / 16;
}

static double difference(const struct picture *a, const struct picture *b, bool turned)
{
    uint32_t w = a->width / 4, h = a->height / 4;
    uint64_t sum = 0;
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            sum += (uint64_t)abs(quarter(a, x, y) -
                                 (turned ? quarter(b, w - 1 - x, h - 1 - y) : quarter(b, x, y)));
    return w && h ? (double)sum / ((double)w * h) : 0;
}

static void compare(struct document *d, uint32_t page, const struct picture *p)
{
    struct render_order o = {.dpi = 72 / p->m[0]};
    struct render_result result;
    struct picture drawn;
    picture_to_page(p, 0, 0, &o.x0, &o.y0);
    picture_to_page(p, (float)p->width, (float)p->height, &o.x1, &o.y1);
    double from = now_ms();
    render_page(d, page, &o, &drawn, &result);
    if (result.drawn)
        printf("\t%.2f\t%.2f\trendering %.0f ms", difference(p, &drawn, false),
               difference(p, &drawn, true), now_ms() - from);
    else
        printf("\t-\t-\t%s", result.message);
    picture_free(&drawn);
}

static uint32_t lines_of(struct document *d, uint32_t page, struct picture_area *out)
{
    fz_context *ctx = d->engine->ctx;
    fz_stext_page *text = NULL;
    uint32_t n = 0;
    fz_var(text);
    fz_var(n);
    fz_try(ctx)
    {
        text = fz_new_stext_page_from_page_number(ctx, &d->pdf->super, (int)page, NULL);
        for (fz_stext_block *b = text->first_block; b; b = b->next)
            for (fz_stext_line *l = b->type == FZ_STEXT_BLOCK_TEXT ? b->u.t.first_line : NULL;
                 l && n < LINES; l = l->next)
                out[n++] = (struct picture_area){l->bbox.x0, l->bbox.y0, l->bbox.x1, l->bbox.y1};
    }
    fz_always(ctx)
    {
        fz_drop_stext_page(ctx, text);
    }
    fz_catch(ctx)
    {
        n = 0;
    }
    return n;
}

static void show_regions(struct document *d, uint32_t page, const struct picture_limits *limits)
{
    static struct picture_area lines[LINES];
    struct regions r;
    uint32_t n = lines_of(d, page, lines);
    double from = now_ms();
    regions_to_read(d, page, lines, n, &r);
    printf("    %u lines, %u regions, %.0f %% of the page, %u left out%s, %.1f ms\n", n, r.count,
           (double)r.share * 100, r.left_out, r.outlines ? ", outlines" : "", now_ms() - from);
    for (uint32_t i = 0; i < r.count; i++) {
        const struct picture_area *a = &r.areas[i];
        struct picture p = {0};
        enum picture_how how = PICTURE_NONE;
        char why[PICTURE_WHY];
        from = now_ms();
        enum picture_result result = picture_of_area(d, page, a, limits, &p, &how, why);
        printf("    %.0f %.0f %.0f %.0f\t%s\t%s\t%ux%u\t%.0f dpi\t%.1f ms\t%s\n", (double)a->x0,
               (double)a->y0, (double)a->x1, (double)a->y1, picture_result_name(result),
               picture_how_name(how), p.width, p.height, (double)p.dpi, now_ms() - from, why);
        picture_free(&p);
    }
}

static void show_page(struct document *d, const char *name, uint32_t page)
{
    const struct picture_limits *limits = &picture_limits_default;
    struct picture p = {0};
    enum picture_how how = PICTURE_NONE;
    char why[PICTURE_WHY];
    double from = now_ms();
    enum picture_result result = picture_of_page(d, page, limits, &p, &how, why);
    printf("%s\t%u\t%s\t%s\t%ux%u\t%.0f dpi\t%.1f ms", name, page + 1, picture_result_name(result),
           picture_how_name(how), p.width, p.height, (double)p.dpi, now_ms() - from);
    if (option.compare && p.samples && how != PICTURE_RENDERED)
        compare(d, page, &p);
    printf("\t%s\n", why);
    if (option.pgm && p.samples)
        write_pgm(&p, option.pgm);
    picture_free(&p);
    if (option.regions)
        show_regions(d, page, limits);
}

static void show_document(struct engine *e, const char *path, uint32_t only)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (bytes == MAP_FAILED) {
        printf("%s\t-\tcannot be read\n", path);
        return;
    }
    struct document_facts facts;
    struct document *d = document_open(e, bytes, (size_t)st.st_size, PAGES, &facts);
    if (!d)
        printf("%s\t-\t%s\n", path, facts.message);
    else if (only)
        show_page(d, path, only - 1);
    else
        for (uint32_t i = 0; i < facts.pages && i < option.pages; i++)
            show_page(d, path, i);
    document_close(d);
    munmap(bytes, (size_t)st.st_size);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int at = 1;
    uint32_t only = 0;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--compare") == 0)
            option.compare = true;
        else if (strcmp(argv[at], "--regions") == 0)
            option.regions = true;
        else if (strcmp(argv[at], "--pages") == 0 && at + 1 < argc)
            option.pages = (uint32_t)strtoul(argv[++at], NULL, 10);
        else if (strcmp(argv[at], "--memory") == 0 && at + 1 < argc)
            option.memory_mib = strtoul(argv[++at], NULL, 10);
        else if (strcmp(argv[at], "--pgm") == 0 && at + 3 < argc) {
            option.pgm = argv[at + 1];
            only = (uint32_t)strtoul(argv[at + 2], NULL, 10);
            at += 2;
        } else {
            fprintf(stderr, "picture_tool: what is %s?\n", argv[at]);
            return 2;
        }
    }
    struct engine *e = engine_new(option.memory_mib << 20);
    if (!e)
        return 1;
    for (; at < argc; at++)
        show_document(e, argv[at], only);
    return 0;
}
