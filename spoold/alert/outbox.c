#include "spoold/alert/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/sorted.h"
#include "spoold/local/keepfile.h"

struct entry {
    struct outbox_name name;
    char to[OUTBOX_TO];
    uint64_t bytes;
    int64_t next_ms; /* boot clock; 0: at once */
};

struct dropped {
    char to[OUTBOX_TO];
    uint64_t n;
};

enum { RECEIVERS = 64 };

struct outbox {
    char *folder;
    int fd;
    uint64_t most, bytes;
    pthread_mutex_t lock; /* of all that follows */
    struct entry *all;    /* in the order of their names: the oldest first */
    size_t n, cap;
    struct dropped dropped[RECEIVERS];
    size_t n_dropped;
};

/* ---- names ---- */

static bool take_part(const char *from, size_t n, char *to, size_t cap)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (n == 0 || n >= cap || strspn(from, good) < n)
        return false;
    memcpy(to, from, n);
    to[n] = 0;
    return true;
}

static bool parse(const char *file, struct entry *e)
{
    enum { DIGITS = 15 };
    uint64_t made;
    size_t n = strlen(file);
    const char *dot = strchr(file, '.');
    if (n >= OUTBOX_NAME || n <= DIGITS || file[DIGITS] != '-' || !dot ||
        !num_u64_n(file, DIGITS, &made))
        return false;
    const char *id = file + DIGITS + 1;
    memset(e, 0, sizeof *e);
    if (dot <= id || !take_part(id, (size_t)(dot - id), e->name.id, sizeof e->name.id) ||
        !take_part(dot + 1, strlen(dot + 1), e->to, sizeof e->to))
        return false;
    memcpy(e->name.name, file, n + 1);
    e->name.made_ms = (int64_t)made;
    return true;
}

/* ---- the list, with the lock held ---- */

struct sought {
    const struct outbox *in;
    const char *name;
};

static int order_of(const void *sought, size_t i)
{
    const struct sought *s = sought;
    return strcmp(s->in->all[i].name.name, s->name);
}

static bool find(const struct outbox *o, const char *name, size_t *at)
{
    const struct sought s = {o, name};
    return sorted_find(o->n, order_of, &s, at);
}

static int insert(struct outbox *o, const struct entry *e)
{
    size_t at;
    if (find(o, e->name.name, &at)) {
        o->bytes += e->bytes - o->all[at].bytes;
        o->all[at].bytes = e->bytes;
        return 0;
    }
    if (o->n == o->cap) {
        size_t cap = o->cap ? 2 * o->cap : 32;
        struct entry *grown = realloc(o->all, cap * sizeof *grown);
        if (!grown)
            return -1;
        o->all = grown;
        o->cap = cap;
    }
    memmove(o->all + at + 1, o->all + at, (o->n++ - at) * sizeof *o->all);
    o->all[at] = *e;
    o->bytes += e->bytes;
    return 0;
}

static void take_out(struct outbox *o, size_t at)
{
    o->bytes -= o->all[at].bytes;
    memmove(o->all + at, o->all + at + 1, (--o->n - at) * sizeof *o->all);
}

static void count_dropped(struct outbox *o, const char *to)
{
    size_t i = 0;
    while (i < o->n_dropped && strcmp(o->dropped[i].to, to) != 0)
        i++;
    if (i == o->n_dropped && o->n_dropped < RECEIVERS)
        memcpy(o->dropped[o->n_dropped++].to, to, strlen(to) + 1);
    if (i < o->n_dropped)
        o->dropped[i].n++;
}

/* ---- the folder ---- */

