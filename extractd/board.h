/*
 * board: the memory that all processes of one extractd share: which document is in whose hands,
 * what each slot does, the clocks, the counters, the commands.
 *
 * Any process may die at any instruction: each entry has one writer at a time, told by its state;
 * the supervisor, who sees every death, gives back what the dead held. Nothing here is truth: the
 * tree is. A lost board costs nothing but attempts.
 *
 *   hand    FREE -> FILLING (claimer) -> QUEUED -> TAKEN (by a slot) -> FREE
 *           a slot that dies leaves TAKEN: its successor settles the document first
 */
#ifndef PDFSPOOL_BOARD_H
#define PDFSPOOL_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "extractd/breaker.h"
#include "spool/claim.h"
#include "spool/control.h"
#include "spool/lease.h"
#include "spool/settings.h"

/* OCR has cores of its own, on which it runs at a low priority: it takes what text leaves. */
enum core_kind { CORE_TEXT, CORE_OCR, CORE_KINDS };

/* The processes that the supervisor keeps; from FIRST_SLOT on, the slots. */
enum role {
    ROLE_ZYGOTE,
    ROLE_BEAT,
    ROLE_CLAIMER,
    ROLE_REPORTER,
    ROLE_JANITOR,
    ROLE_SLOT,
    FIRST_SLOT = ROLE_SLOT
};

/* BOARD_IDLE_WALKS: in a row, then nothing is left. */
enum {
    BOARD_SLOTS = 256,
    BOARD_HANDS = 1024,
    BOARD_PROCS = FIRST_SLOT + BOARD_SLOTS,
    BOARD_CORES = 256,
    BOARD_LACKING = 16,
    BOARD_LANES = 2 * (LANES + 1), /* those of two configurations */
    NOBODY = -1,
    BOARD_IDLE_WALKS = 2
};

enum hand_state { HAND_FREE, HAND_FILLING, HAND_QUEUED, HAND_TAKEN };

struct hand {
    _Atomic int state;            /* enum hand_state */
    _Atomic int slot;             /* who has it, when TAKEN */
    struct claimed claimed;       /* written while FILLING */
    char cancel[ID_CAP];          /* command that cancels it; "" none. Written while FILLING */
    int64_t queued_at;            /* boot clock, ms; written while FILLING */
    _Atomic bool is_long, leaves; /* yield.h */
    _Atomic bool cancelled;       /* the supervisor or reporter has seen that command */
};

/* Where a slot is. The stages of the parser itself are in its status page. */
enum slot_stage {
    SLOT_IDLE,
    SLOT_LOAD,
    SLOT_WAIT,
    SLOT_PARSE,
    SLOT_RESULTS,
    SLOT_PUBLISH,
    SLOT_STAGES
};

/* Why the supervisor had a parser killed; the slot turns it into the document's outcome. */
enum verdict {
    VERDICT_NONE,
    VERDICT_TIMEOUT,
    VERDICT_STALLED,
    VERDICT_CPU,
    VERDICT_CANCELLED,
    VERDICT_STOPPING,
    VERDICT_LOST
};

struct slot_board {
    _Atomic int stage;         /* enum slot_stage */
    _Atomic int hand;          /* index of the document in hand, or NOBODY */
    _Atomic int helps;         /* index of another slot's, whose pages it reads, or NOBODY */
    _Atomic int64_t taken_at;  /* boot clock, ms */
    _Atomic uint64_t progress; /* goes up with each step and block of bytes */
    _Atomic int32_t parser;    /* pid of the parser at work, or 0 */
    _Atomic uint32_t pages;    /* goes up with each page that a parser has done */
    _Atomic int verdict;       /* enum verdict */
    /* What its lane says of the document in hand, ms; 0: as for all. */
    _Atomic int64_t document_timeout, stall_timeout;
    _Atomic uint32_t documents; /* served by this slot */
};

/* One process, as the supervisor knows it; for those who tell of it. */
struct proc_board {
    _Atomic int32_t pid;       /* 0: it does not run */
    _Atomic int64_t since;     /* boot clock, ms: its start, or its end */
    _Atomic uint32_t restarts; /* since this extractd began */
};

