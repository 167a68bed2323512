#include "spoold/hand/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

struct feed {
    pthread_mutex_t lock;
    unsigned holders;
    int from, to; /* of the pipe; -1: closed */
    int wake;     /* eventfd: the hand's thread is to look */
    bool ended;
    int64_t waits_since; /* INT64_MAX: nobody waits for room */
};

static int open_ends(struct feed *f)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    f->from = ends[0];
    f->to = ends[1];
    (void)fcntl(f->to, F_SETPIPE_SZ, FEED_PIPE); /* a smaller one does as well */
    if (fcntl(f->to, F_SETFL, O_NONBLOCK) != 0)
        return -1;
    f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return f->wake < 0 ? -1 : 0;
}

static void free_feed(struct feed *f)
{
    int saved = errno;
    if (f->from >= 0)
        close(f->from);
    if (f->to >= 0)
        close(f->to);
    if (f->wake >= 0)
        close(f->wake);
    pthread_mutex_destroy(&f->lock);
    free(f);
    errno = saved;
}

struct feed *feed_new(void)
{
    struct feed *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    *f = (struct feed){.holders = 1, .from = -1, .to = -1, .wake = -1, .waits_since = INT64_MAX};
    pthread_mutex_init(&f->lock, NULL); /* of the default kind: cannot fail on Linux */
    if (open_ends(f) == 0)
        return f;
    free_feed(f);
    return NULL;
}

/* With the lock held, as those below. */
static void cut(struct feed *f)
{
    if (f->to >= 0)
        close(f->to);
    f->to = -1;
    f->waits_since = INT64_MAX;
}

static void poke(const struct feed *f)
{
    static const uint64_t one = 1;
    /* EAGAIN: it has been poked more often than a number holds, and will look. */
    while (write(f->wake, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

static void let_go(struct feed *f)
{
    bool last = --f->holders == 0;
    pthread_mutex_unlock(&f->lock);
    if (last)
        free_feed(f);
}

/* ---- who gives ---- */

ssize_t feed_give(struct feed *f, const void *bytes, size_t n)
{
    ssize_t done = -1;
    pthread_mutex_lock(&f->lock);
    if (f->to >= 0) {
        do
            done = write(f->to, bytes, n);
        while (done < 0 && errno == EINTR);
        if (done < 0 && errno == EAGAIN)
            done = 0;
        if (done < 0)
            cut(f); /* the hand has gone; what it says of that comes by its answer */
        else if ((size_t)done < n) {
            f->waits_since = clock_boot_ms();
            poke(f);
        }
    }
    pthread_mutex_unlock(&f->lock);
    return done;
}

void feed_end(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->ended = true;
    cut(f);
    poke(f);
    let_go(f);
}

/* ---- the hand's thread ---- */

void feed_hold(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->holders++;
    pthread_mutex_unlock(&f->lock);
}

int feed_child(const struct feed *f)
{
    return f->from;
}

void feed_started(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    if (f->from >= 0)
        close(f->from);
    f->from = -1;
    pthread_mutex_unlock(&f->lock);
}

/* A pipe's end is asked only while somebody waits: one that nobody reads any more tells its error
 * again and again. Poll may still hold the number of an end that was closed meanwhile: at worst it
 * wakes for nothing. */
void feed_poll(struct feed *f, struct pollfd fds[FEED_FDS])
{
    pthread_mutex_lock(&f->lock);
    fds[0] = (struct pollfd){f->wake, POLLIN, 0};
    fds[1] = (struct pollfd){f->waits_since == INT64_MAX ? -1 : f->to, POLLOUT, 0};
    pthread_mutex_unlock(&f->lock);
}

bool feed_step(struct feed *f, const struct pollfd fds[FEED_FDS])
{
    uint64_t pokes;
    bool room = false;
    pthread_mutex_lock(&f->lock);
    if (fds[0].revents && read(f->wake, &pokes, sizeof pokes) < 0 && errno != EAGAIN &&
        errno != EINTR)
        cut(f);
    if (fds[1].revents && f->waits_since != INT64_MAX) { /* an error, too: feed_give then sees it */
        f->waits_since = INT64_MAX;
        room = true;
    }
    pthread_mutex_unlock(&f->lock);
    return room;
}

int64_t feed_waits_since(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    int64_t since = f->waits_since;
    pthread_mutex_unlock(&f->lock);
    return since;
}

bool feed_ended(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    bool ended = f->ended;
    pthread_mutex_unlock(&f->lock);
    return ended;
}

void feed_cut(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    cut(f);
    pthread_mutex_unlock(&f->lock);
}

void feed_close(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    cut(f);
    let_go(f);
}
