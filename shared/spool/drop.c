#include "spool/drop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "spool/dropname.h"
#include "spool/look.h"
#include "spool/passing.h"
#include "spool/reserve.h"

enum { CHUNK = 1024 * 1024, NUMBERS = 100000, WAIT_MS = 20, FOLDER_MODE = 0775, FILE_MODE = 0664 };

enum named { NAMED_ERROR = -1, NAMED_TAKEN, NAMED_OURS, NAMED_HELD };

/* ---- the path ---- */

const char *drop_wrong_path(const char *path, size_t n)
{
    char name[NAME_CAP];
    if (n == 0 || n >= PATH_CAP - sizeof DIR_PENDING || memchr(path, 0, n))
        return n ? "it is too long, or holds a NUL" : "it is empty";
    for (size_t at = 0, len; at <= n; at += len + 1) {
        const char *slash = memchr(path + at, '/', n - at);
        len = slash ? (size_t)(slash - path) - at : n - at;
        if (len == 0 || len >= sizeof name)
            return len ? "a name in it is too long" : "a part of it is empty";
        snprintf(name, sizeof name, "%.*s", (int)len, path + at);
        const char *why = dropname_ignored(name);
        if (why)
            return why;
    }
    return NULL;
}

/* ---- the folder ---- */

/* The folder of the first n bytes of `name` below `at`, made where it is missing. */
static int enter(int at, const char *name, size_t n)
{
    char one[NAME_CAP];
    if (n >= sizeof one) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(one, sizeof one, "%.*s", (int)n, name);
    return look_mkdir(at, one, FOLDER_MODE) == 0 ? look_folder(at, one) : -1;
}

int drop_folder(const struct spool *s, const char *path, char shown[PATH_CAP])
{
    if (snprintf(shown, PATH_CAP, DIR_PENDING "%s%s", *path ? "/" : "", path) >= PATH_CAP) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int at = look_folder(s->pending, ".");
    for (const char *p = path; *p && at >= 0;) {
        size_t n = strcspn(p, "/");
        int next = enter(at, p, n);
        int saved = errno;
        fs->close(at);
        errno = saved;
        at = next;
        p += n;
        p += strspn(p, "/");
    }
    return at;
}

/* ---- the bytes ---- */

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = fs->write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return -1;
        }
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static bool goes_on(const struct drop *d, uint64_t bytes)
{
    return !d->progress || d->progress(d->arg, bytes);
}

static int copy_bytes(const struct drop *d, int to)
{
    ssize_t n;
    int bad = 0;
    uint64_t all = 0, synced = 0;
    char *chunk = malloc(CHUNK);
    if (!chunk)
        return -1;
    /* The source is no part of the spool: not by way of fsop. */
    while (!bad && (n = read(d->from, chunk, CHUNK)) != 0) {
        if (n < 0 && errno == EINTR && goes_on(d, 0))
            continue;
        bad = n < 0 || write_all(to, chunk, (size_t)n) != 0;
        all += bad ? 0 : (uint64_t)n;
        if (!bad && d->sync_bytes && all - synced >= d->sync_bytes) {
            bad = fs->fsync(to) != 0;
            synced = all;
        }
        if (!bad && !goes_on(d, (uint64_t)n)) {
            errno = ECANCELED;
            bad = 1;
        }
    }
    if (!bad && d->size != DROP_ANY && all != d->size) {
        errno = ECANCELED;
        bad = 1;
    }
    int saved = errno;
    free(chunk);
    errno = saved;
    return bad ? -1 : 0;
}

/* ---- the name ---- */

/* name~k.pdf, shortened in its middle where it would be too long. */
static void number_name(const char *name, unsigned k, char out[NAME_CAP])
{
    char tail[24] = "";
    size_t n = strlen(name), suffix = n > 4 && strcasecmp(name + n - 4, ".pdf") == 0 ? 4 : 0;
    if (k > 1)
        snprintf(tail, sizeof tail, "~%u", k);
    size_t stem = n - suffix, room = NAME_CAP - 1 - suffix - strlen(tail);
    snprintf(out, NAME_CAP, "%.*s%s%s", (int)(stem < room ? stem : room), name, tail,
             name + n - suffix);
}

/* Is the name free? If so, the private file gets it. With the reservation held. */
static enum named move_to(int dir, const char *private, const char *final)
{
    /* Not look_at(): for that a folder that is gone (ESTALE) answers "absent", and a rename would
     * clobber. */
    int fresh = look_folder(dir, ".");
    int there = fresh >= 0 ? look_in(fresh, final, NULL) : -1;
    int error = errno;
    if (fresh >= 0)
        fs->close(fresh);
    errno = error;
    if (there != 0)
        return there == 1 ? NAMED_TAKEN : NAMED_ERROR;
    return look_move(dir, private, dir, final) == MOVED ? NAMED_OURS : NAMED_ERROR;
}

static enum named give_name(const struct spool *s, const struct drop *d, int dir,
                            const char *folder_path, const char *const names[2])
{
    char id[ID_CAP], key[RESERVE_KEY_CAP];
    char random[13];
    rnd_name(random, 12);
    snprintf(id, sizeof id, "%s-submit", random);
    reserve_key(folder_path, names[1], key);
    int have = reserve_take(s, key, id);
    for (int waited = 0; have == 0 && waited < d->wait_ms; waited += WAIT_MS) {
        clock_sleep_ms(WAIT_MS);
        have = reserve_take(s, key, id);
    }
    if (have != 1)
        return have == 0 ? NAMED_HELD : NAMED_ERROR;
    enum named result = move_to(dir, names[0], names[1]);
    int saved = errno;
    reserve_drop(s, key, id, false);
    errno = saved;
    return result;
}

/* ---- both ---- */

/* The private file, complete and closed. 0, or -1 and it may be there. */
static int write_part(const struct drop *d, int dir, const char *private)
{
    int fd =
        fs->openat(dir, private, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return -1;
    int bad = copy_bytes(d, fd) != 0 || fs->fsync(fd) != 0;
    int error = errno;
    if (fs->close(fd) != 0 && !bad) {
        bad = 1;
        error = errno;
    }
    errno = error;
    return bad ? -1 : 0;
}

int drop_put(const struct spool *s, const struct drop *d, int dir, const char *folder_path,
             char final[NAME_CAP])
{
    char private[PASSING_CAP];
    enum named named = NAMED_TAKEN;
    passing_part(private);
    if (write_part(d, dir, private) != 0) {
        named = NAMED_ERROR;
    } else {
        unsigned k = 1, most = d->number ? NUMBERS : 2;
        for (; k < most && (named == NAMED_TAKEN || named == NAMED_HELD); k++) {
            const char *const names[2] = {private, final};
            number_name(d->name, k, final);
            named = give_name(s, d, dir, folder_path, names);
        }
    }
    if (named == NAMED_OURS) /* EINVAL: a file system that knows no fsync of folders needs none */
        return fs->fsync(dir) == 0 || errno == EINVAL ? 0 : -1;
    int error = named == NAMED_TAKEN ? EEXIST : named == NAMED_HELD ? EBUSY : errno;
    look_unlink(dir, private);
    errno = error ? error : EIO;
    return -1;
}
