/* What the server does with each operation. */
#include "server.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "law.h"
#include "server_parts.h"

sim_us server_full_until;
int server_full_error;

static void read_attrs(struct inode *i, struct attrs *a)
{
    *a = (struct attrs){.inode = i,
                        .mode = i->mode,
                        .links = i->links,
                        .number = i->number,
                        .size = S_ISDIR(i->mode) ? 4096 : i->size,
                        .change = i->change,
                        .mtime = i->mtime,
                        .ctime = i->ctime,
                        .tick = i->ctime};
}

static bool is_folder(const struct inode *i)
{
    return i && i->links > 0 && S_ISDIR(i->mode);
}

static bool below(const struct inode *i, const struct inode *dir)
{
    for (; i; i = i->parent)
        if (i == dir)
            return true;
    return false;
}

static int rename_entries(struct inode *from, const char *name, struct inode *to,
                          const char *to_name, struct inode **moved, struct inode **clobbered)
{
    struct entry *e = server_entry(from, name), *old;
    if (!e)
        return ENOENT;
    struct inode *i = e->inode;
    old = server_entry(to, to_name);
    if (old && old->inode == i)
        return 0; /* two names of one file, or the same name: nothing happens */
    if (old && S_ISDIR(old->inode->mode) != S_ISDIR(i->mode))
        return S_ISDIR(i->mode) ? ENOTDIR : EISDIR;
    if (old && S_ISDIR(i->mode) && old->inode->n_entries > 0)
        return ENOTEMPTY;
    if (S_ISDIR(i->mode) && below(to, i))
        return EINVAL;
    if (old) {
        *clobbered = old->inode;
        server_unlink(old->inode);
        server_drop_entry(to, old);
        e = server_entry(from, name);
    }
    server_drop_entry(from, e);
    server_add_entry(to, to_name, i);
    if (from->zone == ZONE_UNPACK && to->zone == ZONE_PENDING && S_ISDIR(i->mode))
        server_rezone(i, ZONE_PENDING);
    i->change++;
    i->ctime = server_tick();
    *moved = i;
    return 0;
}

int server_rename(struct inode *from, const char *name, struct inode *to, const char *to_name)
{
    struct rpc r = {.op = RPC_RENAME,
                    .dir = from,
                    .name = name,
                    .to_dir = to,
                    .to_name = to_name,
                    .outside = true};
    server_execute(&r);
    return r.error;
}

static int do_rename(struct rpc *r)
{
    struct inode *moved = NULL, *clobbered = NULL;
    if (!is_folder(r->to_dir))
        return ESTALE;
    int error = rename_entries(r->dir, r->name, r->to_dir, r->to_name, &moved, &clobbered);
    if (moved)
        law_renamed(r, moved, clobbered);
    if (moved && !r->first_moved)
        r->first_moved = moved;
    return error;
}

static int do_remove(struct rpc *r, bool folder)
{
    struct entry *e = server_entry(r->dir, r->name);
    if (!e)
        return ENOENT;
    struct inode *i = e->inode;
    if (S_ISDIR(i->mode) != folder)
        return folder ? ENOTDIR : EISDIR;
    if (folder && i->n_entries > 0)
        return ENOTEMPTY;
    server_unlink(i);
    server_drop_entry(r->dir, e);
    law_removed(r, i);
    return 0;
}

static int do_open(struct rpc *r)
{
    struct inode *i = server_find(r->dir, r->name);
    if (i && (r->flags & RPC_MAKE) && (r->flags & RPC_EXCL) && r->times == 0)
        return EEXIST;
    if (!i && !(r->flags & RPC_MAKE))
        return ENOENT;
    if (!i) {
        i = server_file(r->dir, r->name, "", 0);
        law_made(r, i);
    }
    read_attrs(i, &r->attrs);
    return 0;
}

static int do_make(struct rpc *r)
{
    if (server_entry(r->dir, r->name))
        return EEXIST;
    if (r->op == RPC_MKDIR) {
        read_attrs(server_mkdir(r->dir, r->name), &r->attrs);
        return 0;
    }
    struct inode *i = server_inode(S_IFLNK | 0777);
    server_set_content(i, 0, r->to_name, strlen(r->to_name));
    server_add_entry(r->dir, r->name, i);
    read_attrs(i, &r->attrs);
    return 0;
}

static int do_link(struct rpc *r)
{
    if (server_entry(r->dir, r->name))
        return EEXIST;
    r->object->links++;
    r->object->change++;
    r->object->ctime = server_tick();
    server_add_entry(r->dir, r->name, r->object);
    law_made(r, r->object);
    return 0;
}

