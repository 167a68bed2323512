#include "spool/captoken.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "base/rnd.h"
#include "spool/capfolder.h"

enum { EMPTYING_ROUNDS = 8, FOLDER_MODE = 0775, FILE_MODE = 0664 };

static void close_keeping_errno(int fd)
{
    int saved = errno;
    if (fd >= 0)
        fs->close(fd);
    errno = saved;
}

static void listed(struct caplist *list, const char *name)
{
    struct captoken t;
    unsigned number;
    if (cap_free_parse(name, &t)) {
        list->twice += list->free[t.number];
        if (!list->free[t.number] || t.gen > list->gen[t.number])
            list->gen[t.number] = t.gen;
        list->free[t.number] = true;
    } else if (cap_number_parse(name, &number)) {
        list->born[number] = true;
    } else if (strcmp(name, CAP_RATE) == 0) {
        list->rate = true;
    } else if (cap_is_want(name)) {
        list->wants++;
    } else if (!cap_is_private(name)) {
        list->foreign++;
    }
}

int captoken_list(int folder, struct caplist *list)
{
    struct dirlist_entry e;
    int more = -1;
    memset(list, 0, sizeof *list);
    struct dirlist *d = dirlist_open(folder, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        listed(list, e.name);
    dirlist_close(d);
    return more;
}

int captoken_used(const struct lease *l)
{
    int used = look_folder(l->dir, LEASE_CAPS);
    if (used < 0 && errno == ENOENT && look_mkdir(l->dir, LEASE_CAPS, FOLDER_MODE) == 0)
        used = look_folder(l->dir, LEASE_CAPS);
    return used;
}

/* Move one to `used`: as captoken_take. */
static int move_in(int from, const char *name, int used, const struct captoken *t)
{
    char to[NAME_CAP];
    cap_used_name(t, to);
    enum moved m = look_move(from, name, used, to);
    return m == MOVED ? 1 : m == MOVE_LOST ? 0 : -1;
}

/* The first token of a number, if nobody has had it yet. */
static int take_first(int folder, int used, struct captoken *t)
{
    char number[NAME_CAP];
    cap_number_name(t->number, number);
    t->gen = 0;
    int at = look_folder(folder, number);
    if (at < 0)
        return -1;
    int there = look_in(at, CAP_FIRST, NULL);
    if (there == 1)
        there = move_in(at, CAP_FIRST, used, t);
    close_keeping_errno(at);
    return there;
}

/* One of the free, beginning anywhere, so that hosts seldom meet. */
static int take_free(int folder, const struct caplist *list, unsigned numbers, int used,
                     struct captoken *t)
{
    char name[NAME_CAP];
    unsigned from = (unsigned)(rnd_u64() % numbers);
    for (unsigned i = 0; i < numbers; i++) {
        unsigned n = (from + i) % numbers;
        if (!list->free[n])
            continue;
        t->number = n;
        t->gen = list->gen[n];
        cap_free_name(n, t->gen, name);
        int got = move_in(folder, name, used, t);
        if (got != 0)
            return got;
    }
    return 0;
}

/* One that was never taken: of a number that is not there yet, or whose maker died. */
static int take_new(int folder, const struct caplist *list, unsigned numbers, int used,
                    const struct lease *l, bool skip[CAP_NUMBERS], struct captoken *t)
{
    char number[NAME_CAP];
    for (unsigned n = 0; n < numbers; n++) {
        if (list->free[n] || skip[n])
            continue;
        t->number = n;
        cap_number_name(n, number);
        if (!list->born[n] && capfolder_bear(folder, number, CAP_FIRST, l) < 0)
            return -1;
        int got = take_first(folder, used, t);
        if (got != 0)
            return got;
        skip[n] = true; /* it is somebody's, and comes back under other names */
    }
    return 0;
}

int captoken_take(int folder, const char *cap, unsigned numbers, const char *holder, int used,
                  const struct lease *l, bool skip[CAP_NUMBERS], struct captoken *t)
{
    struct caplist *list = malloc(sizeof *list);
    int got = list ? captoken_list(folder, list) : -1;
    numbers = numbers < CAP_NUMBERS ? numbers : CAP_NUMBERS;
    *t = (struct captoken){0};
    memcpy(t->cap, cap, strlen(cap) + 1);
    memcpy(t->holder, holder, strlen(holder) + 1);
    if (got == 0 && numbers > 0)
        got = take_free(folder, list, numbers, used, t);
    if (got == 0)
        got = take_new(folder, list, numbers, used, l, skip, t);
    free(list);
    return got;
}

void captoken_want(int folder, const struct lease *l, bool still)
{
    char name[NAME_CAP];
    cap_want_name(l->id, name);
    if (!still)
        (void)fs->unlinkat(folder, name, 0);
    else if (fs->touchat(folder, name) != 0 && errno == ENOENT)
        close_keeping_errno(
            fs->openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE));
}

