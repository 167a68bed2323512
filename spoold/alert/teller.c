#include "spoold/alert/teller.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "spoold/alert/ledger.h"
#include "spoold/alert/message.h"
#include "spoold/api/board.h"
#include "spoold/local/keepfile.h"

enum { LOOK_MS = 250, LEDGER_MOST = 64 << 20, PATH_MOST = 700, AGAIN_MS = 10000 };

struct teller {
    struct teller_options o;
    struct ledger ledger;
    struct outbox *outbox;
    struct courier *courier;
    int lock;
    char file[PATH_MOST];
    bool unsaved;       /* the ledger differs from its file */
    int64_t started_ms; /* boot clock */
    int64_t next_save_ms;
    struct alert_item items[ALERTS];
    pthread_t thread;
    bool runs;
    pthread_mutex_t stop_lock;
    pthread_cond_t stopped;
    bool stop;
};

/* ---- a look ---- */

static bool walked(const struct snapshot *s)
{
    for (int i = 0; i < DOC_STATES; i++)
        if (!s->rounds[i].ever || s->rounds[i].whole_begun_ms == 0)
            return false;
    return s->backlog_bytes == 0;
}

/* What is to be told goes into the digest; what there is no memory for is lost, and said. */
static void note(struct teller *d, struct events *e)
{
    for (size_t i = 0; i < e->n; i++) {
        log_info("%s%s", e->all[i].message, e->all[i].over ? " (over)" : "");
        if (!digest_add(&d->ledger.digest, &e->all[i]))
            log_error("no memory: nobody is told that %s", e->all[i].message);
        d->unsaved = true;
    }
    events_free(e);
}

static void look(struct teller *d)
{
    struct view v;
    struct events e = {0};
    struct board *b = d->o.board;
    if (!view_open(&v, d->o.model))
        return;
    pthread_mutex_lock(&b->lock);
    bool made = b->n_alerts_made > 0;
    struct watch_now now = {.items = d->items, .n = b->n_alerts};
    memcpy(d->items, b->alerts, b->n_alerts * sizeof *b->alerts);
    pthread_mutex_unlock(&b->lock);
    now.answering = view_answering(&v) && v.s->server_ms >= 0;
    now.ready = now.answering && walked(v.s);
    now.boot_ms = v.boot_ms;
    now.server_ms = v.now_ms;
    now.hold_ms = d->o.settings->alert_hold;
    if (made)
        watch_step(&d->ledger.watch, &now, &e);
    const struct finish_now folders = {.s = v.s,
                                       .ready = now.ready,
                                       .server_ms = v.now_ms,
                                       .quiet_ms = d->o.settings->folder_quiet,
                                       .started_ms = view_time(&v, d->started_ms)};
    if (now.answering && finish_step(&d->ledger.finish, &folders, &e))
        d->unsaved = true;
    view_close(&v);
    note(d, &e);
}

/* ---- the ledger's file ---- */

/* False: it is not on disk; it is tried again after a while. */
static bool save(struct teller *d)
{
    struct buf text = {0};
    ledger_write(&d->ledger, &text);
    errno = ENOMEM;
    bool good = buf_ok(&text) && keepfile_write(d->file, &text) == 0;
    if (!good) {
        log_error("%s cannot be written, messages wait: %s", d->file, strerror(errno));
        d->next_save_ms = clock_boot_ms() + AGAIN_MS;
    }
    d->unsaved = !good;
    buf_free(&text);
    return good;
}

/* ---- messages ---- */

static bool put_for_hook(struct teller *d, const struct batch *b, const struct webhook_settings *h)
{
    struct buf body = {0};
    const struct message m = {b->events.all, b->events.n, b->made_ms, d->o.spool};
    message_body(&m, (enum webhook_format)h->format, &body);
    errno = ENOMEM;
    bool good = buf_ok(&body) &&
                outbox_put(d->outbox, courier_name(h), b->made_ms, b->events.all[0].id, &body) == 0;
    buf_free(&body);
    return good;
}

/* The command is run once for each folder. */
static bool put_for_command(struct teller *d, const struct batch *b)
{
    bool good = true;
    for (size_t i = 0; i < b->events.n && good; i++) {
        const struct event *e = &b->events.all[i];
        struct buf body = {0};
        message_folder(e, d->o.spool, &body);
        errno = ENOMEM;
        good =
            buf_ok(&body) && outbox_put(d->outbox, courier_command, b->made_ms, e->id, &body) == 0;
        buf_free(&body);
    }
    return good;
}

/* False: some could not be put; all are put once more later, under the same names. */
static bool put_batch(struct teller *d, const struct batch *b)
{
    const struct settings *s = d->o.settings;
    enum alert_kind kind = b->events.all[0].kind;
    bool good = true;
    for (size_t i = 0; i < s->n_webhooks && good; i++)
        if (s->webhooks[i].kinds & 1u << kind)
            good = put_for_hook(d, b, &s->webhooks[i]);
    if (good && kind == ALERT_FOLDER_DONE && *s->on_folder_done)
        good = put_for_command(d, b);
    return good;
}

static bool any_closed(const struct digest *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->all[i].made_ms != 0)
            return true;
    return false;
}

static void put_closed(struct teller *d)
{
    struct digest *g = &d->ledger.digest;
    for (size_t i = 0; i < g->n; i++) {
        if (g->all[i].made_ms == 0 || put_batch(d, &g->all[i]))
            continue;
        log_error("messages cannot be written, and wait: %s", strerror(errno));
        d->next_save_ms = clock_boot_ms() + AGAIN_MS;
        return;
    }
    /* From here on the outbox answers for them. */
    digest_drop_closed(g);
    courier_wake(d->courier);
    save(d);
}

