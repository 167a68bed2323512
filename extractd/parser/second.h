/*
 * second: another engine's opinion of a page's text: poppler's, by its C API.
 *
 * second_prepare once in the zygote, before the first fork; then in a caged parser second_open for
 * a document whose text layer fails, second_page for each page in doubt, second_close. No call
 * opens a file, starts a thread or prints, once second_prepare has been called.
 *
 * poppler ends the process by abort() where memory runs out, and has no clock and no way to stop:
 * both are the caller's, from outside. What it reads is the page's content alone: no annotation, no
 * value of a form field.
 */
#ifndef PDFSPOOL_SECOND_H
#define PDFSPOOL_SECOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_text;
struct second;

/* Load what poppler takes from files, and silence it. False: no second opinion can be had. It may
 * be called twice. */
bool second_prepare(void);

/* Open what lies at data (borrowed until second_close; must not change), with the empty password if
 * it is encrypted. NULL: err (cap bytes, cut) says why. */
struct second *second_open(const void *data, size_t n, char *err, size_t cap);

/* How many pages poppler finds. Another number than MuPDF's means that the two did not agree on
 * which pages there are: then do not mix their pages. */
uint32_t second_pages(const struct second *s);

/* Append the text of a page (from 0), as logical lines in reading order. False: err says why; what
 * was appended before stays, and t tells whether it is full or lacks memory. */
bool second_page(struct second *s, uint32_t page, struct page_text *t, char *err, size_t cap);

void second_close(struct second *s); /* NULL is fine */

/* The version of poppler. A constant. */
const char *second_version(void);

#endif
