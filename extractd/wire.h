/*
 * wire: what is said between supervisor, slot, warm parser (zygote) and parser.
 *
 * Control socket (SOCK_SEQPACKET, one for all: the supervisor keeps both ends, the zygote has
 * descriptor 3):
 *   slot -> zygote        struct wire_spawn with four descriptors: [0] the parser's end of a new
 *                         command socket (SOCK_SEQPACKET), [1] write end of the result pipe,
 *                         [2] the slot's status page (memfd), [3] write end of the stderr pipe
 *   supervisor -> zygote  struct wire_kill: SIGKILL to one of its own children. Only the zygote
 *                         reaps them, so that no recycled pid can ever be hit; a pid that is not
 *                         its child is ignored
 * Command socket, from the zygote's side (it keeps a duplicate of the parser's end until it has
 * reaped the child):
 *   zygote -> slot        struct wire_born {pid} right after the fork; struct wire_died {pid, wait
 *                         status} after the death
 *   slot -> parser        struct wire_job with one descriptor: the document (a sealed memfd or an
 *                         unlinked file)
 *   closing it            the parser ends after the document in hand (the slot also has it
 *                         killed: it has nothing to save)
 * Result pipe: frames, parser -> slot, all of it hostile: {u8 type, u32 page, u32 length, bytes},
 * little endian. CAGED, then for each document: BEGIN [PAGES META* (TEXT* PAGE)*] END. Each page
 * once, in order, as many as were announced (fewer only before an END of a failure). After an END
 * of a failure (outcome_facts) the parser ends by itself and the slot takes a new one: fresh
 * memory. Text has no NUL and no form feed; the slot adds a form feed after each page. Outside a
 * document the parser is silent. accept.c has the rules in full.
 *
 * In the parser child descriptors are: 2 stderr pipe, 3 command socket, 4 result pipe, 5 status
 * page, 6 the document.
 */
#ifndef PDFSPOOL_WIRE_H
#define PDFSPOOL_WIRE_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    WIRE_SPAWN = 0x7053504e,
    WIRE_KILL = 0x704b494c,
    WIRE_BORN = 0x70424f52,
    WIRE_DIED = 0x70444945,
    WIRE_JOB = 0x704a4f42
};

struct wire_spawn {
    uint32_t magic; /* WIRE_SPAWN */
    uint32_t slot;
    uint32_t sandbox;      /* enum sandbox_mode */
    uint32_t documents;    /* how many it may parse before it ends by itself */
    uint64_t memory_limit; /* RLIMIT_AS beyond what the zygote maps, and cap of MuPDF's allocator */
    uint64_t cpu_limit_s;  /* RLIMIT_CPU, a backstop; the supervisor counts per document */
};

struct wire_kill {
    uint32_t magic; /* WIRE_KILL */
    int32_t pid;
};

struct wire_born {
    uint32_t magic; /* WIRE_BORN; pid < 0: the fork failed with that errno */
    int32_t pid;
};

struct wire_died {
    uint32_t magic; /* WIRE_DIED */
    int32_t pid;
    int32_t status; /* as of waitpid */
};

struct wire_job {
    uint32_t magic; /* WIRE_JOB */
    uint32_t dehyphenate;
    uint64_t size; /* of the document */
    uint64_t max_page_text;
    uint64_t max_text;
    uint32_t max_pages;
    uint32_t reserved;
};

enum wire_frame {
    FRAME_CAGED = 1, /* first of a process: payload = name of the sandbox tier in force: full,
                        seccomp, none */
    FRAME_BEGIN,     /* first of a document; no payload */
    FRAME_PAGES,     /* page = number of pages; payload = struct of flags: u8 bits, see below */
    FRAME_META,      /* payload = key, NUL, value (UTF-8) */
    FRAME_TEXT, /* page = 0...; payload = some more UTF-8 text of this page (any number per page, in
                   page order) */
    FRAME_PAGE, /* page = 0...; ends that page; payload = struct wire_page, then a message (UTF-8,
                   may be empty) */
    FRAME_END,  /* page = enum outcome as the parser sees it; payload = message. The document is
                   finished */
    FRAME_TYPE_END
};

enum {
    FRAME_HEADER = 9,
    FRAME_PAYLOAD_MAX = 256 * 1024,
    FRAME_META_MAX = 4096,
    FRAME_MESSAGE_MAX = 512
};
enum { PAGES_REPAIRED = 1, PAGES_ENCRYPTED = 2 /* opened with the empty password */ };

/* How a page ended. Unaligned, little endian, in this order. */
enum wire_tier {
    TIER_NONE,
    TIER_TEXT,
    TIER_BLANK,
    TIER_BAD,
    TIER_COUNT
}; /* none: waits for OCR; bad: see message */
struct wire_page {
    uint32_t tier;     /* enum wire_tier */
    uint32_t chars;    /* characters (code points) of text */
    uint32_t micros;   /* time spent */
    uint32_t unmapped; /* characters without a Unicode mapping (U+FFFD) */
};
enum { WIRE_PAGE_SIZE = 16 };

/* The status page: written by the parser without system calls, read by the supervisor. Hostile:
 * clamp all. */
enum wire_stage { STAGE_IDLE, STAGE_OPEN, STAGE_TEXT, STAGE_EMIT, STAGE_COUNT };
struct wire_status {
    _Atomic uint32_t stage;
    _Atomic uint32_t page;  /* 1... */
    _Atomic uint32_t pages; /* 0: not known yet */
    _Atomic uint32_t ticks; /* goes up whenever something was done: the sign of progress */
};
enum { WIRE_STATUS_BYTES = 4096 };

#endif
