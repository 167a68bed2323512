/*
 * claimer_parts: what the files of the claimer share: claimer.c is its loop, claimer_retry.c looks
 * at .retry/, course.c walks a part of pending/, choice.c says whose turn it is, limits.c what the
 * cluster's caps leave to a lane.
 */
#ifndef PDFSPOOL_CLAIMER_PARTS_H
#define PDFSPOOL_CLAIMER_PARTS_H

#include "extractd/ability.h"
#include "extractd/ahead.h"
#include "extractd/fair.h"
#include "extractd/handover.h"
#include "spool/caps.h"

enum {
    COURSES = LANES + 1,
    NAMES = 64,
    WALK_BURST =
        16,   /* a drop is heard of as its name comes up, as its writer closes it and as it is
                       renamed: so many are soon looked at, more of them now and then */
    DEAR = 10 /* a listing that found nothing is not repeated before so many times its cost */
};

/* What a walk ignored, for the counts that are shown. */
struct course_shown {
    uint64_t ignored[IGNORED_KINDS], unsettled, unreadable;
};

/* A part of pending/, walked again and again: a lane's folder, or what is in none of these. */
struct course {
    char folder[NAME_CAP]; /* "": the rest */
    unsigned row;          /* of the board's lanes */
    struct scan *scan;
    struct scan_name names[NAMES]; /* being worked down */
    unsigned n_names, at;
    int dir; /* of the names; borrowed from the scan */
    const char *path;
    struct claim_counts walk;  /* of this walk */
    struct course_shown shown; /* of the last whole one */
    uint64_t looked, gone; /* names looked at since the last judgement, and how many others had */
    uint64_t handed;       /* documents handed over in this walk */
    bool skipped;          /* this walk has left names out */
    bool walking;
    bool ended, nothing; /* since the last sum: a walk has ended; there was nothing in it */
    int64_t began, cost, next, pause;
    int64_t starts[WALK_BURST]; /* of the last walks: that before `walks` is the newest */
    unsigned walks;
    int64_t
        met_unsettled; /* boot clock: when names were last met that stay to be looked at again */
};

/* Whose turn it is. */
struct choice {
    struct fair_lane lane[COURSES]; /* of courses, by index */
    unsigned quota[COURSES];        /* how many of each may be begun now */
    bool limited[COURSES];          /* by caps or rates of the cluster: */
    unsigned allowed[COURSES];      /* then so many may begin now, of names that are in hand */
    unsigned spare;                 /* and of any, where nobody else wants anything */
    uint64_t left[COURSES];         /* due ones that the last listing of .retry/ has left */
    bool reads[COURSES];            /* read by OCR at all */
    struct retry_lanes ask;
};

struct claimer {
    struct extractd *x;
    struct lease lease;
    struct course *course[COURSES]; /* the rest is the first */
    unsigned n;
    struct choice choice;
    int64_t last_retry_look, last_space;
    struct retry_walk retry;
    int64_t retry_listed, retry_cost,
        retry_cost_so_far; /* ms, of the last whole listing of .retry/, this one */
    bool retry_found;      /* anything, in this one */
    bool retry_turn;       /* while one is worked down, it and pending/ alternate */
    bool space_low;
    bool no_core; /* what is claimed now is for cores that long documents give back */
    struct control control;
    uint32_t control_seen;
    struct handover out;
    struct ahead_pace pace;
    struct ability ability;
    struct caps *caps;
    int64_t tended; /* boot clock, ms: when tokens that are not needed were last looked for */
};

/* ---- claimer_retry.c ---- */

/* May a new listing of .retry/ be made now? */
bool claimer_may_list_retry(const struct claimer *c);
/* Claim up to max documents of .retry/ that are due into c->out.batch, where it is its turn; counts
 * go to w's walk. The number. */
unsigned claimer_claim_due(struct claimer *c, struct course *w, unsigned max);
/* A call of claim_retry took so many ms and claimed `got`. At the end of the listing: what the next
 * one waits for, c->retry_cost. That is the time of its calls together, but none where any of them
 * claimed something (the time was the claims'), and never so much that DEAR times it were longer
 * than poll_max: where the share stood still in the middle, nobody waits for that ten times over. */
void claimer_note_listing(struct claimer *c, unsigned got, int64_t ms);

/* ---- course.c ---- */

/* NULL: no memory. folder: of the lane, "" for the rest; others: of the rest, which folders are
 * others' (may be NULL). */
struct course *course_new(const struct spool *s, const char *folder,
                          bool (*others)(const void *arg, const char *folder), const void *arg);
void course_free(struct course *w);
/* A walk begins. */
void course_start(struct course *w);
/* More names, if there are none in hand; their folder is watched. False: the walk is at its end. */
bool course_names(struct course *w, const struct claimer *c);
/* Claim up to max of the names in hand into batch; on a far share also of those that come next, until
 * NAMES have been gone through. *crowded: most were gone already. */
unsigned course_claim(struct course *w, const struct claimer *c, struct claimed *batch,
                      unsigned max, bool *crowded);
/* By chance, so that hosts which meet at one block part. */
void course_skip_ahead(struct course *w);
/* Is most of the listing others' by now? */
bool course_is_old(const struct course *w);
/* The walk has ended: its counts, and how long until the next, as far as the course knows; `now`,
 * boot clock, and `server`, ms. */
void course_end(struct course *w, const struct claimer *c, int64_t now, int64_t server);

/* ---- claimer_watch.c ---- */

/* A folder below pending/ ("" for itself) in which something is. */
void claimer_watch_folder(const struct claimer *c, const char *path);
/* A walk is about to begin: it watches the folders that it enters. After folders were removed all
 * are watched anew, once a minute at most; then the next walk of each course is due at once. */
void claimer_watch_walk(struct claimer *c, struct course *w);

/* ---- choice.c ---- */

/* The courses that the settings ask for; those that stay are kept. False: no memory. */
bool choice_courses(struct claimer *c);
/* Who may begin how much, of `room` documents. The course whose turn it is, or NULL: nobody may
 * begin anything. */
struct course *choice_plan(struct claimer *c, unsigned room);
/* How many documents of pending/ it may begin now. */
unsigned choice_quota(const struct claimer *c, const struct course *w);
/* Is the course paused by a command of its own? */
bool choice_paused(const struct claimer *c, const struct course *w);
/* To be called before .retry/ is looked at. */
void choice_before_retry(struct claimer *c);

/* ---- limits.c ---- */

/* Course i, whose lane is s (may be NULL): may it begin anything by the cluster's limits? Says so in
 * its fair_lane. list: .retry/ is about to be listed. */
void limits_look(struct claimer *c, unsigned i, const struct lane_settings *s, unsigned room,
                 bool list);
/* Quotas of the n courses, down to what is allowed. */
void limits_cut(struct choice *h, unsigned n);
/* These were claimed. */
void limits_begun(struct claimer *c, const struct claimed *batch, unsigned n);
/* Give back what is not needed. Cheap, to be called again and again. */
void limits_tend(struct claimer *c);

#endif
