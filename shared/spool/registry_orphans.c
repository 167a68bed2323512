/* The part of registry.h that ends processes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/log.h"
#include "base/process.h"
#include "spool/lease.h"
#include "spool/look.h"
#include "spool/registry.h"

enum { PATIENCE_MS = 2000 };

static int lease_folder(const struct spool *s, const char *lease_name)
{
    int host = look_folder(s->claimed, s->host);
    int dir = host >= 0 ? look_folder(host, lease_name) : -1;
    if (host >= 0)
        fs->close(host);
    return dir;
}

static void end_one(const struct registered *e, int ms, struct orphans *o)
{
    const char *name = registry_name_of(e->role);
    if (e->pid == 0 || !name)
        return;
    switch (process_end(e->pid, e->start, name, ms)) {
    case PROCESS_OTHER:
        return;
    case PROCESS_ENDED:
        o->ended++;
        log_warn("%s (pid %d) of a dead lease was still there: it was ended", e->role, (int)e->pid);
        return;
    case PROCESS_STAYS:
        o->stay++;
        log_warn("%s (pid %d) of a dead lease was killed, and is still there: it ends when the "
                 "share answers it",
                 e->role, (int)e->pid);
        return;
    case PROCESS_REFUSED:
        o->stay++;
        log_warn("%s (pid %d) of a dead lease is still there, and cannot be ended: %s", e->role,
                 (int)e->pid, strerror(errno));
        return;
    }
}

void orphans_end(const struct spool *s, const char *lease_name, struct orphans *o)
{
    *o = (struct orphans){0};
    if (!lease_of_here(lease_name))
        return; /* of an earlier boot: nothing of it runs any more; of elsewhere: not to be judged */
    int dir = lease_folder(s, lease_name);
    struct registry *r = dir >= 0 ? malloc(sizeof *r) : NULL;
    int64_t until = clock_boot_ms() + PATIENCE_MS;
    /* The file says which lease it is of: one that was copied here ends nobody. */
    if (r && registry_load(r, dir) == 0 && strcmp(r->lease, lease_name) == 0)
        for (uint32_t i = 0; i < r->n; i++) {
            int64_t left = until - clock_boot_ms();
            end_one(&r->entry[i], left > 0 ? (int)left : 0, o);
        }
    free(r);
    if (dir >= 0)
        fs->close(dir);
}
