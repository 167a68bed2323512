/*
 * export_take: one published document, read whole before anybody sees any of it.
 *
 * Calls: init; document, as often as wanted (what it gives is borrowed until the next call, or
 * clear); free.
 */
#ifndef PDFSPOOL_CTL_EXPORT_TAKE_H
#define PDFSPOOL_CTL_EXPORT_TAKE_H

#include "base/jsonr.h"
#include "spoold/ctl/export_piece.h"
#include "spoold/ctl/export_view.h"

enum export_got {
    GOT_WHOLE,
    GOT_TEXTLESS, /* its record says that it has no text; the rest is there as far as wanted */
    GOT_SAME,     /* the sink has it all */
    GOT_NEWER,
    GOT_OLDER,
    GOT_GONE,
    GOT_TROUBLE, /* errno and `why` (or NULL) say what; it was tried again where that can help */
    GOT_BROKEN   /* not the spool's fault: the export cannot go on; the sink's trouble says why */
};

struct export_take {
    const struct export_view *view;
    int top; /* done/ or failed/, the spool's */
    struct export_piece piece[EXPORT_PARTS];
    struct jsonr *record;
    struct export_document doc;
    char folder[EXPORT_PATH_CAP]; /* of doc */
    const char *why;
    unsigned tried; /* how often before this time */
};

void export_take_init(struct export_take *t, const struct export_view *view, int top);
/* Read the document whose PDF is `pdf` in `folder` (below the top; dir: the same, opened a moment
 * ago). */
enum export_got export_take_document(struct export_take *t, const char *folder, int dir,
                                     const char *pdf);
/* Does the view want x.json to be read, be it only to compare hashes? */
bool export_take_wants_record(const struct export_view *v);
void export_take_clear(struct export_take *t);
void export_take_free(struct export_take *t);

#endif
