#include "spoold/ctl/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "spool/look.h"
#include "spool/passing.h"
#include "spool/reserve.h"

enum { CHUNK = 1024 * 1024, NUMBERS = 100000, WAITS = 200, WAIT_MS = 20 };

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

static int copy_bytes(int from, int to, copy_progress *progress, void *arg)
{
    ssize_t n;
    int bad = 0;
    char *chunk = malloc(CHUNK);
    if (!chunk)
        return -1;
    while (!bad && (n = read(from, chunk, CHUNK)) !=
                       0) { /* the source is no part of the spool: not by way of fsop */
        if (n < 0 && errno == EINTR && progress(arg, 0))
            continue;
        bad = n < 0 || write_all(to, chunk, (size_t)n) != 0;
        if (!bad && !progress(arg, (uint64_t)n)) {
            errno = ECANCELED;
            bad = 1;
        }
    }
    int saved = errno;
    free(chunk);
    errno = saved;
    return bad ? -1 : 0;
}

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

/* Is the name free? If so, the private file gets it. Two spoolctl at once are kept apart by a
 * reservation, as workers are in done/. 1: done; 0: taken; -1: error. */
static int give_name(const struct spool *s, int dir, const char *folder_path, const char *private,
                     const char *final)
{
    char id[ID_CAP], key[RESERVE_KEY_CAP];
    char random[13];
    rnd_name(random, 12);
    snprintf(id, sizeof id, "%s-submit", random);
    reserve_key(folder_path, final, key);
    int have = 0;
    for (int i = 0; have == 0 && i < WAITS; i++) {
        if (i > 0)
            clock_sleep_ms(WAIT_MS);
        have = reserve_take(s, key, id);
    }
    if (have != 1)
        return have; /* somebody holds it and does not let go: the next number */
    /* Not look_at(): for that a folder that is gone (ESTALE) answers "absent", and a rename would
     * clobber. */
    int fresh = look_folder(dir, ".");
    int there = fresh >= 0 ? look_in(fresh, final, NULL) : -1;
    int error = errno;
    if (fresh >= 0)
        fs->close(fresh);
    errno = error;
    int result = there == 0   ? (look_move(dir, private, dir, final) == MOVED ? 1 : -1)
                 : there == 1 ? 0
                              : -1;
    int saved = errno;
    reserve_drop(s, key, id, false);
    errno = saved;
    return result;
}

int copy_into(const struct spool *s, int from, int dir, const char *folder_path, const char *name,
              char final[NAME_CAP], copy_progress *progress, void *arg)
{
    char private[PASSING_CAP];
    passing_part(private);
    int fd = fs->openat(dir, private, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    bool ok = copy_bytes(from, fd, progress, arg) == 0 && fs->fsync(fd) == 0;
    int error = errno;
    if (fs->close(fd) != 0 && ok) {
        ok = false;
        error = errno;
    }
    int named = 0;
    for (unsigned k = 1; ok && named == 0 && k < NUMBERS; k++) {
        number_name(name, k, final);
        named = give_name(s, dir, folder_path, private, final);
        error = errno;
    }
    if (named == 1) /* EINVAL: a file system that knows no fsync of folders needs none */
        return fs->fsync(dir) == 0 || errno == EINVAL ? 0 : -1;
    look_unlink(dir, private);
    errno = error ? error : EEXIST;
    return -1;
}
