/*
 * place: where a document's results go: the folder in done/ or failed/<class>/, and the names in
 * it.
 *
 * Results live under hidden, private names `.<document id>.<claim>.txt` and `.json` in their final
 * folder until they are published. The user's own folders are made again below done/ and
 * failed/<class>/. Where a folder cannot be made because a document has its name, the document goes
 * flat into done/ (or the class's folder) under its encoded path; the destination then says so
 * ('f'), so that whoever finishes the work computes the same place.
 */
#ifndef PDFSPOOL_PLACE_H
#define PDFSPOOL_PLACE_H

#include <stdbool.h>

#include "spool/dropname.h"
#include "spool/reserve.h"
#include "spool/spool.h"
#include "spool/token.h"

struct place {
    struct destination to;
    struct result_names names; /* for to.n */
    char key[RESERVE_KEY_CAP]; /* of the reservation for to.n */
    char hidden_text[2 * ID_CAP + 8], hidden_json[2 * ID_CAP + 8];
    char folder_path[PATH_CAP + 64]; /* from the top of the spool, e.g. "done/a/b" */
    char base[NAME_CAP];             /* the document's own name, or its encoded path when flat */
    char path[PATH_CAP];             /* the document's path (the encoded one if it is lost) */
    int folder;                      /* descriptor; -1 when not open */
    bool borrowed; /* it is the spool's own descriptor of done/ (one round trip saved) */
    bool guessed;  /* the document's path is lost: this is not the place that was computed while it
                      was known */
};

/* Compute everything but the descriptor. 0; -1: the document's path cannot be read just now
 * (errno). */
int place_set(struct place *p, const struct spool *s, const struct token *t, struct destination to);
/* Change the number of a place: names and key follow. */
void place_number(struct place *p, unsigned n);
/* Open the folder, making what is missing for `document`. 0; -1 error; a document where a folder is
 * needed turns the place flat (unless it must stay as it is: `fixed`, after the seal). */
int place_open(struct place *p, const struct spool *s, const char *document, bool fixed);
void place_close(struct place *p);

#endif
