/*
 * parserlink: the slot's side of a parser: ask the zygote for one, give it a document, take the
 * result.
 *
 * One link per slot. The parser is replaced when it dies, breaks the protocol, or has served its
 * number of documents. Every byte from the parser is hostile; frame.c decides what is a frame, this
 * file what is allowed when. Memory: the text grows up to max_text; the caller clears the result
 * after use.
 */
#ifndef PDFSPOOL_PARSERLINK_H
#define PDFSPOOL_PARSERLINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "extractd/wire.h"

struct parserlink;

struct parse_limits {
    uint32_t sandbox; /* enum sandbox_mode */
    uint32_t documents;
    uint64_t memory_limit, cpu_limit_s, max_page_text, max_text;
    uint32_t max_pages;
    bool dehyphenate;
};

struct parsed_page {
    uint32_t tier, chars, micros, unmapped;
    char message[120]; /* valid UTF-8, one line; "" if none */
};

struct parse_result {
    enum outcome outcome;
    bool environment; /* not the document's fault: no parser to be had, no memory here; message says
                         what */
    char message[512]; /* a sentence on what went wrong; "" if nothing did. Valid UTF-8, one line */
    struct buf text;   /* pages in order, each ended by a form feed */
    struct parsed_page *pages; /* n_pages of them (only as many as came) */
    uint32_t n_pages, cap_pages;
    uint32_t announced_pages; /* as the parser counted; 0 when unknown */
    uint32_t bad_pages, pages_without_text;
    bool repaired, opened_with_empty_password;
    struct buf meta;  /* key NUL value NUL ... */
    char sandbox[16]; /* tier in force */
    uint64_t
        stderr_bytes; /* what it said on stderr (the first KiB is in `message` when it crashed) */
    int exit_status;  /* wait status of a parser that died; 0 if it did not */
};

/* zygote: the slots' end of the control socket; status_fd: this slot's status page. Both borrowed.
 * NULL: no memory. */
struct parserlink *parserlink_new(unsigned slot, int zygote, int status_fd);
/* Have `document` (size bytes; borrowed) parsed. `pid` (may be NULL) is set to the parser's pid
 * while it works and to 0 afterwards: the supervisor uses it to kill; a parser killed so is
 * reported as crashed with its signal in exit_status, and the caller knows better why. Always fills
 * *r; never fails otherwise. */
void parserlink_run(struct parserlink *l, int document, uint64_t size,
                    const struct parse_limits *limits, _Atomic int32_t *pid,
                    struct parse_result *r);
/* Let the parser go (it ends by itself). */
void parserlink_free(struct parserlink *l);

/* Empty a result for reuse; keeps some memory. */
void parse_result_clear(struct parse_result *r);
void parse_result_free(struct parse_result *r);

#endif
