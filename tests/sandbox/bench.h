/*
 * bench: a zygote of parsers in one tier, and a slot that gives it documents.
 *
 * Order: bench_open, bench_run as often as wanted, bench_close. The result belongs to the bench,
 * and is of the last run. What the system refuses ends the program (exit 2): nothing could be shown
 * then.
 */
#ifndef PDFSPOOL_TEST_BENCH_H
#define PDFSPOOL_TEST_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "extractd/parserlink.h"
#include "extractd/receiver.h"

struct bench {
    pid_t zygote;
    int control;
    struct parserlink *link;
    struct parse_result result;
    _Atomic int32_t *pid; /* shared, so that a helper process can see it */
};

void bench_open(struct bench *b, const char *parser, const char *tier);
/* End the zygote, too. */
void bench_close(struct bench *b);
/* One document; its parser ends after so many `documents`, or seconds of CPU in one. */
void bench_run(struct bench *b, const char *bytes, size_t n, uint64_t cpu_s, uint32_t documents);
/* The same, but for the files in it: its receiver takes them. */
void bench_files(struct bench *b, const char *bytes, size_t n, const struct receiver *to);
/* 4096 bytes, zeroed, shared with child processes; the caller's. */
void *bench_shared_page(void);
/* Say what failed and why (errno), and exit. */
void bench_die(const char *what) __attribute__((noreturn));

#endif
