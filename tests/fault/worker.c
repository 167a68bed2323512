#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"
#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "faultop.h"
#include "naive.h"
#include "pages.h"
#include "spool/pathfile.h"
#include "spool/publish.h"
#include "spool/reclaim.h"
#include "spool/retry.h"
#include "world.h"

enum { ROUNDS = 100, LEASES = 16, PAUSE_MS = 1000 /* a hundredth of it: see faultop.c */ };

void worker_open(struct worker *w, const char *top, const char *host)
{
    char err[600];
    int code;
    memset(w, 0, sizeof *w);
    w->lease.dir = w->lease.work = -1;
    if (spool_open(&w->spool, top, host, NULL, settings_report_stderr, err, sizeof err, &code) !=
        0) {
        fprintf(stderr, "fault-sweep: %s\n", err);
        _exit(70);
    }
    /* None; and less than none: a file system's clock may be a tick ahead of what the lease knows
     * of it. */
    w->spool.settings.settle = -60000;
    w->spool.settings.retry_delay = 0;
}

int worker_lease(struct worker *w)
{
    return lease_create(&w->lease, &w->spool, &w->shared, getpid());
}

void worker_close(struct worker *w)
{
    for (unsigned i = 0; i < w->jobs; i++)
        place_close(&w->job[i].place);
    lease_close(&w->lease);
    spool_close(&w->spool);
}

struct strangers {
    struct worker *w;
    char name[8][NAME_CAP];
    unsigned n;
};

/* Not of this batch: ours from an earlier stage, or somebody nobody knows. */
static void stranger(void *arg, const char *name, uint64_t ino)
{
    struct strangers *s = arg;
    struct sealed sealed;
    (void)ino;
    bool known = token_parse_sealed(name, &sealed) == 0;
    for (unsigned i = 0; i < s->w->jobs && !known; i++)
        known = strcmp(s->w->job[i].claim.name, name) == 0;
    if (!known && s->n < 8)
        snprintf(s->name[s->n++], NAME_CAP, "%s", name);
}

/* Does a command cancel it? By its id, or by the inode and the path that it was pending with. */
static void note_cancel(const struct worker *w, struct job *j)
{
    char path[PATH_CAP], pending[ID_CAP] = "";
    if (w->control.cancels > 0 && pathfile_path(&w->spool, &j->claim.token, path) == 0)
        control_pending_id(path, j->claim.ino, pending);
    for (unsigned i = 0; i < w->control.cancels; i++)
        if (strcmp(w->control.cancel[i], j->claim.token.document) == 0 ||
            strcmp(w->control.cancel[i], pending) == 0)
            snprintf(j->cancel, sizeof j->cancel, "%s", w->control.cancel[i]);
}

void worker_obey(struct worker *w)
{
    control_read(&w->spool, &w->control);
    for (unsigned i = 0; i < w->jobs; i++)
        note_cancel(w, &w->job[i]);
}

static void obeyed(struct worker *w, const struct job *j)
{
    char command[ID_CAP + 16];
    snprintf(command, sizeof command, CTL_CANCEL "%s", j->cancel);
    if (j->cancel[0])
        control_take_back(&w->spool, command);
}

static void adopt(struct worker *w, struct claimed *batch, unsigned n)
{
    struct strangers s = {.w = w};
    int left = claim_verify(&w->lease, batch, n, stranger, &s);
    for (unsigned i = 0; i < s.n; i++)
        claim_put_back_unknown(&w->spool, &w->lease, w->lease.work, s.name[i]);
    for (int i = 0; i < left; i++) {
        if (batch[i].state != CLAIM_HAVE) {
            claim_put_back_unknown(&w->spool, &w->lease, w->lease.work, batch[i].name);
            continue;
        }
        struct job *j = &w->job[w->jobs++];
        memset(j, 0, sizeof *j);
        j->claim = batch[i];
        j->place.folder = -1;
        note_cancel(w, j);
    }
}

