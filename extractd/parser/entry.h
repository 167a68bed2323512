/*
 * entry: how the files of an archive (archive.h) and the attachments of a PDF (attached.h) are
 * handed on, one after the other, as they are unpacked: begin, data*, end. What is skipped is told
 * too: begin, end. Nothing is kept; a path is never used as one.
 */
#ifndef PDFSPOOL_PARSER_ENTRY_H
#define PDFSPOOL_PARSER_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entryfate.h"
#include "base/outcome.h"

/* How much may come out of one file. Whoever is over `each` is skipped; the others end it all. */
struct entry_limits {
    uint32_t entries;    /* folders and skipped ones included */
    uint64_t each;       /* bytes of one that is taken */
    uint64_t total;      /* bytes of all that are taken */
    uint32_t ratio;      /* bytes unpacked for a byte of the archive, */
    uint64_t ratio_free; /* counted once so many bytes are unpacked */
};
/* An initialiser. */
#define ENTRY_LIMITS_DEFAULT                                                                       \
    {                                                                                              \
        10000, UINT64_C(512) << 20, UINT64_C(4) << 30, 200, 10 << 20                               \
    }

struct entry_head {
    const char *path; /* any bytes without NUL, as the archive has them: hostile; "" when it has no
                         name (the only file of a .gz). Borrowed until begin returns */
    size_t len;
    int64_t size; /* as declared; -1: it is not; a hint only */
    bool zip; /* a name by the rules of zip (archive_path.h), of PDF too: "\\" may part folders */
};

/* False from any of them: the receiver wants no more, and nothing else is called. */
struct entry_sink {
    bool (*begin)(void *user, const struct entry_head *head);
    bool (*bytes)(void *user, const void *bytes, size_t n);
    /* Anything but ENTRY_TAKEN: what came of its bytes is to be thrown away. message: any bytes;
     * "" when the fate says it all. */
    bool (*end)(void *user, enum entryfate fate, const char *message);
    void *user;
};

/* What it came to. */
struct entry_report {
    /* ok: all entries were seen, and a PDF was among them; partial: the same, but some are damaged
     * or encrypted, or the rest of the archive is lost; empty: no PDF; encrypted: nothing but;
     * corrupt; limit, memory: given up on the way, and what was handed on is not all.
     * OUTCOME_CANCELLED: the sink wanted no more. */
    enum outcome outcome;
    char message[256]; /* any bytes; "" for ok */
    uint32_t entries;  /* told, folders not counted */
    uint32_t taken;
    uint32_t encrypted, damaged, too_large;
    uint64_t bytes; /* of those taken */
};

/* The teller stands between a reader and the sink: it counts, and keeps the limits that are about
 * all entries together. Zero it, and set the first three. Each call is false once it is over:
 * report->outcome and message then say why. */
struct entry_teller {
    const struct entry_limits *limits;
    const struct entry_sink *sink;
    struct entry_report *report; /* filled in; zero at first */
    uint64_t now;                /* bytes of the entry in hand */
    uint32_t seen;               /* entries, folders included */
    bool over;
};

/* Count an entry, of whatever kind, before anything is done about it. */
bool entry_count(struct entry_teller *t);
bool entry_begin(struct entry_teller *t, const struct entry_head *head);
bool entry_bytes(struct entry_teller *t, const void *bytes, size_t n);
bool entry_end(struct entry_teller *t, enum entryfate fate, const char *message);
/* begin and end of one that is not taken. */
bool entry_skip(struct entry_teller *t, const struct entry_head *head, enum entryfate fate,
                const char *message);
/* End it all. message: any bytes. Always false. */
bool entry_stop(struct entry_teller *t, enum outcome outcome, const char *message);
/* All was seen: find the outcome. lost: "" or what became of the rest (any bytes). */
void entry_conclude(struct entry_teller *t, const char *lost);

/* Is what has been unpacked (taken or not) still in proportion to the bytes that were used up for
 * it? No: it is over. */
bool entry_in_ratio(struct entry_teller *t, uint64_t unpacked, uint64_t used);

enum entry_got { GOT_BYTES, GOT_END, GOT_DAMAGE, GOT_OVER };
/* Where an entry's content comes from. */
struct entry_source {
    /* The next bytes: GOT_BYTES with *n > 0; GOT_END; GOT_DAMAGE, and explain says why; GOT_OVER:
     * entry_stop was called. *n is 0 but for GOT_BYTES. */
    enum entry_got (*read)(void *from, char *to, size_t cap, size_t *n);
    const char *(*explain)(void *from);
    bool (*leave)(void *from); /* its rest is not wanted; false: it is over. May be NULL */
    void *from;
};
/* A regular file that nothing speaks against yet: look at its first bytes, and hand it on or skip
 * it. */
bool entry_take(struct entry_teller *t, const struct entry_head *head,
                const struct entry_source *source);
/* Is it a file manager's, by its path? */
bool entry_litter(const char *path);

#endif
