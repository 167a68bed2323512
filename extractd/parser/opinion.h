/*
 * opinion: second opinions on a text layer that fails or reads as garbage: MuPDF's with the glyphs'
 * own names (repair.h), poppler's (second.h).
 */
#ifndef PDFSPOOL_OPINION_H
#define PDFSPOOL_OPINION_H

struct page_work;

/* Ask for the page at hand; what comes is put into the contest. */
void opinion_ask(struct page_work *w);
/* The document is done with. */
void opinion_forget(struct page_work *w);

#endif
