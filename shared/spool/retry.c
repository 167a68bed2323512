#include "spool/retry.h"

#include <stdio.h>

#include "base/rnd.h"

enum { JITTER_PERCENT = 20, UNSPENT_PAUSE_MS = 15000 };

int64_t retry_due(const struct settings *s, const struct token *t, int64_t server_now_ms)
{
    int64_t delay = s->retry_delay;
    for (unsigned i = 2; i < t->attempt && delay < s->retry_delay_max; i++)
        delay *= 4;
    if (delay > s->retry_delay_max)
        delay = s->retry_delay_max;
    return (server_now_ms + rnd_jitter(delay, JITTER_PERCENT)) / 1000;
}

int64_t retry_due_unspent(const struct settings *s, int64_t server_now_ms)
{
    int64_t delay = s->retry_delay < UNSPENT_PAUSE_MS ? s->retry_delay : UNSPENT_PAUSE_MS;
    return (server_now_ms + rnd_jitter(delay, JITTER_PERCENT)) / 1000;
}

enum moved retry_move(const struct spool *s, int dir, const char *name, const struct token *t,
                      int64_t due_s, const char *need)
{
    struct waiting w = {.due_s = due_s > 0 ? due_s : 0, .token = *t};
    char to[NAME_CAP];
    snprintf(w.need, sizeof w.need, "%s", need);
    token_waiting_name(&w, to);
    return look_move(dir, name, s->retry, to);
}
