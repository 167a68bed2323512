/* The server's tree: inodes, their names and contents, and where each folder is. */
#include <string.h>
#include <sys/stat.h>

#include "server_parts.h"
#include "spool/layout.h"

unsigned server_inodes;

static struct inode *root;
static bool reuse_numbers;
static uint64_t next_number, freed[SERVER_INODES];
static unsigned n_freed;

sim_us server_tick(void)
{
    return sim.now / SERVER_TICK * SERVER_TICK;
}

uint64_t server_hash(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    h = (h ^ (h >> 32)) * 0x9e3779b97f4a7c15u;
    return (h ^ (h >> 29)) | 1;
}

struct inode *server_inode(mode_t mode)
{
    struct inode *i = sim_alloc(sizeof *i);
    if (server_inodes == SERVER_INODES)
        sim_broken("a schedule makes more than %d files", (int)SERVER_INODES);
    i->index = server_inodes++;
    i->number = reuse_numbers && n_freed > 0 ? freed[--n_freed] : next_number++;
    i->mode = mode;
    i->drop = -1;
    i->made = sim.now;
    i->mtime = i->ctime = server_tick();
    i->change = 1;
    i->links = S_ISDIR(mode) ? 2 : 1;
    return i;
}

void server_reset(bool numbers_again)
{
    server_inodes = 0;
    n_freed = 0;
    next_number = 1000;
    reuse_numbers = numbers_again;
    server_full_until = 0;
    root = server_inode(S_IFDIR | 0755);
    root->zone = ZONE_OUTSIDE;
    root->name = "";
}

struct inode *server_root(void)
{
    return root;
}

struct entry *server_entry(const struct inode *dir, const char *name)
{
    uint64_t h = server_hash(name);
    for (unsigned i = 0; i < dir->n_entries; i++)
        if (dir->entries[i].hash == h && strcmp(dir->entries[i].name, name) == 0)
            return &dir->entries[i];
    return NULL;
}

struct inode *server_find(const struct inode *dir, const char *name)
{
    struct entry *e = server_entry(dir, name);
    return e ? e->inode : NULL;
}

static void dir_changed(struct inode *dir)
{
    dir->change++;
    dir->mtime = dir->ctime = server_tick();
}

void server_add_entry(struct inode *dir, const char *name, struct inode *i)
{
    if (dir->n_entries == dir->cap_entries) {
        unsigned cap = dir->cap_entries ? 2 * dir->cap_entries : 8;
        struct entry *grown = sim_alloc(cap * sizeof *grown);
        if (dir->n_entries)
            memcpy(grown, dir->entries, dir->n_entries * sizeof *grown);
        dir->entries = grown;
        dir->cap_entries = cap;
    }
    const char *own = sim_text(name);
    dir->entries[dir->n_entries++] = (struct entry){own, server_hash(name), i};
    i->parent = dir;
    i->name = own;
    dir_changed(dir);
}

void server_drop_entry(struct inode *dir, struct entry *e)
{
    *e = dir->entries[--dir->n_entries];
    dir_changed(dir);
}

void server_unlink(struct inode *i)
{
    if (S_ISDIR(i->mode))
        i->links = 0;
    else
        i->links--;
    i->change++;
    i->ctime = server_tick();
    if (i->links == 0 && n_freed < SERVER_INODES)
        freed[n_freed++] = i->number;
}

static enum zone child_zone(const struct inode *dir, const char *name)
{
    static const struct {
        const char *name;
        enum zone zone;
    } tops[] = {{DIR_PENDING, ZONE_PENDING}, {DIR_CLAIMED, ZONE_CLAIMED},
                {DIR_DONE, ZONE_DONE},       {DIR_FAILED, ZONE_FAILED},
                {DIR_CONTROL, ZONE_CONTROL}, {DIR_JOURNAL, ZONE_JOURNAL}};
    switch (dir->zone) {
    case ZONE_ROOT:
        for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
            if (strcmp(name, tops[i].name) == 0)
                return tops[i].zone;
        return ZONE_OUTSIDE;
    case ZONE_PENDING:
        if (dir->parent->zone != ZONE_ROOT)
            return ZONE_PENDING;
        return strcmp(name, DIR_RETRY) == 0    ? ZONE_RETRY
               : strcmp(name, DIR_UNPACK) == 0 ? ZONE_UNPACK
                                               : ZONE_PENDING;
    case ZONE_CLAIMED:
        return ZONE_HOST;
    case ZONE_HOST:
        return ZONE_LEASE;
    case ZONE_LEASE:
        return strcmp(name, LEASE_WORK) == 0 ? ZONE_WORK : ZONE_OUTSIDE;
    case ZONE_FAILED:
        return ZONE_CLASS;
    case ZONE_CONTROL:
        return strcmp(name, DIR_NAMES) == 0      ? ZONE_NAMES
               : strcmp(name, DIR_PATHS) == 0    ? ZONE_PATHS
               : strcmp(name, DIR_ARCHIVES) == 0 ? ZONE_ARCHIVES
                                                 : ZONE_OUTSIDE;
    case ZONE_OUTSIDE:
        return dir == root && strcmp(name, "spool") == 0   ? ZONE_ROOT
               : dir == root && strcmp(name, "taken") == 0 ? ZONE_TAKEN
                                                           : ZONE_OUTSIDE;
    default:
        return dir->zone;
    }
}

void server_rezone(struct inode *dir, enum zone zone)
{
    dir->zone = zone;
    for (unsigned i = 0; i < dir->n_entries; i++)
        if (S_ISDIR(dir->entries[i].inode->mode))
            server_rezone(dir->entries[i].inode, zone);
}

struct inode *server_mkdir(struct inode *dir, const char *name)
{
    struct inode *i = server_inode(S_IFDIR | 0775);
    i->zone = child_zone(dir, name);
    server_add_entry(dir, name, i);
    return i;
}

void server_set_content(struct inode *i, size_t offset, const void *from, size_t n)
{
    if (offset + n > i->cap) {
        size_t cap = 2 * (offset + n) + 64;
        char *grown = sim_alloc(cap);
        if (i->size)
            memcpy(grown, i->content, i->size);
        i->content = grown;
        i->cap = cap;
    }
    if (n)
        memcpy(i->content + offset, from, n);
    if (offset + n > i->size)
        i->size = offset + n;
    i->change++;
    i->mtime = i->ctime = server_tick();
}

struct inode *server_file(struct inode *dir, const char *name, const char *content, size_t n)
{
    struct inode *i = server_inode(S_IFREG | 0664);
    server_set_content(i, 0, content, n);
    server_add_entry(dir, name, i);
    return i;
}

const char *server_path(const struct inode *i)
{
    static char out[2048];
    size_t at = sizeof out - 1;
    out[at] = 0;
    for (; i && i->parent; i = i->parent) {
        size_t n = strlen(i->name);
        if (at < n + 1)
            break;
        if (out[at])
            out[--at] = '/';
        at -= n;
        memcpy(out + at, i->name, n);
        if (i->zone == ZONE_ROOT)
            break;
    }
    return out + at;
}
