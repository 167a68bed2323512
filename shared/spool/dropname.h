/*
 * dropname: which names in pending/ are documents, and what their results are called.
 */
#ifndef PDFSPOOL_DROPNAME_H
#define PDFSPOOL_DROPNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "spool/layout.h"

/* Why this name (one component) is no drop, as a phrase for people, or NULL when it is one. Dot
 * names, ~*, *~, partial downloads and the droppings of file managers are left alone. For folders
 * too: those are not entered. */
const char *dropname_ignored(const char *name);

struct result_names {
    char pdf[NAME_CAP];
    char text[NAME_CAP];
    char json[NAME_CAP];
    char stem[NAME_CAP]; /* what the three share, "~n" included: the key of the reservation */
};

/* Names of the published triple of a document with this base name and path; n > 1 gives "x~n". A
 * name too long for
 * ".json" is shortened and gets 8 hex digits of the path's hash. A document whose name does not end
 * in .pdf keeps its whole name as stem; if it ends in .txt or .json it gets ".pdf" on top, so that
 * no PDF can ever be called like another document's text. Cannot fail. */
void dropname_results(const char *base, const char *path, unsigned n, struct result_names *out);
/* The stem that guards a folder called `name` against documents: name without .pdf, .txt, .json.
 * Into out. */
void dropname_folder_stem(const char *name, char out[NAME_CAP]);
/* n when `name` is a result called stem~n.(suffix), 1 when it is stem.(suffix), else 0. `suffix` is
 * any of ours. */
unsigned dropname_number(const char *name, const char *stem);
/* Is a file of this name in done/ or failed/ a document, and no result of one? */
bool dropname_published(const char *name);

#endif