struct board_counts {
    _Atomic uint64_t done, failed, reused, retried, unspent, pages, bytes, claims_tried, claims_won,
        parser_kills, restarts;
    _Atomic uint64_t ignored[IGNORED_KINDS], unsettled, unreadable; /* of the last complete walk */
    _Atomic uint64_t ended, pace; /* documents that left their slot, and the sum that ahead.h asks
                                     for */
    _Atomic uint64_t parse_ms;    /* that these were with a parser for */
};

/* What a lane's documents have had of the slots, since this extractd began. Row 0: of those that no
 * other lane has. The claimer gives the rows their names; slots add to them. */
struct board_lane {
    char name[LANE_NAME];
    _Atomic int64_t priority;
    _Atomic int64_t used_ms;
    _Atomic int64_t ended; /* documents */
};

struct board {
    struct lease_shared lease;
    char lease_name[LEASE_CAP]; /* written by the opener before `open` */
    _Atomic bool open;          /* the lease exists */
    _Atomic bool lost;          /* the lease was declared dead by others */
    _Atomic bool stopping;      /* claim nothing more, finish what is in hand */
    _Atomic bool paused, draining;
    _Atomic int breaker;         /* enum breaker_state; what is not closed is called sick */
    _Atomic bool reset_asked;    /* by a person: the breaker is to be closed */
    _Atomic uint64_t trouble;    /* deaths of processes, and failures of the environment */
    _Atomic uint64_t ended;      /* documents that came to their end here */
    _Atomic int64_t tick;        /* boot clock, ms: the supervisor's last round */
    _Atomic int environment_row; /* failures of the environment in a row */
    _Atomic uint32_t settings_generation;
    struct settings settings; /* the newest, once settings_generation is above 0 */
    _Atomic int idle_walks;  /* complete walks in a row with nothing to claim and nothing waiting */
    _Atomic int stuck_walks; /* the same, but with names that cannot be claimed */
    _Atomic uint32_t janitor_rounds; /* of this lease: what the first takes back is work, too */
    _Atomic bool tallied;  /* since the last walks were idle all archives have been looked at */
    _Atomic bool replaced; /* there is another program, and it can take over */
    _Atomic uint32_t no_parser;      /* goes up when a slot could not get a parser */
    _Atomic uint64_t dropped_events; /* lines that the journal missed */
    struct board_counts counts;
    struct control
        control; /* written by the reporter between two odd/even steps of control_generation */
    _Atomic uint32_t control_generation;
    _Atomic int core[CORE_KINDS][BOARD_CORES]; /* the slot that parses on it, or NOBODY */
    _Atomic unsigned given[CORE_KINDS];        /* goes up when one may be free; waited for */
    struct proc_board procs[BOARD_PROCS];
    _Atomic uint32_t procs_generation; /* goes up with each start and end of one of them */
    _Atomic int alone;                 /* the slot that has, or waits for, all cores; or NOBODY */
    struct { /* languages whose models are missing on this host (ability.h) */
        _Atomic uint64_t languages; /* a hash; 0: none */
        _Atomic int64_t until;      /* boot clock, ms */
    } lacking[BOARD_LACKING];
    _Atomic uint32_t lacking_next;
    unsigned n_slots, n_cores;
    unsigned n_spare;          /* turns for text beyond the cores; before the first fork */
    bool fixed_slots;          /* their number follows nothing; before the first fork */
    _Atomic bool far;          /* the share's round trip is above SLOTCOUNT_NEAR_US */
    _Atomic unsigned n_active; /* of them, those that take documents: the first ones */
    _Atomic unsigned
        n_begun; /* of them, those that have a process: it is begun when it is needed */
    struct board_lane lanes[BOARD_LANES];
    char sandbox[16]; /* tier that parsers report */
    char wake[16];
    char reason[200]; /* why sick; for people */
    struct slot_board slots[BOARD_SLOTS];
    struct hand hands[BOARD_HANDS];
};

