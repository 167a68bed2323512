#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "net.h"

#define FOLDER_MIN (30 * SIM_SECOND)
#define FILE_MIN   (3 * SIM_SECOND)
#define CACHE_MOST (60 * SIM_SECOND)

struct cached_name {
    const char *name;
    uint64_t hash;
    struct inode *inode; /* NULL: absent */
    unsigned generation; /* of the folder, when it was looked up */
};

/* What the client knows of an inode. */
struct known {
    bool have;
    struct attrs attrs;
    sim_us fresh_until, lives;
    /* of a folder */
    uint64_t change;     /* as last heard of */
    unsigned generation; /* counts the changes heard of: names of an older one are not trusted */
    bool removed_here;   /* this client has removed it: everything in it is ENOENT, locally */
    struct cached_name *names;
    unsigned n, cap;
    struct client_entry *pages; /* the listing, if it is current */
    unsigned listed;
    bool have_pages;
    bool have_link; /* the content of a symbolic link is cached */
};

void client_reset(struct host *h)
{
    h->known = sim_alloc(SERVER_INODES / HOST_KNOWN_BLOCK * sizeof *h->known);
}

static struct known *know(struct host *h, const struct inode *i)
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

/* Attributes have come from the server. */
static void learn(struct host *h, const struct attrs *a)
{
    struct known *k = know(h, a->inode);
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

/* This client has changed the folder itself: nothing else is doubted, unless somebody else had
 * changed it, too, since. */
static void own_change(struct host *h, const struct attrs *before, const struct attrs *after)
{
    struct known *k = know(h, after->inode);
    if (change_of(h, before) != k->change)
        k->generation++;
    k->change = change_of(h, after);
    k->attrs = *after;
    k->have = true;
    k->have_pages = false;
    k->lives = k->lives ? k->lives : FOLDER_MIN;
    k->fresh_until = sim.now + k->lives;
}

static struct cached_name *find(struct known *k, const char *name)
{
    uint64_t hash = server_hash(name);
    for (unsigned i = 0; i < k->n; i++)
        if (k->names[i].hash == hash && strcmp(k->names[i].name, name) == 0)
            return &k->names[i];
    return NULL;
}

static void set_name(struct known *k, const char *name, struct inode *inode, unsigned generation)
{
    struct cached_name *c = find(k, name);
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

static void drop_name(struct known *k, const char *name)
{
    struct cached_name *c = find(k, name);
    if (c)
        *c = k->names[--k->n];
}

static int ask_attrs(struct host *h, struct inode *i, bool *final)
{
    struct rpc r = {.op = RPC_GETATTR, .object = i};
    int error = net_call(&r, final);
    if (error == 0)
        learn(h, &r.attrs);
    return error;
}

static int ask_name(struct host *h, struct inode *dir, const char *name, struct inode **out)
{
    struct known *k = know(h, dir);
    unsigned before = k->generation;
    struct rpc r = {.op = RPC_LOOKUP, .dir = dir, .name = name};
    int error = net_call(&r, NULL);
    if (error == 0 && r.object)
        learn(h, &r.attrs);
    if (h->v3 && (error == 0 || (error == ENOENT && r.error == ENOENT)))
        learn(h, &r.dir_after);
    if (error == 0)
        set_name(k, name, r.object, before);
    else if (error == ENOENT && r.error == ENOENT)
        set_name(k, name, NULL, before);
    *out = error == 0 ? r.object : NULL;
    return error;
}

int client_lookup(struct host *h, struct inode *dir, const char *name, bool again,
                  struct inode **out, bool *cached)
{
    struct known *k = know(h, dir);
    struct cached_name *c = find(k, name);
    *cached = false;
    *out = NULL;
    if (k->removed_here)
        return ENOENT;
    if (!c || again)
        return ask_name(h, dir, name, out);
    if (sim.now >= k->fresh_until) {
        int error = ask_attrs(h, dir, NULL);
        if (error)
            return error;
        c = find(k, name);
    }
    if (!c || c->generation != k->generation)
        return ask_name(h, dir, name, out);
    *cached = true;
    *out = c->inode;
    if (sim.trace)
        sim_trace("  cache: %s in %s is %s", name, server_path(dir), c->inode ? "there" : "absent");
    return c->inode ? 0 : ENOENT;
}

int client_attrs(struct host *h, struct inode *i, enum client_how how, struct attrs *out)
{
    struct known *k = know(h, i);
    if (how == CLIENT_FORCED || !k->have || (how == CLIENT_CACHED && sim.now >= k->fresh_until)) {
        int error = ask_attrs(h, i, NULL);
        if (error)
            return error;
    }
    *out = k->attrs;
    return 0;
}

int client_stat(struct host *h, struct inode *dir, const char *name, bool forced, struct attrs *out)
{
    struct inode *i;
    bool cached;
    int error = client_lookup(h, dir, name, false, &i, &cached);
    if (error == 0)
        error = client_attrs(h, i, forced && cached ? CLIENT_FORCED : CLIENT_CACHED, out);
    if (error != ESTALE || !cached)
        return error;
    /* As the kernel does it: once more, and this time the name is asked for. */
    error = client_lookup(h, dir, name, true, &i, &cached);
    return error ? error : client_attrs(h, i, CLIENT_CACHED, out);
}

int client_open(struct host *h, struct inode *dir, const char *name, struct inode **out)
{
    bool cached, final = false;
    if (strcmp(name, ".") == 0) {
        *out = dir;
        return know(h, dir)->removed_here ? ENOENT : ask_attrs(h, dir, NULL);
    }
    int error = client_lookup(h, dir, name, false, out, &cached);
    if (error)
        return error;
    error = ask_attrs(h, *out, &final);
    if (error != ESTALE || final)
        return error;
    error = client_lookup(h, dir, name, true, out, &cached);
    return error ? error : ask_attrs(h, *out, NULL);
}

int client_create(struct host *h, struct inode *dir, const char *name, bool exclusive,
                  bool truncate, struct inode **out)
{
    struct known *k = know(h, dir);
    struct rpc r = {
        .op = RPC_OPEN, .dir = dir, .name = name, .flags = RPC_MAKE | (exclusive ? RPC_EXCL : 0)};
    if (k->removed_here)
        return ENOENT;
    int error = net_call(&r, NULL);
    if (error)
        return error;
    if (r.dir_before.change != r.dir_after.change)
        own_change(h, &r.dir_before, &r.dir_after);
    *out = r.attrs.inode;
    set_name(k, name, *out, k->generation);
    learn(h, &r.attrs);
    if (!truncate || r.attrs.size == 0)
        return 0;
    struct rpc t = {.op = RPC_TRUNCATE, .object = *out};
    return net_call(&t, NULL);
}

static void renamed(struct host *h, const struct rpc *r, struct inode *moved)
{
    struct known *from = know(h, r->dir), *to = know(h, r->to_dir);
    own_change(h, &r->dir_before, &r->dir_after);
    if (r->to_dir != r->dir)
        own_change(h, &r->to_before, &r->to_after);
    drop_name(from, r->name);
    /* The cached name is moved, with the file that this client knew under it. */
    set_name(to, r->to_name, moved, to->generation);
    know(h, moved)->fresh_until = 0;
}

int client_rename(struct host *h, struct inode *from, const char *name, struct inode *to,
                  const char *to_name)
{
    struct inode *i;
    bool cached, final = false;
    if (know(h, to)->removed_here)
        return ENOENT;
    int error = client_lookup(h, from, name, false, &i, &cached);
    for (int turn = 0; error == 0; turn++) {
        struct rpc r = {
            .op = RPC_RENAME, .dir = from, .name = name, .to_dir = to, .to_name = to_name};
        error = net_call(&r, &final);
        if (error == 0) {
            renamed(h, &r, i);
            return 0;
        }
        if (error == ENOENT)
            set_name(know(h, from), name, NULL, know(h, from)->generation);
        if (error != ESTALE || final || turn > 0)
            return error;
        error = client_lookup(h, from, name, true, &i, &cached);
    }
    return error;
}

int client_remove(struct host *h, struct inode *dir, const char *name, bool folder)
{
    struct known *k = know(h, dir);
    struct inode *i;
    bool cached;
    int error = client_lookup(h, dir, name, false, &i, &cached);
    if (error)
        return error;
    struct rpc r = {.op = folder ? RPC_RMDIR : RPC_REMOVE, .dir = dir, .name = name};
    error = net_call(&r, NULL);
    if (error == 0) {
        own_change(h, &r.dir_before, &r.dir_after);
        set_name(k, name, NULL, k->generation);
        if (folder)
            know(h, i)->removed_here = true;
    } else if (error == ENOENT) {
        drop_name(k, name);
    }
    return error;
}

int client_make(struct host *h, struct inode *dir, const char *name, const char *link_target)
{
    struct known *k = know(h, dir);
    struct inode *i;
    bool cached;
    if (k->removed_here)
        return ENOENT;
    /* Only a name that is cached as there is believed. */
    if (find(k, name) && client_lookup(h, dir, name, false, &i, &cached) == 0 && cached)
        return EEXIST;
    struct rpc r = {.op = link_target ? RPC_SYMLINK : RPC_MKDIR,
                    .dir = dir,
                    .name = name,
                    .to_name = link_target};
    int error = net_call(&r, NULL);
    if (error) {
        drop_name(k, name);
        return error;
    }
    own_change(h, &r.dir_before, &r.dir_after);
    set_name(k, name, r.attrs.inode, k->generation);
    learn(h, &r.attrs);
    return 0;
}

static int read_link(struct host *h, struct inode *i, char *to, size_t n, size_t *got)
{
    struct known *k = know(h, i);
    if (!S_ISLNK(i->mode))
        return EINVAL;
    if (k->have_link) { /* its content is cached, as long as its attributes are believed */
        struct attrs a;
        int error = client_attrs(h, i, CLIENT_CACHED, &a);
        if (error)
            return error;
        *got = i->size < n ? i->size : n;
        memcpy(to, i->content, *got);
        return 0;
    }
    struct rpc r = {.op = RPC_READLINK, .object = i, .to = to, .n = n};
    int error = net_call(&r, NULL);
    k->have_link = error == 0;
    if (error == 0)
        learn(h, &r.attrs);
    *got = r.done;
    return error;
}

int client_readlink(struct host *h, struct inode *dir, const char *name, char *to, size_t n,
                    size_t *got)
{
    struct inode *i;
    bool cached;
    int error = client_lookup(h, dir, name, false, &i, &cached);
    if (error == 0)
        error = read_link(h, i, to, n, got);
    if (error != ESTALE)
        return error;
    error = client_lookup(h, dir, name, true, &i, &cached);
    return error ? error : read_link(h, i, to, n, got);
}

static int touch(struct host *h, struct inode *i, bool *final)
{
    struct rpc r = {.op = RPC_TOUCH, .object = i};
    int error = net_call(&r, final);
    if (error == 0)
        learn(h, &r.attrs);
    return error;
}

int client_touch(struct host *h, struct inode *dir, const char *name)
{
    struct inode *i;
    bool cached, final = false;
    int error = client_lookup(h, dir, name, false, &i, &cached);
    if (error == 0)
        error = touch(h, i, &final);
    if (error != ESTALE || final)
        return error;
    error = client_lookup(h, dir, name, true, &i, &cached);
    return error ? error : touch(h, i, &final);
}

int client_link(struct host *h, struct inode *file, struct inode *dir, const char *name)
{
    struct rpc r = {.op = RPC_LINK, .object = file, .dir = dir, .name = name};
    int error = net_call(&r, NULL);
    if (error == 0) {
        own_change(h, &r.dir_before, &r.dir_after);
        set_name(know(h, dir), name, file, know(h, dir)->generation);
    }
    return error;
}

static int read_listing(struct host *h, struct inode *dir, struct known *k)
{
    uint64_t cookie = 0;
    unsigned n = 0, cap = 0, generation = k->generation;
    struct client_entry *all = NULL;
    for (bool end = false; !end;) {
        struct rpc r = {.op = RPC_READDIR, .object = dir, .cookie = cookie, .most = h->chunk};
        int error = net_call(&r, NULL);
        if (error)
            return error;
        for (unsigned i = 0; i < r.listed; i++) {
            struct entry *e = &r.listing[i];
            if (n == cap) {
                struct client_entry *grown = sim_alloc((cap = 2 * cap + 8) * sizeof *grown);
                if (n)
                    memcpy(grown, all, n * sizeof *grown);
                all = grown;
            }
            all[n++] = (struct client_entry){e->name, e->inode->number, e->inode->mode};
            if (h->plus) /* READDIRPLUS mends the cached names */
                set_name(k, e->name, e->inode, generation);
            cookie = e->hash;
        }
        end = r.end;
    }
    k->pages = all;
    k->listed = n;
    k->have_pages = generation == k->generation;
    return 0;
}

int client_list(struct host *h, struct inode *dir, struct client_entry **out, unsigned *n)
{
    struct known *k = know(h, dir);
    int error = 0;
    if (k->removed_here)
        return ENOENT;
    if (sim.now >= k->fresh_until)
        error = ask_attrs(h, dir, NULL);
    if (error == 0 && !k->have_pages)
        error = read_listing(h, dir, k);
    *out = k->pages;
    *n = k->listed;
    return error;
}

void client_forget(struct host *h, struct inode *dir)
{
    know(h, dir)->have_pages = false;
}
