/*
 * unpacker: takes the files that a parser finds in a document, cleans their names, writes those
 * that are PDFs into the claim's hidden folder (spool/unpack.h) as they come, and keeps the list of
 * all. Of a file's content it never has more than the piece in hand.
 *
 *   unpacker_new; parserlink_run with unpacker_receiver; then unpacker_finish, or unpacker_throw;
 *   unpacker_free
 */
#ifndef PDFSPOOL_UNPACKER_H
#define PDFSPOOL_UNPACKER_H

#include <stdatomic.h>

#include "extractd/entrylist.h"
#include "extractd/receiver.h"
#include "spool/settings.h"
#include "spool/spool.h"
#include "spool/token.h"

struct unpacker;

struct unpacker_order {
    const struct spool *spool;       /* must stay */
    const struct settings *settings; /* that limit it */
    const struct token *token;       /* of the document; must stay */
    const char *path;                /* of the document */
    uint64_t size;                   /* of the document */
    _Atomic uint64_t *progress;      /* goes up with each piece that was written; must stay */
};

/* NULL: no memory. Touches nothing on the share. */
struct unpacker *unpacker_new(const struct unpacker_order *order);
/* Who takes what a parser finds; borrowed. For one run of one parser. */
const struct receiver *unpacker_receiver(struct unpacker *u);
/* All has come: what was taken is on the server, hidden. 0; -1 and errno (environment). */
int unpacker_finish(struct unpacker *u);
/* Nothing of it will ever be seen. The list stays. */
void unpacker_throw(struct unpacker *u);
/* Is there a folder to become visible? True between unpacker_finish and unpacker_throw, if a file
 * was taken. */
bool unpacker_has_folder(const struct unpacker *u);
/* Borrowed. */
const struct entrylist *unpacker_list(const struct unpacker *u);
/* Removes nothing from the share. NULL is fine. */
void unpacker_free(struct unpacker *u);

#endif
