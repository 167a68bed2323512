/*
 * standin: JPEG 2000 images without their pixels, for a run that only asks where images are.
 *
 * MuPDF decodes an image when it is drawn; but one in JPEG 2000 when it is loaded, because all that
 * is known of it is in its stream: 0.5 s of CPU for a scanned page of 2,717 by 3,701 dots. What the
 * text tier needs is in the first bytes. So images are put into MuPDF's store
 * that have a size, a colour space and a mask, but no pixels: there the interpreter finds them.
 *
 * It is about time alone: what is not found here (by far the most is), or is not understood, is
 * loaded as ever. One page at a time in a process.
 */
#ifndef PDFSPOOL_PARSER_STANDIN_H
#define PDFSPOOL_PARSER_STANDIN_H

struct document;
struct pdf_obj;

/* For the images that this page (its dictionary) draws itself, or by its forms. Until they are
 * removed, none of them has pixels: they may not be drawn. Never fails. */
void standins_put(struct document *d, struct pdf_obj *page);
void standins_remove(struct document *d);

#endif
