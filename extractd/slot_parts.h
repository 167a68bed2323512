/*
 * slot_parts: what the files of slot share: slot.c is the life of a slot, slot_read.c gets from a
 * document in hand to what is known of it (slot_ocr.c: pages that need OCR; slot_files.c: files in
 * it; slot_tiers.c: tiers outside), slot_end.c from there to where it goes. slot_help.c is what one
 * does that has no document.
 */
#ifndef PDFSPOOL_SLOT_PARTS_H
#define PDFSPOOL_SLOT_PARTS_H

#include "extractd/decide.h"
#include "extractd/extract.h"
#include "extractd/extractd.h"
#include "extractd/load.h"
#include "extractd/parserlink.h"
#include "extractd/report.h"
#include "extractd/unpacker.h"
#include "spool/caps.h"

struct slot {
    struct extractd *x;
    int index;
    struct slot_board *board;
    struct lease lease;
    struct parserlink *link;
    struct sha256 *hash;
    struct settings own; /* for the document in hand: the configuration, and what its lane says */
    const char *lane;    /* its name, "": it has none; borrowed from `own` */
    uint32_t without;    /* JOB_NO_...: ways to a text that its lane does not go */
    uint32_t outside;    /* a bit for each of own.tiers that its lane names */
    struct caps *caps;   /* of these tiers; NULL: none was asked for yet */
    struct parse_result parsed;
    struct buf json, line;
    char path[PATH_CAP];
    char sha256[SHA256_HEX]; /* of the document in hand */
    int64_t began_at;        /* boot clock, ms: when it was taken in hand */
    int path_unknown;        /* errno: the path of the document in hand cannot be read just now */
    bool pages_kept;         /* pages of the document in hand may be kept apart */
    int64_t pages_kept_at;   /* boot clock, ms: the last time, or when OCR began */
    uint32_t pages_since;    /* that have come since then */
    char same_as[PATH_CAP];  /* whose text it has; "": its own */
    char json_sha256[SHA256_HEX]; /* of its x.json, where its text may serve others; else "" */
    bool alone;                   /* it has all cores, and memory_alone */
    bool had_core;                /* the document in hand has been worked on */
    struct unpacker *unpacker;    /* files taken out of the document in hand, or NULL */
    char folder[PATH_CAP];        /* that these are to have below pending/ */
    char attachments_lost[560];
    struct report report; /* of the document in hand */
};

/* What counts for the document in hand, whose path is known: fills in `own`, `lane`, `without`, and
 * the board's limits of its time. */
void slot_lane(struct slot *s);
/* The stage on the board; counts as progress. */
void slot_stage(struct slot *s, enum slot_stage to);
/* A document that is being read. */
struct reading {
    struct parse_limits limits;
    struct buf passwords;
    struct extraction extraction;
};

/* Wait for a core of this kind, as long as it takes; the stage is SLOT_PARSE then. False: not to
 * be: *d says what becomes of the document: it was cancelled, or none became free for long for
 * one that has had none yet. Another host may have one then. */
bool slot_take_core(struct slot *s, const struct hand *h, enum core_kind kind, int *core,
                    struct decision *d);
/* Take over the pages that were done before, where some may have been. */
void slot_ocr_resume(struct slot *s, const struct hand *h, const struct reading *x);
/* After the text layers: have the pages read that wait for OCR, or decide who does that, and when.
 * False: nothing is left to be done, *d is as it was. */
bool slot_ocr(struct slot *s, struct hand *h, struct reading *x, struct decision *d);
/* Is it for a later turn, or another host: OCR, and what takes as long? */
bool slot_ocr_put_off(const struct slot *s, const struct hand *h);
/* The pages that tiers outside are for, of this kind, are asked of them. True: *d says what becomes
 * of the document now; false: nothing is left to be done by them, *d is as it was. */
bool slot_tiers(struct slot *s, struct hand *h, const struct reading *x, enum tier_when when,
                struct decision *d);
/* What the document in hand may be asked of tiers outside, as 12 hex digits; "": nothing. */
void slot_tiers_recipe(const struct slot *s, char out[SHA256_HEX]);
/* At the slot's start: give back what a predecessor had of the tiers' caps. */
void slot_tiers_begin(struct slot *s);
/* Another slot has called for help with its pages: read some, if nothing else is to be done. */
void slot_help(struct slot *s);
/* Calls that nobody has taken are over, and what came with them is let go: a document, passwords.
 * Whoever still needs help calls again. */
void slot_help_decline(struct slot *s);
/* Put the pages that are done aside. False: they could not be (logged); nothing is lost but work. */
bool slot_ocr_keep(struct slot *s, const struct hand *h, uint64_t size);
/* Was the document in hand claimed to be tried alone? Then all cores are waited for: as
 * slot_take_core. slot_give_all gives them back, where they were taken. */
bool slot_is_for_alone(const struct hand *h);
bool slot_take_all(struct slot *s, const struct hand *h, struct decision *d);
void slot_give_all(struct slot *s);
/* Alone, pages that lacked memory are done once more: they count as not done. */
void slot_alone_resume(struct slot *s);
/* *d is what has come of it: did it, or a page of it, lack memory, then it is tried alone, unless
 * that was so, or no host had more. */
void slot_memory(struct slot *s, struct hand *h, uint64_t size, struct decision *d);
/* Forget the pages that were kept apart: the document is finished. */
void slot_ocr_forget(struct slot *s, const struct hand *h);
/* Is it an archive that is to be opened? By its first bytes. */
bool slot_is_archive(const struct slot *s, const struct loaded *doc);
/* Take the PDFs out of an archive: they are in s->unpacker, hidden. */
struct decision slot_archive(struct slot *s, const struct hand *h, const struct reading *x);
/* The pages are done: the same with PDFs that are attached, where that is wanted. *d changes only
 * where the document is not to be published now. */
void slot_attachments(struct slot *s, const struct hand *h, struct reading *x, struct decision *d);
/* Is each PDF looked through for PDFs that it carries, and this one, too? */
bool slot_looks_for_attached(const struct slot *s);
/* What was taken out will never be seen (before the seal, or when that was lost). */
void slot_files_throw(struct slot *s);
/* After a seal, or one of which it is unknown whether it happened: what was taken out stays. */
void slot_files_free(struct slot *s);
/* What OCR is told to expect of the document in hand. */
void slot_languages(const struct slot *s, char languages[LANGLIST_CAP]);
/* How the text of the document in hand is made here and now. */
void slot_recipe(const struct slot *s, const struct parse_limits *limits, char recipe[RECIPE_CAP]);
/* Take the text over from a finished document with the same content. True: done. Costs nothing on
 * the share where none is known. */
bool slot_reuse(struct slot *s, const struct hand *h, const struct reading *x, const char *recipe);
/* With s->json written: may it serve other documents? Then the journal will say so. */
void slot_may_serve(struct slot *s);
/* Load the document, and have it parsed. */
struct decision slot_read(struct slot *s, struct hand *h);
/* Results, reservation, seal, publish. `changing`: that the file still changes is known, and is why
 * it fails. Returns *d when the document is decided, else what to do instead. */
struct decision slot_finish(struct slot *s, struct hand *h, const struct decision *d,
                            bool changing);
/* Back to waiting. The token that could not be moved stays in work/, where the claimer finds it as
 * a stranger. */
void slot_put_back(struct slot *s, struct hand *h, const struct decision *d);

#endif
