#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "spool/spool.h"

static void die(const char *what, const char *path)
{
    fprintf(stderr, "fault-sweep: %s %s: %s\n", what, path, strerror(errno));
    _exit(70);
}

int world_pdf(char *dst, unsigned long cap, unsigned serial, bool corrupt)
{
    return snprintf(dst, cap, "%%PDF-test serial=%u class=%s\n", serial,
                    corrupt ? "corrupt" : "ok");
}

int world_text(char *dst, unsigned long cap, unsigned serial)
{
    return snprintf(dst, cap, "text of serial=%u\f", serial);
}

const char *const world_inner[WORLD_INNER] = {"f/one.pdf", "two.pdf"};

bool world_holds(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, "holds", 5) == 0;
}

/* The list of what a document holds, as a member of its JSON. */
static void held_json(char *dst, unsigned long cap, unsigned serial)
{
    char content[WORLD_CONTENT], hash[SHA256_HEX];
    int n = snprintf(dst, cap, ",\"entries\":[");
    for (unsigned i = 0; i < WORLD_INNER; i++) {
        int size = world_pdf(content, sizeof content, serial + 1 + i, false);
        sha256_hex(content, (size_t)size, hash);
        n += snprintf(dst + n, cap - (unsigned long)n, "%s{\"path\":\"%s\",\"sha256\":\"%s\"}",
                      i ? "," : "", world_inner[i], hash);
    }
    snprintf(dst + n, cap - (unsigned long)n, "]");
}

int world_json(char *dst, unsigned long cap, unsigned serial, const char *outcome, bool corrupt,
               const char *path)
{
    char document[24];
    snprintf(document, sizeof document, "serial-%u", serial);
    return world_json_as(dst, cap, serial, outcome, corrupt, path, document);
}

int world_json_as(char *dst, unsigned long cap, unsigned serial, const char *outcome, bool corrupt,
                  const char *path, const char *document)
{
    char content[WORLD_CONTENT], pdf[SHA256_HEX], text[SHA256_HEX];
    int size = world_pdf(content, sizeof content, serial, corrupt);
    sha256_hex(content, (size_t)size, pdf);
    int bytes = world_text(content, sizeof content, serial);
    sha256_hex(content, (size_t)bytes, text);
    char held[WORLD_CONTENT] = "";
    if (world_holds(path))
        held_json(held, sizeof held, serial);
    return snprintf(dst, cap,
                    "{\"serial\":%u,\"document\":\"%s\",\"path\":\"%s\",\"outcome\":\"%s\","
                    "\"size\":%d,\"sha256\":\"%s\",\"text_bytes\":%d,\"text_sha256\":\"%s\"%s}\n",
                    serial, document, path, outcome, size, pdf, bytes, text, held);
}

static int entry_type(int dir, const struct dirent *e, unsigned long *ino)
{
    struct stat st;
    *ino = e->d_ino;
    if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return DT_UNKNOWN;
    *ino = st.st_ino;
    return S_ISDIR(st.st_mode)   ? DT_DIR
           : S_ISREG(st.st_mode) ? DT_REG
           : S_ISLNK(st.st_mode) ? DT_LNK
                                 : DT_CHR;
}

/* By descriptors, so that no path is too long for the kernel. */
static void walk(int dir, char *path, size_t n, world_visit *fn, void *arg)
{
    DIR *d = fdopendir(dir);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        unsigned long ino;
        size_t len = strlen(e->d_name);
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            n + len + 2 >= WORLD_PATH)
            continue;
        int type = entry_type(dirfd(d), e, &ino);
        path[n] = '/';
        memcpy(path + n + 1, e->d_name, len + 1);
        if (type == DT_DIR) {
            int sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            if (sub >= 0)
                walk(sub, path, n + 1 + len, fn, arg);
            path[n + 1 + len] = 0;
        }
        fn(arg, path, type, ino);
        path[n] = 0;
    }
    if (d)
        closedir(d);
}

