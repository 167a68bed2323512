#include "extractd/breaker.h"

#include <string.h>

static void enter(struct breaker *b, enum breaker_state state, const struct breaker_seen *s)
{
    b->state = state;
    b->since = s->now;
    b->trouble = s->trouble;
    b->ended = s->ended;
}

static void step_closed(struct breaker *b, const struct breaker_seen *s)
{
    if (!s->loop && !s->environment)
        return;
    b->loop = s->loop;
    b->rest = BREAKER_REST_MS;
    enter(b, BREAKER_OPEN, s);
}

/* The rest begins with the last trouble: a share that still fails what is in hand is not yet back. */
static void step_open(struct breaker *b, const struct breaker_seen *s)
{
    b->loop = b->loop || s->loop;
    if (s->trouble != b->trouble)
        enter(b, BREAKER_OPEN, s);
    else if (!b->loop && s->ended != b->ended)
        enter(b, BREAKER_CLOSED, s); /* one that was in hand shows that the environment is well */
    else if (s->now - b->since >= b->rest && s->well)
        enter(b, BREAKER_TRYING, s);
}

static void step_trying(struct breaker *b, const struct breaker_seen *s)
{
    if (s->trouble != b->trouble) {
        b->rest = 2 * b->rest < BREAKER_REST_MOST_MS ? 2 * b->rest : BREAKER_REST_MOST_MS;
        enter(b, BREAKER_OPEN, s);
    } else if (s->ended != b->ended || (s->idle && s->now - b->since >= BREAKER_QUIET_MS)) {
        enter(b, BREAKER_CLOSED, s);
    }
}

enum breaker_state breaker_step(struct breaker *b, const struct breaker_seen *s)
{
    static void (*const steps[])(struct breaker *, const struct breaker_seen *) = {
        [BREAKER_CLOSED] = step_closed, [BREAKER_OPEN] = step_open, [BREAKER_TRYING] = step_trying};
    steps[b->state](b, s);
    return b->state;
}

void breaker_reset(struct breaker *b)
{
    memset(b, 0, sizeof *b);
}
