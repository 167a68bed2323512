/* opener and closer: the beginning and the end of a lease, in processes of their own, since both
 * touch the share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "base/log.h"
#include "extractd/extractd.h"
#include "spool/look.h"
#include "spool/passing.h"
#include "spool/reclaim.h"

enum { EXIT_TRY_AGAIN = 75, EXIT_UNFIT = 69 };

/* Move a probe through every folder that documents go through. All must be one file system reached
 * by one mount. */
static int probe_transitions(const struct spool *s, const struct lease *l, char *err, size_t cap)
{
    const struct {
        int dir;
        const char *name;
    } stop[] = {{s->control, DIR_CONTROL}, {s->retry, DIR_PENDING "/" DIR_RETRY},
                {l->work, DIR_CLAIMED},    {s->done, DIR_DONE},
                {s->failed, DIR_FAILED},   {s->control, DIR_CONTROL}};
    char name[PASSING_CAP];
    passing_probe(l->id, name);
    int fd = fs->openat(s->control, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0 || fs->close(fd) != 0) {
        snprintf(err, cap, "no file can be made in %s/%s: %s; may this user write there?", s->path,
                 DIR_CONTROL, strerror(errno));
        return errno == EACCES || errno == EPERM || errno == EROFS ? EXIT_UNFIT : EXIT_TRY_AGAIN;
    }
    size_t at = 0;
    int code = 0;
    for (; at + 1 < sizeof stop / sizeof *stop && code == 0; at++) {
        if (look_move(stop[at].dir, name, stop[at + 1].dir, name) == MOVED)
            continue;
        code =
            look_passing(errno) || errno == ENOSPC || errno == EDQUOT ? EXIT_TRY_AGAIN : EXIT_UNFIT;
        snprintf(err, cap, "a file cannot be moved from %s to %s: %s%s", stop[at].name,
                 stop[at + 1].name, strerror(errno),
                 errno == EXDEV
                     ? "; the whole spool must be one file system, reached through one mount"
                     : "");
        break;
    }
    look_unlink(stop[at].dir, name);
    return code;
}

/* The same for a folder, as unpacked documents go: where quotas are of folders, a file may change
 * its folder and a folder may not. */
static int probe_folder(const struct spool *s, const struct lease *l, char *err, size_t cap)
{
    char name[PASSING_CAP];
    passing_probe(l->id, name);
    if (look_mkdir(s->unpack, name, 0775) != 0) {
        snprintf(err, cap, "no folder can be made in %s/%s/%s: %s; may this user write there?",
                 s->path, DIR_PENDING, DIR_UNPACK, strerror(errno));
        return errno == EACCES || errno == EPERM || errno == EROFS ? EXIT_UNFIT : EXIT_TRY_AGAIN;
    }
    enum moved m = look_move(s->unpack, name, s->pending, name);
    int error = errno;
    look_rmdir(m == MOVED ? s->pending : s->unpack, name);
    if (m == MOVED)
        return 0;
    snprintf(err, cap, "a folder cannot be moved from %s/%s to %s: %s", DIR_PENDING, DIR_UNPACK,
             DIR_PENDING, strerror(error));
    return look_passing(error) || error == ENOSPC || error == EDQUOT ? EXIT_TRY_AGAIN : EXIT_UNFIT;
}

/* The lease before this one, of the same supervisor: it was lost, or its opener died. Its processes
 * have been killed, but its name belongs to a process that lives: nobody else would take it back
 * before lease_timeout. */
static void take_back(struct extractd *x, const struct lease *l, const char *before)
{
    struct reclaimed sum = {0};
    if (reclaim_lease(&x->spool, l->host, before, true, l, &sum) != 0)
        log_warn("the lease %s, which was lost, could not be taken back yet: %s", before,
                 strerror(errno));
    else if (sum.published + sum.retried + sum.strangers > 0)
        log_warn("took back the lease %s, which was lost: %u documents published, %u to be tried "
                 "again",
                 before, sum.published, sum.retried + sum.strangers);
}

/* A process that has lost its lease may find another spool than it once began with. */
static bool format_has_changed(const struct spool *s)
{
    char ini[PATH_CAP + 16], why[200];
    snprintf(ini, sizeof ini, "%s/%s", s->path, SPOOL_INI);
    uint64_t format = settings_other_format(ini);
    if (format == 0)
        return false;
    settings_say_format(format, why, sizeof why);
    log_error("%s: %s", ini, why);
    return true;
}

int opener_main(struct extractd *x)
{
    struct lease l;
    char err[512], before[LEASE_CAP];
    snprintf(before, sizeof before, "%s", x->board->lease_name);
    if (format_has_changed(&x->spool))
        return EXIT_UNFIT;
    if (lease_create(&l, &x->spool, &x->board->lease, getppid()) != 0) {
        log_error("no lease can be made in %s/%s: %s", x->spool.path, DIR_CLAIMED, strerror(errno));
        return errno == EACCES || errno == EPERM || errno == EROFS ? EXIT_UNFIT : EXIT_TRY_AGAIN;
    }
    snprintf(x->board->lease_name, sizeof x->board->lease_name, "%s", l.name);
    int code = probe_transitions(&x->spool, &l, err, sizeof err);
    if (code == 0)
        code = probe_folder(&x->spool, &l, err, sizeof err);
    if (code != 0) {
        log_error("%s", err);
        struct reclaimed sum = {0};
        reclaim_lease(&x->spool, l.host, l.name, false, &l, &sum);
        return code;
    }
    if (before[0])
        take_back(x, &l, before);
    reclaim_own_host(&x->spool, &l);
    atomic_store(&x->board->open, true);
    return 0;
}

int closer_main(struct extractd *x)
{
    struct lease l;
    struct reclaimed sum = {0};
    bool have = lease_open(&l, &x->spool, x->board->lease_name, &x->board->lease) == 0;
    if (reclaim_lease(&x->spool, x->spool.host, x->board->lease_name, false, have ? &l : NULL,
                      &sum) != 0) {
        log_warn("the lease %s could not be given back completely: %s; any other host will, after "
                 "lease_timeout",
                 x->board->lease_name, strerror(errno));
        return 1;
    }
    if (sum.published + sum.retried > 0)
        log_info("gave back %u documents unspent, published %u", sum.retried, sum.published);
    return 0;
}

int reload_main(struct extractd *x)
{
    if (spool_reload(&x->spool, x->config, settings_report_stderr) != 0) {
        log_error("the new configuration has errors (above); the old one stays in force");
        return 78;
    }
    x->board->settings = x->spool.settings;
    return 0;
}
