/*
 * tier: one way of getting text out of a page. A document's pages each take the first tier that
 * succeeds.
 */
#ifndef PDFSPOOL_TIER_H
#define PDFSPOOL_TIER_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/wire.h"

struct document;
struct page_text;

struct tier_page {
    enum wire_tier tier;
    bool limit;        /* the page has more text than it may have */
    bool memory;       /* memory ran out on this page: the whole process must go */
    char message[200]; /* of an error; any bytes; "" if none */
};

struct tier {
    const char *name;
    /* Append the text of a page (from 0) to `to`, which is empty. Always fills *out; text that
     * came before an error counts. */
    void (*page)(struct document *d, uint32_t page, bool dehyphenate, struct page_text *to,
                 struct tier_page *out);
};

#endif