bool captoken_wanted(int folder, const struct lease *l, int64_t ms)
{
    struct dirlist_entry e;
    struct statx st;
    char own[NAME_CAP];
    bool wanted = false;
    cap_want_name(l->id, own);
    struct dirlist *d = dirlist_open(folder, ".", 0);
    while (d && !wanted && dirlist_next(d, &e) == 1)
        wanted = cap_is_want(e.name) && strcmp(e.name, own) != 0 &&
                 look_in(dirlist_fd(d), e.name, &st) == 1 &&
                 lease_server_now(l) - look_ms(st.stx_mtime) < ms;
    dirlist_close(d);
    return wanted;
}

enum moved captoken_give(const struct spool *s, int used, const char *name)
{
    struct captoken t;
    char to[NAME_CAP];
    if (!cap_used_parse(name, &t)) {
        errno = EINVAL;
        return MOVE_FAILED;
    }
    int folder = capfolder_open(s, t.cap, false);
    if (folder < 0 && errno == ENOENT) {
        log_warn("control/caps/%s is gone: a token of it is thrown away", t.cap);
        return look_unlink(used, name) == 0 ? MOVED : MOVE_FAILED;
    }
    if (folder < 0)
        return MOVE_FAILED;
    cap_free_name(t.number, t.gen + 1, to);
    enum moved m = look_move(used, name, folder, to);
    close_keeping_errno(folder);
    return m;
}

int captoken_mine(int used, const char *holder, captoken_each *each, void *arg)
{
    struct dirlist_entry e;
    struct captoken t;
    int more = -1;
    struct dirlist *d = dirlist_open(used, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (cap_used_parse(e.name, &t) && strcmp(t.holder, holder) == 0)
            each(arg, &t);
    dirlist_close(d);
    return more;
}

/* One round: the number of entries that could not be given back, or -1 (ENOENT: there is no such
 * folder). */
static int empty_used(const struct spool *s, int lease_dir)
{
    struct dirlist_entry e;
    int left = 0, more;
    struct dirlist *d = dirlist_open(lease_dir, LEASE_CAPS, 0);
    if (!d)
        return -1;
    while ((more = dirlist_next(d, &e)) == 1)
        left += captoken_give(s, dirlist_fd(d), e.name) == MOVE_FAILED;
    dirlist_close(d);
    return more == 0 ? left : -1;
}

int captoken_reclaim(const struct spool *s, int lease_dir, unsigned *left)
{
    for (int i = 0; i < EMPTYING_ROUNDS; i++) {
        int n = empty_used(s, lease_dir);
        if (n < 0) /* most leases have none; was that a cache's word, the lease is not empty */
            return errno == ENOENT ? 0 : -1;
        if (look_rmdir(lease_dir, LEASE_CAPS) == 0)
            return 0;
        *left = (unsigned)n;
        if (errno != ENOTEMPTY || n > 0)
            return -1;
    }
    return -1;
}
