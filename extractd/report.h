/*
 * report: x.json, the record of what became of a document. Its format is in docs/SPOOL.md.
 */
#ifndef PDFSPOOL_REPORT_H
#define PDFSPOOL_REPORT_H

#include "base/buf.h"
#include "base/outcome.h"
#include "base/sha256.h"
#include "extractd/entrylist.h"
#include "extractd/parserlink.h"
#include "spool/token.h"

struct report {
    const char *path, *host, *lease, *sandbox;
    const struct token *token;
    const char *lane; /* NULL or "": it has none */
    enum outcome outcome;
    const char *message; /* "" if none */
    const char *sha256;  /* "" when the document was never read */
    uint64_t size;
    int64_t mtime_ms;           /* of the document, as the user's file has it */
    int64_t began_ms, ended_ms; /* server time */
    int64_t load_ms, parse_ms;
    int64_t slot_ms;   /* from when a slot took it in hand till now, publishing included */
    int64_t wait_ms;   /* of its time: waiting for a core; in neither of the two above */
    const char *stage; /* where it failed; NULL or "": it did not, or that is not known */
    const struct parse_result *parsed; /* NULL when it was never parsed */
    const struct entrylist *entries;   /* what is in it; NULL when that was not looked at */
    const char *folder;                /* below pending/, where those that were taken will be; "" */
    const char *attachments_lost;      /* why they could not be taken, or not all; "" */
    const char *same_as; /* path below done/ of the document that its text is from; NULL or "" */
    const char *json_sha256; /* for the journal: of its x.json, where its text may be taken over */
};

/* Append the whole file. The text's hash and length are those of r->parsed->text. */
void report_write(const struct report *r, struct buf *out);
/* May the text be taken over for other documents with this content? Not when a page lacks anything
 * that another try might give it, or when it took a password. */
bool report_may_serve(const struct report *r);
/* The tier of that name; TIER_COUNT: there is none. */
uint32_t report_tier_of(const char *name);
/* Append one line for the journal: what happened to the document ("done", "failed", "retry", ...).
 */
void report_event(const char *what, const struct report *r, const char *published_as,
                  struct buf *out);

#endif
