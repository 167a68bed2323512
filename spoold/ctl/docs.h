/*
 * docs: the documents of a spool, one after the other, or those of one path.
 */
#ifndef PDFSPOOL_CTL_DOCS_H
#define PDFSPOOL_CTL_DOCS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "base/outcome.h"
#include "spool/docstate.h"
#include "spool/scan.h"
#include "spool/spool.h"
#include "spool/token.h"

enum { DOCS_ALL = (1 << DOC_STATES) - 1 };

struct doc {
    enum doc_state state;
    const char
        *path; /* the document's: below pending/, done/ or failed/<class>/, or out of its token */
    const char *folder, *name; /* its entry: folder from the top of the spool */
    int dir;                   /* that folder, open */
    enum outcome class;        /* of a failed one; else OUTCOME_COUNT */
    const struct token *token; /* of waiting, claimed, sealed ones; else NULL */
    int64_t due_s;             /* of waiting ones */
};

/* All of it is borrowed for the call. False: enough. */
typedef bool docs_visit(void *arg, const struct doc *d);

/* Visit all documents in the states of the mask (1 << DOC_...). counts: of pending/, what is no
 * drop (may be NULL). 0, or -1 with errno when some folder could not be read. */
int docs_walk(const struct spool *s, unsigned states, docs_visit *visit, void *arg,
              struct scan_counts *counts);
/* Visit the documents of this path. It may be given as bytes or as shown (%XX), and with pending/,
 * done/ or failed/<class>/ before it. Returns how many, or -1. */
int docs_find(const struct spool *s, const char *path, unsigned states, docs_visit *visit,
              void *arg);
/* The x.json of a published document; NULL and a line in err when there is none to be read.
 * jsonr_free it. */
struct jsonr *docs_json(const struct doc *d, char *err, size_t cap);
/* Members of the writer's open object: state, path, class of a failed one, document and attempt of one
 * with a token, due of a waiting one. */
struct jsonw;
void docs_members(struct jsonw *w, const struct doc *d);
/* Names of the results beside a published PDF. */
void docs_result_name(const char *pdf, const char *suffix, char out[NAME_CAP]);
/* Read a file whole, up to max bytes. 0 or -1 (EFBIG: larger). */
int docs_read(int dir, const char *name, struct buf *out, size_t max);

#endif
