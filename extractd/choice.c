/*
 * choice: whose turn it is. Each lane has a walk of its own (course.c) and an account on the board;
 * fair.c compares these.
 *
 *   a lane that ...                     and so
 *   is paused                           is not walked; what waits of it in .retry/ stays there
 *   has max_slots documents in hand     begins none until one ends
 *   has a limit of the cluster (limits.c)   begins as many as it has tokens and rate for
 *   has a walk at hand, or one due      may have something: it is asked when it is its turn
 *   has nothing                         costs a listing each poll_max
 *   had something due in .retry/ that   has a turn for that, in the next listing: one place at least,
 *   was left                            if others only may have something
 *
 * Without any lane there is one walk, whose turn it always is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "extractd/claimer_parts.h"
#include "spool/pathfile.h"

enum { UNKNOWN_MS = 1000, DEFAULT_WEIGHT = 10 };

static const char rest_name[] = "default";

/* ---- what lanes there are ---- */

static const struct lane_settings *settings_of(const struct claimer *c, unsigned i)
{
    const struct settings *s = &c->x->spool.settings;
    const char *name = c->x->board->lanes[c->course[i]->row].name;
    for (size_t k = 0; k < s->n_lanes; k++)
        if (strcmp(settings_named(s->lanes[k].section), name) == 0)
            return &s->lanes[k];
    return NULL;
}

static const char *folder_of(const struct lane_settings *l)
{
    return *l->folder ? l->folder : settings_named(l->section);
}

static bool is_a_lanes(const void *arg, const char *folder)
{
    const struct claimer *c = arg;
    for (unsigned i = 1; i < c->n; i++)
        if (strcmp(c->course[i]->folder, folder) == 0)
            return true;
    return false;
}

static bool row_in_use(const struct claimer *c, unsigned row)
{
    const struct board *b = c->x->board;
    for (int i = 0; i < BOARD_HANDS; i++)
        if (atomic_load(&b->hands[i].state) > HAND_FILLING && b->hands[i].claimed.lane == row)
            return true;
    return false;
}

/* Is the row's lane one that the settings still have? */
static bool is_named(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->n_lanes; i++)
        if (strcmp(settings_named(s->lanes[i].section), name) == 0)
            return true;
    return false;
}

/* The lane's row, a new one if it has none; 0 where there is no room, as for a lane that came and went
 * while its documents were in hand, and others, too. */