bool world_walk(const char *top, const char *under, world_visit *fn, void *arg)
{
    char path[WORLD_PATH], start[WORLD_PATH];
    snprintf(start, sizeof start, "%s/%s", top, under);
    snprintf(path, sizeof path, "%s", under);
    int dir = open(start, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (dir < 0)
        return false;
    walk(dir, path, strlen(path), fn, arg);
    return true;
}

long world_read(const char *top, const char *path, char *dst, unsigned long cap)
{
    char full[WORLD_PATH + 300];
    snprintf(full, sizeof full, "%s/%s", top, path);
    int fd = open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, dst, cap - 1);
    close(fd);
    dst[n > 0 ? n : 0] = 0;
    return n;
}

static void remove_one(void *arg, const char *path, int type, unsigned long ino)
{
    char full[WORLD_PATH + 300];
    (void)ino;
    snprintf(full, sizeof full, "%s/%s", (const char *)arg, path);
    if ((type == DT_DIR ? rmdir(full) : unlink(full)) != 0)
        die("cannot remove", full);
}

static void remove_tree(char *top)
{
    world_walk(top, ".", remove_one, top);
    rmdir(top);
}

void world_remove(struct world *w)
{
    remove_tree(w->top);
    remove_tree(w->taken);
}

void world_make(struct world *w, const char *base, const char *name)
{
    char err[512];
    memset(w, 0, sizeof *w);
    snprintf(w->top, sizeof w->top, "%s/%s", base, name);
    snprintf(w->taken, sizeof w->taken, "%s.taken", w->top);
    if (spool_init(w->top, err, sizeof err) != 0 || mkdir(w->taken, 0775) != 0)
        die("cannot make", w->top);
    world_write(w, "spool.ini", "[spool]\nformat = 1\n"); /* read thousands of times: a short one */
}

/* Make the folders above a path. */
static void make_above(const char *full)
{
    char part[WORLD_PATH + 300];
    for (const char *p = strchr(full + 1, '/'); p; p = strchr(p + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(p - full), full);
        if (mkdir(part, 0775) != 0 && errno != EEXIST)
            die("cannot make", part);
    }
}

void world_write(const struct world *w, const char *path, const char *text)
{
    char full[WORLD_PATH + 300], part[WORLD_PATH + 320];
    snprintf(full, sizeof full, "%s/%s", w->top, path);
    snprintf(part, sizeof part, "%s/.drop.part", w->top);
    make_above(full);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0664);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0 ||
        rename(part, full) != 0)
        die("cannot write", full);
}

const struct drop *world_expect(struct world *w, const char *path, bool corrupt)
{
    if (w->drops == WORLD_DROPS || strlen(path) >= WORLD_PATH)
        die("too many drops", path);
    struct drop *d = &w->drop[w->drops++];
    d->serial = 1000 + w->drops;
    d->corrupt = corrupt;
    snprintf(d->path, sizeof d->path, "%s", path);
    return d;
}

/* What comes out of the document, in the folder that it gets where nobody is in the way. */
static void expect_inner(struct world *w, const char *path)
{
    char inner[WORLD_PATH];
    for (unsigned i = 0; i < WORLD_INNER; i++) {
        snprintf(inner, sizeof inner, "%.*s.attached/%s", (int)(strlen(path) - strlen(".pdf")),
                 path, world_inner[i]);
        world_expect(w, inner, false);
        w->drop[w->drops - 1].inner = true;
    }
}

void world_drop(struct world *w, const char *path, bool corrupt)
{
    char text[WORLD_CONTENT], where[WORLD_PATH + 16];
    const struct drop *d = world_expect(w, path, corrupt);
    world_pdf(text, sizeof text, d->serial, corrupt);
    snprintf(where, sizeof where, "pending/%s", path);
    world_write(w, where, text);
    if (!corrupt && world_holds(path))
        expect_inner(w, path);
}

