/*
 * decide: what becomes of a document after the work on it: pure rules, no I/O.
 *
 *   END_FINISH   published, as its outcome says (done, or failed for good)
 *   END_RETRY    back to waiting, an attempt spent
 *   END_UNSPENT  back to waiting, nothing spent: not the document's fault, or not its time
 *   END_ALONE    the same, to be tried alone by a host that has more memory
 *   END_DROP     it belongs to somebody else now: throw away what was made
 */
#ifndef PDFSPOOL_DECIDE_H
#define PDFSPOOL_DECIDE_H

#include <stdbool.h>

#include "base/outcome.h"
#include "extractd/parserlink.h"
#include "spool/settings.h"
#include "spool/token.h"

/* END_OCR: back to waiting, for a slot that does OCR; END_LONG: the same, so that others have a turn. They
 * cost nothing. */
enum decision_end { END_FINISH, END_RETRY, END_UNSPENT, END_OCR, END_LONG, END_ALONE, END_DROP };

struct decision {
    enum decision_end end;
    enum outcome outcome; /* OUTCOME_COUNT where there is none */
    bool environment;     /* no fault of the document's, which is not counted against it */
    bool host_is_fine; /* nor does it count for the host's breaker: other documents can be done */
    int64_t wait_ms;   /* END_OCR: not before that time is over */
    char message[600]; /* why, in words */
};

#define DECIDE_KILLED_OUTSIDE "its parser was killed from outside, most likely for lack of memory"

struct decision decide(enum decision_end end, enum outcome outcome, const char *message);
/* This machine or the share failed: `what`, and the errno. */
struct decision decide_environment(const char *what, int error);
/* What a verdict of the supervisor makes of a document, or of the page that it fell on, and a
 * sentence about it. OUTCOME_COUNT: it is no fault of theirs. */
enum outcome decide_reason(const struct settings *c, int verdict, char message[200]);
/* After the parsers: their result, and why the supervisor had it killed (enum verdict). */
struct decision decide_parsed(const struct settings *c, const struct token *t,
                              const struct parse_result *r, int verdict);
/* The file has changed since it was claimed. */
struct decision decide_changed(const struct settings *c, const struct token *t);

#endif
