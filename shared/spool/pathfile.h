/*
 * pathfile: paths that do not fit into a token, kept in control/paths/<document id>.
 *
 * The file belongs to one document: written (private name, synced, renamed) before the claim,
 * removed after publishing; the janitor removes those whose document is nowhere any more.
 */
#ifndef PDFSPOOL_PATHFILE_H
#define PDFSPOOL_PATHFILE_H

#include "spool/spool.h"
#include "spool/token.h"

/* Whose is this entry of control/paths/? The document's id: its path, its pages (pagefile.h), or
 * what was being written of either. False: none of ours. */
bool pathfile_owner(const char *name, char document[ID_CAP]);
/* Keep `path` for the document. 0 or -1. */
int pathfile_write(const struct spool *s, const char *document, const char *path);
/* The path of a token, wherever it is kept. 0; -1 with ENODATA: it is lost for good (the document
 * is then published under what its token still says); -1 with another errno: it cannot be read just
 * now, try again. */
int pathfile_path(const struct spool *s, const struct token *t, char path[PATH_CAP]);
/* Forget it. Not there is fine. */
void pathfile_remove(const struct spool *s, const struct token *t);

#endif