void world_published(struct world *w, const char *path)
{
    char text[WORLD_CONTENT], where[WORLD_PATH + 16];
    const struct drop *d = world_expect(w, path, false);
    size_t stem = strlen(path) - strlen(".pdf");
    snprintf(where, sizeof where, "done/%s", path);
    world_pdf(text, sizeof text, d->serial, false);
    world_write(w, where, text);
    snprintf(where, sizeof where, "done/%.*s.txt", (int)stem, path);
    world_text(text, sizeof text, d->serial);
    world_write(w, where, text);
    snprintf(where, sizeof where, "done/%.*s.json", (int)stem, path);
    world_json(text, sizeof text, d->serial, "ok", false, path);
    world_write(w, where, text);
}

static unsigned long hash_of(const struct world *w, const char *path)
{
    char text[WORLD_CONTENT];
    unsigned long h = 5381;
    long n = world_read(w->top, path, text, sizeof text);
    for (long i = 0; i < n; i++)
        h = h * 33 ^ (unsigned char)text[i];
    return n < 0 ? 0 : h;
}

static bool hidden(const char *path)
{
    return strstr(path, "/.") != NULL;
}

/* The record of a document that held others is replaced once: until then it is not noted. */
static bool record_open(const struct world *w, const char *path)
{
    char text[2 * WORLD_CONTENT];
    size_t n = strlen(path);
    return world_holds(path) && n > 5 && strcmp(path + n - 5, ".json") == 0 &&
           (world_read(w->top, path, text, sizeof text) < 0 ||
            !strstr(text, "\"documents_outcomes\""));
}

static void note_one(void *arg, const char *path, int type, unsigned long ino)
{
    struct world *w = arg;
    if (type != DT_REG || hidden(path))
        return;
    for (unsigned i = 0; i < w->seen; i++)
        if (strcmp(w->file[i].path, path) == 0)
            return;
    if (record_open(w, path))
        return;
    if (w->seen == WORLD_SEEN)
        die("too many files", path);
    struct seen_file *f = &w->file[w->seen++];
    f->ino = ino;
    f->hash = hash_of(w, path);
    snprintf(f->path, sizeof f->path, "%s", path);
}

void world_note(struct world *w)
{
    world_walk(w->top, "done", note_one, w);
    world_walk(w->top, "failed", note_one, w);
}

unsigned world_changed(const struct world *w, bool loud)
{
    unsigned changed = 0;
    for (unsigned i = 0; i < w->seen; i++) {
        char full[WORLD_PATH + 300];
        struct stat st;
        const struct seen_file *f = &w->file[i];
        snprintf(full, sizeof full, "%s/%s", w->top, f->path);
        if (lstat(full, &st) == 0 && st.st_ino == f->ino && hash_of(w, f->path) == f->hash)
            continue;
        if (loud)
            fprintf(stderr, "  violation: a visible name changed: %s\n", f->path);
        changed++;
    }
    return changed;
}

static void take_file(struct world *w, const char *path, unsigned number)
{
    char from[WORLD_PATH + 300], to[WORLD_PATH + 340];
    snprintf(from, sizeof from, "%s/%s", w->top, path);
    snprintf(to, sizeof to, "%s/%u/%s", w->taken, number, path);
    make_above(to);
    if (rename(from, to) != 0 && errno != ENOENT)
        die("cannot take", from);
}

static void take_triple(void *arg, const char *path, int type, unsigned long ino)
{
    struct world *w = arg;
    char other[WORLD_PATH + 8];
    size_t n = strlen(path);
    (void)ino;
    if (type != DT_REG || hidden(path) || n < 4 || strcmp(path + n - 4, ".pdf") != 0)
        return;
    unsigned number = ++w->takings;
    snprintf(other, sizeof other, "%.*s.txt", (int)(n - 4), path);
    take_file(w, other, number);
    snprintf(other, sizeof other, "%.*s.json", (int)(n - 4), path);
    take_file(w, other, number);
    take_file(w, path, number);
}

void world_take(struct world *w)
{
    world_walk(w->top, "done", take_triple, w);
    world_walk(w->top, "failed", take_triple, w);
    w->seen = 0;
    world_note(w);
}
