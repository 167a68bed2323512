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
 *   slot -> parser        struct wire_job with one descriptor or two: the document (a sealed memfd
 *                         or an unlinked file), and the papers that go with it (a sealed memfd)
 *   closing it            the parser ends after the document in hand (the slot also has it
 *                         killed: it has nothing to save)
 * Result pipe: frames, parser -> slot, all of it hostile: {u8 type, u32 page, u32 length, bytes},
 * little endian. CAGED, then for each job: BEGIN [PAGES META* ((TEXT | OTHER)* PAGE SETTLED?)* WANT?]
 * END, or, where it asks for the files that an archive or a PDF carries (JOB_FILES), BEGIN (ENTRY BYTES*
 * FATE)* END. Each page that was asked for once, in order. Text has no NUL and no form feed; the
 * slot adds a form feed after each page. Outside a job the parser is silent. accept.c has the rules
 * in full.
 *   END says ok: all pages that were asked for have come. Anything else (outcome_facts): the parser
 *   cannot go on, and ends by itself; pages that came before are good, and another parser may do
 *   the rest.
 *
 * In the parser child descriptors are: 2 stderr pipe, 3 command socket, 4 result pipe, 5 status
 * page, 6 the document, 7 its papers.
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

enum { WIRE_LANGUAGES = 64 };

/* What the zygote's program is told: descriptor 4 is the one with all engines (whole.h). */
#define WIRE_WHOLE_OPTION "--whole=4"
enum { WIRE_WHOLE_FD = 4 };

enum wire_whole { WHOLE_NOT, WHOLE_IF_THERE, WHOLE_OR_NONE };

