#include "spoold/model/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "spoold/model/leaf.h"

_Static_assert(GROUPS_MAX + OUTCOME_COUNT < NO_GROUP, "a number for each");

void groups_free(struct groups *g)
{
    free(g->all);
    *g = (struct groups){0};
}

/* The message without its numbers, cut to whole characters. */
static void without_numbers(const char *message, char out[GROUP_MESSAGE])
{
    size_t n = strlen(message), o = 0, len;
    for (size_t i = 0; i < n; i += len) {
        len = utf8_seq(message + i, n - i);
        if (len == 0 || o + len >= GROUP_MESSAGE)
            break;
        if (message[i] >= '0' && message[i] <= '9') {
            if (o == 0 || out[o - 1] != '#')
                out[o++] = '#';
            continue;
        }
        memcpy(out + o, message + i, len);
        o += len;
    }
    out[o] = 0;
}

static uint16_t find(const struct groups *g, const struct group *want)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->all[i].outcome == want->outcome && strcmp(g->all[i].message, want->message) == 0 &&
            strcmp(g->all[i].stage, want->stage) == 0)
            return (uint16_t)i;
    return NO_GROUP;
}

static uint16_t add(struct groups *g, const struct group *one)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 16;
        struct group *grown = realloc(g->all, cap * sizeof *grown);
        if (!grown)
            return NO_GROUP;
        g->all = grown;
        g->cap = cap;
    }
    g->all[g->n] = *one;
    return (uint16_t)g->n++;
}

uint16_t groups_of(struct groups *g, enum outcome class, const char *stage, const char *message)
{
    struct group want = {.outcome = (uint8_t) class};
    if (strlen(stage) < sizeof want.stage)
        memcpy(want.stage, stage, strlen(stage) + 1);
    without_numbers(message[0] ? message : outcome_facts(class)->meaning, want.message);
    uint16_t at = find(g, &want);
    if (at == NO_GROUP && g->n >= GROUPS_MAX) {
        want.stage[0] = want.message[0] = 0;
        at = find(g, &want);
    }
    return at != NO_GROUP ? at : add(g, &want);
}

void groups_happened(struct groups *g, uint16_t number, int64_t time_ms, uint16_t host,
                     const char *path)
{
    if (number >= g->n)
        return;
    struct group *one = &g->all[number];
    if (one->first_ms == 0 || time_ms < one->first_ms)
        one->first_ms = time_ms;
    if (host != NO_HOST)
        one->hosts |= UINT64_C(1) << (host % ROW_HOSTS_BITS);
    if (time_ms < one->last_ms)
        return;
    one->last_ms = time_ms;
    one->sample[0] = 0;
    if (strlen(path) < sizeof one->sample)
        memcpy(one->sample, path, strlen(path) + 1);
}

void groups_count(struct groups *g, uint16_t number, int change)
{
    if (number < g->n)
        g->all[number].documents += (uint64_t)change;
}
