/*
 * textpath ours|plain < LIST: the text path alone, for counting instructions (callgrind).
 *
 * LIST has a path a line. `ours`: what a caged parser does with each document, from its bytes to its
 * frames, which go to /dev/null; without cage, zygote, slot and spool, and without OCR. `plain`: a plain loop
 * over MuPDF's structured text, printed by MuPDF's own function into memory. Prints documents and
 * pages (plain: pages alone are counted).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/parse.h"
#include "tests/bench/plainpage.h"

enum { PATH_BYTES = 4096, RESULTS_FD = 4, MEMORY = 1 << 30 };

static unsigned long documents, pages;

/* ---- ours ---- */

/* Known to callgrind by its name (tests/bench/guard.py). */
__attribute__((noinline)) void textpath_ours(struct engine *e, const void *data, size_t size);
void textpath_ours(struct engine *e, const void *data, size_t size)
{
    const struct wire_job job = {.magic = WIRE_JOB,
                                 .size = size,
                                 .max_page_text = 16u << 20,
                                 .max_text = 256u << 20,
                                 .max_pixels = 100u << 20,
                                 .max_pages = 10000,
                                 .plain_page = UINT32_MAX};
    const struct parse_job p = {.data = data, .size = size, .job = &job, .passwords = ""};
    (void)parse_document(e, &p);
    __asm__ volatile("" ::: "memory"); /* no tail call: it ends after the work */
}

/* ---- plain ---- */

static void try_page(fz_context *ctx, pdf_document *pdf, int number, fz_output *out)
{
    fz_try(ctx)
    {
        plain_page(ctx, pdf, number, out);
    }
    fz_catch(ctx)
    {
        return; /* the other pages count */
    }
}

/* Throws. */
static void plain_pages(fz_context *ctx, pdf_document *pdf)
{
    int n = pdf_count_pages(ctx, pdf);
    for (int i = 0; i < n; i++, pages++) {
        fz_buffer *b = fz_new_buffer(ctx, 4096);
        fz_output *out = fz_new_output_with_buffer(ctx, b);
        try_page(ctx, pdf, i, out);
        fz_close_output(ctx, out);
        fz_drop_output(ctx, out);
        fz_drop_buffer(ctx, b);
    }
}

static void plain(fz_context *ctx, const void *data, size_t size)
{
    pdf_document *pdf = NULL;
    fz_stream *s = NULL;
    fz_var(pdf);
    fz_var(s);
    fz_try(ctx)
    {
        s = fz_open_memory(ctx, data, size);
        pdf = pdf_open_document_with_stream(ctx, s);
        if (!pdf_needs_password(ctx, pdf))
            plain_pages(ctx, pdf);
    }
    fz_always(ctx)
    {
        pdf_drop_document(ctx, pdf);
        fz_drop_stream(ctx, s);
    }
    fz_catch(ctx)
    {
        return;
    }
}

static void silence(void *user, const char *message)
{
    (void)user, (void)message;
}

static void each(const char *path, struct engine *e, fz_context *ctx)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *data = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        perror(path);
        exit(1);
    }
    documents++;
    if (e)
        textpath_ours(e, data, (size_t)st.st_size);
    else
        plain(ctx, data, (size_t)st.st_size);
    munmap(data, (size_t)st.st_size);
    close(fd);
}

int main(int argc, char **argv)
{
    char path[PATH_BYTES];
    bool is_ours = argc == 2 && strcmp(argv[1], "ours") == 0;
    const char *to = getenv("FRAMES");
    if (!is_ours && (argc != 2 || strcmp(argv[1], "plain") != 0)) {
        fprintf(stderr, "usage: textpath ours|plain < LIST\n");
        return 64;
    }
    int sink = open(to ? to : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (sink < 0 || dup2(sink, RESULTS_FD) != RESULTS_FD)
        return 71;
    struct engine *e = is_ours ? engine_new(MEMORY) : NULL;
    fz_context *ctx = is_ours ? NULL : fz_new_context(NULL, NULL, FZ_STORE_DEFAULT);
    if (!e && !ctx)
        return 71;
    if (ctx) {
        fz_set_warning_callback(ctx, silence, NULL);
        fz_set_error_callback(ctx, silence, NULL);
    }
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        each(path, e, ctx);
    }
    printf("%lu documents, %lu pages\n", documents, pages);
    return 0;
}
