/*
 * claimer_watch: which folders of pending/ wake the claimer. All that its walks come by, before they
 * are listed; those in which something is first, as there is room for so many (base/wake.h).
 */
#include <stdio.h>

#include "base/wake.h"
#include "extractd/claimer_parts.h"

enum { RENEW_MS = 60000 /* between two times that the table of wake-ups is begun anew */ };

enum { FOLDER_CAP = 2 * PATH_CAP };

/* A folder below pending/; "" for itself. */
static const char *path_of(const struct claimer *c, const char *path, char folder[FOLDER_CAP])
{
    snprintf(folder, FOLDER_CAP, "%s/%s%s%s", c->x->spool.path, DIR_PENDING, *path ? "/" : "",
             path);
    return folder;
}

void claimer_watch_folder(const struct claimer *c, const char *path)
{
    char folder[FOLDER_CAP];
    wake_watch(path_of(c, path, folder));
}

/* Before it is listed: what comes after that is heard of, so that neither a folder that has long
 * been empty nor one that was just made has to wait for the next walk. */
static void entering(const void *arg, const char *path)
{
    char folder[FOLDER_CAP];
    wake_watch_empty(path_of(arg, path, folder));
}

/* Folders that were removed and made again are heard once all are watched anew: by walks from their
 * beginning, so not while one is under way. */
static void renew_wake(struct claimer *c)
{
    for (unsigned i = 0; i < c->n; i++)
        if (c->course[i]->walking)
            return;
    bool anew = wake_renew(RENEW_MS);
    for (unsigned i = 0; anew && i < c->n; i++)
        c->course[i]->next = 0;
}

void claimer_watch_walk(struct claimer *c, struct course *w)
{
    renew_wake(c);
    claimer_watch_folder(c, w->folder);
    scan_telling(w->scan, entering, c);
}
