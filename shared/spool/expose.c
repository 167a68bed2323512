#include "spool/expose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fsop.h"
#include "base/utf8.h"
#include "spool/archive_path.h"
#include "spool/unpack.h"

/* Bytes: of a stem, of one that gets an id; what a folder's own name adds to its parent's path at
 * the most ("/", "_", "~64"); what a path in it needs besides (slash, number, NUL; "" is never
 * scanned). PROBES: numbers tried. */
enum {
    FOLDER_MODE = 0775,
    STEM_MAX = 200,
    OWN_STEM_MAX = 100,
    NAME_EXTRA = 8,
    PATH_EXTRA = ARCHIVE_PATH_NUMBER + 4,
    PROBES = 64
};

_Static_assert(OWN_STEM_MAX + NAME_EXTRA + ID_CAP < STEM_MAX + NAME_EXTRA,
               "what is room below a folder's own name is room below the other");

static bool strip(char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    if (n <= e || strcasecmp(name + n - e, ending) != 0)
        return false;
    name[n - e] = 0;
    return true;
}

static bool strip_any(char *name, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strip(name, endings[i]))
            return true;
    return false;
}

static void cut(char *name, size_t most)
{
    size_t n = strlen(name);
    if (n <= most)
        return;
    if (utf8_valid(name, n))
        while (most > 0 && ((unsigned char)name[most] & 0xC0) == 0x80)
            most--;
    name[most] = 0;
}

static void append(char name[NAME_CAP], const char *ending)
{
    size_t n = strlen(name);
    snprintf(name + n, NAME_CAP - n, "%s", ending);
}

/* What the folder of a document of this name is called. */
static void stem_of(const char *base, size_t most, char stem[NAME_CAP])
{
    static const char *const packed[] = {".gz", ".bz2", ".xz", ".zst"};
    static const char *const archives[] = {".zip",  ".tar", ".tgz", ".tbz",
                                           ".tbz2", ".txz", ".tzst"};
    char name[NAME_CAP];
    snprintf(name, sizeof name, "%s", base);
    bool archive = strip_any(name, packed, sizeof packed / sizeof *packed);
    archive = strip_any(name, archives, sizeof archives / sizeof *archives) || archive;
    dropname_folder_stem(name, stem); /* a folder x.pdf/ would be in the way of a document x.pdf */
    cut(stem, most - strlen(ATTACHED_ENDING));
    if (!archive)
        append(stem, ATTACHED_ENDING); /* fits: it was cut for that */
    if (dropname_ignored(stem))
        append(stem, "_"); /* x.part.zip: a folder x.part/ would be left lying */
}

static size_t parent_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

static const char *base_of(const char *path)
{
    size_t n = parent_len(path);
    return path + n + (path[n] == '/');
}

/* Is there room for unpacked paths below the folder that the document lay in? */
static bool fits(const char *path)
{
    return parent_len(path) + STEM_MAX + NAME_EXTRA + ARCHIVE_PATH_MIN + PATH_EXTRA < PATH_CAP;
}

size_t expose_room(const char *path)
{
    size_t above = (fits(path) ? parent_len(path) : 0) + STEM_MAX + NAME_EXTRA;
    size_t room = PATH_CAP - PATH_EXTRA - above;
    return room < ARCHIVE_PATH_MAX ? room : ARCHIVE_PATH_MAX;
}

static void folder_name(const struct place *p, char name[NAME_CAP])
{
    stem_of(base_of(p->path), STEM_MAX, name);
    if (p->to.folder > 1)
        sprintf(name + strlen(name), "~%u", p->to.folder); /* the stem was cut for more than that */
}

void expose_other(const struct place *p, const char *document, char folder[PATH_CAP])
{
    char stem[NAME_CAP];
    stem_of(base_of(p->path), OWN_STEM_MAX, stem);
    snprintf(folder, PATH_CAP, "%.*s~%.*s", OWN_STEM_MAX + 1, stem, ID_CAP - 1, document);
}

void expose_folder(const struct place *p, const char *document, char folder[PATH_CAP])
{
    char name[NAME_CAP];
    if (p->to.folder == 0) {
        expose_other(p, document, folder);
        return;
    }
    size_t n = parent_len(p->path);
    folder_name(p, name);
    snprintf(folder, PATH_CAP, "%.*s%s%.*s", (int)n, p->path, n ? "/" : "", NAME_CAP - 1, name);
}

/* Of the folder's name among those of pending/; no document's results have such a key. */
static void folder_key(const struct place *p, char key[RESERVE_KEY_CAP])
{
    char above[PATH_CAP + 16], name[NAME_CAP];
    folder_name(p, name);
    snprintf(above, sizeof above, DIR_PENDING "/%.*s", (int)parent_len(p->path), p->path);
    reserve_key(above, name, key);
}

