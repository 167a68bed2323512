/* The scanner and its link, on a small spool: what is there, what is new, a scanner that stands
 * still, one that is gone, and a backlog that is read newest first. */
#include "spoolbox.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "spool/control.h"
#include "spool/hoststatus.h"
#include "spool/journal.h"
#include "spoold/model/search.h"
#include "spoold/scan/link.h"
#include "spoold/scan/scanner.h"
#include "spoold/scan/tails.h"

enum { PATIENCE_MS = 60000 };

static int run(void *arg, int out, int until)
{
    struct scanner_options o = {.spool = arg, .out = out, .until = until};
    return scanner_main(&o);
}

struct watcher {
    struct box *box;
    struct model *model;
    struct link link;
};

static int set_up(void **state)
{
    struct watcher *w = calloc(1, sizeof *w);
    if (!w || box_setup((void **)&w->box) != 0)
        return -1;
    w->model = model_new();
    w->link = (struct link){.model = w->model, .run = run, .arg = &w->box->s};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct watcher *w = *state;
    /* It waits for a moment only; on a busy machine even a kill takes longer. */
    bool ended = false;
    for (int64_t began = clock_boot_ms(); !ended && clock_boot_ms() - began < PATIENCE_MS;)
        ended = link_end(&w->link);
    model_free(w->model);
    box_teardown((void **)&w->box);
    free(w);
    return ended ? 0 : -1;
}

/* Take what comes for a moment. */
static void some(struct watcher *w)
{
    struct pollfd p = {.fd = link_fd(&w->link), .events = POLLIN};
    poll(&p, 1, 20);
    while (link_step(&w->link, clock_boot_ms()))
        ;
    assert_int_equal(model_publish(w->model, clock_boot_ms()), 0);
}

typedef bool condition(const struct snapshot *s, const void *arg);

/* Until it is so; how long that took. */
static int64_t until(struct watcher *w, condition *c, const void *arg)
{
    int64_t began = clock_boot_ms(), now;
    bool so = false;
    while (!so && (now = clock_boot_ms()) - began < PATIENCE_MS) {
        some(w);
        const struct snapshot *s = model_hold(w->model);
        so = c(s, arg);
        snapshot_drop(s);
    }
    assert_true(so);
    return clock_boot_ms() - began;
}

static void show(const struct snapshot *s, char out[64])
{
    snprintf(out, 64, "%u %u %u %u %u %u", (unsigned)s->states[0], (unsigned)s->states[1],
             (unsigned)s->states[2], (unsigned)s->states[3], (unsigned)s->states[4],
             (unsigned)s->states[5]);
}

/* Pending, waiting, claimed, sealed, done, failed. */
static bool counts_are(const struct snapshot *s, const void *arg)
{
    char have[64];
    show(s, have);
    return strcmp(have, arg) == 0;
}

static bool has_trouble(const struct snapshot *s, const void *arg)
{
    for (unsigned i = 0; i < s->n_troubles; i++)
        if (strstr(s->troubles[i].what, arg))
            return true;
    return false;
}

static void add_line(struct buf *b, const char *event, const char *outcome, const char *path,
                     const char *id, const char *as, int64_t at)
{
    char when[32];
    clock_show(at, when, sizeof when);
    buf_fmt(b,
            "{\"time\":\"%s\",\"event\":\"%s\",\"path\":\"%s\",\"document\":\"%s\",\"claim\":\"x-"
            "1\",\"attempt\":1,\"history\":[],\"returns_unspent\":0,\"outcome\":\"%s\",\"message\":"
            "\"m\",%s%s%s\"size\":10,\"pages\":4,\"tiers\":{\"text\":3,\"ocr\":1},\"ms\":50}\n",
            when, event, path, id, outcome, *as ? "\"as\":\"" : "", as, *as ? "\"," : "");
}

static void write_journal(struct watcher *w, const struct buf *lines)
{
    struct journal j;
    assert_int_equal(journal_open(&j, &w->box->s, &w->box->l), 0);
    assert_int_equal(journal_append(&j, lines), 0);
    journal_close(&j);
}

