/*
 * limits: caps and rates of lanes, which the whole cluster shares (spool/caps.h).
 *
 * A lane with such limits is asked for only when names of it are in hand, or known to wait in
 * .retry/: looking for documents takes no token. How many tokens are needed the hands of the board
 * say, so that it does not matter which document has which, or whether this claimer or one that died
 * has taken them.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "extractd/claimer_parts.h"

enum { TEND_MS = 50 };

static unsigned least(uint64_t a, uint64_t b)
{
    return (unsigned)(a < b ? a : b);
}

void limits_look(struct claimer *c, unsigned i, const struct lane_settings *s, unsigned room,
                 bool list)
{
    struct choice *h = &c->choice;
    struct fair_lane *l = &h->lane[i];
    const struct course *w = c->course[i];
    struct caps_limits limits = {0};
    char cap[CAP_CAP];
    if (s)
        limits = caps_of_lane(s);
    h->limited[i] = caps_limited(limits);
    h->allowed[i] = 0;
    if (!h->limited[i] || l->held)
        return;
    uint64_t want = (w->walking ? w->n_names - w->at : 0) + (list ? h->left[i] : 0);
    if (want == 0)
        return;
    cap_of_section(s->section, cap);
    h->allowed[i] = caps_begin(c->caps, cap, &limits, l->in_hand, least(want, room));
    if (h->allowed[i] == 0)
        l->held = true;
    else if (l->most == 0 || l->most > l->in_hand + h->allowed[i])
        l->most = l->in_hand + h->allowed[i];
}

void limits_cut(struct choice *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (h->limited[i])
            h->quota[i] = least(h->quota[i], h->allowed[i]);
}

static void cap_of_row(const struct claimer *c, unsigned row, char cap[CAP_CAP])
{
    char section[LANE_NAME + 8];
    snprintf(section, sizeof section, "lane:%s", c->x->board->lanes[row].name);
    cap_of_section(section, cap);
}

void limits_begun(struct claimer *c, const struct claimed *batch, unsigned n)
{
    char cap[CAP_CAP];
    for (unsigned i = 0; i < n && caps_name(c->caps, 0); i++) {
        cap_of_row(c, batch[i].lane, cap);
        caps_begun(c->caps, cap, 1);
    }
}

/* How many documents in hand need a token of this cap; none where its lane has no limits any more. */
static unsigned running(const struct claimer *c, const char *cap)
{
    const struct board *b = c->x->board;
    char one[CAP_CAP];
    unsigned n = 0;
    for (unsigned i = 0; i < c->n; i++) {
        cap_of_row(c, c->course[i]->row, one);
        if (strcmp(one, cap) != 0 || !c->choice.limited[i])
            continue;
        for (int k = 0; k < BOARD_HANDS; k++)
            n += atomic_load(&b->hands[k].state) > HAND_FILLING &&
                 b->hands[k].claimed.lane == c->course[i]->row;
    }
    return n;
}

void limits_tend(struct claimer *c)
{
    const char *cap;
    int64_t now = clock_boot_ms();
    if (now - c->tended < TEND_MS)
        return;
    c->tended = now;
    for (unsigned i = 0; (cap = caps_name(c->caps, i)) != NULL; i++)
        caps_tend(c->caps, cap, running(c, cap));
}
