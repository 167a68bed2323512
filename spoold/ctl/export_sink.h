/*
 * export_sink: where an export goes: a tree of folders, an archive, or JSON lines. One document is
 * handed over at a time, read whole before, so that a sink never has to take back half of one.
 *
 * Calls: one of the export_*_new; `has` and `put` for each document; `finish` when all were there,
 * else `abandon`. Both of these end the sink and free it.
 */
#ifndef PDFSPOOL_CTL_EXPORT_SINK_H
#define PDFSPOOL_CTL_EXPORT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "spool/layout.h"

struct export_piece;
struct export_out;
struct export_pack;
struct jsonr;

/* In the order in which they are published, the PDF last. */
enum export_part { EXPORT_TEXT, EXPORT_JSON, EXPORT_PDF, EXPORT_PARTS };

/* All of it is borrowed for the call. */
struct export_document {
    const char *folder; /* below done/, or below failed/ (<class>/...); "" for the top */
    char name[EXPORT_PARTS][NAME_CAP];             /* of the files in it */
    const struct export_piece *part[EXPORT_PARTS]; /* NULL: not wanted, or there is none */
    const struct export_piece *raw; /* x.json as it lies there; NULL: it was not asked for */
    const struct jsonr *record;     /* the same, parsed */
    enum outcome class;             /* of a failed one; else OUTCOME_COUNT */
};

struct export_sink {
    /* 0; 1: this document cannot be written, the export can go on; -1: nothing more can be
     * written. `trouble` then says why. */
    int (*put)(struct export_sink *k, const struct export_document *d);
    /* Is this part there already, as it would be written? NULL: there is never anything. */
    bool (*has)(struct export_sink *k, const struct export_document *d, enum export_part part,
                const struct export_piece *piece);
    /* What was put is safe on disk and has its name. 0, or -1: nothing is left, `trouble` says why.
     */
    int (*finish)(struct export_sink *k);
    void (*abandon)(struct export_sink *k);
    char *trouble; /* the caller's, of trouble_cap bytes; valid after the sink's end */
    int error;     /* the errno behind it */
};

enum { EXPORT_TROUBLE_CAP = 512, EXPORT_PATH_CAP = 2 * PATH_CAP /* of a folder */ };

/* Each: NULL when out of memory, with what it was given closed. */
/* A tree in the open folder `top` (it is closed at the end). update: files that are there may be
 * replaced. */
struct export_sink *export_tree_new(int top, bool update, char trouble[EXPORT_TROUBLE_CAP]);
/* Entries of an archive. plain_names: names must be UTF-8 and harmless (zip): others are shown. */
struct export_sink *export_archive_new(struct export_pack *pack, bool plain_names,
                                       char trouble[EXPORT_TROUBLE_CAP]);
/* A line of JSON for each document. pages: the text as an array, a string for each page. records:
 * x.json as a member. */
struct export_sink *export_jsonl_new(struct export_pack *pack, bool pages, bool records,
                                     char trouble[EXPORT_TROUBLE_CAP]);

#endif
