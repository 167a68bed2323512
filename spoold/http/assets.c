#include "spoold/http/assets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sha256.h"
#include "spoold/http/gzip.h"

struct assets {
    size_t count, bytes;
    struct asset file[ASSETS_FILES];
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".yaml", "application/yaml"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i].ending) == 0)
            return types[i].type;
    return NULL;
}

static bool is_plain(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name[0] != '.' && name[strspn(name, letters)] == '\0';
}

/* All bytes of an open file. It may grow while it is read: never more than the bound. */
static int read_all(int fd, struct buf *to, size_t most)
{
    enum { PIECE = 64 * 1024 };

    for (;;) {
        if (to->len > most) {
            errno = EFBIG;
            return -1;
        }
        if (!buf_room(to, PIECE)) {
            errno = ENOMEM;
            return -1;
        }
        ssize_t n = read(fd, to->data + to->len, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        to->len += (size_t)n;
        to->data[to->len] = '\0';
    }
}

static void describe(struct asset *a)
{
    char hex[SHA256_HEX];

    sha256_hex(a->plain.data, a->plain.len, hex);
    memcpy(a->etag, hex, 32);
    a->etag[32] = '\0';
    if (gzip_pays(a->type, a->plain.len))
        gzip_pack(&a->packed, a->plain.data, a->plain.len, GZIP_BEST);
}

static int take_file(struct assets *t, int fd, const char *name)
{
    if (t->count == ASSETS_FILES) {
        errno = EFBIG;
        return -1;
    }
    struct asset *a = &t->file[t->count];
    *a = (struct asset){.name = strdup(name), .type = type_of(name)};
    t->count++;
    buf_add(&a->plain, "", 0);
    if (!a->name || !buf_ok(&a->plain)) {
        errno = ENOMEM;
        return -1;
    }
    if (read_all(fd, &a->plain, ASSETS_BYTES - t->bytes) < 0)
        return -1;
    t->bytes += a->plain.len;
    describe(a);
    return 0;
}

static int take_folder(struct assets *t, int fd, const char *prefix, int depth);

/* One entry; `name` is its whole name in the table. What may not be served is left out. */
static int take_entry(struct assets *t, int dir, const char *entry, const char *name, int depth)
{
    struct stat st;
    int rc = 0;
    int fd = openat(dir, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0 && errno == ELOOP) {
        log_warn("%s of the page is a symbolic link: left out", name);
        return 0;
    }
    if (fd < 0 || fstat(fd, &st) != 0)
        rc = -1;
    else if (S_ISDIR(st.st_mode) && depth < ASSETS_DEPTH)
        return take_folder(t, fd, name, depth + 1);
    else if (!S_ISREG(st.st_mode) || !type_of(name))
        log_warn("%s of the page is left out: it is no file of a known type", name);
    else
        rc = take_file(t, fd, name);
    if (rc < 0)
        log_error("%s of the page cannot be read: %s", name, strerror(errno));
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return rc;
}

/* Takes over fd. */
static int take_folder(struct assets *t, int fd, const char *prefix, int depth)
{
    struct buf name = {0};
    int rc = 0;
    DIR *d = fdopendir(fd);

    if (!d) {
        close(fd);
        return -1;
    }
    while (rc == 0) {
        errno = 0;
        struct dirent *e = readdir(d);
        if (!e) {
            rc = errno ? -1 : 0;
            break;
        }
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!is_plain(e->d_name)) {
            log_warn("a file of the page has a name that is not served: left out");
            continue;
        }
        buf_clear(&name);
        buf_fmt(&name, "%s/%s", prefix, e->d_name);
        if (!buf_ok(&name)) {
            errno = ENOMEM;
            rc = -1;
        } else {
            rc = take_entry(t, dirfd(d), e->d_name, name.data, depth);
        }
    }
    int saved = errno;
    closedir(d);
    buf_free(&name);
    errno = saved;
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct asset *)a)->name, ((const struct asset *)b)->name);
}

struct assets *assets_load(const char *folder)
{
    struct assets *t = calloc(1, sizeof *t);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (t && fd >= 0 && take_folder(t, fd, "", 0) == 0) {
        qsort(t->file, t->count, sizeof t->file[0], by_name);
        return t;
    }
    int saved = t ? errno : ENOMEM;
    if (fd < 0)
        log_error("the folder of the page, %s, cannot be opened: %s", folder, strerror(errno));
    else if (!t)
        close(fd);
    assets_free(t);
    errno = saved;
    return NULL;
}

void assets_free(struct assets *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++) {
        free(t->file[i].name);
        buf_free(&t->file[i].plain);
        buf_free(&t->file[i].packed);
    }
    free(t);
}

const struct asset *assets_find(const struct assets *t, const char *path)
{
    if (strcmp(path, "/") == 0)
        path = "/index.html";
    if (!t)
        return NULL;
    struct asset key = {.name = (char *)(uintptr_t)path};
    return bsearch(&key, t->file, t->count, sizeof t->file[0], by_name);
}

size_t assets_count(const struct assets *t)
{
    return t ? t->count : 0;
}
