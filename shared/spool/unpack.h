/*
 * unpack: the documents that come out of another one (the files of an archive, the attachments of a
 * PDF), before anybody may see them. They are written into a hidden folder of the claim's own,
 *
 *   pending/.unpack/<document id>.<claim>/<clean path>
 *
 * which becomes visible as a whole, by one rename (expose.h), or not at all.
 *
 *   unpack_new, then for each file: unpack_file, unpack_bytes*, unpack_keep or unpack_leave
 *   unpack_finish   all is on the server; then the folder's name is found (expose_reserve), the
 *                   results are written, the seal decides
 *   unpack_throw    instead, or when the seal was lost: nobody will ever see any of it
 *   unpack_free     always, at the end
 *
 * Nothing is made before the first file: who finds none costs nothing. After an error (errno;
 * trouble of the environment) only unpack_restart, unpack_throw and unpack_free are left.
 */
#ifndef PDFSPOOL_UNPACK_H
#define PDFSPOOL_UNPACK_H

#include <stdint.h>

#include "base/sha256.h"
#include "spool/look.h"
#include "spool/spool.h"
#include "spool/token.h"

struct unpack;

struct unpacked { /* a file that was kept */
    uint64_t size;
    char sha256[SHA256_HEX];
};

/* For the claimed document *t; the spool must stay. NULL: no memory. Touches nothing on the
 * share. */
struct unpack *unpack_new(const struct spool *s, const struct token *t);
/* Begin the file of that path below the folder: a clean one (archive_path_ok), used for no other
 * file of this folder (archive_paths_use). Folders are made on the way; no link is followed, no
 * file is opened that was there. 0 or -1. */
int unpack_file(struct unpack *u, const char *path);
/* Its next bytes. They are written at once, and hashed. 0 or -1. */
int unpack_bytes(struct unpack *u, const void *bytes, size_t n);
/* It is whole: synced and closed. 0 and *kept, or -1. An empty file is refused (EINVAL): in
 * pending/ it would wait for its content for ever. */
int unpack_keep(struct unpack *u, struct unpacked *kept);
/* It is not wanted after all: removed. 0 or -1. */
int unpack_leave(struct unpack *u);
/* All that was written is removed, in place, and the files may come anew (the parser died, and
 * another begins from the start). Only before the seal. 0 or -1. */
int unpack_restart(struct unpack *u);
/* The last file was kept or left. Folders without files are removed, all others synced. 0 and
 * *files, how many were kept (0: there is no folder), or -1. */
int unpack_finish(struct unpack *u, unsigned *files);
/* The folder can never become visible from here on, and is removed if that works (the sweep does
 * the rest). What has become visible already stays. */
void unpack_throw(struct unpack *u);
void unpack_free(struct unpack *u); /* NULL is fine; closes, removes nothing */

enum { UNPACK_NAME_CAP = 2 * ID_CAP + 8 };
/* The folder's name in .unpack/, and the one under which it is thrown away. The first is used once:
 * it is renamed to its place in pending/, or to the second. */
void unpack_name(const char *document, const char *claim, char name[UNPACK_NAME_CAP]);
void unpack_void_name(const char *document, const char *claim, char name[UNPACK_NAME_CAP]);
/* The ids in such a name: 1 of the first, 2 of the second kind, 0 neither. */
int unpack_parse(const char *name, char document[ID_CAP], char claim[ID_CAP]);

/* Where is a claim's folder, by the server's own listing? NOWHERE: it has become visible, or there
 * never was one, or it was thrown away and removed (only once the claim is in no work/ any more).
 * UNKNOWN: errno. */
enum unpack_at { UNPACK_UNKNOWN, UNPACK_HIDDEN, UNPACK_VOID, UNPACK_NOWHERE };
enum unpack_at unpack_where(const struct spool *s, const char *document, const char *claim);
/* Take the right to become visible away from a folder. MOVED: done, now or before. MOVE_LOST: it
 * is nowhere. MOVE_FAILED: unknown, errno. */
enum moved unpack_void(const struct spool *s, const char *document, const char *claim);
/* Remove what unpack_void has set aside, at most *entries of it, which is counted down. 0: all is
 * gone; 1: more is left; -1. */
int unpack_remove(const struct spool *s, const char *document, const char *claim,
                  unsigned *entries);

#endif
