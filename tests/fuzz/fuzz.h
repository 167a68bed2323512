/*
 * fuzz: what the harnesses share: a law that aborts, a file system that is one file, and the check
 * of a parse result.
 *
 * A harness is one LLVMFuzzerTestOneInput: any bytes must come to a right answer or a right
 * refusal. FUZZ_LAW says what must hold then; a law that is broken ends the process, and libFuzzer
 * keeps the input. Sanitizers watch the rest.
 */
#ifndef PDFSPOOL_TEST_FUZZ_H
#define PDFSPOOL_TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_LAW(what)                                                                             \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: the law is broken: %s\n", __FILE__, __LINE__, #what);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Put a table into `fs` in which every file that is opened holds these bytes (borrowed), every
 * folder lists them as getdents gave them, in pieces of at most `piece` bytes (0: as asked for),
 * and nothing can be written. Opening anything starts a file's bytes anew; a folder's go on, so
 * that a walk through folders ends. */
void memfile_serve(const uint8_t *bytes, size_t n, size_t piece);
/* Every descriptor that was opened since has been closed? */
bool memfile_closed(void);

/* A string of its own, exactly as long as it has to be, up to the first NUL of the bytes. *used
 * (may be NULL): bytes taken, the NUL included. */
char *fuzz_string(const uint8_t *data, size_t n, size_t *used);
/* True for what may be called so in a folder: no empty name, no '/', not "." or "..", at most
 * NAME_MAX bytes. */
bool fuzz_name_ok(const char *name);

struct parse_result;
struct parse_limits;
/* What may be believed of a result, whatever a parser sent: bounds, UTF-8, an x.json that can be
 * read again. `complete`: the parser said END and was believed. */
void fuzz_result_law(struct parse_result *r, const struct parse_limits *limits, bool complete);

#endif
