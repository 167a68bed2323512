#include "spoold/alert/courier.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"
#include "spoold/alert/command.h"

enum { RECEIVERS = WEBHOOKS + 1, LOOK_MS = 1000, JITTER_PERCENT = 20, DOUBLED_MOST = 30 };

const char courier_command[] = "on_folder_done";

struct receiver {
    struct courier *courier;
    const struct webhook_settings *hook; /* NULL: the command */
    struct sign_key key;
    pthread_t thread;
    bool runs;
    unsigned away;                /* tries in a row that nobody took */
    int64_t next_ms;              /* boot clock: not before */
    struct courier_counts counts; /* with the lock */
};

struct courier {
    const struct settings *settings;
    const char *spool;
    struct outbox *outbox;
    struct receiver all[RECEIVERS];
    size_t n;
    atomic_bool stop;
    uint64_t wakes;       /* with the lock */
    pthread_mutex_t lock; /* never held over input or output */
    pthread_cond_t woken;
};

const char *courier_name(const struct webhook_settings *h)
{
    return h->section + strlen("webhook:");
}

/* ---- one message ---- */

bool courier_send(const struct courier_letter *l, struct post_answer *a)
{
    char id[OUTBOX_ID + 16], time[48], signature[SIGN_CAP], header[SIGN_CAP + 32];
    int64_t seconds = clock_wall_ms() / 1000;
    struct post p = {.url = l->to->url,
                     .headers = {"Content-Type: application/json", "Expect:"},
                     .body = l->body,
                     .n = l->n,
                     .timeout_ms = l->timeout_ms,
                     .stop = l->stop};
    if (l->to->format == WEBHOOK_GENERIC) {
        snprintf(id, sizeof id, "webhook-id: %s", l->id);
        snprintf(time, sizeof time, "webhook-timestamp: %" PRId64, seconds);
        p.headers[2] = id;
        p.headers[3] = time;
    }
    if (l->to->format == WEBHOOK_GENERIC && l->key->n > 0) {
        if (!sign_message(l->key, l->id, seconds, l->body, l->n, signature)) {
            *a = (struct post_answer){.text = "no memory"};
            return false;
        }
        snprintf(header, sizeof header, "webhook-signature: %s", signature);
        p.headers[4] = header;
    }
    return post_send(&p, a);
}

/* Does the receiver refuse this message, rather than all? */
static bool refused(int status)
{
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

static bool deliver(struct receiver *r, const struct outbox_name *name, const struct buf *body,
                    bool *this_one, char why[COURIER_WHY])
{
    const struct settings *s = r->courier->settings;
    struct post_answer a;
    *this_one = false;
    if (!r->hook) {
        const struct command c = {s->on_folder_done, r->courier->spool,  body->data,
                                  body->len,         s->command_timeout, &r->courier->stop};
        *this_one = true;
        return command_run(&c, why);
    }
    const struct courier_letter l = {r->hook,   &r->key,         name->id,         body->data,
                                     body->len, s->send_timeout, &r->courier->stop};
    if (courier_send(&l, &a))
        return true;
    *this_one = refused(a.status);
    if (a.status)
        snprintf(why, COURIER_WHY, "HTTP %d %.150s", a.status, a.text);
    else
        snprintf(why, COURIER_WHY, "%.150s", a.text);
    return false;
}

/* ---- a receiver's thread ---- */

static int64_t pause_after(const struct settings *s, unsigned tries)
{
    int64_t ms = s->retry_first;
    for (unsigned i = 0; i < tries && i < DOUBLED_MOST && ms < s->retry_longest; i++)
        ms *= 2;
    return rnd_jitter(ms < s->retry_longest ? ms : s->retry_longest, JITTER_PERCENT);
}

static void note_good(struct receiver *r)
{
    pthread_mutex_lock(&r->courier->lock);
    bool failed = r->counts.failing_since_ms != 0;
    r->counts.sent++;
    r->counts.failing_since_ms = 0;
    pthread_mutex_unlock(&r->courier->lock);
    if (failed)
        log_info("%s takes messages again", r->counts.name);
}

static void note_bad(struct receiver *r, const char *why, int64_t pause_ms)
{
    pthread_mutex_lock(&r->courier->lock);
    r->counts.tries_failed++;
    if (r->counts.failing_since_ms == 0)
        r->counts.failing_since_ms = clock_wall_ms();
    snprintf(r->counts.why, sizeof r->counts.why, "%s", why);
    pthread_mutex_unlock(&r->courier->lock);
    log_warn("%s has not taken a message: %s; it is tried again in %" PRId64 " s", r->counts.name,
             why, (pause_ms + 999) / 1000);
}

static void try_one(struct receiver *r, const struct outbox_name *name)
{
    struct courier *c = r->courier;
    struct buf body = {0};
    char why[COURIER_WHY] = "";
    bool this_one = true, good = false;
    if (outbox_read(c->outbox, name, &body) == 0)
        good = deliver(r, name, &body, &this_one, why);
    else if (errno == ENOENT) /* dropped, or taken away by a person */
        good = true;
    else
        snprintf(why, sizeof why, "it cannot be read: %s", strerror(errno));
    bool lost = body.len == 0 && good;
    buf_free(&body);
    if (atomic_load(&c->stop) && !good)
        return;
    if (good) {
        outbox_done(c->outbox, name);
        r->away = 0;
        if (!lost)
            note_good(r);
        return;
    }
    int64_t pause = pause_after(c->settings, this_one ? name->tries : r->away);
    r->away = this_one ? 0 : r->away + 1;
    r->next_ms = this_one ? 0 : clock_boot_ms() + pause;
    outbox_later(c->outbox, name, this_one ? clock_boot_ms() + pause : 0);
    note_bad(r, why, pause);
}

/* Until there may be something to do, at most LOOK_MS: a clock that was stopped cannot stop it. */
static void rest(struct courier *c, uint64_t *seen)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_MS / 1000;
    pthread_mutex_lock(&c->lock);
    while (c->wakes == *seen && !atomic_load(&c->stop) &&
           pthread_cond_timedwait(&c->woken, &c->lock, &until) == 0) {
    }
    *seen = c->wakes;
    pthread_mutex_unlock(&c->lock);
}