static unsigned row_of(struct claimer *c, const char *name)
{
    struct board_lane *rows = c->x->board->lanes;
    for (unsigned i = 1; i < BOARD_LANES; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    for (unsigned i = 1; i < BOARD_LANES; i++)
        if (!is_named(&c->x->spool.settings, rows[i].name) && !row_in_use(c, i)) {
            snprintf(rows[i].name, sizeof rows[i].name, "%s", name);
            atomic_store(&rows[i].used_ms, 0);
            atomic_store(&rows[i].ended, 0);
            return i;
        }
    return 0;
}

/* One of the old courses, if it is this one's, with its account; else a new one. */
static bool add_course(struct claimer *c, struct course **old, const struct fair_lane *accounts,
                       unsigned n_old, const struct lane_settings *l)
{
    const char *folder = l ? folder_of(l) : "";
    unsigned row = l ? row_of(c, settings_named(l->section)) : 0, i = c->n;
    c->choice.lane[i] = (struct fair_lane){0};
    for (unsigned k = 0; k < n_old; k++)
        if (old[k] && old[k]->row == row && strcmp(old[k]->folder, folder) == 0) {
            c->course[i] = old[k];
            c->choice.lane[i] = accounts[k];
            old[k] = NULL;
        }
    if (!c->course[i])
        c->course[i] = course_new(&c->x->spool, folder, l ? NULL : is_a_lanes, c);
    if (!c->course[i])
        return false;
    c->course[i]->row = row;
    c->n++;
    return true;
}

static unsigned lane_of(void *arg, const struct token *t)
{
    const struct claimer *c = arg;
    char path[PATH_CAP];
    if (pathfile_path(&c->x->spool, t, path) != 0)
        return 0;
    const struct lane_settings *l = settings_lane_of(&c->x->spool.settings, path);
    for (unsigned i = 1; l && i < c->n; i++)
        if (strcmp(c->x->board->lanes[c->course[i]->row].name, settings_named(l->section)) == 0)
            return c->course[i]->row;
    return 0;
}

static unsigned course_of_row(const struct claimer *c, unsigned row)
{
    for (unsigned i = 0; i < c->n; i++)
        if (c->course[i]->row == row)
            return i;
    return 0;
}

static bool reads(void *arg, unsigned row)
{
    const struct claimer *c = arg;
    return c->choice.reads[course_of_row(c, row)];
}

/* Its own quota first, then what nobody else wants. */
static bool may(void *arg, unsigned row)
{
    struct claimer *c = arg;
    struct choice *h = &c->choice;
    unsigned i = course_of_row(c, row);
    const struct fair_lane *l = &h->lane[i];
    if (h->quota[i] > 0) {
        h->quota[i]--;
        return true;
    }
    if (h->spare > 0 && !l->held && l->most == 0 && !h->limited[i]) {
        h->spare--;
        return true;
    }
    h->left[i]++;
    return false;
}

bool choice_courses(struct claimer *c)
{
    const struct settings *s = &c->x->spool.settings;
    struct course *old[COURSES];
    struct fair_lane accounts[COURSES];
    unsigned n_old = c->n;
    memcpy(old, c->course, sizeof old);
    memcpy(accounts, c->choice.lane, sizeof accounts);
    memset(c->course, 0, sizeof c->course);
    memset(c->choice.left, 0, sizeof c->choice.left);
    c->n = 0;
    snprintf(c->x->board->lanes[0].name, LANE_NAME, "%s", rest_name);
    bool ok = add_course(c, old, accounts, n_old, NULL);
    for (size_t i = 0; ok && i < s->n_lanes; i++)
        if (strcmp(settings_named(s->lanes[i].section), rest_name) != 0)
            ok = add_course(c, old, accounts, n_old, &s->lanes[i]);
    for (unsigned i = 0; i < n_old; i++)
        course_free(old[i]);
    c->choice.ask = (struct retry_lanes){.of = lane_of, .may = may, .reads = reads, .arg = c};
    c->retry.lanes = s->n_lanes > 0 ? &c->choice.ask : NULL;
    return ok;
}

/* ---- whose turn it is ---- */

bool choice_paused(const struct claimer *c, const struct course *w)
{
    return control_lane_paused(&c->control, c->x->board->lanes[w->row].name);
}

static int64_t expected(const struct board_lane *row)
{
    int64_t ended = atomic_load(&row->ended);
    int64_t each = ended > 0 ? atomic_load(&row->used_ms) / ended : UNKNOWN_MS;
    return each > 0 ? each : 1; /* a lane whose documents cost nothing would have all turns */
}

/* What is in hand of each. */
static void look_at_hands(struct claimer *c)
{
    struct board *b = c->x->board;
    int64_t now = clock_boot_ms();
    for (unsigned i = 0; i < c->n; i++)
        c->choice.lane[i].in_hand = 0, c->choice.lane[i].open_ms = 0;
    for (int i = 0; i < BOARD_HANDS; i++) {
        const struct hand *h = &b->hands[i];
        int state = atomic_load(&h->state), slot = atomic_load(&h->slot);
        if (state != HAND_QUEUED && state != HAND_TAKEN)
            continue;
        unsigned k = course_of_row(c, h->claimed.lane);
        int64_t usual = expected(&b->lanes[c->course[k]->row]);
        bool taken = state == HAND_TAKEN && slot >= 0 && slot < BOARD_SLOTS;
        int64_t had = taken ? now - atomic_load(&b->slots[slot].taken_at) : 0;
        c->choice.lane[k].in_hand++;
        c->choice.lane[k].open_ms += had > usual ? had : usual;
    }
}

static void look_at_lanes(struct claimer *c, unsigned room)
{
    int64_t now = clock_boot_ms();
    bool list = !c->retry.list && claimer_may_list_retry(c);
    look_at_hands(c);
    for (unsigned i = 0; i < c->n; i++) {
        const struct lane_settings *s = settings_of(c, i);
        const struct course *w = c->course[i];
        struct fair_lane *l = &c->choice.lane[i];
        l->priority = s ? s->priority : 0;
        l->weight = s ? s->weight : DEFAULT_WEIGHT;
        atomic_store(&c->x->board->lanes[w->row].priority, l->priority);
        l->most = s ? (unsigned)s->max_slots : 0;
        l->used_ms = atomic_load(&c->x->board->lanes[w->row].used_ms);
        l->held = choice_paused(c, w);
        l->idle = w->nothing && c->choice.left[i] == 0;
        l->usual_ms = expected(&c->x->board->lanes[w->row]);
        bool due = list && c->choice.left[i] > 0;
        l->wants = w->walking || now >= w->next || due;
        l->known = due || (w->walking && (w->at < w->n_names || w->handed > 0));
        limits_look(c, i, s, room, list);
        c->choice.reads[i] = settings_lane_ocr(&c->x->spool.settings, s) != OCR_NEVER;
    }
}

/* The course that is to be stepped: the one whose turn it is, or where that has no walk now (what it
 * has waits in .retry/), any that has. */
static struct course *who_walks(const struct claimer *c, unsigned first)
{
    int64_t now = clock_boot_ms();
    for (unsigned k = 0; k < c->n; k++) {
        struct course *w = c->course[(first + k) % c->n];
        if (!choice_paused(c, w) && (w->walking || now >= w->next))
            return w;
    }
    return NULL;
}

struct course *choice_plan(struct claimer *c, unsigned room)
{
    struct choice *h = &c->choice;
    struct fair_lane then[COURSES];
    look_at_lanes(c, room);
    int first = fair_pick(h->lane, c->n);
    memcpy(then, h->lane, sizeof then);
    h->spare = fair_deal(then, c->n, room, h->quota);
    limits_cut(h, c->n);
    return first == FAIR_NONE ? NULL : who_walks(c, (unsigned)first);
}

unsigned choice_quota(const struct claimer *c, const struct course *w)
{
    for (unsigned i = 0; i < c->n; i++)
        if (c->course[i] == w)
            return c->choice.quota[i];
    return 0;
}

void choice_before_retry(struct claimer *c)
{
    if (!c->retry.list)
        memset(c->choice.left, 0, sizeof c->choice.left);
}