/* Some of each state. */
static void fill(struct watcher *w)
{
    struct box *b = w->box;
    struct buf lines = {0};
    int64_t now = lease_server_now(&b->l);
    box_write(b->s.pending, "a.pdf", "a");
    box_write(b->s.pending, "deep/er/b.pdf", "bb");
    box_write(b->s.pending, "deep/c.pdf.part", "not a drop");
    box_write(b->s.retry, "1790000000.text.2c.wwww-1.wwww-2~w.pdf", "w");
    box_write(b->s.retry, "1790000000.ocr.1.wwww-3.wwww-4~folder%2Fx.pdf", "x");
    box_write(b->l.work, "1.wwww-5.wwww-6~y.pdf", "y");
    box_write(b->l.work, "done.1!1.wwww-7.wwww-8~z.pdf", "z");
    box_write(b->l.work, "stray", "?");
    box_write(b->s.done, "old.pdf", "o");
    box_write(b->s.done, "old.txt", "");
    box_write(b->s.done, "old.json", "{}");
    box_write(b->s.done, "new.pdf", "n");
    box_write(b->s.failed, "limit/f.pdf", "f");
    box_write(b->s.failed, "limit/f.json", "{}");
    add_line(&lines, "done", "ok", "new.pdf", "wwww-9", "done/new.pdf", now - 2000);
    buf_str(&lines, "no event at all\n");
    add_line(&lines, "failed", "limit", "f.pdf", "wwww-a", "failed/limit/f.pdf", now - 1000);
    write_journal(w, &lines);
    buf_free(&lines);
}

static bool harmed_is_told(const struct snapshot *s, const void *arg)
{
    (void)arg;
    return s->harmed_lines == 1 && s->backlog_bytes == 0;
}

static void all_that_is_there_is_found(void **state)
{
    struct watcher *w = *state;
    struct doc_row d;
    fill(w);
    int64_t took = until(w, counts_are, "2 2 1 1 2 1");
    printf("scanner: all of a small spool was known after %lld ms\n", (long long)took);
    until(w, harmed_is_told, NULL); /* with a tick, after all that was read */
    const struct snapshot *s = model_hold(w->model);
    assert_true(counts_are(s, "2 2 1 1 2 1"));
    assert_int_equal(s->totals.outcomes[OUTCOME_OK], 1);
    assert_int_equal(s->totals.outcomes[OUTCOME_LIMIT], 1);
    assert_int_equal(s->totals.tiers[PAGES_TEXT], 6);
    assert_int_equal(s->rounds[DOC_PENDING].ignored, 1);
    assert_int_equal(s->rounds[DOC_CLAIMED].strays, 1);
    assert_true(s->rounds[DOC_PENDING].complete && s->rounds[DOC_WAITING].complete);
    assert_true(s->space.bytes > 0);
    assert_true(s->oldest_ms > 0 && s->server_ms >= s->oldest_ms);
    assert_true(search_one(s, "w.pdf", "wwww-1", &d));
    assert_string_equal(d.history, "c");
    assert_int_equal(d.attempt, 2);
    assert_false(d.ocr);
    assert_true(search_one(s, "folder/x.pdf", "wwww-3", &d));
    assert_true(d.ocr);
    assert_true(search_one(s, "y.pdf", "wwww-5", &d));
    assert_string_equal(s->host_names[d.host], "unit");
    assert_true(search_one(s, "new.pdf", "wwww-9", &d)); /* by its journal: the walk knows it */
    assert_int_equal(d.pages, 4);
    assert_true(search_one(s, "old.pdf", "!d", &d)); /* nobody told of this one */
    assert_int_equal(d.outcome, OUTCOME_COUNT);
    assert_true(search_one(s, "deep/er/b.pdf", "", &d));
    assert_int_equal(d.size, 2);
    assert_int_equal(s->n_hosts, 1);
    assert_false(s->hosts[0]->silent);
    assert_true(s->hosts[0]->has_beat && !s->hosts[0]->has_status);
    assert_int_equal(s->n_troubles, 0);
    snapshot_drop(s);
}

static bool document_is_done(const struct snapshot *s, const void *arg)
{
    return s->totals.outcomes[OUTCOME_OK] == *(const uint64_t *)arg;
}

