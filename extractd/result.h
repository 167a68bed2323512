/*
 * result: what parsers have made of a document so far: its pages, each with its text.
 *
 * Pages come in any order and from more than one parser: one that a page has killed is followed by
 * another for the rest, and pages that wait for OCR get their text later. Owned by one slot, used
 * for one document after another.
 */
#ifndef PDFSPOOL_RESULT_H
#define PDFSPOOL_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/langlist.h"
#include "base/outcome.h"
#include "extractd/recipe.h"
#include "extractd/wire.h"

/* Tiers outside of this program ([tier:NAME]): the result knows them by name, its pages by
 * TIER_OUTSIDE and the name's place. No parser can say such a number. */
enum { TIER_OUTSIDE = 32, OUTSIDE_TIERS = 8, OUTSIDE_NAME = 16 };

struct parsed_page {
    bool done;           /* by a parser, or given up */
    uint32_t tier;       /* enum wire_tier, or TIER_OUTSIDE and more */
    uint8_t asked;       /* a bit for each tier outside that had no text for it */
    enum outcome reason; /* of a bad page: what class of trouble; else OUTCOME_OK */
    uint32_t chars, micros, unmapped;
    uint32_t confidence; /* of OCR, in hundredths of a per cent; WIRE_UNKNOWN: there was none */
    uint32_t score;      /* of the quality gate, in thousandths; WIRE_UNKNOWN: not asked */
    uint32_t dpi;        /* of the picture that was read; 0: none was */
    char message[120];   /* valid UTF-8, one line; "" if none */
    size_t at, bytes;    /* its text in `text`; a form feed follows it */
    uint32_t other_tier; /* where the text comes from that was not chosen */
    size_t other_at, other_bytes; /* that text in `others`; 0 bytes: none was kept */
};

struct parse_result {
    enum outcome outcome;
    bool environment; /* not the document's fault: no parser to be had, no memory here; message says
                         what */
    bool stopped;     /* by us, in the middle */
    bool no_models;   /* the environment lacks the OCR models that are wanted */
    char message[512]; /* a sentence on what went wrong; "" if nothing did. Valid UTF-8, one line */
    struct buf text;   /* pages as they came, each followed by a form feed (see
                          parse_result_assemble) */
    struct buf others; /* texts that were not chosen, of pages where the choice was close */
    struct parsed_page *pages; /* n_pages of them; those that never came are not `done` */
    uint32_t n_pages, cap_pages;
    uint32_t announced_pages;     /* as the parser counted; 0 when unknown */
    uint32_t due;                 /* the page that was due when the last parser ended */
    uint32_t at_page;             /* the page (from 0) that it was at, as it said itself */
    uint8_t flags;                /* PAGES_REPAIRED, ... */
    struct buf meta;              /* key NUL value NUL ... */
    char sandbox[16];             /* tier in force */
    char wanted[LANGLIST_CAP];    /* languages that the last parser asked for; "" none */
    bool settled;                 /* a page was in the languages that it was read with */
    char languages[LANGLIST_CAP]; /* that OCR was done with; "" none was */
    char recipe[RECIPE_CAP];      /* the settings that its text is made by; "": more than one */
    char outside[OUTSIDE_TIERS][OUTSIDE_NAME];
    uint32_t n_outside;
    bool shaken; /* a parser ended before its time: some page may have got less than others would */
    uint64_t
        stderr_bytes; /* what it said on stderr (the first KiB is in `message` when it crashed) */
    int exit_status;  /* wait status of a parser that died; 0 if it did not */
};

struct receiver;

/* Which pages are asked for. All zero: all. */
struct page_order {
    uint32_t first;      /* from 0: none before it */
    uint32_t plain;      /* from 1: this page is done without other engines; 0: none is */
    const uint8_t *plan; /* borrowed; n_plan bytes, one for each page: 0: not this one. NULL: all */
    uint32_t n_plan;
    bool careful; /* each page is sent at once */
    bool ocr;     /* pictures are read */
    bool advise;  /* the parser may ask for other languages */
    bool settled; /* with advise: an earlier job of this document has settled them */
    bool lean;    /* it may ask for one with all engines (parserlink says so) */
    bool any;     /* a file's pages: any of them, in order */
    const struct receiver *files; /* not NULL: no pages, but the files in it, and who takes them;
                                     borrowed */
};

/* Empty a result for reuse; keeps some memory. */
void parse_result_clear(struct parse_result *r);
void parse_result_free(struct parse_result *r);

/* Page i (from 0), made if it is not there yet. NULL: no memory. */
struct parsed_page *parse_result_page(struct parse_result *r, uint32_t i);
/* Number of pages of that tier that are done. */
uint32_t parse_result_count(const struct parse_result *r, enum wire_tier tier);
/* Bytes of text of all pages that are done. */
uint64_t parse_result_bytes(const struct parse_result *r);
/* Does any page have text? */
bool parse_result_has_text(const struct parse_result *r);
/* The tier outside of that name; added where it is not known yet. TIER_NONE: it is no such name, or
 * there are too many. */
uint32_t parse_result_outside(struct parse_result *r, const char *name);
bool parse_result_is_outside(const struct parse_result *r, uint32_t tier);
/* Page i has this text (no form feed in it) from that tier outside, and none from elsewhere. False:
 * no memory, and nothing has changed. */
bool parse_result_told(struct parse_result *r, uint32_t i, uint32_t tier, const struct buf *text,
                       uint32_t chars, uint32_t unmapped);
/* Give up page i: bad for this reason. message is cut to fit. False: no memory. */
bool parse_result_bad(struct parse_result *r, uint32_t i, enum outcome reason, const char *message);
/* What all pages, done or bad, add up to: ok, partial, empty, or where none could be read the
 * reason of the first. `message` is filled in for that. */
void parse_result_conclude(struct parse_result *r);
/* Make `text` the document's text: all pages in order, each ended by a form feed, and nothing else.
 * False: no memory, and nothing has changed. */
bool parse_result_assemble(struct parse_result *r);

#endif
