#include "spoold/model/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "spool/docstate.h"

enum { FIRST_SLOTS = 256 };

void folders_free(struct folders *f)
{
    for (size_t i = 0; i < f->n; i++)
        free((char *)(uintptr_t)f->all[i].name);
    free(f->all);
    free(f->slots);
    *f = (struct folders){0};
}

/* FNV-1a. Who may drop files may make names that collide: FOLDERS_MOST bounds what that costs. */
static uint32_t hash_of(const char *name, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h ^ h >> 15;
}

/* Where the name is, or the free slot where it would be. */
static size_t slot_of(const struct folders *f, const char *name, size_t n)
{
    size_t at = hash_of(name, n) & (f->n_slots - 1);
    for (; f->slots[at]; at = (at + 1) & (f->n_slots - 1)) {
        const char *there = f->all[f->slots[at] - 1].name;
        if (strncmp(there, name, n) == 0 && there[n] == 0)
            break;
    }
    return at;
}

/* Half of the slots stay free. */
static int grow(struct folders *f)
{
    size_t cap = f->cap ? 2 * f->cap : FIRST_SLOTS / 2;
    struct folder_count *all = realloc(f->all, cap * sizeof *all);
    if (!all)
        return -1;
    f->all = all;
    uint32_t *slots = calloc(2 * cap, sizeof *slots);
    if (!slots)
        return -1;
    free(f->slots);
    f->slots = slots;
    f->n_slots = 2 * cap;
    f->cap = cap;
    for (uint32_t i = 0; i < f->n; i++)
        slots[slot_of(f, all[i].name, strlen(all[i].name))] = i + 1;
    return 0;
}

uint32_t folders_of(struct folders *f, const char *path)
{
    const char *end = strchr(path, '/');
    size_t n = end ? (size_t)(end - path) : 0;
    if (n == 0)
        return NO_FOLDER;
    size_t at = f->n_slots ? slot_of(f, path, n) : 0;
    if (f->n_slots && f->slots[at])
        return f->slots[at] - 1;
    if (f->n == FOLDERS_MOST || (f->n == f->cap && grow(f) != 0))
        return NO_FOLDER;
    char *name = strndup(path, n);
    if (!name)
        return NO_FOLDER;
    f->all[f->n] = (struct folder_count){.name = name};
    f->slots[slot_of(f, path, n)] = (uint32_t)++f->n;
    return (uint32_t)f->n - 1;
}

void folders_count(struct folders *f, uint32_t number, const struct doc_row *d, int change)
{
    if (number >= f->n)
        return;
    struct folder_count *c = &f->all[number];
    uint32_t by = (uint32_t)change;
    if (d->state != DOC_DONE && d->state != DOC_FAILED) {
        c->open += by;
        return;
    }
    c->failed += d->state == DOC_FAILED ? by : 0;
    c->done += d->state == DOC_DONE ? by : 0;
    c->partial += d->state == DOC_DONE && d->outcome == OUTCOME_PARTIAL ? by : 0;
    c->empty += d->state == DOC_DONE && d->outcome == OUTCOME_EMPTY ? by : 0;
    if (change > 0 && d->time_ms > c->ended_ms)
        c->ended_ms = d->time_ms;
}
