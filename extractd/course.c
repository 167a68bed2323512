/* course: the walk through a part of pending/, which is repeated for ever. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"
#include "extractd/claimer_parts.h"

enum {
    CACHED_MS = 90000, /* a client keeps attributes for up to 60 s */
    LOST_WINDOW = 32,
    MET_WINDOW = 16, /* names looked at, of which most were gone: other hosts are at this block */
    SKIP_BLOCKS = 8, /* then up to so many blocks are left to them */
    BESIDE = 3,   /* folders at a time where the share is far away: while one's lock is held for a
                    round trip, another's is free (PERFORMANCE.md) */
    EACH = 4,     /* names of each at a turn; a turn costs an opening of the folder */
    ONCE_MS = 20, /* with --once somebody waits for the end */
    END_MS = 2    /* which it may be: nothing is here, waits or is in hand */
};

struct course *course_new(const struct spool *s, const char *folder,
                          bool (*others)(const void *arg, const char *folder), const void *arg)
{
    struct course *w = calloc(1, sizeof *w);
    if (!w || !(w->scan = scan_new(s))) {
        free(w);
        return NULL;
    }
    memcpy(w->folder, folder, strnlen(folder, sizeof w->folder - 1));
    scan_below(w->scan, w->folder);
    scan_without(w->scan, others, arg);
    return w;
}

void course_free(struct course *w)
{
    if (w)
        scan_free(w->scan);
    free(w);
}

void course_start(struct course *w)
{
    int64_t now = clock_boot_ms();
    if (w->walk.unsettled + w->walk.empty > 0)
        w->met_unsettled = now;
    scan_rewind(w->scan);
    memset(&w->walk, 0, sizeof w->walk);
    w->walk.seen_before = w->met_unsettled != 0 && now - w->met_unsettled < CACHED_MS;
    w->handed = w->looked = w->gone = 0;
    w->skipped = false;
    w->n_names = w->at = 0;
    w->began = now;
    w->starts[w->walks++ % WALK_BURST] = now;
    w->walking = true;
}

static bool is_far(const struct claimer *c)
{
    return atomic_load(&c->x->board->far);
}

bool course_names(struct course *w, const struct claimer *c)
{
    if (w->at < w->n_names)
        return true;
    w->at = 0;
    scan_beside(w->scan, is_far(c) ? BESIDE : 1, EACH);
    w->n_names = scan_next(w->scan, w->names, NAMES, &w->dir, &w->path);
    if (w->n_names > 0)
        claimer_watch_folder(c, w->path);
    return w->n_names > 0;
}

/* Of `used` names, those that others had taken before we came. True: most of the last few. A look
 * at a name that is gone costs a round trip as a claim does; with twenty hosts on one listing,
 * sixteen of seventeen looks were such. */
static bool meet_others(struct course *w, unsigned used, const struct claim_counts *before)
{
    const struct claim_counts *now = &w->walk;
    uint64_t there = now->won - before->won + now->unsettled - before->unsettled + now->empty -
                     before->empty + now->not_regular - before->not_regular + now->errors -
                     before->errors;
    w->looked += used;
    w->gone += there < used ? used - there : 0;
    if (w->looked < MET_WINDOW)
        return false;
    bool most = w->gone * 2 > w->looked;
    w->looked = w->gone = 0;
    return most;
}

unsigned course_claim(struct course *w, const struct claimer *c, struct claimed *batch,
                      unsigned max, bool *crowded)
{
    struct claim_counts before = w->walk;
    unsigned used = 0, got = 0;
    /* A batch is of several folders, where these are walked by turns. */
    do {
        unsigned now;
        got += claim_pending(&c->x->spool, &c->lease, w->dir, w->path, w->names + w->at,
                             w->n_names - w->at, batch + got, max - got, &now, &w->walk);
        w->at += now;
        used += now;
    } while (got < max && used < NAMES && is_far(c) && course_names(w, c));
    for (unsigned i = 0; i < got; i++)
        batch[i].lane = w->row;
    *crowded = meet_others(w, used, &before);
    return got;
}

void course_skip_ahead(struct course *w)
{
    w->skipped = true;
    w->n_names = w->at = 0;
    scan_skip(w->scan, 1 + (unsigned)(rnd_u64() % SKIP_BLOCKS));
}

bool course_is_old(const struct course *w)
{
    return w->walk.tried >= LOST_WINDOW && w->walk.won * 2 < w->walk.tried;
}

static void note_shown(struct course *w)
{
    const struct scan_counts *s = scan_counts(w->scan);
    memcpy(w->shown.ignored, s->ignored, sizeof w->shown.ignored);
    w->shown.ignored[IGNORED_SPECIAL] += w->walk.not_regular;
    w->shown.ignored[IGNORED_EMPTY] = w->walk.empty;
    w->shown.unsettled = w->walk.unsettled;
    w->shown.unreadable = s->unreadable + w->walk.errors;
}

/* With --once: can this have been the last walk? (Stuck: give what is in the way its time.) */
static bool at_the_end(const struct course *w, const struct claimer *c)
{
    struct board *b = c->x->board;
    return w->nothing && c->retry.waiting == 0 && board_hands_used(b) == 0 &&
           atomic_load(&b->stuck_walks) == 0;
}

static int64_t pause_of(const struct course *w, const struct claimer *c)
{
    const struct settings *s = &c->x->spool.settings;
    int64_t pause = w->handed > 0 || w->skipped || w->pause == 0 ? s->poll_min : 2 * w->pause;
    int64_t most = !c->x->once ? s->poll_max : at_the_end(w, c) ? END_MS : ONCE_MS;
    most = most < s->poll_max ? most : s->poll_max;
    return pause < most ? pause : most;
}

void course_end(struct course *w, const struct claimer *c, int64_t now, int64_t server)
{
    w->walking = false;
    w->ended = true;
    w->nothing = w->handed == 0 && !w->skipped && w->walk.unsettled == 0;
    w->cost = now - w->began;
    note_shown(w);
    if (w->walk.errors > 0 && w->walk.last_error != 0)
        log_warn("%llu entries of pending/ could not be claimed: %s%s",
                 (unsigned long long)w->walk.errors, strerror(w->walk.last_error),
                 w->walk.last_error == ENAMETOOLONG
                     ? "; a path has at most 4,095 bytes: move them up"
                     : "; may this user move files out of there (no sticky bit)?");
    w->pause = pause_of(w, c);
    int64_t wait = w->handed > 0 ? 0 : rnd_jitter(w->pause, 10);
    if (w->handed == 0 && !w->skipped && wait < DEAR * w->cost)
        wait = DEAR * w->cost;
    if (w->walk.next_settle_ms != 0 && w->walk.next_settle_ms - server < wait)
        wait = w->walk.next_settle_ms - server + 1;
    w->next = now + (wait > 0 ? wait : 0);
    w->n_names = w->at = 0;
}