static int do_write(struct rpc *r)
{
    if (sim.now < server_full_until && !r->outside)
        return server_full_error;
    server_set_content(r->object, r->offset, r->from, r->n);
    law_written(r, r->object);
    return 0;
}

static int do_read(struct rpc *r)
{
    const struct inode *i = r->object;
    size_t left = r->offset < i->size ? i->size - r->offset : 0;
    r->done = r->n < left ? r->n : left;
    if (r->done)
        memcpy(r->to, i->content + r->offset, r->done);
    return 0;
}

/* In the order of the names' hashes, as ext4 does it: an entry that is renamed while the folder is
 * read may be met twice, or not at all. */
static int do_readdir(struct rpc *r)
{
    const struct inode *d = r->object;
    unsigned most = r->most < d->n_entries ? r->most : d->n_entries;
    struct entry *out = sim_alloc((most + 1) * sizeof *out);
    unsigned n = 0, above = 0;
    for (unsigned i = 0; i < d->n_entries; i++) {
        const struct entry *e = &d->entries[i];
        if (e->hash <= r->cookie)
            continue;
        above++;
        unsigned at = n;
        while (at > 0 && out[at - 1].hash > e->hash)
            at--;
        if (at == most)
            continue;
        memmove(out + at + 1, out + at, ((n < most ? n : most - 1) - at) * sizeof *out);
        out[at] = *e;
        n += n < most;
    }
    r->listing = out;
    r->listed = n;
    r->end = above == n;
    return 0;
}

static int execute(struct rpc *r)
{
    bool by_name = r->op == RPC_LOOKUP || r->op == RPC_OPEN || r->op == RPC_RENAME ||
                   r->op == RPC_REMOVE || r->op == RPC_RMDIR || r->op == RPC_MKDIR ||
                   r->op == RPC_SYMLINK || r->op == RPC_LINK;
    if (by_name && !is_folder(r->dir))
        return ESTALE;
    if (r->object && r->object->links == 0)
        return ESTALE;
    if (r->name && strlen(r->name) > NAME_MAX)
        return ENAMETOOLONG;
    switch (r->op) {
    case RPC_LOOKUP:
        r->object = server_find(r->dir, r->name);
        if (!r->object)
            return ENOENT;
        read_attrs(r->object, &r->attrs);
        return 0;
    case RPC_OPEN:
        return do_open(r);
    case RPC_READ:
        return do_read(r);
    case RPC_WRITE:
        return do_write(r);
    case RPC_TOUCH:
        r->object->mtime = r->object->ctime = server_tick();
        r->object->change++;
        return 0;
    case RPC_TRUNCATE:
        if (r->object->size > 0) {
            r->object->size = 0;
            server_set_content(r->object, 0, "", 0);
            law_written(r, r->object);
        }
        return 0;
    case RPC_RENAME:
        return do_rename(r);
    case RPC_REMOVE:
        return do_remove(r, false);
    case RPC_RMDIR:
        return do_remove(r, true);
    case RPC_MKDIR:
    case RPC_SYMLINK:
        return do_make(r);
    case RPC_READLINK:
        r->done = r->object->size < r->n ? r->object->size : r->n;
        memcpy(r->to, r->object->content, r->done);
        return 0;
    case RPC_READDIR:
        return do_readdir(r);
    case RPC_LINK:
        return do_link(r);
    case RPC_GETATTR:
    case RPC_FSSTAT:
    default:
        return 0;
    }
}

void server_execute(struct rpc *r)
{
    if (r->op == RPC_LOOKUP)
        r->object = NULL;
    if (r->dir)
        read_attrs(r->dir, &r->dir_before);
    if (r->to_dir)
        read_attrs(r->to_dir, &r->to_before);
    r->error = execute(r);
    if (r->dir)
        read_attrs(r->dir, &r->dir_after);
    if (r->to_dir)
        read_attrs(r->to_dir, &r->to_after);
    if (r->object && r->op != RPC_LOOKUP)
        read_attrs(r->object, &r->attrs);
    r->times++;
}

const char *server_op_name(enum rpc_op op)
{
    static const char *const names[RPC_OPS] = {
        "GETATTR", "LOOKUP", "OPEN",  "READ",    "WRITE",    "TOUCH",   "TRUNCATE", "RENAME",
        "REMOVE",  "RMDIR",  "MKDIR", "SYMLINK", "READLINK", "READDIR", "FSSTAT",   "LINK"};
    return names[op];
}

bool server_changes(enum rpc_op op)
{
    return op == RPC_OPEN || op == RPC_WRITE || op == RPC_TOUCH || op == RPC_TRUNCATE ||
           (op >= RPC_RENAME && op <= RPC_SYMLINK) || op == RPC_LINK;
}