/* The folder that the document lay in; made where it has gone meanwhile. Descriptor or -1. */
static int open_parent(const struct spool *s, const char *path, bool make)
{
    char name[NAME_CAP];
    size_t n = parent_len(path);
    int at = look_folder(s->pending, ".");
    for (size_t i = 0; i < n && at >= 0;) {
        size_t len = strcspn(path + i, "/");
        snprintf(name, sizeof name, "%.*s", (int)len, path + i);
        int next = look_folder(at, name);
        if (next < 0 && errno == ENOENT && make && look_mkdir(at, name, FOLDER_MODE) == 0)
            next = look_folder(at, name);
        int saved = errno;
        fs->close(at);
        errno = saved;
        at = next;
        i += len + 1;
    }
    return at;
}

/* Is the name free in pending/, by a fresh look? 1, 0; -1. */
static int name_free(const struct spool *s, const struct place *p)
{
    char name[NAME_CAP];
    int parent = open_parent(s, p->path, false);
    if (parent < 0)
        return errno == ENOENT ? 1 : errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    folder_name(p, name);
    int there = look_in(parent, name, NULL);
    int saved = errno;
    fs->close(parent);
    errno = saved;
    return there < 0 ? -1 : !there;
}

int expose_reserve(struct place *p, const struct spool *s, const struct token *t,
                   char folder[PATH_CAP])
{
    char key[RESERVE_KEY_CAP];
    int have = 0;
    p->to.unpacked = true;
    for (p->to.folder = 1; have == 0 && p->to.folder <= PROBES && fits(p->path); p->to.folder++) {
        folder_key(p, key);
        have = reserve_take(s, key, t->document);
        int ours = have == 1 ? name_free(s, p) : have;
        if (have == 1 && ours != 1) {
            int saved = errno;
            reserve_drop(s, key, t->document, false);
            errno = saved;
        }
        have = ours;
    }
    p->to.folder = have == 1 ? p->to.folder - 1 : 0;
    if (have < 0) {
        p->to.unpacked = false;
        return -1;
    }
    expose_folder(p, t->document, folder);
    return 0;
}

void expose_drop(const struct place *p, const struct spool *s, const struct token *t)
{
    char key[RESERVE_KEY_CAP];
    if (!p->to.unpacked || p->to.folder == 0)
        return;
    folder_key(p, key);
    reserve_drop(s, key, t->document, false);
}

/* What the hidden folder's place says. MOVE_FAILED: it is still there (EAGAIN), or errno. */
static enum moved where_it_is(const struct spool *s, const struct token *t)
{
    enum unpack_at at = unpack_where(s, t->document, t->claim);
    if (at == UNPACK_HIDDEN)
        errno = EAGAIN;
    return at == UNPACK_NOWHERE ? MOVED : at == UNPACK_VOID ? MOVE_LOST : MOVE_FAILED;
}

/* Rename the hidden folder to a name in parent that was free a moment ago. MOVE_FAILED: it is where
 * it was. */
static enum moved rename_to(const struct spool *s, const struct token *t, int parent,
                            const char *name)
{
    char hidden[UNPACK_NAME_CAP];
    unpack_name(t->document, t->claim, hidden);
    if (fs->renameat(s->unpack, hidden, parent, name) == 0)
        return MOVED;
    enum moved m = look_move(s->unpack, hidden, parent, name);
    return m == MOVE_FAILED ? m : where_it_is(s, t);
}

/* errno: the name, or one on the way to it, belongs to something else. */
static bool taken(int error)
{
    return error == EEXIST || error == ENOTEMPTY || error == ENOTDIR || error == EISDIR ||
           error == ELOOP || error == ENAMETOOLONG;
}

static enum moved to_its_place(const struct spool *s, const struct place *p, const struct token *t)
{
    char name[NAME_CAP];
    int parent = open_parent(s, p->path, true);
    if (parent < 0)
        return MOVE_FAILED;
    folder_name(p, name);
    /* rename(2) would replace an empty folder of a user's: look first. */
    int there = look_in(parent, name, NULL);
    enum moved m = MOVE_FAILED;
    if (there == 1)
        errno = EEXIST;
    else if (there == 0)
        m = rename_to(s, t, parent, name);
    int saved = errno;
    fs->close(parent);
    errno = saved;
    return m;
}

enum moved expose(const struct spool *s, const struct place *p, const struct token *t)
{
    char other[PATH_CAP];
    enum moved m = where_it_is(s, t);
    if (m != MOVE_FAILED || errno != EAGAIN)
        return m;
    if (p->to.folder != 0) {
        m = to_its_place(s, p, t);
        if (m != MOVE_FAILED || !taken(errno))
            return m;
    }
    expose_other(p, t->document, other);
    return rename_to(s, t, s->pending, other);
}