static void turn(struct teller *d)
{
    int64_t now = clock_boot_ms();
    look(d);
    if (now < d->next_save_ms)
        return;
    if (digest_close(&d->ledger.digest, now, clock_wall_ms(), d->o.settings->digest))
        d->unsaved = true;
    if (d->unsaved && !save(d))
        return;
    if (any_closed(&d->ledger.digest))
        put_closed(d);
}

static void *work(void *arg)
{
    struct teller *d = arg;
    struct timespec until;
    bool stop = false;
    while (!stop) {
        turn(d);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&d->stop_lock);
        while (!d->stop && pthread_cond_timedwait(&d->stopped, &d->stop_lock, &until) == 0) {
        }
        stop = d->stop;
        pthread_mutex_unlock(&d->stop_lock);
    }
    return NULL;
}

/* ---- the start ---- */

static int fail(char *why, size_t cap, const char *what)
{
    snprintf(why, cap, "%s: %s", what, strerror(errno));
    return -1;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

static int take_lock(struct teller *d, const char *folder, char *why, size_t cap)
{
    char path[PATH_MOST];
    snprintf(path, sizeof path, "%s/lock", folder);
    d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (d->lock < 0)
        return fail(why, cap, path);
    if (flock(d->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    snprintf(why, cap, "%s: %s", folder,
             errno == EWOULDBLOCK ? "another spoold uses this state_folder" : strerror(errno));
    return -1;
}

/* What is said to be wrong does not keep the page from being served: it begins anew, and the old one
 * is put aside. */
static int load_ledger(struct teller *d, char *why, size_t cap)
{
    struct buf text = {0};
    char err[160], aside[PATH_MOST + 8];
    int bad = keepfile_read(d->file, &text, LEDGER_MOST);
    if (bad && errno != ENOENT) {
        buf_free(&text);
        return fail(why, cap, d->file);
    }
    const char *wrong = bad ? NULL
                            : ledger_read(&d->ledger, text.data ? text.data : "", text.len,
                                          clock_boot_ms(), err, sizeof err);
    buf_free(&text);
    if (!wrong)
        return 0;
    snprintf(aside, sizeof aside, "%s.bad", d->file);
    log_error("%s: %s; it is put aside as %s, and what was told may be told again", d->file, wrong,
              aside);
    ledger_free(&d->ledger);
    return rename(d->file, aside) == 0 ? 0 : fail(why, cap, d->file);
}

/* Hosts that were told to be silent are, until they are seen again. */
static void remind(const struct watch *w, struct alerts *a)
{
    for (unsigned i = 0; i < w->n && a->n < ALERTS; i++)
        if (w->all[i].item.kind == ALERT_HOST_SILENT)
            a->all[a->n++] = w->all[i].item;
}

static int open_all(struct teller *d, char *why, size_t cap)
{
    const struct settings *s = d->o.settings;
    char messages[PATH_MOST];
    snprintf(d->file, sizeof d->file, "%s/alerts.json", s->state_folder);
    snprintf(messages, sizeof messages, "%s/messages", s->state_folder);
    if (!post_init()) {
        snprintf(why, cap, "libcurl does not work here");
        return -1;
    }
    if (make_folder(s->state_folder) != 0)
        return fail(why, cap, s->state_folder);
    if (take_lock(d, s->state_folder, why, cap) != 0)
        return -1;
    if (make_folder(messages) != 0)
        return fail(why, cap, messages);
    if (load_ledger(d, why, cap) != 0)
        return -1;
    d->outbox = outbox_open(messages, s->messages_most);
    if (!d->outbox)
        return fail(why, cap, messages);
    d->courier = courier_new(s, d->o.spool, d->outbox, why, cap);
    if (!d->courier)
        return -1;
    remind(&d->ledger.watch, d->o.alerts);
    int bad = courier_start(d->courier) != 0 ? errno : pthread_create(&d->thread, NULL, work, d);
    errno = bad;
    d->runs = bad == 0;
    return bad ? fail(why, cap, "no thread for messages") : 0;
}

bool teller_needed(const struct settings *s)
{
    return s->n_webhooks > 0 || *s->on_folder_done;
}

struct teller *teller_open(const struct teller_options *o, char *why, size_t cap)
{
    struct teller *d = calloc(1, sizeof *d);
    pthread_condattr_t attr;
    snprintf(why, cap, "no memory");
    if (!d)
        return NULL;
    d->o = *o;
    d->lock = -1;
    /* The first look may be late: a slow disk, a share that is away. */
    d->started_ms = clock_boot_ms();
    pthread_mutex_init(&d->stop_lock, NULL); /* these cannot fail on Linux */
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&d->stopped, &attr);
    pthread_condattr_destroy(&attr);
    if (open_all(d, why, cap) == 0)
        return d;
    teller_close(d);
    return NULL;
}

void teller_close(struct teller *d)
{
    if (!d)
        return;
    if (d->runs) {
        pthread_mutex_lock(&d->stop_lock);
        d->stop = true;
        pthread_cond_signal(&d->stopped);
        pthread_mutex_unlock(&d->stop_lock);
        pthread_join(d->thread, NULL);
    }
    courier_free(d->courier);
    outbox_free(d->outbox);
    if (d->lock >= 0)
        close(d->lock);
    ledger_free(&d->ledger);
    pthread_cond_destroy(&d->stopped);
    pthread_mutex_destroy(&d->stop_lock);
    free(d);
}

struct courier *teller_courier(struct teller *d)
{
    return d->courier;
}
