/*
 * hand: the child's side of hands.h: it opens the spool, does one thing, says what came of it, and
 * ends.
 *
 *   record PLACE FIRST COUNT         x.json of a published document, with a window of its pages
 *   text PLACE PAGE OFFSET LIMIT     a piece of its text; PAGE 0: of all of it
 *   plain ...                        the same, as it is, to be saved
 *   page PLACE PAGE WIDTH PARSER     a picture of a page, drawn by that program
 *   upload PATH SIZE                 what comes on stdin into pending/PATH (its bytes), where it is SIZE
 *                                    bytes
 *   command KIND HOST                pause, resume, drain, undrain; HOST: "" for the first two
 *   quota SPACE                      caps and rates of lanes and tiers, added to that JSON object
 *   retry, cancel                    of many documents, which come by stdin (items.h); what it
 *                                    says of them is in batch.h
 *
 * PLACE is the PDF's, from the top of the spool.
 */
#ifndef PDFSPOOLD_HAND_H
#define PDFSPOOLD_HAND_H

#include <stdbool.h>

#include "base/buf.h"
#include "spool/spool.h"

struct hand {
    struct spool *spool;
    int argc; /* of the words behind the kind */
    char **argv;
    int status;         /* 200 */
    const char *word;   /* "json", "text", "png" */
    char location[100]; /* what Location is to say; "": no such header */
    struct buf body;
    bool said; /* all of it already */
};

/* Was this program started as one? */
bool hand_is(int argc, char **argv);
int hand_main(int argc, char **argv);

/* The kinds. */
void hand_record(struct hand *h);
void hand_text(struct hand *h);
void hand_plain(struct hand *h);
void hand_command(struct hand *h);
void hand_upload(struct hand *h);
void hand_retry(struct hand *h);
void hand_cancel(struct hand *h);
void hand_page(struct hand *h);
void hand_quota(struct hand *h);
/* Say that it failed, and why. */
void hand_fail(struct hand *h, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Say that something of a document could not be read, by that errno: it is not there (404), or the
 * share has trouble that may pass (503). */
void hand_unread(struct hand *h, const char *what, int error);
/* Open the folder of a place; its last part goes to *name (borrowed). -1: it cannot be, and that is
 * said. */
int hand_folder(struct hand *h, const char *place, const char **name);

#endif
