/*
 * counted [NAME ...]: does these pieces of work, or all, and prints the name of each.
 * counted --built: what this was built by.
 *
 * Run by callgrind with --instr-atstart=no, --toggle-collect=counted_work and
 * --dump-after=counted_work, it leaves one file for each, in the order of the names. What is
 * prepared runs without being looked at, five times as fast.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "base/fsop.h"
#include "tests/bench/counted/counted.h"

#ifndef COUNTED_FLAGS
#define COUNTED_FLAGS "?"
#endif

enum { SEED = 7 };

void counted_must(bool so, const char *what)
{
    if (so)
        return;
    fprintf(stderr, "counted: %s\n", what);
    exit(1);
}

/* Known to callgrind by its name. */
__attribute__((noinline)) void counted_work(const struct counted *c);
void counted_work(const struct counted *c)
{
    c->work();
    __asm__ volatile("" ::: "memory"); /* no tail call: it ends after the work */
}

static bool wanted(const struct counted *c, int argc, char **argv)
{
    bool so = argc == 1;
    for (int i = 1; i < argc; i++)
        so = so || strcmp(c->name, argv[i]) == 0;
    return so;
}

static int do_those(const struct counted *c, int argc, char **argv)
{
    int n = 0;
    for (; c->name; c++)
        if (wanted(c, argc, argv)) {
            c->prepare();
            CALLGRIND_START_INSTRUMENTATION;
            counted_work(c);
            CALLGRIND_STOP_INSTRUMENTATION;
            puts(c->name);
            n++;
        }
    return n;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--built") == 0) {
        puts(__VERSION__ ", " COUNTED_FLAGS);
        return 0;
    }
    fs = &fsop_posix;
    json_object_seed(SEED); /* else by chance, and so are the collisions in its tables */
    int n = do_those(counted_worker, argc, argv) + do_those(counted_page, argc, argv);
    if (n == 0 || n < argc - 1) {
        fprintf(stderr, "counted: there is no such piece of work\n");
        return 64;
    }
    return 0;
}