void worker_claim(struct worker *w)
{
    struct claimed batch[WORKER_BATCH];
    struct scan_name names[WORKER_BATCH];
    struct claim_counts counts = {0};
    struct retry_walk retry = {.ocr_most = WORKER_BATCH};
    unsigned n, used;
    int folder;
    const char *path;
    n = claim_retry(&w->spool, &w->lease, &w->control, &retry, batch, WORKER_BATCH - w->jobs,
                    &counts);
    claim_retry_end(&retry);
    struct scan *scan = scan_new(&w->spool);
    unsigned seen;
    while (scan && w->jobs + n < WORKER_BATCH &&
           (seen = scan_next(scan, names, WORKER_BATCH - w->jobs - n, &folder, &path)) > 0)
        n += claim_pending(&w->spool, &w->lease, folder, path, names, seen, batch + n,
                           WORKER_BATCH - w->jobs - n, &used, &counts);
    scan_free(scan);
    adopt(w, batch, n);
}

/* Read the document; its content tells serial number and class. 0, or -1: not readable now. */
static int load(struct worker *w, struct job *j)
{
    char text[512];
    size_t n = 0;
    ssize_t got;
    int fd =
        fs->openat(w->lease.work, j->claim.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    while ((got = fs->read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    fs->close(fd);
    text[n] = 0;
    const char *serial = strstr(text, "serial=");
    if (got < 0 || n != j->claim.size || !serial)
        return -1;
    j->serial = (unsigned)strtoul(serial + 7, NULL, 10);
    j->corrupt = strstr(text, "class=corrupt");
    j->outcome = j->cancel[0] ? OUTCOME_CANCELLED : j->corrupt ? OUTCOME_CORRUPT : OUTCOME_OK;
    return 0;
}

static void give_back(struct worker *w, struct job *j, bool spend)
{
    struct token t = j->claim.token;
    if (spend)
        token_spend(&t, 't');
    else
        t.unspent++;
    int64_t now = lease_server_now(&w->lease);
    int64_t due =
        spend ? retry_due(&w->spool.settings, &t, now) : retry_due_unspent(&w->spool.settings, now);
    retry_move(&w->spool, w->lease.work, j->claim.name, &t, due, NEED_TEXT);
    j->stage = JOB_OVER;
}

void worker_load(struct worker *w)
{
    for (unsigned i = 0; i < w->jobs; i++)
        if (w->job[i].stage == JOB_CLAIMED && load(w, &w->job[i]) != 0)
            give_back(w, &w->job[i], false);
}

void worker_later(struct worker *w)
{
    for (unsigned i = 0; i < w->jobs; i++) {
        struct job *j = &w->job[i];
        if (j->stage != JOB_CLAIMED)
            continue;
        retry_move(&w->spool, w->lease.work, j->claim.name, &j->claim.token,
                   lease_server_now(&w->lease) / 1000, NEED_OCR);
        j->stage = JOB_OVER;
    }
}

static size_t write_json(const struct job *j, char *json, size_t cap)
{
    const char *outcome = outcome_facts(j->outcome)->name, *path = j->place.path;
    return (size_t)(j->unpack ? world_json_as(json, cap, j->serial, outcome, j->corrupt, path,
                                              j->claim.token.document)
                              : world_json(json, cap, j->serial, outcome, j->corrupt, path));
}

void worker_write(struct worker *w)
{
    for (unsigned i = 0; i < w->jobs; i++) {
        char text[WORLD_CONTENT], json[WORLD_CONTENT];
        struct job *j = &w->job[i];
        if (j->stage != JOB_CLAIMED)
            continue;
        if (load(w, j) != 0 || archive_unpack(w, j) != 0) {
            give_back(w, j, false);
            continue;
        }
        if (finish_reserve(&j->place, &w->spool, &j->claim.token, j->outcome) != 0) {
            archive_throw(j);
            give_back(w, j, false);
            continue;
        }
        struct buf t = {.data = text}, js = {.data = json};
        t.len = (size_t)world_text(text, sizeof text, j->serial);
        pages_resume(w, j, text, t.len);
        js.len = write_json(j, json, sizeof json);
        if (archive_reserve(w, j) != 0 ||
            finish_write(&j->place, j->outcome == OUTCOME_OK ? &t : NULL, &js) != 0) {
            finish_drop(&j->place, &w->spool, &j->claim.token, true);
            archive_throw(j);
            give_back(w, j, false);
            continue;
        }
        j->stage = JOB_WRITTEN;
    }
}

void worker_seal(struct worker *w)
{
    for (unsigned i = 0; i < w->jobs; i++) {
        struct job *j = &w->job[i];
        if (j->stage != JOB_WRITTEN)
            continue;
        enum moved m = finish_seal(&j->place, w->lease.work, &j->claim.token, j->sealed);
        if (m == MOVE_LOST) {
            finish_drop(&j->place, &w->spool, &j->claim.token, false);
            archive_throw(j);
        }
        archive_free(j);
        j->stage = m == MOVED ? JOB_SEALED : JOB_OVER;
    }
}

void worker_publish(struct worker *w)
{
    for (unsigned i = 0; i < w->jobs; i++) {
        struct job *j = &w->job[i];
        if (j->stage != JOB_SEALED)
            continue;
        if (w->link)
            naive_link_publish(&w->spool, &j->place, w->lease.work, j->sealed, &j->claim.token);
        else
            publish_place(&w->spool, &j->place, w->lease.work, j->sealed, &j->claim.token);
        pages_forget(w, j);
        obeyed(w, j);
        j->stage = JOB_OVER;
    }
}

void worker_retry(struct worker *w, bool spend)
{
    for (unsigned i = 0; i < w->jobs; i++)
        if (w->job[i].stage == JOB_CLAIMED)
            give_back(w, &w->job[i], spend);
}

unsigned worker_round(struct worker *w)
{
    worker_claim(w);
    worker_write(w);
    worker_seal(w);
    worker_publish(w);
    unsigned n = w->jobs;
    for (unsigned i = 0; i < n; i++)
        place_close(&w->job[i].place);
    w->jobs = 0;
    return n;
}

static unsigned list(int dir, const char *name, char out[LEASES][NAME_CAP])
{
    struct dirlist_entry e;
    unsigned n = 0;
    struct dirlist *d = dirlist_open(dir, name, 0);
    while (d && n < LEASES && dirlist_next(d, &e) == 1)
        snprintf(out[n++], NAME_CAP, "%s", e.name);
    dirlist_close(d);
    return n;
}

void worker_reclaim_all(struct worker *w)
{
    char hosts[LEASES][NAME_CAP], leases[LEASES][NAME_CAP];
    struct reclaimed sum = {0};
    reclaim_own_host(&w->spool, &w->lease);
    unsigned n = list(w->spool.claimed, ".", hosts);
    for (unsigned h = 0; h < n; h++) {
        unsigned k = list(w->spool.claimed, hosts[h], leases);
        for (unsigned i = 0; i < k; i++)
            if (strcmp(leases[i], w->lease.name) != 0)
                reclaim_lease(&w->spool, hosts[h], leases[i], true, &w->lease, &sum);
    }
}

static unsigned count_entries(int dir, const char *name)
{
    char names[LEASES][NAME_CAP];
    return list(dir, name, names);
}

int worker_recover(const char *top, const char *host)
{
    struct worker *w = malloc(sizeof *w);
    struct reclaimed sum = {0};
    int rounds = 0, idle = 0;
    if (!w)
        return -1;
    worker_open(w, top, host);
    if (worker_lease(w) != 0)
        return -1;
    while (rounds++ < ROUNDS && idle < 1) {
        worker_reclaim_all(w);
        worker_obey(w);
        unsigned done = worker_round(w);
        int records = archive_tally(w);
        /* Times in names are whole seconds, the clock of a file system is a few ms late: wait at a
         * second's border. */
        if (done == 0 && count_entries(w->spool.retry, ".") > 0)
            clock_sleep_ms(PAUSE_MS);
        idle = done == 0 && records == 0 && count_entries(w->lease.work, ".") == 0 &&
               count_entries(w->spool.retry, ".") == 0;
    }
    reclaim_lease(&w->spool, w->lease.host, w->lease.name, false, &w->lease, &sum);
    worker_close(w);
    free(w);
    return idle ? rounds : -1;
}
