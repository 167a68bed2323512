/*
 * pagetext: the text of one page while it is being made: UTF-8 in memory, with what is counted on
 * the way. Nothing of it has been sent yet, so that another tier's text may still take its place.
 */
#ifndef PDFSPOOL_PAGETEXT_H
#define PDFSPOOL_PAGETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_text {
    char *bytes; /* owned; no NUL at the end; NULL while there is none */
    size_t len, cap;
    uint64_t most;            /* bytes that it may have */
    uint32_t chars, unmapped; /* code points; those of them that are U+FFFD */
    bool full;                /* something did not go in for `most` */
    bool no_memory;           /* or for lack of memory */
};

/* Append a code point. What is no text becomes some: NUL, surrogates and numbers beyond Unicode
 * U+FFFD, a form feed (which ends a page) a blank. False when it did not go in. */
bool page_text_char(struct page_text *t, uint32_t c);
/* Append n bytes of UTF-8; each byte that is none becomes U+FFFD. */
bool page_text_add(struct page_text *t, const char *utf8, size_t n);
/* Empty, with the memory kept and this bound. */
void page_text_begin(struct page_text *t, uint64_t most);
void page_text_clear(struct page_text *t); /* the same with the bound as it is */
void page_text_free(struct page_text *t);

#endif
