#include "spoold/ctl/run_read.h"

#include <errno.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/journal.h"
#include "spool/look.h"
#include "spool/token.h"
#include "spoold/ctl/ctl.h"
#include "spoold/scan/line.h"

#define SUFFIX ".jsonl"

enum { BLOCK = 256 * 1024, LINE_MOST = 64 * 1024, SLACK_MS = 3600000 };

struct reading {
    struct run *run;
    const struct spool *spool;
    const char *host, *lease;
    struct line line;
    struct buf rest; /* of a line whose end has not come yet */
    struct buf frame;
    bool in_long; /* of one that is too long: it is passed over */
};

/* The same way that a line takes to spoold: it has to be an event, and a frame. */
static int one_line(struct reading *g, const char *text, size_t n)
{
    struct fact f = {.type = FACT_EVENT};
    g->run->lines++;
    if (memchr(text, 0, n) || !line_read(&g->line, text, n)) {
        g->run->harmed++;
        return 0;
    }
    f.event = g->line.event;
    f.event.host = g->host;
    f.event.lease = g->lease;
    f.event.length = n + 1;
    buf_clear(&g->frame);
    if (!fact_encode(&f, &g->frame)) {
        g->run->harmed++;
        errno = ENOMEM;
        return buf_ok(&g->frame) ? 0 : -1;
    }
    errno = ENOMEM;
    return run_add(g->run, g->host, &f.event, jsonr_get(g->line.root, "same_as") != NULL);
}

/* The lines of a block, the first of which may have begun before. */
static int lines_of(struct reading *g, const char *text, size_t n)
{
    const char *newline;
    for (; n > 0 && (newline = memchr(text, '\n', n));
         n -= (size_t)(newline - text) + 1, text = newline + 1) {
        size_t len = (size_t)(newline - text);
        int bad = 0;
        if (g->in_long || g->rest.len + len > LINE_MOST) {
            g->run->lines++;
            g->run->harmed++;
        } else if (g->rest.len > 0) {
            buf_add(&g->rest, text, len);
            bad = buf_ok(&g->rest) ? one_line(g, g->rest.data, g->rest.len) : -1;
        } else {
            bad = one_line(g, text, len);
        }
        g->in_long = false;
        buf_clear(&g->rest);
        if (bad)
            return -1;
    }
    g->in_long = g->in_long || g->rest.len + n > LINE_MOST;
    if (!g->in_long)
        buf_add(&g->rest, text, n);
    return buf_ok(&g->rest) ? 0 : -1;
}

/* 0; 1: it could not be read to its end; -1: no memory, or stopped. */
static int read_all(struct reading *g, int fd)
{
    static char block[BLOCK];
    ssize_t n;
    buf_clear(&g->rest);
    g->in_long = false;
    while ((n = fs->read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR && !ctl_stopped())
            continue;
        if (n < 0)
            return 1;
        g->run->bytes += (uint64_t)n;
        if (lines_of(g, block, (size_t)n) != 0)
            return -1;
        if (ctl_stopped()) {
            errno = EINTR;
            return -1;
        }
    }
    return 0; /* what has no end is being written, or was never written to its end */
}

static int one_journal(struct reading *g)
{
    struct statx st;
    int fd = journal_reading(g->spool, g->host, g->lease), got = 1;
    if (fd < 0 && errno == ENOENT)
        return 0; /* removed meanwhile */
    if (fd >= 0 && look_fd(fd, &st) == 0 && S_ISREG(st.stx_mode)) {
        bool old = look_ms(st.stx_mtime) < g->run->since_ms - SLACK_MS;
        got = old ? 0 : read_all(g, fd);
        g->run->journals += !old;
        g->run->skipped += old;
    }
    int saved = errno;
    if (fd >= 0)
        fs->close(fd);
    if (got == 1) {
        g->run->unread++;
        ctl_say(DIR_JOURNAL "/%s/%s" SUFFIX " cannot be read: %s", g->host, g->lease,
                strerror(saved));
    }
    errno = saved;
    return got < 0 ? -1 : 0;
}

static int one_host(struct reading *g)
{
    struct dirlist_entry e;
    int more = 0, bad = 0;
    struct dirlist *d = dirlist_open(g->spool->journal, g->host, 0);
    while (d && !bad && (more = dirlist_next(d, &e)) == 1) {
        char lease[LEASE_ID_CAP];
        size_t n = strlen(e.name), suffix = sizeof SUFFIX - 1;
        if (n <= suffix || n - suffix >= sizeof lease || strcmp(e.name + n - suffix, SUFFIX) != 0 ||
            !token_id_ok(e.name, n - suffix))
            continue;
        memcpy(lease, e.name, n - suffix);
        lease[n - suffix] = 0;
        g->lease = lease;
        bad = one_journal(g);
        g->lease = NULL;
    }
    if ((!d && errno != ENOENT && errno != ENOTDIR) || more < 0) {
        g->run->unread++;
        ctl_say(DIR_JOURNAL "/%s cannot be listed: %s", g->host, strerror(errno));
    }
    dirlist_close(d);
    return bad;
}

int run_read(struct run *r, const struct spool *s)
{
    struct reading g = {.run = r, .spool = s};
    struct dirlist_entry e;
    int more = -1, bad = 0;
    struct dirlist *d = dirlist_open(s->journal, ".", 0);
    while (d && !bad && (more = dirlist_next(d, &e)) == 1) {
        char host[HOST_CAP];
        if (!spool_host_ok(e.name))
            continue;
        memcpy(host, e.name, strlen(e.name) + 1);
        g.host = host;
        bad = one_host(&g);
        g.host = NULL;
    }
    int saved = errno;
    dirlist_close(d);
    line_free(&g.line);
    buf_free(&g.rest);
    buf_free(&g.frame);
    run_end(r);
    errno = saved;
    return bad || more < 0 ? -1 : 0;
}
