/*
 * expose: the hidden folder of unpacked documents (unpack.h) becomes a folder of pending/: where
 * the document lay from which they came, called like it, less its ending.
 *
 *   sub/x.zip       sub/x/        also .tar .tgz .tar.gz ...; x.pdf.zip, too
 *   sub/x.pdf       sub/x.attached/        and all other names
 *   taken           sub/x~2/, sub/x~3/ ...: found and reserved before the seal, which carries the
 *                   number (token.h)
 *   taken since     x~<document id>/ at the top of pending/: always free
 *
 * The documents are then as any others that somebody dropped.
 */
#ifndef PDFSPOOL_EXPOSE_H
#define PDFSPOOL_EXPOSE_H

#include "spool/look.h"
#include "spool/place.h"

/* Find and reserve the folder's name for a document that is about to be sealed with unpacked ones:
 * after finish_reserve. p->to says so from then on, and whoever publishes it knows. folder: its
 * path below pending/, "sub/x" (expose_other gives the one that it may have instead). 0 or -1 with
 * errno (environment); then finish_drop as ever. */
int expose_reserve(struct place *p, const struct spool *s, const struct token *t,
                   char folder[PATH_CAP]);
/* How long a clean path in the folder may be (archive_path_clean's `most`), for a document of this
 * path. At least ARCHIVE_PATH_MIN. */
size_t expose_room(const char *path);

/* The folder's path below pending/ as the seal says, and the one that it has where that was
 * taken. */
void expose_folder(const struct place *p, const char *document, char folder[PATH_CAP]);
void expose_other(const struct place *p, const char *document, char folder[PATH_CAP]);

/* Publishing's step between x.json and the document itself. MOVED: all is visible (by us, now or
 * before, or by another). MOVE_LOST: it was thrown away (unpack_void), and never will be.
 * MOVE_FAILED: to be repeated (errno). */
enum moved expose(const struct spool *s, const struct place *p, const struct token *t);
/* Give the folder's reservation back. */
void expose_drop(const struct place *p, const struct spool *s, const struct token *t);

#endif