/* Shared, anonymous, zeroed, with nobody anywhere; all slots active, none begun. NULL: no memory. */
struct board *board_new(unsigned slots, unsigned cores);
/* Spare turns for text that so many cores are kept busy with: one, and one more for each eight. */
unsigned board_spare_for(unsigned cores);

/* Hands. board_hand_new: a free one, now FILLING, or NULL. board_hand_queue makes it QUEUED and
 * returns its index. board_hand_take: by a slot; false when it is not there to be taken.
 * board_hand_free: back to FREE. */
struct hand *board_hand_new(struct board *b);
int board_hand_queue(struct board *b, struct hand *h);
bool board_hand_take(struct board *b, int index, int slot);
void board_hand_free(struct hand *h);
/* A hand that is QUEUED, taken back by the claimer: FILLING again. False: a slot was faster. */
bool board_hand_take_back(struct hand *h);
/* The index of a hand that is QUEUED, or NOBODY. */
int board_hand_queued(struct board *b);
/* Of those that are QUEUED, the one that is to be taken first: of the highest priority the one that
 * has waited longest; or NOBODY. */
int board_hand_next(struct board *b);
/* That one, taken by the slot; where another slot was faster, the next: as many slots that look at
 * once as there are hands get one each. NOBODY: none is QUEUED. */
int board_hand_take_next(struct board *b, int slot);
/* Number of hands in use (any state but FREE). */
unsigned board_hands_used(struct board *b);
/* Number of hands in use whose document needs this (NEED_...). */
unsigned board_hands_needing(struct board *b, const char *need);
/* How long each slot that is at work has had its document (ms, into since[BOARD_SLOTS]), their
 * number; *coming: documents in hand that have still to get a core, those of no slot included. */
unsigned board_at_work(struct board *b, int64_t *since, unsigned *coming);
/* The hand that holds the document of this token or sealed name (by claim id), or NULL. */
struct hand *board_hand_of(struct board *b, const char *claim);

/* Add to a lane's account: one of its documents has had a slot for so long. */
void board_lane_charge(struct board *b, unsigned lane, int64_t ms);

/* Cores: two counting semaphores whose holders are known, so that a dead slot's is given back.
 * board_core_take waits up to ms; -1: none was free.
 *
 * For text there are n_spare turns more than cores. From the end of a document until the parser of
 * the next one is at work, its core has nothing to do for a moment: some 3 % of a run of short
 * documents on two cores. A spare parser has it meanwhile (PERFORMANCE.md). */
int board_core_take(struct board *b, enum core_kind kind, int slot, int64_t ms);
void board_core_give(struct board *b, enum core_kind kind, int core);
void board_cores_of_dead(struct board *b, int slot);
/* All cores of both kinds for one slot: from its first call on nobody else gets one, and it waits up
 * to ms for those that others have. False: not all yet; call again, or give up by
 * board_alone_give, which gives all back. */
bool board_alone_take(struct board *b, int slot, int64_t ms);
void board_alone_give(struct board *b, int slot);
/* Does a slot other than this one have, or want, all cores? */
bool board_alone_other(struct board *b, int slot);
/* Cores of this kind that anybody may take; spare turns are no cores. */
unsigned board_cores_free(struct board *b, enum core_kind kind);
/* Cores on which nothing is done, of either kind: for who has something to do, but not for a
 * document of its own. 0 where a document waits: it goes first. */
unsigned board_cores_idle(struct board *b);
/* Slots that have nothing to do, of those that take documents. */
unsigned board_slots_idle(struct board *b);

/* Commands. The reporter publishes, others copy; false when it changed meanwhile (try again later).
 */
void board_control_set(struct board *b, const struct control *c);
bool board_control_get(struct board *b, struct control *c);
/* The reporter's: tell the hands that have a document which a command cancels. */
void board_control_cancel(struct board *b, const struct control *c);

/* What becomes of documents: too many failures of the environment in a row open the breaker
 * (breaker.h), one document that comes to its end begins the row anew. */
void board_environment_failed(struct board *b);
void board_environment_fine(struct board *b);
bool board_environment_bad(const struct board *b); /* too many */

#endif
