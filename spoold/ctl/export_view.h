/*
 * export_view: what of done/ (or failed/) an export takes, and handing it over document by
 * document, each as a whole or not at all.
 *
 * The view: every document that was published when the export began, and that nobody has taken
 * away or moved when its turn comes; none whose text was written after that moment, by the file
 * server's clock. In between (text written before, published after) either may be. Published files
 * never change, so a document that was met is the one that was published; where more than the text
 * is taken, the hashes in its record are compared with what was read.
 */
#ifndef PDFSPOOL_CTL_EXPORT_VIEW_H
#define PDFSPOOL_CTL_EXPORT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "spoold/ctl/ctl.h"
#include "spoold/ctl/export_sink.h"

struct export_counts {
    uint64_t documents; /* handed over */
    uint64_t bytes;     /* of their files */
    uint64_t unchanged; /* the sink had them */
    uint64_t newer;     /* written after the export began: left out */
    uint64_t older;     /* written before `since`: left out */
    uint64_t gone;      /* taken away between listing and reading */
    uint64_t textless;  /* in done/ without a text, as their records say; handed over all the same
                           when something else of them is wanted */
    uint64_t failures;  /* documents and folders that could not be read or written; each was told */
};

struct export_view {
    struct ctl *ctl;          /* its spool is open */
    bool failed;              /* failed/ instead of done/ */
    bool part[EXPORT_PARTS];  /* which files go to the sink */
    bool record;              /* the sink wants the record */
    int64_t until_ms;         /* the server's clock; INT64_MAX: whatever is met */
    int64_t since_ms;         /* INT64_MIN: all */
    int spill_dir;            /* for large files, see export_piece.h */
    struct export_sink *sink; /* not ended here */
    void (*tick)(void *arg);  /* after each document met */
    void (*tell)(void *arg, const char *path,
                 const char *why); /* a document or folder that failed */
    void *arg;
    struct export_counts counts;
};

enum export_end { EXPORT_ALL, EXPORT_STOPPED, EXPORT_BROKEN /* the sink says why */ };

/* Find the folder that a person means below done/ (or failed/): as bytes or as shown, with or
 * without "done/" before it. Its path, to be freed, without slashes around; NULL having said why,
 * with *code set. */
char *export_view_folder(const struct export_view *v, const char *given, int *code);
/* Hand over all documents below that folder ("": all). */
enum export_end export_view_run(struct export_view *v, const char *folder);

#endif
