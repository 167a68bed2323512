/* The open files of all simulated processes, and what was written to them and is not yet sent. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "calls.h"
#include "calls_parts.h"
#include "net.h"
#include "sched.h"

enum { FILES = 2048, FIRST_FD = 1000 };

static struct file files[FILES];
static unsigned open_files;

void calls_reset(void)
{
    memset(files, 0, sizeof files);
    open_files = 0;
}

unsigned calls_open_files(void)
{
    return open_files;
}

struct file *calls_file(int fd)
{
    struct file *f = fd >= FIRST_FD && fd < FIRST_FD + FILES ? &files[fd - FIRST_FD] : NULL;
    return f && f->inode ? f : NULL;
}

bool calls_enter(int fd, struct file **f)
{
    sim.calls++;
    if (sched_dead()) {
        errno = EIO;
        return false;
    }
    *f = calls_file(fd);
    if (!*f && fd != AT_FDCWD)
        sim_broken("descriptor %d is not open", fd);
    return true;
}

int calls_new_file(struct inode *i)
{
    for (int n = 0; n < FILES; n++)
        if (!files[n].inode) {
            files[n] = (struct file){.inode = i, .host = sched_self()->host};
            open_files++;
            return FIRST_FD + n;
        }
    sim_broken("more than %d open files", (int)FILES);
}

void calls_free_file(struct file *f)
{
    f->inode = NULL;
    open_files--;
}

int calls_flush(struct file *f)
{
    struct rpc r = {.op = RPC_WRITE, .object = f->inode};
    int error = 0;
    size_t sent = 0;
    while (error == 0 && sent < f->n_dirty) {
        r.offset = f->dirty_at + sent;
        r.from = f->dirty + sent;
        r.n = f->n_dirty - sent;
        r.times = 0;
        error = net_call(&r, NULL);
        sent += r.n;
    }
    f->dirty_at += f->n_dirty;
    f->n_dirty = 0;
    return error;
}

void calls_flush_of_dead(struct file *f)
{
    struct rpc r = {.op = RPC_WRITE,
                    .object = f->inode,
                    .from = f->dirty,
                    .offset = f->dirty_at,
                    .n = f->n_dirty};
    if (f->n_dirty > 0 && f->host->cut_until <= sim.now && (sim.lockstep || sim_once_in(2)))
        server_execute(&r);
}
