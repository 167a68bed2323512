/*
 * helpline: how a slot calls another that has nothing to do, and what they say to each other.
 *
 *   on the help socket (SOCK_SEQPACKET, one for all)
 *     slot -> whoever takes it   struct help_call with three descriptors: the helper's end of a line,
 *                                the document, the sheet
 *   on the line (SOCK_SEQPACKET, one for each helper)
 *     helper -> slot             struct help_said: HERE once; then for each batch PAGES, with the pages
 *                                as a page file has them (checkpoint.h), a memfd
 *     slot -> helper             nothing: closing it says that no more is wanted, at once
 *
 * The sheet is shared memory: what the helper is to know, the pages and who has each of them
 * (pageshare.h), and the passwords. Both are slots of one extractd; what a parser has said is checked
 * on either side all the same.
 */
#ifndef PDFSPOOL_HELPLINE_H
#define PDFSPOOL_HELPLINE_H

#include "base/sha256.h"
#include "extractd/pageshare.h"
#include "extractd/parserlink.h"

struct help_sheet {
    struct parse_limits limits; /* .passwords is the reader's own */
    uint64_t size;              /* of the document */
    char sha256[SHA256_HEX];
    int hand;         /* on the board: that document */
    int64_t taken_at; /* as of the board, for the supervisor's clocks */
    int64_t document_timeout, stall_timeout;
    bool advise; /* the parser may ask for other languages; they have been settled */
    uint32_t password_bytes;
    char path[1024]; /* of the document, for the log; cut */
};

/* Mapped; zero-initialise with fd -1. */
struct help_map {
    int fd;
    size_t bytes;
    struct help_sheet *sheet;
    struct pageshare *pages; /* behind it */
    char *passwords;         /* and behind that */
};

enum help_word { HELP_HERE, HELP_PAGES };

struct help_said {
    uint32_t word;             /* enum help_word */
    uint32_t want_page;        /* where `wanted` is not "" */
    char wanted[LANGLIST_CAP]; /* that page's parser asked for these languages */
};

/* A sheet for so many pages and bytes of passwords, zeroed. -1 and errno. */
int help_map_new(struct help_map *m, uint32_t pages, uint32_t password_bytes);
void help_map_free(struct help_map *m);

/* Call for one helper, which is to be taker `taker`. Returns the slot's end of the line, or -1 and
 * errno; never blocks. */
int help_call(int calls, const struct help_map *m, int document, unsigned taker);

/* What has been taken. */
struct help_taken {
    int line, document;
    unsigned taker;
    struct help_map map;
};

/* Take a call, if there is one. False: there is none, or it was none. Then help_taken_free. */
bool help_take(int calls, struct help_taken *t);
void help_taken_free(struct help_taken *t);

/* Say it; `pages` with HELP_PAGES. False: nobody is there to hear it, or no memory. */
bool help_say(int line, const struct help_said *said, const struct buf *pages);
/* Hear what was said, without waiting; bytes are appended to *pages. 1: something; 0: nothing yet; -1:
 * it is over. */
int help_hear(int line, struct help_said *said, struct buf *pages, size_t most);

#endif
