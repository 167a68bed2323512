/*
 * mkpdf: makes the PDFs, good, bad and hostile, that tests, benchmarks and the first look at
 * pdfspool use. Exit codes: 0 made, 1 could not be written, 64 the command line is wrong.
 */
#include "tests/gen/bulk.h"
#include "tests/gen/genfile.h"
#include "tests/gen/kinds.h"
#include "tests/gen/samples.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 64 };
enum mode { MODE_KIND, MODE_LIST, MODE_SAMPLES, MODE_BULK };

struct request {
    enum mode mode;
    unsigned long count; /* of documents, for MODE_BULK */
    struct genopt opt;
};

static const char usage[] =
    "usage: mkpdf KIND [--words TEXT] [--pages N] [--seed S] [--size BYTES] FILE\n"
    "       mkpdf --list                      kinds: name, expected outcome, meaning; tab "
    "separated\n"
    "       mkpdf --samples DIR               friendly documents for a first look\n"
    "       mkpdf --bulk N [--pages P] [--seed S] [--size BYTES] DIR\n"
    "                                         N small documents, doc-000001.pdf ..., all "
    "different\n"
    "\n"
    "  --words TEXT   what the document says, for kinds that say anything (UTF-8)\n"
    "  --pages N      how many pages, for the kinds pages and flat20000 and for --bulk\n"
    "  --seed S       other random bytes; the same seed always gives the same file\n"
    "  --size BYTES   pad the file to about this size (kinds text and pages, --bulk)\n"
    "\n"
    "example: mkpdf text --words 'hello harbour' hello.pdf\n";

static const struct option options[] = {
    {"list", no_argument, NULL, 'l'},
    {"samples", no_argument, NULL, 'm'},
    {"bulk", required_argument, NULL, 'b'},
    {"words", required_argument, NULL, 'w'},
    {"pages", required_argument, NULL, 'p'},
    {"seed", required_argument, NULL, 's'},
    {"size", required_argument, NULL, 'z'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* A whole decimal number of at most max into *value. -1: it is none, and a message was printed. */
static int number_of(const char *text, unsigned long long max, unsigned long long *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || *value > max) {
        (void)fprintf(stderr, "mkpdf: '%s' is no number from 0 to %llu\n", text, max);
        return -1;
    }
    return 0;
}

static int take_option(struct request *r, int option, const char *arg)
{
    unsigned long long n = 0;

    switch (option) {
    case 'l':
        r->mode = MODE_LIST;
        return 0;
    case 'm':
        r->mode = MODE_SAMPLES;
        return 0;
    case 'w':
        r->opt.words = arg;
        return 0;
    case 'b':
        r->mode = MODE_BULK;
        if (number_of(arg, 100000000, &n) < 0)
            return -1;
        r->count = (unsigned long)n;
        return 0;
    case 'p':
        if (number_of(arg, 1000000, &n) < 0)
            return -1;
        r->opt.pages = (unsigned)n;
        return 0;
    case 's':
        if (number_of(arg, UINT64_MAX, &n) < 0)
            return -1;
        r->opt.seed = n;
        return 0;
    case 'z':
        if (number_of(arg, 1ULL << 40, &n) < 0)
            return -1;
        r->opt.size = (size_t)n;
        return 0;
    default:
        return -1;
    }
}

static void print_kind(const struct kind *kind)
{
    printf("%s\t%s\t%s\n", kind->name, kind->outcome, kind->meaning);
}

static int make_one(const char *name, const char *path, const struct genopt *opt)
{
    const struct kind *kind = kinds_find(name);
    struct buf out = {0};
    int rc;

    if (!kind) {
        (void)fprintf(stderr, "mkpdf: there is no kind '%s'; --list shows all\n", name);
        return EXIT_USAGE;
    }
    kind->make(&out, opt);
    rc = genfile_write(path, &out);
    buf_free(&out);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Carry the request out; args are the count words beside the options. The exit code. */
static int run(const struct request *r, char *const *args, int count)
{
    static const int wanted[] = {
        [MODE_KIND] = 2, [MODE_LIST] = 0, [MODE_SAMPLES] = 1, [MODE_BULK] = 1};

    if (count != wanted[r->mode]) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    switch (r->mode) {
    case MODE_LIST:
        kinds_each(print_kind);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    case MODE_SAMPLES:
        return samples_write(args[0]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    case MODE_BULK:
        return bulk_write(args[0], r->count, &r->opt) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    case MODE_KIND:
        break;
    }
    return make_one(args[0], args[1], &r->opt);
}

int main(int argc, char **argv)
{
    struct request request = {.mode = MODE_KIND, .opt = {.words = "seven grey lanterns"}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            return EXIT_SUCCESS;
        }
        if (take_option(&request, option, optarg) < 0) {
            (void)fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    return run(&request, argv + optind, argc - optind);
}
