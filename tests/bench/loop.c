/*
 * mupdf-loop FILE-LIST OUTDIR N: the limit for the benchmark: what libmupdf does in a plain loop,
 * without any spool.
 *
 * N worker processes take files from the list as they get free; each opens its file, runs all pages
 * to structured text, and prints it by MuPDF's own function into OUTDIR/<number>.txt. No cage, no
 * fsync, no tricks. Prints files, pages, files that failed, and seconds.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/plainpage.h"

enum { FILES_MAX = 1000000, WORKERS_MAX = 256 };

struct tally { /* shared by all workers */
    _Atomic long next, pages, failed;
};

static char *files[FILES_MAX];
static long n_files;

static void silence(void *user, const char *message)
{
    (void)user, (void)message;
}

static void try_page(fz_context *ctx, pdf_document *doc, int number, fz_output *out)
{
    fz_try(ctx)
    {
        plain_page(ctx, doc, number, out);
        fz_write_byte(ctx, out, '\f');
    }
    fz_catch(ctx)
    {
        /* the other pages count */
    }
}

/* Throws. */
static void load_tree(fz_context *ctx, pdf_document *doc)
{
    fz_try(ctx)
    {
        pdf_load_page_tree(ctx, doc);
    }
    fz_catch(ctx)
    {
        /* page by page, then */
    }
}

/* Throws. */
static void print_document(fz_context *ctx, pdf_document *doc, const char *to, struct tally *t)
{
    fz_output *out = fz_new_output_with_path(ctx, to, 0);
    fz_try(ctx)
    {
        load_tree(ctx, doc);
        int n = pdf_count_pages(ctx, doc);
        for (int i = 0; i < n; i++) {
            try_page(ctx, doc, i, out);
            t->pages++;
        }
        fz_close_output(ctx, out);
    }
    fz_always(ctx)
    {
        fz_drop_output(ctx, out);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static void do_file(fz_context *ctx, const char *from, const char *to, struct tally *t)
{
    pdf_document *doc = NULL;
    fz_var(doc);
    fz_try(ctx)
    {
        doc = pdf_open_document(ctx, from);
        if (pdf_needs_password(ctx, doc))
            fz_throw(ctx, FZ_ERROR_GENERIC, "a password is needed");
        print_document(ctx, doc, to, t);
    }
    fz_always(ctx)
    {
        pdf_drop_document(ctx, doc);
    }
    fz_catch(ctx)
    {
        t->failed++;
    }
}

static void work(const char *dir, struct tally *t)
{
    char to[4096];
    fz_context *ctx = fz_new_context(NULL, NULL, FZ_STORE_DEFAULT);
    if (!ctx)
        exit(1);
    fz_set_warning_callback(ctx, silence, NULL);
    fz_set_error_callback(ctx, silence, NULL);
    for (long i; (i = t->next++) < n_files;) {
        snprintf(to, sizeof to, "%s/%ld.txt", dir, i);
        do_file(ctx, files[i], to, t);
    }
    fz_drop_context(ctx);
}

static int read_list(const char *name)
{
    char line[4096];
    FILE *f = fopen(name, "r");
    if (!f)
        return -1;
    while (n_files < FILES_MAX && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        if (!(files[n_files++] = strdup(line)))
            return -1;
    }
    fclose(f);
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    int workers = argc == 4 ? atoi(argv[3]) : 0, bad = 0, status;
    if (workers < 1 || workers > WORKERS_MAX) {
        fprintf(stderr, "usage: mupdf-loop FILE-LIST OUTDIR N\n");
        return 64;
    }
    struct tally *t =
        mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED || read_list(argv[1]) < 0) {
        perror(argv[1]);
        return 1;
    }
    double start = now();
    for (int i = 0; i < workers; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            work(argv[2], t);
            _exit(0);
        }
        bad += pid < 0;
    }
    while (wait(&status) > 0)
        bad += status != 0;
    printf("files=%ld pages=%ld failed=%ld seconds=%.3f\n", n_files, (long)t->pages,
           (long)t->failed, now() - start);
    return bad != 0;
}
