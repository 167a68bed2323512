#include "extractd/ability.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "extractd/hostload.h"
#include "spool/need.h"

enum { MIB = 1024 * 1024, LACKING_MS = 600000 };

uint64_t ability_memory_alone(const struct settings *c)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t all = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
    uint64_t most = c->memory_alone > 0 ? c->memory_alone : all / 2;
    return most > c->memory_limit ? most : c->memory_limit;
}

/* As much as it may take is free now; not known counts as free. */
static bool memory_is_free(const struct settings *c)
{
    int64_t available = hostload_available("");
    return available == STATUS_UNKNOWN || (uint64_t)available >= ability_memory_alone(c);
}

static unsigned alone_in_hand(struct board *b)
{
    unsigned n = 0;
    uint64_t mib;
    for (int i = 0; i < BOARD_HANDS; i++)
        n += atomic_load(&b->hands[i].state) > HAND_FILLING &&
             need_is_memory(b->hands[i].claimed.need, &mib);
    return n;
}

static enum claim_may may_alone(struct ability *a, struct waiting *w, uint64_t mib, int64_t now)
{
    bool could = mib < ability_memory_alone(a->settings) / MIB;
    if (could && a->alone_left > 0 && w->due_s * 1000 <= now && memory_is_free(a->settings)) {
        a->alone_left--;
        return CLAIM_MAY;
    }
    if (w->due_s * 1000 + a->settings->alone_wait <= now) {
        snprintf(w->need, sizeof w->need, NEED_LAST);
        return CLAIM_MAY;
    }
    return could ? CLAIM_LATER : CLAIM_FOREIGN;
}

/* With its lane's word. */
static void languages_there(const struct settings *c, const char *path,
                            char languages[LANGLIST_CAP])
{
    static struct settings own; /* large */
    const struct lane_settings *lane = settings_lane_of(c, path);
    if (lane) {
        own = *c;
        settings_lane_apply(&own, lane);
    }
    ability_languages(lane ? &own : c, path, languages);
}

static enum claim_may may(void *arg, struct waiting *w, int64_t now)
{
    struct ability *a = arg;
    char path[PATH_CAP], languages[LANGLIST_CAP];
    uint64_t mib;
    if (need_is_memory(w->need, &mib))
        return may_alone(a, w, mib, now);
    if (strcmp(w->need, NEED_OCR) != 0 || a->settings->ocr == OCR_NEVER ||
        token_path(&w->token, path) != 0)
        return CLAIM_MAY;
    languages_there(a->settings, path, languages);
    return ability_is_lacking(a->board, languages) ? CLAIM_FOREIGN : CLAIM_MAY;
}

void ability_begin(struct ability *a, struct board *b, const struct settings *c,
                   struct retry_walk *w)
{
    *a = (struct ability){.board = b, .settings = c, .alone_left = alone_in_hand(b) == 0};
    w->may = may;
    w->may_arg = a;
}

void ability_languages(const struct settings *c, const char *path, char languages[LANGLIST_CAP])
{
    if (!langlist_of_path(path, languages))
        snprintf(languages, LANGLIST_CAP, "%s", c->languages);
}

/* FNV-1a; never 0. */
static uint64_t hash_of(const char *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    return h ? h : 1;
}

void ability_lacks(struct board *b, const char *languages)
{
    uint64_t h = hash_of(languages);
    unsigned i = 0;
    while (i < BOARD_LACKING && atomic_load(&b->lacking[i].languages) != h)
        i++;
    if (i == BOARD_LACKING)
        i = atomic_fetch_add(&b->lacking_next, 1) % BOARD_LACKING;
    atomic_store(&b->lacking[i].until, clock_boot_ms() + LACKING_MS);
    atomic_store(&b->lacking[i].languages, h);
}

bool ability_is_lacking(struct board *b, const char *languages)
{
    uint64_t h = hash_of(languages);
    for (unsigned i = 0; i < BOARD_LACKING; i++)
        if (atomic_load(&b->lacking[i].languages) == h)
            return clock_boot_ms() < atomic_load(&b->lacking[i].until);
    return false;
}

void ability_look_again(struct board *b)
{
    for (unsigned i = 0; i < BOARD_LACKING; i++)
        atomic_store(&b->lacking[i].languages, 0);
}
