#include "spool/journaltail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "spool/look.h"

enum {
    STEP_MS = 200,           /* from step to step, at least */
    STEP_UNITS = 8,          /* looks, or folders listed, in a step */
    STEP_BYTES = 512 * 1024, /* read in a step, or a block more */
    BLOCK = 64 * 1024,       /* more than a line */
    HOSTS_MOST = 4096,
    HOSTS_FEW = 20,    /* of more, each is looked at less often */
    LOOK_LONGEST = 16, /* times poll_max */
    LIST_SHORTEST = 4,
    LIST_LONGEST = 20
};
static const char suffix[] = ".jsonl";

struct host {
    char name[HOST_CAP];
    int64_t mtime, ctime; /* of journal/<name>/, when it was listed */
    bool again;           /* it had changed then: clocks tick, and may hide another change */
};

/* What this process knows of a journal beside its row. */
struct look {
    int fd; /* -1: not open */
    bool dead;
    int64_t next, pause; /* boot clock, ms; 0: at once */
};

struct journaltail {
    const struct spool *spool;
    struct dupindex *index;
    int own; /* number of the own journal, -1: there is no room for it */
    struct host *hosts;
    struct look *looks;
    unsigned n_hosts, n_looks;
    unsigned visited;         /* of the hosts, in the round at hand */
    int64_t next_list, pause; /* of the rounds */
    int64_t next_step;
    bool grown; /* something was new in this round */
    bool told;  /* that the index has no room for more journals */
    char block[BLOCK];
};

static void look_close(struct look *l)
{
    if (l->fd >= 0)
        fs->close(l->fd);
    l->fd = -1;
}

void journaltail_free(struct journaltail *t)
{
    for (unsigned i = 0; t && i < t->n_looks; i++)
        look_close(&t->looks[i]);
    if (t) {
        free(t->looks);
        free(t->hosts);
    }
    free(t);
}

/* The hash in a line whose document's text may be taken over. Quotes within a value are escaped, so
 * the key with its quotes is nowhere but where it is the key. */
static bool hash_of(const char *line, size_t n, char sha256[SHA256_HEX])
{
    static const char key[] = "\"" JOURNAL_SHA256 "\":\"",
                      mark[] = "\"" JOURNAL_JSON_SHA256 "\":\"";
    if (!memmem(line, n, mark, sizeof mark - 1))
        return false;
    const char *at = memmem(line, n, key, sizeof key - 1);
    if (!at || (size_t)(line + n - at) < sizeof key - 1 + SHA256_HEX)
        return false;
    memcpy(sha256, at + sizeof key - 1, SHA256_HEX - 1);
    sha256[SHA256_HEX - 1] = '\0';
    return true;
}

