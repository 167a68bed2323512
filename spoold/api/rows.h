/*
 * rows: a document of the catalog as the API shows it (DocumentRow of docs/openapi.yaml), and its
 * key.
 */
#ifndef PDFSPOOLD_ROWS_H
#define PDFSPOOLD_ROWS_H

#include "base/buf.h"
#include "spoold/api/view.h"
#include "spoold/model/key.h"

enum { ROW_KEY = KEY_CAP };

/* Its id, or, where none is known, "t-" and 24 digits of the hash of its place. */
void rows_key(const struct doc_row *d, char key[ROW_KEY]);
/* Append the place of its entry from the top of the spool, as bytes. Of what is in work or waits: the
 * folder. */
void rows_place(const struct view *v, const struct doc_row *d, struct buf *out);
/* When it came into its state; 0: not known. */
int64_t rows_changed(const struct doc_row *d);
/* The members of the row, within an object that is open. */
void rows_members(struct jsonw *w, const struct view *v, const struct doc_row *d);
/* The same as an object. */
void rows_show(struct jsonw *w, const struct view *v, const struct doc_row *d);
/* How many pages of each tier, as an object; null where that is not known. */
void rows_tiers(struct jsonw *w, const char *key, const struct doc_row *d);
/* The slot that has it in hand; NULL: none is known. */
const struct slot_status *rows_slot(const struct view *v, const struct doc_row *d);
/* Is this a stage that the contract knows? Else NULL, so that it is shown as null. */
const char *rows_stage(const char *stage);

#endif
