/*
 * find: one document by its key.
 */
#ifndef PDFSPOOLD_FIND_H
#define PDFSPOOLD_FIND_H

#include "spoold/api/view.h"

/* False: there is none. The row's strings are the snapshot's. */
bool find_document(const struct view *v, const char *key, struct doc_row *row);

#endif
