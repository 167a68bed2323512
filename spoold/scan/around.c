#include "spoold/scan/around.h"

#include <errno.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"

void around_free(struct around *a)
{
    buf_free(&a->drains);
}

void around_space(struct around *a, const struct spool *s, struct out *o)
{
    struct statvfs v;
    if (fs->fstatvfs(s->root, &v) != 0)
        return;
    struct fact f = {.type = FACT_SPACE,
                     .space = {.bytes = (uint64_t)v.f_blocks * v.f_frsize,
                               .bytes_free = (uint64_t)v.f_bavail * v.f_frsize,
                               .files = v.f_files,
                               .files_free = v.f_favail}};
    if (a->told_space && memcmp(&a->space, &f.space, sizeof f.space) == 0)
        return;
    a->space = f.space;
    a->told_space = true;
    out_fact(o, &f);
}

/* control/ lists no more than a few names; hosts in the order of the listing. */
void around_control(struct around *a, const struct spool *s, struct out *o)
{
    struct dirlist_entry e;
    struct buf drains = {0};
    bool pause = false;
    uint32_t cancels = 0, hosts = 0;
    int more = -1;
    struct dirlist *d = dirlist_open(s->control, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1) {
        const char *host = e.name + strlen(CTL_DRAIN);
        pause = pause || strcmp(e.name, CTL_PAUSE) == 0;
        cancels += strncmp(e.name, CTL_CANCEL, strlen(CTL_CANCEL)) == 0;
        if (strncmp(e.name, CTL_DRAIN, strlen(CTL_DRAIN)) == 0 && spool_host_ok(host) &&
            hosts++ < FACT_DRAINS)
            buf_fmt(&drains, "%s\n", host);
    }
    out_trouble(o, more < 0 ? errno : 0, "control/ cannot be listed", DIR_CONTROL);
    dirlist_close(d);
    bool same = a->told_control && pause == a->pause && cancels == a->cancels &&
                drains.len == a->drains.len &&
                (drains.len == 0 || memcmp(drains.data, a->drains.data, drains.len) == 0);
    if (more < 0 || same || !buf_ok(&drains)) {
        buf_free(&drains);
        return;
    }
    buf_free(&a->drains);
    a->drains = drains;
    a->pause = pause;
    a->cancels = cancels;
    a->told_control = true;
    struct fact f = {.type = FACT_CONTROL,
                     .control = {pause, cancels, drains.len ? drains.data : ""}};
    out_fact(o, &f);
}