size_t journaltail_feed(struct dupindex *x, unsigned number, uint64_t offset, const char *bytes,
                        size_t n)
{
    char sha256[SHA256_HEX];
    size_t at = 0;
    for (const char *end; (end = memchr(bytes + at, '\n', n - at)) != NULL;) {
        if (hash_of(bytes + at, (size_t)(end - bytes) - at, sha256))
            (void)dupindex_add(x, sha256, number, offset + at); /* no hash: no entry */
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}

/* The number of a journal, with a look for it. -1: it cannot be had. */
static int known(struct journaltail *t, const char *host, const char *lease)
{
    int number = dupindex_journal(t->index, host, lease);
    if (number < 0) {
        if (!t->told && errno == ENOSPC)
            log_info("more journals than %d: of the others no duplicates will be known",
                     DUPINDEX_JOURNALS);
        t->told = true;
        return -1;
    }
    unsigned n = dupindex_journals(t->index);
    if (n > t->n_looks) {
        struct look *grown = realloc(t->looks, n * sizeof *grown);
        if (!grown)
            return -1;
        t->looks = grown;
        for (; t->n_looks < n; t->n_looks++)
            grown[t->n_looks] = (struct look){.fd = -1};
    }
    return number;
}

struct journaltail *journaltail_new(const struct spool *s, const struct lease *own,
                                    struct dupindex *x)
{
    struct journaltail *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->spool = s;
    t->index = x;
    t->own = known(t, own->host, own->id);
    if (t->own >= 0)
        t->looks[t->own].next = INT64_MAX; /* what is in it is told by journaltail_own */
    return t;
}

void journaltail_own(struct journaltail *t, const struct buf *lines, uint64_t end)
{
    struct dup_journal *row = t->own < 0 ? NULL : dupindex_row(t->index, (unsigned)t->own);
    if (!row)
        return;
    /* A gap (lines of a time without reuse, or an append that failed half-way) is read like any
     * other journal; then it is in step again. */
    if (end == JOURNAL_END_UNKNOWN || row->read + lines->len != end)
        t->looks[t->own].next = 0;
    else
        row->read +=
            journaltail_feed(t->index, (unsigned)t->own, row->read, lines->data, lines->len);
}

/* --- which journals there are --- */

static bool lease_of(const char *name, char lease[LEASE_ID_CAP])
{
    size_t n = strlen(name);
    if (n != LEASE_ID_CAP - 1 + sizeof suffix - 1 || strcmp(name + LEASE_ID_CAP - 1, suffix) != 0)
        return false;
    memcpy(lease, name, LEASE_ID_CAP - 1);
    lease[LEASE_ID_CAP - 1] = '\0';
    return strspn(lease, "0123456789abcdefghijklmnopqrstuvwxyz") == LEASE_ID_CAP - 1;
}

/* The leases of a host that live. Those of which a journal was listed *before*, and that are not
 * here, are gone for ever. False: it cannot be told. */
static bool mark_dead(struct journaltail *t, const char *host)
{
    struct dirlist_entry e;
    int more = -1;
    char lease[LEASE_ID_CAP];
    struct dirlist *d = dirlist_open(t->spool->claimed, host, 0);
    if (!d && errno != ENOENT)
        return false;
    for (unsigned i = 0; i < t->n_looks; i++)
        if (strcmp(dupindex_row(t->index, i)->host, host) == 0)
            t->looks[i].dead = true;
    while (d && (more = dirlist_next(d, &e)) == 1)
        for (unsigned i = 0; lease_name_ok(e.name, lease) && i < t->n_looks; i++)
            if (strcmp(dupindex_row(t->index, i)->lease, lease) == 0)
                t->looks[i].dead = false;
    for (unsigned i = 0; d && more < 0 && i < t->n_looks; i++) /* half a listing proves nothing */
        t->looks[i].dead = false;
    dirlist_close(d);
    return true;
}

static void list_host(struct journaltail *t, struct host *h)
{
    struct statx st;
    struct dirlist_entry e;
    char lease[LEASE_ID_CAP];
    if (look_in(t->spool->journal, h->name, &st) != 1)
        return;
    int64_t mtime = look_ms(st.stx_mtime), ctime = look_ms(st.stx_ctime);
    bool changed = mtime != h->mtime || ctime != h->ctime;
    if (!changed && !h->again)
        return;
    struct dirlist *d = dirlist_open(t->spool->journal, h->name, 0);
    int more = -1;
    unsigned before = dupindex_journals(t->index);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (lease_of(e.name, lease))
            (void)known(t, h->name, lease);
    dirlist_close(d);
    if (more == 0 && mark_dead(t, h->name)) {
        h->mtime = mtime;
        h->ctime = ctime;
        h->again = changed;
    }
    t->grown = t->grown || dupindex_journals(t->index) != before;
}

static bool add_host(struct journaltail *t, const char *name)
{
    for (unsigned i = 0; i < t->n_hosts; i++)
        if (strcmp(t->hosts[i].name, name) == 0)
            return true;
    struct host *grown =
        t->n_hosts < HOSTS_MOST ? realloc(t->hosts, (t->n_hosts + 1) * sizeof *grown) : NULL;
    if (!grown)
        return false;
    t->hosts = grown;
    grown[t->n_hosts] = (struct host){.mtime = INT64_MIN};
    memcpy(grown[t->n_hosts].name, name, strlen(name) + 1);
    t->n_hosts++;
    t->grown = true;
    return true;
}

/* A new round. */
static void list_hosts(struct journaltail *t, int64_t now)
{
    struct dirlist_entry e;
    int64_t unit = t->spool->settings.poll_max;
    struct dirlist *d = dirlist_open(t->spool->journal, ".", 0);
    while (d && dirlist_next(d, &e) == 1)
        if (spool_host_ok(e.name) && !add_host(t, e.name))
            break;
    dirlist_close(d);
    t->pause = t->grown || t->pause < LIST_SHORTEST * unit ? LIST_SHORTEST * unit : 2 * t->pause;
    if (t->pause > LIST_LONGEST * unit)
        t->pause = LIST_LONGEST * unit;
    t->next_list = now + t->pause;
    t->visited = 0;
    t->grown = false;
}

/* --- what is new in one --- */

/* The shortest time between two looks at a journal, ms. All hosts follow all others: past some of
 * them it grows with their number, so that what a host asks for a second does not. Those that are
 * gone do not count, though their journals lie there for long. */
static int64_t shortest(const struct journaltail *t)
{
    int64_t times = HOSTS_FEW - 1;
    for (unsigned i = 0; i < t->n_looks; i++)
        times += !t->looks[i].dead;
    times /= HOSTS_FEW;
    times = times < 1 ? 1 : times < LOOK_LONGEST ? times : LOOK_LONGEST;
    return times * t->spool->settings.poll_max;
}

/* From row->read on. Bytes read, 0 at the end, or when what is there is no whole line yet; -1. */
static ssize_t read_block(struct journaltail *t, unsigned i, struct dup_journal *row)
{
    ssize_t n = fs->pread(t->looks[i].fd, t->block, BLOCK, (off_t)row->read);
    if (n <= 0)
        return n;
    size_t whole = journaltail_feed(t->index, i, row->read, t->block, (size_t)n);
    if (whole == 0 && n == BLOCK)
        whole = BLOCK; /* no line is as long as that: harmed, and left out */
    row->read += whole;
    return (ssize_t)whole;
}

static bool is_open(struct journaltail *t, struct look *l, const struct dup_journal *row)
{
    if (l->fd < 0)
        l->fd = journal_reading(t->spool, row->host, row->lease);
    return l->fd >= 0;
}

/* Look at one whose turn it is. *bytes: read in this step. */
static void look_into(struct journaltail *t, unsigned i, int64_t now, size_t *bytes)
{
    struct look *l = &t->looks[i];
    struct dup_journal *row = dupindex_row(t->index, i);
    struct statx st;
    size_t before = *bytes;
    ssize_t n = 0;
    int64_t unit = shortest(t), most = LOOK_LONGEST * t->spool->settings.poll_max;
    errno = 0;
    bool seen = is_open(t, l, row) && look_fd(l->fd, &st) == 0 && S_ISREG(st.stx_mode);
    bool gone = !seen && errno == ENOENT; /* somebody has removed it */
    if (seen && st.stx_size < row->read)
        row->read = st.stx_size; /* it has lost its end: what the index says of that is not found */
    while (seen && row->read < st.stx_size && *bytes < STEP_BYTES &&
           (n = read_block(t, i, row)) > 0)
        *bytes += (size_t)n;
    seen = seen && n >= 0;
    bool more = n > 0 && row->read < st.stx_size;
    if (l->dead && (gone || (seen && !more)))
        row->over = true;
    if (!seen || row->over)
        look_close(l);
    l->pause = *bytes > before || l->pause < unit ? unit : 2 * l->pause;
    if (!seen || l->pause > most)
        l->pause = most;
    l->next = more ? now : now + l->pause;
    if ((int)i == t->own && !more)
        l->next = INT64_MAX;
}

/* Something that is due. False: nothing is. */
static bool one_unit(struct journaltail *t, int64_t now, size_t *bytes)
{
    if (t->visited < t->n_hosts) {
        list_host(t, &t->hosts[t->visited++]);
        return true;
    }
    if (now >= t->next_list) {
        list_hosts(t, now);
        return true;
    }
    for (unsigned i = 0; i < t->n_looks; i++) {
        if (dupindex_row(t->index, i)->over || t->looks[i].next > now)
            continue;
        look_into(t, i, now, bytes);
        return true;
    }
    return false;
}

void journaltail_step(struct journaltail *t, int64_t now)
{
    size_t bytes = 0;
    if (now < t->next_step)
        return;
    t->next_step = now + STEP_MS;
    for (int i = 0; i < STEP_UNITS && bytes < STEP_BYTES && one_unit(t, now, &bytes); i++)
        ;
}
