/*
 * textpiece: a piece of a published document's text, as it may be shown: whole characters, and none that
 * act on a terminal or that nobody sees.
 *
 * Set page, offset and limit; textpiece_read, textpiece_clean, textpiece_members, textpiece_free.
 * Offsets are bytes of the text as it lies there (of the page, where one is asked for), so that the
 * next piece begins where this one ended, whatever was left out of it.
 */
#ifndef PDFSPOOL_CTL_TEXTPIECE_H
#define PDFSPOOL_CTL_TEXTPIECE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"

enum { TEXTPIECE_LEAST = 4 /* a limit of less may hold no whole character */ };

struct textpiece {
    uint64_t page, offset, limit; /* asked for; page from 1; 0: all of it */
    uint64_t pages;               /* how many there are */
    uint64_t total;               /* bytes of the page, or of all */
    struct buf text;              /* raw; may end within a character */
    uint64_t at_page, at;         /* where the reading is: page (from 1), byte of it */
};

/* Read the text of the published PDF `pdf` in its open folder. 0, or -1 with errno (ENOMEM, too). */
int textpiece_read(struct textpiece *p, int folder, const char *pdf);
/* Append what may be shown to `out`: without controls but tab, line feed and form feed, and without the
 * tags of U+E0000; what is no UTF-8 becomes U+FFFD. Bytes of the raw text that it stands for. */
size_t textpiece_clean(const struct textpiece *p, struct buf *out);
/* Members of the writer's open object: untrusted, page, pages, offset, next_offset (null at the end),
 * total_bytes, text. */
void textpiece_members(const struct textpiece *p, size_t used, const struct buf *clean,
                       struct jsonw *w);
void textpiece_free(struct textpiece *p);

#endif
