/* What the client does for each call: believe what it has cached, or ask the server. */
#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "client_parts.h"
#include "net.h"

static int ask_attrs(struct host *h, struct inode *i, bool *final)
{
    struct rpc r = {.op = RPC_GETATTR, .object = i};
    int error = net_call(&r, final);
    if (error == 0)
        client_learn(h, &r.attrs);
    return error;
}

static int ask_name(struct host *h, struct inode *dir, const char *name, struct inode **out)
{
    struct known *k = client_know(h, dir);
    unsigned before = k->generation;
    struct rpc r = {.op = RPC_LOOKUP, .dir = dir, .name = name};
    int error = net_call(&r, NULL);
    if (error == 0 && r.object)
        client_learn(h, &r.attrs);
    if (h->v3 && (error == 0 || (error == ENOENT && r.error == ENOENT)))
        client_learn(h, &r.dir_after);
    if (error == 0)
        client_set_name(k, name, r.object, before);
    else if (error == ENOENT && r.error == ENOENT)
        client_set_name(k, name, NULL, before);
    *out = error == 0 ? r.object : NULL;
    return error;
}

int client_lookup(struct host *h, struct inode *dir, const char *name, bool again,
                  struct inode **out, bool *cached)
{
    struct known *k = client_know(h, dir);
    struct cached_name *c = client_cached_name(k, name);
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
        c = client_cached_name(k, name);
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
    struct known *k = client_know(h, i);
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
        return client_know(h, dir)->removed_here ? ENOENT : ask_attrs(h, dir, NULL);
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
    struct known *k = client_know(h, dir);
    struct rpc r = {
        .op = RPC_OPEN, .dir = dir, .name = name, .flags = RPC_MAKE | (exclusive ? RPC_EXCL : 0)};
    if (k->removed_here)
        return ENOENT;
    int error = net_call(&r, NULL);
    if (error)
        return error;
    if (r.dir_before.change != r.dir_after.change)
        client_own_change(h, &r.dir_before, &r.dir_after);
    *out = r.attrs.inode;
    client_set_name(k, name, *out, k->generation);
    client_learn(h, &r.attrs);
    if (!truncate || r.attrs.size == 0)
        return 0;
    struct rpc t = {.op = RPC_TRUNCATE, .object = *out};
    return net_call(&t, NULL);
}

static void renamed(struct host *h, const struct rpc *r, struct inode *moved)
{
    struct known *from = client_know(h, r->dir), *to = client_know(h, r->to_dir);
    client_own_change(h, &r->dir_before, &r->dir_after);
    if (r->to_dir != r->dir)
        client_own_change(h, &r->to_before, &r->to_after);
    client_drop_name(from, r->name);
    /* The cached name is moved, with the file that this client knew under it. */
    client_set_name(to, r->to_name, moved, to->generation);
    client_know(h, moved)->fresh_until = 0;
}

int client_rename(struct host *h, struct inode *from, const char *name, struct inode *to,
                  const char *to_name)
{
    struct inode *i;
    bool cached, final = false;
    if (client_know(h, to)->removed_here)
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
            client_set_name(client_know(h, from), name, NULL, client_know(h, from)->generation);
        if (error != ESTALE || final || turn > 0)
            return error;
        error = client_lookup(h, from, name, true, &i, &cached);
    }
    return error;
}

int client_remove(struct host *h, struct inode *dir, const char *name, bool folder)
{
    struct known *k = client_know(h, dir);
    struct inode *i;
    bool cached;
    int error = client_lookup(h, dir, name, false, &i, &cached);
    if (error)
        return error;
    struct rpc r = {.op = folder ? RPC_RMDIR : RPC_REMOVE, .dir = dir, .name = name};
    error = net_call(&r, NULL);
    if (error == 0) {
        client_own_change(h, &r.dir_before, &r.dir_after);
        client_set_name(k, name, NULL, k->generation);
        if (folder)
            client_know(h, i)->removed_here = true;
    } else if (error == ENOENT) {
        client_drop_name(k, name);
    }
    return error;
}

int client_make(struct host *h, struct inode *dir, const char *name, const char *link_target)
{
    struct known *k = client_know(h, dir);
    struct inode *i;
    bool cached;
    if (k->removed_here)
        return ENOENT;
    /* Only a name that is cached as there is believed. */
    if (client_cached_name(k, name) && client_lookup(h, dir, name, false, &i, &cached) == 0 &&
        cached)
        return EEXIST;
    struct rpc r = {.op = link_target ? RPC_SYMLINK : RPC_MKDIR,
                    .dir = dir,
                    .name = name,
                    .to_name = link_target};
    int error = net_call(&r, NULL);
    if (error) {
        client_drop_name(k, name);
        return error;
    }
    client_own_change(h, &r.dir_before, &r.dir_after);
    client_set_name(k, name, r.attrs.inode, k->generation);
    client_learn(h, &r.attrs);
    return 0;
}

static int read_link(struct host *h, struct inode *i, char *to, size_t n, size_t *got)
{
    struct known *k = client_know(h, i);
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
        client_learn(h, &r.attrs);
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
        client_learn(h, &r.attrs);
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
        client_own_change(h, &r.dir_before, &r.dir_after);
        client_set_name(client_know(h, dir), name, file, client_know(h, dir)->generation);
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
                client_set_name(k, e->name, e->inode, generation);
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
    struct known *k = client_know(h, dir);
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
    client_know(h, dir)->have_pages = false;
}