static void what_is_new_is_heard_of(void **state)
{
    struct watcher *w = *state;
    struct buf lines = {0};
    uint64_t one = 1, two = 2;
    struct box *b = w->box;
    box_write(b->s.pending, "a.pdf", "a");
    until(w, counts_are, "1 0 0 0 0 0");
    renameat(b->s.pending, "a.pdf", b->l.work, "1.wwww-5.wwww-6~a.pdf");
    until(w, counts_are, "0 0 1 0 0 0");
    add_line(&lines, "done", "ok", "a.pdf", "wwww-5", "done/a.pdf", lease_server_now(&b->l));
    renameat(b->l.work, "1.wwww-5.wwww-6~a.pdf", b->s.done, "a.pdf");
    write_journal(w, &lines);
    until(w, document_is_done, &one);
    until(w, counts_are, "0 0 0 0 1 0");
    buf_clear(&lines);
    add_line(&lines, "done", "ok", "b.pdf", "wwww-7", "done/b.pdf", lease_server_now(&b->l));
    box_write(b->s.done, "b.pdf", "b");
    some(w);
    write_journal(w, &lines);
    int64_t took = until(w, document_is_done, &two);
    printf("scanner: a line of a journal was known after %lld ms\n", (long long)took);
    assert_int_equal(control_give(&b->s, "pause"), 0);
    assert_int_equal(control_give(&b->s, "drain.unit"), 0);
    for (int i = 0; i < 200; i++) {
        some(w);
        const struct snapshot *s = model_hold(w->model);
        bool heard = s->pause && strcmp(s->drains, "unit\n") == 0;
        snapshot_drop(s);
        if (heard)
            break;
        assert_true(i < 199);
    }
    buf_free(&lines);
}

static bool host_says(const struct snapshot *s, const void *arg)
{
    (void)arg;
    return s->n_hosts == 1 && s->hosts[0]->has_status && s->hosts[0]->status->done == 7 &&
           strcmp(s->hosts[0]->status->slots[0].path, "a\n.pdf") == 0 && s->hosts[0]->in_work == 1;
}

static bool host_is_silent(const struct snapshot *s, const void *arg)
{
    (void)arg;
    return s->n_hosts == 1 && s->hosts[0]->silent && s->hosts[0]->age_ms > 100000;
}

/* It is remembered, silent as it was; what it had in hand is not. */
static bool host_is_gone(const struct snapshot *s, const void *arg)
{
    (void)arg;
    return s->n_hosts == 1 && s->hosts[0]->gone && !s->hosts[0]->stopped &&
           s->hosts[0]->status->done == 7 && s->hosts[0]->status->shown_slots == 0;
}

