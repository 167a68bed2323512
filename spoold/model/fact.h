/*
 * fact: what the scanner tells spoold through a pipe, as frames {u8 type, u32 length, payload},
 * little endian, strings as {u16 length, bytes, NUL}.
 *
 * One description serves both ways (fact.c): what is written is what is read. The decoder is a pure
 * function of the bytes given and keeps no state; it believes nothing: each length has the bound of
 * its type, each enumeration its range, each path, host and id its form, and a payload must be used
 * up to its last byte. Strings point into the decoded bytes.
 */
#ifndef PDFSPOOL_FACT_H
#define PDFSPOOL_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "spool/docstate.h"

enum fact_type {
    FACT_TICK = 1,    /* the share has answered a moment ago */
    FACT_EVENT,       /* a line of a journal */
    FACT_JOURNAL,     /* lines of a journal have all been told */
    FACT_HOST,        /* a lease, its beat, and what it says of itself */
    FACT_HOST_GONE,   /* a lease that is there no more */
    FACT_ENTRY,       /* a document, seen in the tree */
    FACT_ROUND_BEGIN, /* the places of a state are gone through from here on */
    FACT_ROUND_END,   /* ... and were gone through */
    FACT_SPACE,       /* of the file system */
    FACT_CONTROL,     /* the commands that are given */
    FACT_TROUBLE,     /* something cannot be read */
    FACT_TYPE_END
};

enum {
    FACT_HEADER = 5,
    FACT_MESSAGE = 512,
    FACT_VERSION = 24,
    FACT_STATUS_MAX = 4 * 1024 * 1024,
    FACT_DRAINS = 1024
};

/* What a line of a journal tells. */
enum event_what { EVENT_DONE, EVENT_FAILED, EVENT_RETRY, EVENT_PUT_BACK, EVENT_OCR_LATER, EVENTS };

/* Where pages have their text from (docs/SPOOL.md, 5). */
enum page_tier {
    PAGES_NONE,
    PAGES_TEXT,
    PAGES_REPAIR,
    PAGES_OCR,
    PAGES_OCR_HARD,
    PAGES_MIXED,
    PAGES_BLANK,
    PAGES_BAD,
    PAGE_TIERS
};

/* All times in ms since the epoch, by the file server's clock, where nothing else is said. */
struct fact_tick {
    int64_t server_ms;      /* the server's now; -1: not known */
    uint64_t backlog_bytes; /* of journals that were there at the start and are not read yet */
    uint64_t harmed_lines;  /* of journals: skipped so far */
    bool wakes;             /* this machine hears of changes that it makes itself (inotify) */
};

struct fact_event {
    uint8_t what;    /* enum event_what */
    uint8_t outcome; /* enum outcome: of a failure its class */
    bool known_tiers;
    const char *host, *lease; /* of the journal: lease is the lease's id */
    uint64_t offset, length;  /* of the line in its journal, with its newline */
    int64_t time_ms, took_ms;
    int64_t load_ms, parse_ms, wait_ms; /* of it; -1: not known (older workers do not say) */
    const char *path, *document, *history, *message, *stage;
    const char *claim;   /* id of the claim that this ends; "": not known */
    const char *version; /* of the worker; "": not known */
    const char *as;      /* where it was published, from the top of the spool; "" */
    uint32_t attempt, pages;
    uint64_t size;
    uint32_t tiers[PAGE_TIERS]; /* pages by tier, where known_tiers */
};

struct fact_journal {
    const char *host, *lease;
    uint64_t ino, size; /* of the file, now */
    uint64_t from, to;  /* the bytes whose lines have been told; equal: none yet */
};

struct fact_host {
    const char *host, *lease; /* the lease's whole name */
    bool has_beat, silent;
    int64_t beat_ms; /* when it last beat; -1: never */
    int64_t age_ms;  /* of the beat when it was looked at; -1: not known */
    uint32_t in_work;
    const char *status; /* as hoststatus_write writes it; "": there is none that can be read */
};

struct fact_host_gone {
    const char *host, *lease;
};

struct fact_entry {
    uint8_t state;        /* enum doc_state */
    uint8_t outcome;      /* class of a failed one; else OUTCOME_COUNT */
    bool ocr;             /* waits for OCR */
    const char *path;     /* of the document; for done and failed ones that of the file */
    const char *document; /* of waiting, claimed and sealed ones; else "" */
    const char *claim;    /* the same: of its last claim */
    const char *history;
    const char *host; /* that has it in work; "" */
    uint32_t attempt;
    uint64_t size;    /* of pending ones, where it was looked at; else 0 */
    int64_t since_ms; /* when it was dropped (pending), or is due (waiting); 0: not known */
};

struct fact_round {
    uint8_t state;    /* enum doc_state */
    bool complete;    /* nothing was unreadable on the way; at the beginning not set */
    int64_t begun_ms; /* server's clock */
    uint64_t entries, strays, ignored;
};

struct fact_space {
    uint64_t bytes, bytes_free, files, files_free; /* free for users; files 0: without a number */
};

struct fact_control {
    bool pause;
    uint32_t cancels;
    const char *drains; /* hosts, each with a newline behind it */
};

struct fact_trouble {
    uint32_t error; /* errno; 0: it is over */
    const char *what, *path;
};

struct fact {
    enum fact_type type;
    union {
        struct fact_tick tick;
        struct fact_event event;
        struct fact_journal journal;
        struct fact_host host;
        struct fact_host_gone gone;
        struct fact_entry entry;
        struct fact_round round; /* FACT_ROUND_BEGIN, FACT_ROUND_END */
        struct fact_space space;
        struct fact_control control;
        struct fact_trouble trouble;
    };
};

enum fact_verdict {
    FACT_MORE, /* as far as it goes, fine: more bytes are needed */
    FACT_WHOLE,
    FACT_BROKEN /* never to become a frame */
};

/* Look at n bytes. FACT_WHOLE: *f is filled, and *used says how many bytes it took. */
enum fact_verdict fact_decode(const uint8_t *data, size_t n, struct fact *f, size_t *used);
/* Append as a frame. False: the decoder would refuse it (out is as it was), or no memory. */
bool fact_encode(const struct fact *f, struct buf *out);
/* The longest payload of a type; 0: there is no such type. */
uint32_t fact_payload_max(unsigned type);

/* "done", "failed", "retry", "put_back", "ocr_later"; EVENTS when it is none of these. */
enum event_what event_of(const char *name);
const char *event_name(enum event_what what);
/* Could this be the version of a program? "" is fine. */
bool fact_version_ok(const char *version);
/* As in x.json; PAGE_TIERS when it is none. */
enum page_tier page_tier_of(const char *name);
const char *page_tier_name(enum page_tier tier);

#endif
