#include "spoold/hand/hands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"

enum { CHUNK = 64 * 1024, STOP_MS = 1000, LAST_MS = 700, LOOK_MS = 20 };

static const unsigned most[HANDS_LANES] = {4, 2, 4};

struct hands {
    pthread_mutex_t lock;
    const char *spool, *config;
    struct hands_calls calls;
    unsigned taken[HANDS_LANES]; /* places: threads, until their child is gone */
    unsigned working;            /* of these: they may still answer */
    bool stopping;
    bool short_of; /* of what a child needs: it has been said */
};

struct work {
    struct hands *hands;
    uint64_t ticket;
    enum hands_lane lane;
    struct feed *feed;
    char etag[ANSWER_ETAG];
    char *words[HANDS_WORDS];
};

struct hands *hands_new(const char *spool, const char *config, const struct hands_calls *calls)
{
    struct hands *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    pthread_mutex_init(&h->lock, NULL); /* of the default kind: cannot fail on Linux */
    h->spool = spool;
    h->config = config ? config : "";
    h->calls = *calls;
    return h;
}

static void free_work(struct work *w)
{
    for (size_t i = 0; w && i < HANDS_WORDS; i++)
        free(w->words[i]);
    if (w && w->feed)
        feed_close(w->feed);
    free(w);
}

static struct work *new_work(struct hands *h, const struct hands_job *job)
{
    struct work *w = calloc(1, sizeof *w);
    bool good = w;
    for (size_t i = 0; good && i < HANDS_WORDS - 1 && job->words[i]; i++)
        good = (w->words[i] = strdup(job->words[i]));
    if (!good) {
        free_work(w);
        return NULL;
    }
    w->hands = h;
    w->ticket = job->ticket;
    w->lane = job->lane;
    memcpy(w->etag, job->etag, sizeof w->etag);
    w->feed = job->feed;
    if (w->feed)
        feed_hold(w->feed);
    return w;
}

/* ---- a child ---- */

/* posix_spawn is made for programs with threads. 0 or an errno. */
static int spawn(const struct work *w, int out, pid_t *pid)
{
    char *argv[HANDS_WORDS + 5] = {(char *)"spoold", (char *)"hand",
                                   (char *)(uintptr_t)w->hands->spool,
                                   (char *)(uintptr_t)w->hands->config};
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; i < HANDS_WORDS && w->words[i]; i++)
        argv[4 + i] = w->words[i];
    int bad = posix_spawn_file_actions_init(&actions);
    if (bad)
        return bad;
    bad = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!bad && w->feed)
        bad = posix_spawn_file_actions_adddup2(&actions, feed_child(w->feed), STDIN_FILENO);
    if (!bad)
        bad = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return bad;
}

static bool stopping(struct hands *h)
{
    pthread_mutex_lock(&h->lock);
    bool yes = h->stopping;
    pthread_mutex_unlock(&h->lock);
    return yes;
}

/* What is there of what it says. 1: more may come; 0: that was all; -1: no memory, or an error. */
static int take_said(int in, struct buf *said)
{
    if (!buf_room(said, CHUNK))
        return -1;
    ssize_t n = read(in, said->data + said->len, CHUNK);
    if (n < 0)
        return errno == EINTR ? 1 : -1;
    said->len += (size_t)n;
    return n > 0;
}

/* When it is too late, as things stand now; `until` is what it was before. A feed that still comes
 * has time; one that is being ended because we are has a moment, to leave nothing behind. */
static int64_t time_left(struct work *w, int64_t until, int64_t now)
{
    if (stopping(w->hands)) {
        if (w->feed)
            feed_cut(w->feed);
        return w->feed && until > now + LAST_MS ? now + LAST_MS : w->feed ? until : now;
    }
    if (!w->feed)
        return until;
    if (feed_ended(w->feed))
        return until == INT64_MAX ? now + HANDS_END_MS : until;
    int64_t since = feed_waits_since(w->feed);
    return since == INT64_MAX || now - since < HANDS_STALL_MS ? INT64_MAX : now;
}

/* All that it says, until it ends; and its feed meanwhile. False: too late, too much, or no
 * memory. */