static void hosts_come_fall_silent_and_go(void **state)
{
    struct watcher *w = *state;
    struct box *b = w->box;
    struct buf json = {0};
    struct timespec old[2] = {{.tv_sec = time(NULL) - 120}, {.tv_sec = time(NULL) - 120}};
    struct host_status *h = calloc(1, sizeof *h);
    snprintf(h->host, sizeof h->host, "unit");
    snprintf(h->lease, sizeof h->lease, "%s", b->l.name);
    h->done = 7;
    h->n_slots = h->shown_slots = 1;
    snprintf(h->slots[0].path, sizeof h->slots[0].path, "a\n.pdf");
    hoststatus_write(h, &json);
    box_write(b->l.work, "1.wwww-5.wwww-6~y.pdf", "y");
    box_write(b->l.dir, "status.json", json.data);
    until(w, host_says, NULL);
    box_write(b->l.dir, "status.json", "{\"host\":"); /* not read: what was known stays */
    assert_int_equal(utimensat(b->l.dir, "beat", old, 0), 0);
    until(w, host_is_silent, NULL);
    const struct snapshot *s = model_hold(w->model);
    assert_true(host_says(s, NULL));
    snapshot_drop(s);
    box_empty(dup(b->l.dir));
    assert_int_equal(unlinkat(b->s.claimed, "unit", AT_REMOVEDIR), -1);
    int host = openat(b->s.claimed, "unit", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(unlinkat(host, b->l.name, AT_REMOVEDIR), 0);
    close(host);
    until(w, host_is_gone, NULL); /* kept for a day */
    buf_free(&json);
    free(h);
}

static bool younger_than(const struct snapshot *s, const void *arg)
{
    int64_t age = snapshot_age_ms(s, clock_boot_ms());
    return age >= 0 && age < *(const int64_t *)arg;
}

/* As in a call to a server that does not answer. */
static void a_scanner_that_stands_still_is_seen_by_its_age(void **state)
{
    struct watcher *w = *state;
    int64_t second = 1800;
    fill(w);
    until(w, counts_are, "2 2 1 1 2 1");
    until(w, younger_than, &second);
    assert_int_equal(kill(w->link.pid, SIGSTOP), 0);
    int64_t began = clock_boot_ms(), age = 0;
    while (age < 2200 && clock_boot_ms() - began < PATIENCE_MS) {
        some(w);
        const struct snapshot *s = model_hold(w->model);
        age = snapshot_age_ms(s, clock_boot_ms());
        assert_true(counts_are(s, "2 2 1 1 2 1")); /* the page stays */
        snapshot_drop(s);
    }
    assert_true(age >= 2200);
    assert_int_equal(kill(w->link.pid, SIGCONT), 0);
    until(w, younger_than, &second);
    assert_int_equal(w->link.starts, 1);
    /* For too long: it is ended, and another one takes over, which counts nothing twice. */
    pid_t first = w->link.pid;
    w->link.hang_ms = 2000;
    assert_int_equal(kill(first, SIGSTOP), 0);
    while (w->link.starts < 2 && clock_boot_ms() - began < 3 * PATIENCE_MS)
        some(w);
    assert_int_equal(w->link.starts, 2);
    assert_int_equal(kill(first, 0), -1); /* never two of them */
    w->link.hang_ms = 0;
    until(w, younger_than, &second);
    until(w, counts_are, "2 2 1 1 2 1");
    const struct snapshot *s = model_hold(w->model);
    assert_int_equal(s->totals.outcomes[OUTCOME_OK], 1);
    assert_int_equal(s->totals.pages, 8);
    snapshot_drop(s);
}

static int nonsense(void *arg, int out, int stop)
{
    (void)arg;
    (void)stop;
    ssize_t n = write(out, "\xff\xff\xff\xff\xff\xff", 6);
    clock_sleep_ms(n == 6 ? 60000 : 0);
    return 0;
}

static void one_that_talks_nonsense_is_ended(void **state)
{
    struct watcher *w = *state;
    w->link.run = nonsense;
    for (int64_t began = clock_boot_ms();
         w->link.broken < 1 && clock_boot_ms() - began < PATIENCE_MS;)
        some(w);
    assert_int_equal(w->link.broken, 1);
    w->link.run = run;
    fill(w);
    until(w, counts_are, "2 2 1 1 2 1");
    assert_int_equal(w->link.starts, 2);
}

/* Without descriptors there is none: it is tried less and less often, and each time is a line in the
 * log. */
static void one_that_cannot_be_had_is_not_asked_for_again_and_again(void **state)
{
    struct watcher *w = *state;
    struct rlimit was, none;
    unsigned tries = 0;
    int64_t now = clock_boot_ms(), last = 0, end = now + 60000;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = STDERR_FILENO + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (; now < end; now += 10) {
        link_step(&w->link, now);
        tries += w->link.next_start != last;
        last = w->link.next_start;
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(w->link.pid, 0);
    assert_in_range(tries, 5, 7); /* 1, 2, 4, 8, 16, 30 s after each other */
    link_step(&w->link, now + 30000);
    assert_int_not_equal(w->link.pid, 0);
}

enum { JOURNALS = 20, EACH = 5000 };

/* Twenty journals of dead leases, of 5,000 events each, all over the same time; one event each 10
 * ms. */
static void write_journals(struct watcher *w)
{
    char name[96], id[24], path[32], as[40];
    int64_t now = lease_server_now(&w->box->l);
    for (int j = 0; j < JOURNALS; j++) {
        struct buf lines = {0};
        for (int i = 0; i < EACH; i++) {
            int k = i * JOURNALS + (j * 7 + 3) % JOURNALS;
            snprintf(id, sizeof id, "wwww-%x", k);
            snprintf(path, sizeof path, "%d/%d.pdf", k % 100, k);
            snprintf(as, sizeof as, "done/%s", path);
            add_line(&lines, "done", "ok", path, id, as, now - 10 * (JOURNALS * EACH - k));
        }
        snprintf(name, sizeof name, "old%d/dead%d.jsonl", j % 4, j);
        box_write(w->box->s.journal, name, lines.data);
        buf_free(&lines);
    }
}

/* The latest time among the events of these facts, and how many they are. */
static unsigned events_of(const struct buf *b, int64_t *latest)
{
    struct fact f;
    size_t used;
    unsigned n = 0;
    *latest = 0;
    for (size_t at = 0; at < b->len; at += used) {
        assert_int_equal(fact_decode((const uint8_t *)b->data + at, b->len - at, &f, &used),
                         FACT_WHOLE);
        if (f.type == FACT_EVENT && f.event.time_ms > *latest)
            *latest = f.event.time_ms;
        n += f.type == FACT_EVENT;
    }
    return n;
}

/* Each block is younger than what is left of all journals but for the gap between two events. */
static void a_backlog_is_read_newest_first(void **state)
{
    struct watcher *w = *state;
    int64_t latest, last = INT64_MAX, newest = 0;
    unsigned n, blocks = 0, events = 0;
    bool more = true;
    write_journals(w);
    struct out out = {.fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600)};
    assert_true(out.fd >= 0);
    struct tails *t = tails_new(&w->box->s, &out);
    tails_list(t);
    assert_true(tails_backlog_bytes(t) > 0);
    while (more) {
        struct buf told = {0};
        more = tails_backlog(t);
        out_flush(&out);
        off_t size = lseek(out.fd, 0, SEEK_CUR);
        assert_true(buf_room(&told, (size_t)size + 1));
        assert_int_equal(pread(out.fd, told.data, (size_t)size, 0), size);
        told.len = (size_t)size;
        n = events_of(&told, &latest);
        lseek(out.fd, 0, SEEK_SET);
        buf_free(&told);
        if (n == 0)
            continue;
        events += n;
        newest = latest > newest ? latest : newest;
        if (blocks++ >= JOURNALS) { /* before, it goes by the times of the files */
            assert_true(latest - 10 * 2 * JOURNALS <= last);
            last = latest;
        }
    }
    assert_int_equal(events, JOURNALS * EACH);
    assert_true(blocks > 2 * JOURNALS);
    assert_int_equal(tails_backlog_bytes(t), 0);
    tails_free(t);
    buf_free(&out.bytes);
    close(out.fd);
}

static bool newest_is_there(const struct snapshot *s, const void *arg)
{
    const struct said *r = s->recent.n ? recent_at(&s->recent, 0) : NULL;
    return r && strcmp(r->document, arg) == 0;
}

static void a_backlog_comes_whole_and_once(void **state)
{
    struct watcher *w = *state;
    char id[24];
    uint64_t all = JOURNALS * EACH;
    write_journals(w);
    snprintf(id, sizeof id, "wwww-%x", JOURNALS * EACH - 1);
    int64_t took = until(w, newest_is_there, id);
    int64_t rest = until(w, document_is_done, &all);
    printf("scanner: of %llu events in journals the newest was known after %lld ms, all after %lld "
           "ms\n",
           (unsigned long long)all, (long long)took, (long long)(took + rest));
}

static void what_cannot_be_read_is_told(void **state)
{
    struct watcher *w = *state;
    assert_int_equal(renameat(w->box->s.root, "journal", w->box->s.root, "away"), 0);
    box_empty(dup(w->box->s.journal));
    assert_int_equal(unlinkat(w->box->s.root, "away", AT_REMOVEDIR), 0);
    until(w, has_trouble, "journal/");
    assert_int_equal(mkdirat(w->box->s.root, "journal", 0775), 0);
}

int main(void)
{
#define WATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WATCH_TEST(all_that_is_there_is_found),
        WATCH_TEST(what_is_new_is_heard_of),
        WATCH_TEST(hosts_come_fall_silent_and_go),
        WATCH_TEST(a_scanner_that_stands_still_is_seen_by_its_age),
        WATCH_TEST(one_that_talks_nonsense_is_ended),
        WATCH_TEST(one_that_cannot_be_had_is_not_asked_for_again_and_again),
        WATCH_TEST(a_backlog_is_read_newest_first),
        WATCH_TEST(a_backlog_comes_whole_and_once),
        WATCH_TEST(what_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests_name("scanner", tests, NULL, NULL);
}
