#include "spool/reclaim.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "spool/captoken.h"
#include "spool/claim.h"
#include "spool/look.h"
#include "spool/passing.h"
#include "spool/place.h"
#include "spool/publish.h"
#include "spool/retry.h"

enum { EMPTYING_ROUNDS = 8 };

/* The private results of a claim that was taken back: of no use to anybody any more. Those of a
 * failure (which class? unknown) and late ones are the sweeper's. */
static void drop_results(const struct spool *s, const struct token *t)
{
    struct place p;
    if (place_set(&p, s, t, (struct destination){.outcome = OUTCOME_OK, .n = 1}) != 0)
        return;
    p.folder = look_folder_path(s->root, p.folder_path);
    if (p.folder < 0)
        return;
    look_unlink(p.folder, p.hidden_text);
    look_unlink(p.folder, p.hidden_json);
    place_close(&p);
}

static enum moved back_to_waiting(const struct spool *s, int work, const char *name, bool spend,
                                  const struct lease *clock)
{
    struct token t;
    int64_t now = clock ? lease_server_now(clock) : 0;
    if (token_parse(name, &t) != 0)
        return MOVE_FAILED;
    struct token old = t;
    if (spend)
        token_spend(&t, LETTER_LEASE_DIED);
    int64_t due = !clock ? 0 : spend ? retry_due(&s->settings, &t, now) : now / 1000;
    enum moved m = retry_move(s, work, name, &t, due, NEED_TEXT);
    if (m == MOVED)
        drop_results(s, &old);
    return m;
}

/* A name in work/ that is no token: whatever it is, somebody's file is never deleted. */
static bool adopt_stranger(const struct spool *s, int work, const char *name,
                           const struct lease *clock)
{
    log_error("claimed/: an entry that is no token was found in a dead lease: %s; it is taken as a "
              "new document",
              name);
    return clock && claim_put_back_unknown(s, clock, work, name) != MOVE_FAILED;
}

/* Empty work/ once. Returns the number of entries that could not be moved, or -1. */
static int empty_work(const struct spool *s, int lease_dir, bool spend, const struct lease *clock,
                      struct reclaimed *sum)
{
    struct dirlist_entry e;
    struct token t;
    struct sealed sealed;
    int left = 0, more, probe;
    struct dirlist *d = dirlist_open(lease_dir, LEASE_WORK, 0);
    if (!d)
        return errno == ENOENT ? 0 : -1;
    while ((more = dirlist_next(d, &e)) == 1) {
        int work = dirlist_fd(d);
        if (token_parse_sealed(e.name, &sealed) == 0) {
            int bad = publish_sealed(s, work, e.name);
            sum->published += bad == 0;
            left += bad != 0;
        } else if ((probe = passing_is_probe_in(work, e.name)) != 0) { /* its opener died */
            left += probe < 0 || look_unlink(work, e.name) != 0;
        } else if (token_parse(e.name, &t) == 0) {
            enum moved m = e.type == DT_DIR ? claim_folder_back(s, work, e.name, &t)
                                            : back_to_waiting(s, work, e.name, spend, clock);
            sum->retried += m == MOVED;
            left += m == MOVE_FAILED;
        } else {
            bool ok = adopt_stranger(s, work, e.name, clock);
            sum->strangers += ok;
            left += !ok;
        }
    }
    int saved = errno;
    dirlist_close(d);
    errno = saved;
    sum->failed += (unsigned)left;
    return more == 0 ? left : -1;
}

/* What remains of the lease's folder: files of its reporter. They are ours; nobody needs them. */
static void clear_lease_dir(int lease_dir)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(lease_dir, ".", 0);
    while (d && dirlist_next(d, &e) == 1)
        if (strcmp(e.name, LEASE_WORK) != 0 && strcmp(e.name, LEASE_CAPS) != 0)
            look_unlink(dirlist_fd(d), e.name);
    dirlist_close(d);
}

/* The probes of an opener that died, wherever they were just then. Once each, whatever the answer:
 * the name is this lease's alone, and an empty file or folder of that name harms nobody. */
static void drop_probe(const struct spool *s, const char *lease)
{
    const int places[] = {s->control, s->retry, s->done, s->failed};
    char id[LEASE_ID_CAP], name[PASSING_CAP];
    if (!lease_name_ok(lease, id))
        return;
    passing_probe(id, name);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        (void)fs->unlinkat(places[i], name, 0);
    (void)fs->unlinkat(s->unpack, name, AT_REMOVEDIR);
    (void)fs->unlinkat(s->pending, name, AT_REMOVEDIR);
}

int reclaim_lease(const struct spool *s, const char *host, const char *name, bool spend,
                  const struct lease *clock, struct reclaimed *sum)
{
    int host_dir = look_folder(s->claimed, host);
    int dir = host_dir >= 0 ? look_folder(host_dir, name) : -1;
    int gone = -1;
    if (dir < 0) {
        gone = errno == ENOENT ? 0 : -1;
        goto out;
    }
    if (look_unlink(dir, LEASE_BEAT) != 0)
        goto out;
    for (int i = 0; i < EMPTYING_ROUNDS && gone != 0; i++) {
        int left = empty_work(s, dir, spend, clock, sum);
        if (left < 0)
            goto out;
        gone = look_rmdir(dir, LEASE_WORK);
        if (gone != 0 && (errno != ENOTEMPTY || left > 0))
            goto out; /* a late claim makes it ENOTEMPTY with nothing left: again */
    }
    if (gone != 0)
        goto out;
    /* Its documents are in no work any more: others may begin in their stead. */
    unsigned tokens = 0;
    int back = captoken_reclaim(s, dir, &tokens);
    sum->failed += tokens;
    if (back != 0) {
        gone = -1;
        goto out;
    }
    drop_probe(s, name);
    clear_lease_dir(dir);
    gone = look_rmdir(host_dir, name);
out:;
    int saved = errno;
    if (dir >= 0)
        fs->close(dir);
    if (host_dir >= 0)
        fs->close(host_dir);
    errno = saved;
    return gone;
}
