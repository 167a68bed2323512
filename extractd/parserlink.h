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

#include "extractd/result.h"
#include "extractd/wire.h"

struct parserlink;

struct parse_limits {
    uint32_t sandbox; /* enum sandbox_mode */
    uint32_t documents;
    uint64_t memory_limit, cpu_limit_s, max_page_text, max_text;
    uint32_t max_pages;
    bool dehyphenate;
    uint64_t max_pixels;
    uint32_t without;             /* JOB_NO_...: ways that are not gone */
    char languages[LANGLIST_CAP]; /* of the models that a parser is to have for OCR; "": none */
    const struct buf *passwords;  /* to try on encrypted documents, each ended by a NUL; borrowed;
                                    NULL: none but the empty one */
};

/* zygote: the slots' end of the control socket; status_fd: this slot's status page. Both borrowed.
 * NULL: no memory. */
struct parserlink *parserlink_new(unsigned slot, int zygote, int status_fd);
/* What the supervisor sees of a parser at work; borrowed. Each may be NULL. */
struct parserlink_signs {
    _Atomic int32_t *pid;         /* of the parser while it works, else 0: whom to kill */
    _Atomic uint32_t *pages;      /* goes up with each page that came */
    bool (*page_done)(void *arg); /* called when some have come; false: stop */
    const int *watch;             /* a descriptor: when anything is to be read there: stop */
    bool (*still)(void *arg);     /* asked while nothing comes, ten times a second; false: stop */
    void *arg;
};

/* Have pages of `document` (size bytes; borrowed) parsed, by one parser. A parser that was killed
 * is reported as crashed with its signal in exit_status; who had it killed knows better why. Adds
 * to *r (clear it before a new document), and always says in r->outcome how it ended (stopped:
 * crashed, and r->stopped): when that is a failure, pages before r->due are good. Never fails
 * otherwise. */
void parserlink_run(struct parserlink *l, int document, uint64_t size,
                    const struct parse_limits *limits, const struct page_order *order,
                    const struct parserlink_signs *signs, struct parse_result *r);
/* Let the parser go (it ends by itself). */
void parserlink_free(struct parserlink *l);

#endif
