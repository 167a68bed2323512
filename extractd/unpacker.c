#include "extractd/unpacker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spool/archive_path.h"
#include "spool/expose.h"
#include "spool/unpack.h"

struct unpacker {
    struct unpacker_order order;
    struct receiver receiver;
    struct unpack *files;
    struct archive_paths *used;
    struct entrylist list;
    unsigned kept;        /* files, after unpacker_finish */
    bool writing;         /* the entry that is open has a file */
    char clean[PATH_CAP]; /* of the entry that is open: before it is told from its like, */
    char path[PATH_CAP];  /* and its own */
};

/* ---- names ---- */

/* The only file of x.pdf.gz has no name of its own: it is x.pdf. */
static void name_of_only(const char *document, char name[PATH_CAP])
{
    static const char *const endings[] = {".gz", ".bz2", ".xz", ".zst"};
    const char *slash = strrchr(document, '/'), *base = slash ? slash + 1 : document;
    size_t n = strnlen(base, PATH_CAP - 1), cut = n;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t e = strlen(endings[i]);
        if (n > e && strcasecmp(base + n - e, endings[i]) == 0)
            cut = n - e;
    }
    memcpy(name, base, cut);
    name[cut] = '\0';
}

/* A clean path for the entry that begins. 0; -1: no memory. */
static int clean_path(struct unpacker *u, const char *name, size_t n, bool zip)
{
    char only[PATH_CAP];
    size_t most = expose_room(u->order.path);
    enum archive_path is = archive_path_clean(name, n, zip, most, u->clean);
    if (is == PATH_NAMELESS && n == 0) {
        name_of_only(u->order.path, only);
        is = archive_path_clean(only, strlen(only), false, most, u->clean);
    }
    if (is == PATH_NAMELESS)
        memcpy(u->clean, "_", sizeof "_");
    errno = ENOMEM;
    return is == PATH_NO_MEMORY ? -1 : 0;
}

/* ---- the receiver ---- */

static void tick(struct unpacker *u)
{
    atomic_fetch_add(u->order.progress, 1);
}

static int on_begin(void *user, const char *name, size_t n, bool zip)
{
    struct unpacker *u = user;
    u->writing = false;
    tick(u);
    if (entrylist_begin(&u->list, name, n) != 0)
        return -1;
    return clean_path(u, name, n, zip);
}

static int on_bytes(void *user, const void *bytes, size_t n)
{
    struct unpacker *u = user;
    if (!u->writing) {
        if (archive_paths_use(u->used, u->clean, u->path) != 0 ||
            unpack_file(u->files, u->path) != 0)
            return -1;
        u->writing = true;
    }
    tick(u);
    return unpack_bytes(u->files, bytes, n);
}

static int on_end(void *user, enum entryfate fate, const char *message)
{
    struct unpacker *u = user;
    struct unpacked kept = {0};
    struct entry_end end = {.fate = fate, .message = message, .path = u->path};
    bool written = u->writing;
    u->writing = false;
    tick(u);
    if (written && fate != ENTRY_TAKEN && unpack_leave(u->files) != 0)
        return -1;
    if (fate == ENTRY_TAKEN && unpack_keep(u->files, &kept) != 0)
        return -1;
    end.size = kept.size;
    end.sha256 = kept.sha256;
    return entrylist_end(&u->list, &end);
}

/* ---- its life ---- */

struct unpacker *unpacker_new(const struct unpacker_order *order)
{
    struct unpacker *u = calloc(1, sizeof *u);
    const struct settings *c = order->settings;
    if (!u)
        return NULL;
    u->order = *order;
    u->receiver = (struct receiver){
        .size = order->size,
        .entries = (uint32_t)c->max_entries,
        .each = c->max_input,
        .total = c->max_unpacked,
        .ratio = (uint32_t)c->max_ratio,
        .begin = on_begin,
        .bytes = on_bytes,
        .end = on_end,
        .user = u,
    };
    u->files = unpack_new(order->spool, order->token);
    u->used = archive_paths_new();
    if (!u->files || !u->used) {
        unpacker_free(u);
        return NULL;
    }
    return u;
}

const struct receiver *unpacker_receiver(struct unpacker *u)
{
    return &u->receiver;
}

int unpacker_finish(struct unpacker *u)
{
    return unpack_finish(u->files, &u->kept);
}

void unpacker_throw(struct unpacker *u)
{
    u->kept = 0;
    unpack_throw(u->files);
}

bool unpacker_has_folder(const struct unpacker *u)
{
    return u->kept > 0;
}

const struct entrylist *unpacker_list(const struct unpacker *u)
{
    return &u->list;
}

void unpacker_free(struct unpacker *u)
{
    if (!u)
        return;
    unpack_free(u->files);
    archive_paths_free(u->used);
    entrylist_free(&u->list);
    free(u);
}
