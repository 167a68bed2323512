#include "spool/lease.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fsop.h"
#include "spool/look.h"

int lease_create(struct lease *l, const struct spool *s, struct lease_shared *shared, int64_t pid)
{
    int host = -1, beat = -1;
    *l = (struct lease){.dir = -1, .work = -1, .shared = shared};
    snprintf(l->host, sizeof l->host, "%s", s->host);
    atomic_store(&shared->gap_limit, s->settings.self_stop);
    lease_make_name(pid, l->name);
    lease_name_ok(l->name, l->id);
    if (look_mkdir(s->claimed, l->host, 0775) != 0 || (host = look_folder(s->claimed, l->host)) < 0)
        goto fail;
    if (look_mkdir(host, l->name, 0775) != 0 || (l->dir = look_folder(host, l->name)) < 0)
        goto fail;
    beat = fs->openat(l->dir, LEASE_BEAT, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0664);
    if (beat < 0 || fs->close(beat) != 0 || lease_beat(l) != 0)
        goto fail;
    if (look_mkdir(l->dir, LEASE_WORK, 0775) != 0 ||
        (l->work = look_folder(l->dir, LEASE_WORK)) < 0)
        goto fail;
    fs->close(host);
    return 0;
fail:;
    int saved = errno;
    if (host >= 0)
        fs->close(host);
    lease_close(l);
    errno = saved;
    return -1;
}

int lease_open(struct lease *l, const struct spool *s, const char *name,
               struct lease_shared *shared)
{
    *l = (struct lease){.dir = -1, .work = -1, .shared = shared};
    snprintf(l->host, sizeof l->host, "%s", s->host);
    snprintf(l->name, sizeof l->name, "%s", name);
    if (!lease_name_ok(name, l->id)) {
        errno = EINVAL;
        return -1;
    }
    int host = look_folder(s->claimed, l->host);
    if (host < 0)
        return -1;
    l->dir = look_folder(host, name);
    int saved = errno;
    fs->close(host);
    errno = saved;
    if (l->dir < 0 || (l->work = look_folder(l->dir, LEASE_WORK)) < 0) {
        saved = errno;
        lease_close(l);
        errno = saved;
        return -1;
    }
    return 0;
}

void lease_close(struct lease *l)
{
    if (l->work >= 0)
        fs->close(l->work);
    if (l->dir >= 0)
        fs->close(l->dir);
    l->work = l->dir = -1;
}

int lease_write(const struct lease *l, const char *name, const struct buf *content)
{
    char temporary[NAME_CAP];
    snprintf(temporary, sizeof temporary, ".%.200s.new", name);
    if (!buf_ok(content)) {
        errno = ENOMEM;
        return -1;
    }
    int fd =
        fs->openat(l->dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    bool ok = fs->write(fd, content->data, content->len) == (ssize_t)content->len;
    ok = fs->close(fd) == 0 && ok;
    return ok && fs->renameat(l->dir, temporary, l->dir, name) == 0 ? 0 : -1;
}

int lease_beat(struct lease *l)
{
    struct statx st;
    int64_t before = clock_boot_ms();
    if (fs->touchat(l->dir, LEASE_BEAT) != 0) {
        /* A bare ENOENT may come from a cache, and a beat given up by mistake costs all the work in
         * hand: look. */
        int error = errno;
        errno = error == ENOENT && look_at(l->dir, LEASE_BEAT, NULL) != 0 ? EAGAIN : error;
        return -1;
    }
    int64_t touched = clock_boot_ms();
    int there = look_in(l->dir, LEASE_BEAT, &st);
    if (there != 1) {
        if (there == 0)
            errno = ENOENT;
        return -1;
    }
    int64_t after = clock_boot_ms();
    /* The touch happened between `before` and `touched`. After an outage those are minutes apart,
     * and a guess that is ahead would take everything for older than it is: drops for settled,
     * leftovers for old. So the guess is the one that is never ahead, and an earlier one is kept
     * while it is still possible. */
    int64_t mtime = look_ms(st.stx_mtime), least = mtime - touched;
    int64_t known = atomic_load(&l->shared->server_offset);
    if (known < least || known > mtime - before)
        atomic_store(&l->shared->server_offset, least);
    int64_t last = atomic_exchange(&l->shared->last_good_beat, after);
    int64_t limit = atomic_load(&l->shared->gap_limit);
    if (last != 0 && limit != 0 && after - last > limit)
        atomic_store(&l->shared->gap_ended, after);
    return 0;
}

int64_t lease_server_now(const struct lease *l)
{
    return clock_boot_ms() + atomic_load(&l->shared->server_offset);
}

void lease_new_id(const struct lease *l, char id[ID_CAP])
{
    snprintf(id, ID_CAP, "%s-%llx", l->id,
             (unsigned long long)(atomic_fetch_add(&l->shared->counter, 1) + 1));
}