static bool listen_to(struct work *w, int in, struct buf *said)
{
    int64_t until = w->feed ? INT64_MAX : clock_boot_ms() + HANDS_MS;
    int more = 1;
    while (more > 0 && said->len <= HANDS_BYTES) {
        struct pollfd p[1 + FEED_FDS] = {{in, POLLIN, 0}};
        int64_t now = clock_boot_ms();
        until = time_left(w, until, now);
        if (now >= until)
            return false;
        if (w->feed)
            feed_poll(w->feed, p + 1);
        if (poll(p, w->feed ? 1 + FEED_FDS : 1, LOOK_MS * 5) <= 0)
            continue;
        if (w->feed && feed_step(w->feed, p + 1))
            w->hands->calls.room(w->hands->calls.arg, w->ticket);
        if (p[0].revents)
            more = take_said(in, said);
    }
    return more == 0;
}

/* ---- its answer ---- */

static const char *const codes[] = {
    "bad-request", "no-record",  "no-picture", "unknown-document",    "too-large",
    "too-busy",    "name-taken", "no-space",   "share-not-answering", "internal"};

static const char *type_of(const char *word)
{
    return strcmp(word, "text") == 0  ? "text/plain; charset=utf-8"
           : strcmp(word, "png") == 0 ? "image/png"
                                      : answer_json;
}

void hands_keep(struct answer *a, const char *etag)
{
    if (!etag[0])
        return;
    memcpy(a->etag, etag, strnlen(etag, ANSWER_ETAG - 1) + 1);
    a->keep = a->alone = true;
}

enum { LINE_LEAST = 5, LINE_MOST = 200 };

/* "STATUS LENGTH WORD[ LOCATION]\n", and a body of that many bytes: less of it is of one that was
 * killed while it spoke. */
static bool take_apart(struct buf *said, struct answer *a)
{
    char *end = said->len ? memchr(said->data, '\n', said->len) : NULL;
    uint64_t status, length;
    if (!end || end - said->data < LINE_LEAST || end - said->data > LINE_MOST ||
        said->data[3] != ' ' || !num_u64_n(said->data, 3, &status) || status < 200 || status > 599)
        return false;
    *end = 0;
    char *number = said->data + 4, *word = strchr(number, ' ');
    const char *body = end + 1;
    size_t n = said->len - (size_t)(body - said->data);
    if (!word || !num_u64_n(number, (size_t)(word - number), &length) || length != n)
        return false;
    char *blank = strchr(++word, ' ');
    a->status = (int)status;
    if (blank) {
        *blank = 0;
        answer_header(a, "Location", "%s", blank + 1);
    }
    if (status < 300) {
        a->type = type_of(word);
        if (strcmp(word, "text") == 0)
            answer_header(a, "Content-Disposition", "attachment; filename=\"text.txt\"");
        buf_add(&a->body, body, n);
        return true;
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(codes[i], word) == 0) {
            answer_problem(a, (int)status, codes[i], "%.*s", (int)n, body);
            if (status == 503)
                answer_header(a, "Retry-After", "5");
            return true;
        }
    return false;
}

static void answer_of(const struct work *w, struct buf *said, bool whole, struct answer *a)
{
    *a = (struct answer){.status = 200};
    if (whole && take_apart(said, a)) {
        if (a->status == 200)
            hands_keep(a, w->etag);
        return;
    }
    answer_header(a, "Retry-After", "5");
    answer_problem(a, 503, "share-not-answering", "%s",
                   w->feed
                       ? "The share has not answered in time; look whether the document is there "
                         "before you send it once more."
                       : "The share has not answered in time; nothing was changed, or not yet.");
}

/* It is this machine's trouble, not the share's. */
static void answer_shortage(int bad, struct answer *a)
{
    *a = (struct answer){.status = 503};
    answer_problem(a, 503, "too-busy",
                   "The machine of this page has no room for a process (%s); nothing was done.",
                   strerror(bad));
    answer_header(a, "Retry-After", "5");
}