static int read_folder(struct outbox *o)
{
    int fd = openat(o->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *in;
    struct entry e;
    struct stat st;
    int bad = 0;
    if (!d) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while (!bad && (errno = 0, in = readdir(d))) {
        if (in->d_name[0] == '.')
            continue;
        if (fstatat(o->fd, in->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
            parse(in->d_name, &e)) {
            e.bytes = (uint64_t)st.st_size;
            bad = insert(o, &e);
        } else if (unlinkat(o->fd, in->d_name, 0) != 0) {
            log_warn("%s/%s is no message, and cannot be removed: %s", o->folder, in->d_name,
                     strerror(errno));
        }
    }
    bad = bad || errno != 0 ? -1 : 0;
    closedir(d);
    return bad;
}

struct outbox *outbox_open(const char *folder, uint64_t most_bytes)
{
    struct outbox *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    pthread_mutex_init(&o->lock, NULL); /* of the default kind: cannot fail on Linux */
    o->most = most_bytes;
    o->folder = strdup(folder);
    o->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!o->folder || o->fd < 0 || read_folder(o) != 0) {
        int saved = errno;
        outbox_free(o);
        errno = saved ? saved : ENOMEM;
        return NULL;
    }
    return o;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    if (o->fd >= 0)
        close(o->fd);
    pthread_mutex_destroy(&o->lock);
    free(o->all);
    free(o->folder);
    free(o);
}

/* Where there is too much, the oldest goes; never the one that has just been put. */
static bool drop_oldest(struct outbox *o, const char *but)
{
    char name[OUTBOX_NAME], to[OUTBOX_TO];
    pthread_mutex_lock(&o->lock);
    bool drop = o->bytes > o->most && o->n > 1;
    if (drop) {
        size_t at = strcmp(o->all[0].name.name, but) == 0;
        memcpy(name, o->all[at].name.name, sizeof name);
        memcpy(to, o->all[at].to, sizeof to);
        take_out(o, at);
        count_dropped(o, to);
    }
    pthread_mutex_unlock(&o->lock);
    if (!drop)
        return false;
    log_error("the message %s for %s is dropped, unsent: more than %" PRIu64
              " bytes wait (messages_most)",
              name, to, o->most);
    if (unlinkat(o->fd, name, 0) != 0 && errno != ENOENT)
        log_warn("%s/%s cannot be removed: %s", o->folder, name, strerror(errno));
    return true;
}

int outbox_put(struct outbox *o, const char *to, int64_t made_ms, const char *id,
               const struct buf *body)
{
    struct entry e;
    char name[OUTBOX_NAME], path[4096];
    int n = snprintf(name, sizeof name, "%015" PRId64 "-%s.%s", made_ms, id, to);
    if (n >= (int)sizeof name || !parse(name, &e) ||
        snprintf(path, sizeof path, "%s/%s", o->folder, name) >= (int)sizeof path) {
        errno = EINVAL;
        return -1;
    }
    if (keepfile_write(path, body) != 0)
        return -1;
    /* From here on the message is safe. */
    e.bytes = body->len;
    pthread_mutex_lock(&o->lock);
    int bad = insert(o, &e);
    pthread_mutex_unlock(&o->lock);
    while (!bad && drop_oldest(o, name)) {
    }
    errno = bad ? ENOMEM : 0;
    return bad;
}

bool outbox_next(struct outbox *o, const char *to, int64_t boot_ms, struct outbox_name *name,
                 int64_t *next_ms)
{
    bool found = false;
    int64_t next = INT64_MAX;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n && !found; i++) {
        if (strcmp(o->all[i].to, to) != 0)
            continue;
        found = o->all[i].next_ms <= boot_ms;
        if (found)
            *name = o->all[i].name;
        else if (o->all[i].next_ms < next)
            next = o->all[i].next_ms;
    }
    pthread_mutex_unlock(&o->lock);
    if (!found && next_ms)
        *next_ms = next;
    return found;
}

int outbox_read(struct outbox *o, const struct outbox_name *name, struct buf *body)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", o->folder, name->name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return keepfile_read(path, body, OUTBOX_BODY);
}

void outbox_done(struct outbox *o, const struct outbox_name *name)
{
    size_t at;
    if (unlinkat(o->fd, name->name, 0) != 0 && errno != ENOENT)
        log_warn("%s/%s cannot be removed, and will be sent once more: %s", o->folder, name->name,
                 strerror(errno));
    pthread_mutex_lock(&o->lock);
    if (find(o, name->name, &at))
        take_out(o, at);
    pthread_mutex_unlock(&o->lock);
}

void outbox_later(struct outbox *o, const struct outbox_name *name, int64_t boot_ms)
{
    size_t at;
    pthread_mutex_lock(&o->lock);
    if (find(o, name->name, &at)) {
        o->all[at].next_ms = boot_ms;
        o->all[at].name.tries++;
    }
    pthread_mutex_unlock(&o->lock);
}

void outbox_count(struct outbox *o, const char *to, uint64_t *waiting, uint64_t *dropped)
{
    *waiting = *dropped = 0;
    pthread_mutex_lock(&o->lock);
    for (size_t i = 0; i < o->n; i++)
        *waiting += !to || strcmp(o->all[i].to, to) == 0;
    for (size_t i = 0; i < o->n_dropped; i++)
        if (!to || strcmp(o->dropped[i].to, to) == 0)
            *dropped += o->dropped[i].n;
    pthread_mutex_unlock(&o->lock);
}
