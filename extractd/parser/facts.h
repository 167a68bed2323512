/*
 * facts: what stands on a page beside its text: how much of it images cover, whether the text lies
 * over them, whether curves look like letters, whether there is any ink.
 *
 * Nothing is rendered and no image decoded: the page's marks are noted on a grid of 64 by 64 cells
 * while an interpreter runs. Either watch a run that takes place anyway (facts_watch: the text
 * tier's; it costs next to nothing), or ask for a run of its own (facts_of_page). One page at a
 * time in a process.
 */
#ifndef PDFSPOOL_FACTS_H
#define PDFSPOOL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

struct document;
struct fz_context;
struct fz_device;

/* Shares are 0 to 1 of the page's area, counted in cells of the grid. */
struct page_facts {
    float width, height;       /* of the page as it is shown, in points */
    uint32_t glyphs;           /* drawn on the page, without blanks */
    uint32_t invisible_glyphs; /* of these, those of render mode 3, or under an image: an
                                  earlier OCR's */
    uint32_t images;           /* placed on the page, of any size */
    uint32_t paths;            /* filled or stroked with ink */
    uint32_t outlines;         /* small filled pieces of path with curves, as letters have */
    uint32_t shapes;           /* different ones among the outlines, roughly; at most 256 */
    float image_cover;         /* images together */
    float largest_image;
    float scan_cover; /* images that are fine enough to hold letters that can be read */
    float bare_scan;  /* of these, such as have no text of their own over them */
    float bare_grey;  /* of these again, such as have no colour */
    float text_cover; /* cells with a glyph */
    float path_ink;   /* cells with an outline */
    bool blank;       /* nothing but white, or nothing at all */
    bool complete;    /* the run came to the page's end without an error */
};

/* Note from now on what dev is given for a page whose box is x0, y0, x1, y1 (points, as dev has
 * them), and pass it on to what dev had. It cannot fail, and takes no memory. Forms dev's functions
 * anew: call it after all others who do that. */
void facts_watch(struct fz_device *dev, const float box[4]);
/* The facts of the run that was watched; complete is what the caller says of it. */
void facts_watched(bool complete, struct page_facts *out);
/* A run of its own, over the page (from 0) with its annotations. False when it broke off; *out has
 * then what came before, and complete is false. */
bool facts_of_page(struct document *d, uint32_t page, struct page_facts *out);

#endif