/* The child's place is free once it is gone, however long that takes. */
static void reap(pid_t pid)
{
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* Once when it begins, and once when it is over: who asks may ask often. */
static void note_shortage(struct hands *h, int bad)
{
    pthread_mutex_lock(&h->lock);
    bool was = h->short_of;
    h->short_of = bad != 0;
    pthread_mutex_unlock(&h->lock);
    if (bad && !was)
        log_error("no child for a request, and none for those to come until it is said: %s",
                  strerror(bad));
    else if (!bad && was)
        log_info("there are children for requests again");
}

/* It ends by itself when the end of its stdin comes. *bad: an errno, there is no child; else 0. */
static bool run(struct work *w, struct buf *said, pid_t *pid, int *bad)
{
    int ends[2];
    bool whole = false;
    *bad = pipe2(ends, O_CLOEXEC) != 0 ? errno : 0;
    if (!*bad) {
        *bad = spawn(w, ends[1], pid);
        close(ends[1]);
        if (w->feed)
            feed_started(w->feed);
        note_shortage(w->hands, *bad);
        whole = !*bad && listen_to(w, ends[0], said);
        close(ends[0]);
    } else {
        note_shortage(w->hands, *bad);
    }
    return whole;
}

static void give_back(struct hands *h, enum hands_lane lane)
{
    pthread_mutex_lock(&h->lock);
    h->taken[lane]--;
    pthread_mutex_unlock(&h->lock);
}

/* A child that has said all is about to be gone: its place is free before the answer is, so that
 * whoever asks one thing after the other is never told that it is too much. */
static void *work(void *arg)
{
    struct work *w = arg;
    struct hands *h = w->hands;
    enum hands_lane lane = w->lane;
    struct buf said = {0};
    struct answer a;
    pid_t pid = 0;
    int bad;
    bool whole = run(w, &said, &pid, &bad);
    if (bad)
        answer_shortage(bad, &a);
    else
        answer_of(w, &said, whole, &a);
    if (w->feed)
        feed_cut(w->feed); /* whoever gives must find it so when the answer wakes it */
    if (whole) {
        reap(pid);
        give_back(h, lane);
    }
    h->calls.done(h->calls.arg, w->ticket, &a);
    if (!whole) {
        pthread_mutex_lock(&h->lock);
        h->working--;
        pthread_mutex_unlock(&h->lock);
        if (pid > 0)
            reap(pid);
    }
    buf_free(&said);
    free_work(w);
    pthread_mutex_lock(&h->lock);
    h->working -= whole;
    h->taken[lane] -= !whole;
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

static void leave(struct hands *h, enum hands_lane lane)
{
    pthread_mutex_lock(&h->lock);
    h->taken[lane]--;
    h->working--;
    pthread_mutex_unlock(&h->lock);
}

bool hands_begin(struct hands *h, const struct hands_job *job)
{
    pthread_t thread;
    pthread_mutex_lock(&h->lock);
    bool room = h->taken[job->lane] < most[job->lane] && !h->stopping;
    h->taken[job->lane] += room;
    h->working += room;
    pthread_mutex_unlock(&h->lock);
    if (!room)
        return false;
    struct work *w = new_work(h, job);
    if (w && pthread_create(&thread, NULL, work, w) == 0) {
        pthread_detach(thread);
        return true;
    }
    free_work(w);
    leave(h, job->lane);
    return false;
}

static unsigned all_taken(const struct hands *h)
{
    unsigned n = 0;
    for (int i = 0; i < HANDS_LANES; i++)
        n += h->taken[i];
    return n;
}

void hands_stop(struct hands *h)
{
    unsigned working = 1, taken = 1;
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_mutex_unlock(&h->lock);
    for (int64_t until = clock_boot_ms() + STOP_MS;
         working || (taken && clock_boot_ms() < until);) {
        pthread_mutex_lock(&h->lock);
        working = h->working;
        taken = all_taken(h);
        pthread_mutex_unlock(&h->lock);
        if (taken)
            clock_sleep_ms(LOOK_MS);
    }
    if (taken)
        return; /* a thread that waits for its child still looks at it */
    pthread_mutex_destroy(&h->lock);
    free(h);
}
