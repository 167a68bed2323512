/*
 * answer: what goes back to a client, before it is sent.
 *
 * A handler gets one that is {0} but for its status, 200; it adds to `body`, sets `type`, and may
 * set an entity tag. Whoever has it last frees it. Errors are problems (RFC 9457): answer_problem.
 */
#ifndef PDFSPOOLD_ANSWER_H
#define PDFSPOOLD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { ANSWER_HEADERS = 12, ANSWER_ETAG = 64 };

extern const char answer_json[]; /* "application/json" */

struct answer {
    int status;       /* 0: 200 */
    const char *type; /* Content-Type; a literal. NULL: no body */
    struct buf body;
    /* Instead of a body: bytes that outlive the server (a file of the page). */
    const void *fixed;
    size_t fixed_len;
    char etag[ANSWER_ETAG]; /* without quotes; "": none */
    bool keep;      /* a browser may keep it and ask whether it is still good; else no-store */
    bool alone;     /* ... it alone, nobody who stands between (with `keep`) */
    bool close;     /* end the connection after it */
    bool packed;    /* body or fixed is gzip */
    size_t headers; /* further ones */
    struct {
        const char *name;
        struct buf value;
    } header[ANSWER_HEADERS];
};

/* Gives back what it holds; it is then {0}. */
void answer_free(struct answer *a);
/* Add a header; name is a literal; the value must have no control characters (they become '?').
 * More than ANSWER_HEADERS (five are ours) is a bug of the caller and aborts. */
void answer_header(struct answer *a, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Pack the body with gzip, where that pays: for whoever makes a large one in a thread of its own, for
 * a client that takes it (request_takes_gzip). The server's thread packs what is not. */
void answer_pack(struct answer *a);
/* Has memory been short while it was made? Then send something else. */
bool answer_ok(const struct answer *a);

/*
 * Throw away what is there and say what is wrong instead:
 *   {"type":"urn:pdfspool:problem:KIND","code":"KIND","title":"...","status":404,"detail":"..."}
 * `kind` is a word for programs ("unknown-path"; docs/openapi.yaml has all), `detail` a sentence for people; bytes that
 * are not UTF-8 are replaced. Headers that were added stay.
 */
void answer_problem(struct answer *a, int status, const char *kind, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));
/* The problem that was just said gets the member `count`. */
void answer_problem_count(struct answer *a, uint64_t count);
/* The standard's words for a status ("Not Found"); "Error" for one that we never send. */
const char *answer_title(int status);

#endif
