/*
 * cursor: where a page ended: a number to sort by, a path and an id, as one opaque word for
 * addresses (base64url).
 */
#ifndef PDFSPOOLD_CURSOR_H
#define PDFSPOOLD_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "spoold/model/pick.h"

/* Append as a word. */
void cursor_write(int64_t value, const char *path, const char *id, struct buf *out);
/* False: it is none of ours. */
bool cursor_read(const char *word, struct pick_cursor *c);

#endif