static void *carry(void *arg)
{
    struct receiver *r = arg;
    struct outbox_name name;
    uint64_t seen = 0;
    while (!atomic_load(&r->courier->stop)) {
        int64_t now = clock_boot_ms(), next = r->next_ms;
        if (now >= r->next_ms && outbox_next(r->courier->outbox, r->counts.name, now, &name, &next))
            try_one(r, &name);
        else if (next - now < LOOK_MS && next > now)
            clock_sleep_ms(next - now);
        else
            rest(r->courier, &seen);
    }
    return NULL;
}

/* ---- all of them ---- */

static void add(struct courier *c, const struct webhook_settings *hook)
{
    struct receiver *r = &c->all[c->n++];
    r->courier = c;
    r->hook = hook;
    snprintf(r->counts.name, sizeof r->counts.name, "%s",
             hook ? courier_name(hook) : courier_command);
}

struct courier *courier_new(const struct settings *s, const char *spool, struct outbox *o,
                            char *why, size_t cap)
{
    struct courier *c = calloc(1, sizeof *c);
    pthread_condattr_t attr;
    snprintf(why, cap, "no memory");
    if (!c)
        return NULL;
    c->settings = s;
    c->spool = spool;
    c->outbox = o;
    pthread_mutex_init(&c->lock, NULL); /* these cannot fail on Linux */
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->woken, &attr);
    pthread_condattr_destroy(&attr);
    for (size_t i = 0; i < s->n_webhooks; i++) {
        const struct webhook_settings *h = &s->webhooks[i];
        const char *wrong = NULL;
        add(c, h);
        if (*h->secret_file)
            wrong = sign_load(&c->all[c->n - 1].key, h->secret_file);
        if (wrong) {
            snprintf(why, cap, "[%s] secret_file: %s", h->section, wrong);
            courier_free(c);
            return NULL;
        }
    }
    if (*s->on_folder_done)
        add(c, NULL);
    return c;
}

int courier_start(struct courier *c)
{
    for (size_t i = 0; i < c->n; i++) {
        int bad = pthread_create(&c->all[i].thread, NULL, carry, &c->all[i]);
        if (bad) {
            errno = bad;
            return -1;
        }
        c->all[i].runs = true;
    }
    return 0;
}

void courier_wake(struct courier *c)
{
    pthread_mutex_lock(&c->lock);
    c->wakes++;
    pthread_cond_broadcast(&c->woken);
    pthread_mutex_unlock(&c->lock);
}

void courier_free(struct courier *c)
{
    if (!c)
        return;
    atomic_store(&c->stop, true);
    courier_wake(c);
    for (size_t i = 0; i < c->n; i++)
        if (c->all[i].runs)
            pthread_join(c->all[i].thread, NULL);
    explicit_bzero(c->all, sizeof c->all);
    pthread_cond_destroy(&c->woken);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

bool courier_count(struct courier *c, size_t i, struct courier_counts *counts)
{
    if (i >= c->n)
        return false;
    pthread_mutex_lock(&c->lock);
    *counts = c->all[i].counts;
    pthread_mutex_unlock(&c->lock);
    outbox_count(c->outbox, counts->name, &counts->waiting, &counts->dropped);
    return true;
}
