/* What the client has cached, how long it lives, and what makes it doubtful. */
#include <string.h>
#include <sys/stat.h>

#include "client_parts.h"

#define FOLDER_MIN (30 * SIM_SECOND)
#define FILE_MIN   (3 * SIM_SECOND)
#define CACHE_MOST (60 * SIM_SECOND)

void client_reset(struct host *h)
{
    h->known = sim_alloc(SERVER_INODES / HOST_KNOWN_BLOCK * sizeof *h->known);
}

struct known *client_know(struct host *h, const struct inode *i)
{
    struct known **block = &h->known[i->index / HOST_KNOWN_BLOCK];
    if (!*block)
        *block = sim_alloc(HOST_KNOWN_BLOCK * sizeof **block);
    return &(*block)[i->index % HOST_KNOWN_BLOCK];
}

static uint64_t change_of(const struct host *h, const struct attrs *a)
{
    return h->v3 ? (uint64_t)a->tick : a->change;
}

static void heard_of_change(struct known *k, uint64_t change)
{
    if (k->have && k->change == change)
        return;
    k->generation++;
    k->have_pages = false;
    k->change = change;
}

void client_learn(struct host *h, const struct attrs *a)
{
    struct known *k = client_know(h, a->inode);
    uint64_t change = change_of(h, a);
    bool folder = S_ISDIR(a->mode);
    bool same = k->have && (folder ? k->change == change : change_of(h, &k->attrs) == change);
    sim_us least = folder ? FOLDER_MIN : FILE_MIN;
    k->lives = !same ? least : 2 * k->lives < CACHE_MOST ? 2 * k->lives : CACHE_MOST;
    if (k->lives < least)
        k->lives = least;
    if (folder)
        heard_of_change(k, change);
    k->have = true;
    k->attrs = *a;
    k->fresh_until = sim.now + k->lives;
}

void client_own_change(struct host *h, const struct attrs *before, const struct attrs *after)
{
    struct known *k = client_know(h, after->inode);
    if (change_of(h, before) != k->change)
        k->generation++;
    k->change = change_of(h, after);
    k->attrs = *after;
    k->have = true;
    k->have_pages = false;
    k->lives = k->lives ? k->lives : FOLDER_MIN;
    k->fresh_until = sim.now + k->lives;
}

struct cached_name *client_cached_name(struct known *k, const char *name)
{
    uint64_t hash = server_hash(name);
    for (unsigned i = 0; i < k->n; i++)
        if (k->names[i].hash == hash && strcmp(k->names[i].name, name) == 0)
            return &k->names[i];
    return NULL;
}

void client_set_name(struct known *k, const char *name, struct inode *inode, unsigned generation)
{
    struct cached_name *c = client_cached_name(k, name);
    if (!c && k->n == k->cap) {
        unsigned cap = k->cap ? 2 * k->cap : 8;
        struct cached_name *grown = sim_alloc(cap * sizeof *grown);
        if (k->n)
            memcpy(grown, k->names, k->n * sizeof *grown);
        k->names = grown;
        k->cap = cap;
    }
    if (!c) {
        c = &k->names[k->n++];
        c->name = sim_text(name);
        c->hash = server_hash(name);
    }
    c->inode = inode;
    c->generation = generation;
}

void client_drop_name(struct known *k, const char *name)
{
    struct cached_name *c = client_cached_name(k, name);
    if (c)
        *c = k->names[--k->n];
}