struct wire_spawn {
    uint32_t magic; /* WIRE_SPAWN */
    uint32_t slot;
    uint32_t sandbox;   /* enum sandbox_mode */
    uint32_t documents; /* how many it may parse before it ends by itself */
    uint32_t niceness;  /* 0 to 19 */
    uint32_t whole;     /* enum wire_whole: all engines? (one that does OCR has them anyway) */
    char languages[WIRE_LANGUAGES]; /* models for OCR; "": it does none */
    uint64_t memory_limit; /* RLIMIT_AS beyond what the zygote maps, and cap of MuPDF's allocator */
    uint64_t cpu_limit_s;  /* RLIMIT_CPU a document, a backstop; the supervisor counts per page */
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

enum {
    JOB_DEHYPHENATE = 1,
    JOB_CAREFUL = 2, /* send each page at once: one of them may be the last */
    JOB_OCR = 4,     /* read pictures; else pages that need it wait (TIER_NONE) */
    JOB_ADVISE = 8,  /* end with a WANT frame where other languages would do better */
    JOB_FILES = 16,  /* no pages: the files that are in it */
    JOB_LEAN = 32,   /* end with a WANT frame where an engine is needed that it does not have */
    /* Ways that are not to be gone: */
    JOB_NO_TEXT = 64,    /* what the text layer says is not believed */
    JOB_NO_REPAIR = 128, /* no second opinion on it */
    JOB_NO_HARD = 256,   /* pictures are read as they are: not turned, straightened, cleaned */
    JOB_SETTLED = 512,   /* with JOB_ADVISE: another job of this document has said SETTLED */
    JOB_NO_LOOK = 1024   /* no page is drawn to see whether there is anything to read on it */
};

struct wire_job {
    uint32_t magic; /* WIRE_JOB */
    uint32_t flags; /* JOB_... */
    uint64_t size;  /* of the document */
    uint64_t max_page_text;
    uint64_t max_text;   /* of the pages of this job */
    uint64_t max_pixels; /* of a picture */
    uint32_t max_pages;
    uint32_t first_page; /* from 0: those before it are not asked for, and META is not either */
    uint32_t plain_page; /* from 0: has ended a parser: it is done without other engines */
    uint32_t plan_bytes, password_bytes; /* both 0: there are no papers */
    /* With JOB_FILES; see struct receiver (receiver.h). */
    uint64_t max_entry_bytes, max_entries_bytes;
    uint32_t max_entries, max_ratio;
};

/* The papers: plan_bytes bytes, one for each page of the document, 0: it is not asked for (none at
 * all: every page is); then passwords to try, each ended by a NUL. */
enum { WIRE_PASSWORDS_MAX = 64 * 1024 };

enum wire_frame {
    FRAME_CAGED = 1, /* first of a process: payload = name of the sandbox tier in force: full,
                        seccomp, none */
    FRAME_BEGIN,     /* first of a document; no payload */
    FRAME_PAGES,     /* page = number of pages; payload = struct of flags: u8 bits, see below */
    FRAME_META,      /* payload = key, NUL, value (UTF-8) */
    FRAME_TEXT, /* page = 0...; payload = some more UTF-8 text of this page (any number per page, in
                   page order) */
    FRAME_OTHER, /* page = 0...; payload = u8 enum wire_tier, then some more text that was not
                    chosen, of this page and all of this tier; UTF-8 as TEXT */
    FRAME_WANT,  /* page = 0...; payload = languages ("deu+eng") that would read this page, and most
                   likely the others, better: only with JOB_ADVISE. Or nothing: all engines, only
                   with JOB_LEAN. Once, and nothing but END ok comes after it; the page has not
                   been sent */
    FRAME_PAGE,  /* page = 0...; ends that page; payload = struct wire_page, then a message (UTF-8,
                   may be empty) */
    FRAME_END,   /* page = enum outcome: OUTCOME_OK, or why the parser cannot go on; payload =
                   message; where all is well with OCR, the languages that it was done with */
    /* Of a job of files. Each entry once, numbered in `page` from 0, skipped ones too. */
    FRAME_ENTRY,   /* payload = u8: 1 where its name goes by the rules of zip (archive_path.h), then
                    the name as it stands there: any bytes but NUL, cut after FRAME_NAME_MAX; ""
                    for the only file of a .gz and its like */
    FRAME_BYTES,   /* payload = some more of its content */
    FRAME_FATE,    /* ends that entry; payload = u8 enum entryfate, then a message (UTF-8, may be
                    empty). Anything but ENTRY_TAKEN: its bytes are to be thrown away */
    FRAME_SETTLED, /* page = 0...; no payload: this page, which has just come, was in the languages of
                      the models, so that those after it are not asked for theirs first. At most once,
                      only with JOB_ADVISE and without JOB_SETTLED */
    FRAME_TYPE_END
};

enum {
    FRAME_HEADER = 9,
    FRAME_PAYLOAD_MAX = 256 * 1024,
    FRAME_META_MAX = 4096,
    FRAME_NAME_MAX = 32 * 1024,
    FRAME_MESSAGE_MAX = 512
};
enum {
    PAGES_REPAIRED = 1,
    PAGES_ENCRYPTED = 2, /* opened with the empty password */
    PAGES_PASSWORD = 4,  /* opened with one of those given */
    PAGES_PORTFOLIO = 8, /* made to carry files */
    PAGES_FLAGS = 15
};

enum wire_tier {
    TIER_NONE,   /* waits for OCR; its text, if there is any, is what its text layer has */
    TIER_TEXT,   /* the text layer */
    TIER_REPAIR, /* a second opinion on the text layer */
    TIER_OCR,    /* the page's picture; with 0 characters: no words are in it */
    TIER_HARD,   /* the same, after it was turned, straightened or cleaned */
    TIER_MIXED,  /* text layer and OCR of the rest */
    TIER_BLANK,  /* nothing is on it */
    TIER_BAD,    /* see reason and message */
    TIER_COUNT
};

/* How a page ended. On the wire unaligned, little endian, in this order. */
struct wire_page {
    uint32_t tier;       /* enum wire_tier */
    uint32_t reason;     /* of a bad page: enum outcome: corrupt, limit, memory; else 0 */
    uint32_t chars;      /* characters (code points) of text */
    uint32_t micros;     /* time spent */
    uint32_t unmapped;   /* characters without a Unicode mapping (U+FFFD) */
    uint32_t confidence; /* hundredths of a per cent, or WIRE_UNKNOWN */
    uint32_t score;      /* thousandths, or WIRE_UNKNOWN */
    uint32_t dpi;        /* 0: there was no picture */
};
enum { WIRE_PAGE_SIZE = 32, WIRE_CONFIDENCE_MAX = 10000, WIRE_SCORE_MAX = 1000 };
#define WIRE_UNKNOWN UINT32_MAX

/* The status page: written by the parser without system calls, read by the supervisor. Hostile:
 * clamp all. */
enum wire_stage {
    STAGE_IDLE,
    STAGE_OPEN,
    STAGE_TEXT,
    STAGE_OCR,
    STAGE_EMIT,
    STAGE_FILES,
    STAGE_COUNT
};
struct wire_status {
    _Atomic uint32_t stage;
    _Atomic uint32_t page;  /* 1... */
    _Atomic uint32_t pages; /* 0: not known yet */
    _Atomic uint32_t ticks; /* goes up whenever something was done: the sign of progress */
};
enum { WIRE_STATUS_BYTES = 4096 };

#endif
