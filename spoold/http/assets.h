/*
 * assets: the files of the page, read once at the start into a table. A request is looked up in the
 * table and never becomes a path; what changes on disk later is not seen.
 *
 * A name is "/" and the path within the folder ("/app.js", "/img/logo.svg"); "/" stands for
 * "/index.html". Only regular files whose names are of letters, digits, '.', '_' and '-' (not '.'
 * at the beginning) and whose ending has a type in the table of assets.c are taken; another file is
 * left out, with a line in the log. Text is compressed here, once.
 */
#ifndef PDFSPOOLD_ASSETS_H
#define PDFSPOOLD_ASSETS_H

#include <stddef.h>

#include "base/buf.h"
#include "spoold/http/answer.h"

enum {
    ASSETS_FILES = 256,
    ASSETS_DEPTH = 4,               /* folders within folders */
    ASSETS_BYTES = 16 * 1024 * 1024 /* all together */
};

struct assets;

struct asset {
    char *name;
    const char *type;
    struct buf plain, packed; /* packed: empty when that would not be smaller */
    char etag[ANSWER_ETAG];   /* of the bytes: the first 32 digits of their SHA-256 */
};

/* Read the folder. NULL with errno: it cannot be read, EFBIG when it holds more than the bounds
 * above. What was wrong is logged with the file's name. */
struct assets *assets_load(const char *folder);
void assets_free(struct assets *t); /* NULL is fine */
/* By the path of a request, encoded as it came. NULL: there is none. Borrowed. */
const struct asset *assets_find(const struct assets *t, const char *path);
size_t assets_count(const struct assets *t);

#endif
