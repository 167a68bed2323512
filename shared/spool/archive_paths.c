#include "spool/archive_path.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SLOTS_FIRST = 256 };

struct used_path {
    char *path; /* owned; NULL: the slot is free */
    bool folder;
    unsigned next; /* the number to be tried first when it is asked for again */
};

/* Open addressing; a power of two slots, at most half of them taken. */
struct archive_paths {
    struct used_path *slots;
    size_t cap, count;
};

struct archive_paths *archive_paths_new(void)
{
    struct archive_paths *u = calloc(1, sizeof *u);
    if (u && !(u->slots = calloc(SLOTS_FIRST, sizeof *u->slots))) {
        free(u);
        u = NULL;
    }
    if (u)
        u->cap = SLOTS_FIRST;
    return u;
}

void archive_paths_free(struct archive_paths *used)
{
    for (size_t i = 0; used && i < used->cap; i++)
        free(used->slots[i].path);
    if (used)
        free(used->slots);
    free(used);
}

/* FNV-1a. */
static size_t hash_of(const char *path)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *path; path++)
        h = (h ^ (unsigned char)*path) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* Where the path is, or would be. */
static struct used_path *slot_of(const struct archive_paths *u, const char *path)
{
    size_t i = hash_of(path) & (u->cap - 1);
    while (u->slots[i].path && strcmp(u->slots[i].path, path) != 0)
        i = (i + 1) & (u->cap - 1);
    return &u->slots[i];
}

static int grow(struct archive_paths *u)
{
    struct archive_paths larger = {.cap = 2 * u->cap, .count = u->count};
    larger.slots = calloc(larger.cap, sizeof *larger.slots);
    if (!larger.slots)
        return -1;
    for (size_t i = 0; i < u->cap; i++)
        if (u->slots[i].path)
            *slot_of(&larger, u->slots[i].path) = u->slots[i];
    free(u->slots);
    *u = larger;
    return 0;
}

static int add(struct archive_paths *u, const char *path, bool folder)
{
    if (2 * (u->count + 1) > u->cap && grow(u) != 0)
        return -1;
    struct used_path *s = slot_of(u, path);
    s->path = strdup(path);
    s->folder = folder;
    s->next = 2;
    u->count += s->path != NULL;
    return s->path ? 0 : -1;
}

/* The component that begins at `from` of a path becomes x~n, x~n.pdf; cut where it must be. */
static void number(char path[PATH_CAP], size_t from, const char *plain, bool folder, unsigned n)
{
    char tail[ARCHIVE_PATH_NUMBER + 8];
    size_t len = strlen(plain), ending = 0;
    if (!folder && len > 4 && strcasecmp(plain + len - 4, ".pdf") == 0)
        ending = 4;
    int extra = snprintf(tail, sizeof tail, "~%u%s", n, plain + len - ending);
    size_t room = NAME_CAP - 1 - (size_t)extra, keep = len - ending;
    if (keep > room)
        for (keep = room; keep > 0 && ((unsigned char)plain[keep] & 0xC0) == 0x80;)
            keep--;
    snprintf(path + from, PATH_CAP - from, "%.*s%s", (int)keep, plain, tail);
}

/* path[from...] is the newest component, and has never been used as what it is to be now: numbered
 * until that is so. */
static int settle(struct archive_paths *u, char path[PATH_CAP], size_t from, bool folder)
{
    char plain[NAME_CAP];
    struct used_path *first = slot_of(u, path), *s = first;
    snprintf(plain, sizeof plain, "%s", path + from);
    unsigned n = first->path ? first->next : 0;
    /* Each turn meets a path of its own that is in the set, so there are at most `count`. */
    for (; s->path && !(folder && s->folder); s = slot_of(u, path)) {
        number(path, from, plain, folder, n++);
        first->next = folder ? first->next : n; /* folders share one number, files never do */
    }
    return s->path ? 0 : add(u, path, folder);
}

int archive_paths_use(struct archive_paths *used, const char *path, char out[PATH_CAP])
{
    size_t at = 0;
    int bad = 0;
    for (bool folder = true; folder && bad == 0; path += folder) {
        size_t n = strcspn(path, "/");
        folder = path[n] == '/';
        if (n >= NAME_CAP || at + NAME_CAP >= PATH_CAP) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(out + at, path, n);
        out[at + n] = '\0';
        bad = settle(used, out, at, folder);
        at += strlen(out + at);
        path += n;
        if (folder)
            out[at++] = '/';
    }
    return bad;
}
