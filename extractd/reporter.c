/* reporter: writes status.json and the journal, lists control/, and reads what the journals of all
 * hosts say of finished documents, each at its own pace. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/log.h"
#include "extractd/extractd.h"
#include "extractd/hostload.h"
#include "extractd/parser/languages.h"
#include "extractd/roster.h"
#include "extractd/slotlook.h"
#include "spool/hoststatus.h"
#include "spool/journal.h"
#include "spool/journaltail.h"
#include "spool/look.h"
#include "spool/pathfile.h"

enum {
    CONTROL_MS = 1000, /* a command is effective within two seconds: WAIT_MS and the claimer's pace
                          come on top of it */
    CONTROL_LIST_MS = 15000,
    CONTROL_FRESH_MS =
        2500, /* a folder that changed less than so long ago is listed at each look */
    STATUS_BUSY_MS = 2000,
    STATUS_IDLE_MS = 20000,
    RESET_MS = 3000, /* so long a reset lies there, for each extractd of this host to see */
    LINE_MS = 100,   /* of time that each line appended uses up, one of them ahead, ... */
    GATHER_MS = 400, /* but no append waits longer */
    WAIT_MS = 200,
    LANGUAGES_MS = 600000, /* how often the folder of models is listed */
    JOURNAL_BLOCK = 65536
};

struct reporter {
    struct extractd *x;
    struct lease lease;
    struct journal journal;
    struct journaltail *tail;
    struct roster *roster;
    struct buf lines, json;
    struct host_status status;
    struct hostload load;
    struct slotlook slots;
    char languages[STATUS_LANGUAGES];
    int64_t next_languages;
    int64_t started, next_control, next_status, next_append; /* boot clock */
    int64_t control_mtime, control_ctime, control_listed, control_moved;
    struct control control; /* as it was read last */
    int64_t reset_seen;     /* boot clock; 0: there is none */
    uint64_t last_seen;
};

static void fill_slot(struct reporter *r, unsigned i, struct slot_status *out)
{
    struct slot_board *b = &r->x->board->slots[i];
    const struct wire_status *w = r->x->status[i];
    int stage = atomic_load(&b->stage), hand = atomic_load(&b->hand);
    memset(out, 0, sizeof *out);
    snprintf(out->stage, sizeof out->stage, "%s", extractd_stage(r->x, i));
    if (hand < 0 || hand >= BOARD_HANDS)
        return;
    const struct token *t = &r->x->board->hands[hand].claimed.token;
    if (pathfile_path(&r->x->spool, t, out->path) != 0)
        snprintf(out->path, sizeof out->path, "%s", t->encoded);
    snprintf(out->document, sizeof out->document, "%s", t->document);
    snprintf(out->need, sizeof out->need, "%s",
             strcmp(r->x->board->hands[hand].claimed.need, NEED_OCR) == 0 ? NEED_OCR : NEED_TEXT);
    out->size = r->x->board->hands[hand].claimed.size;
    out->attempt = t->attempt;
    out->running_ms = clock_boot_ms() - atomic_load(&b->taken_at);
    if (stage == SLOT_PARSE) { /* the parser's own words: clamp */
        uint32_t page = atomic_load(&w->page), pages = atomic_load(&w->pages);
        out->pages = pages < 1000000 ? pages : 0;
        out->page = page <= out->pages ? page : out->pages;
    }
}

static void fill_state(struct reporter *r)
{
    struct board *b = r->x->board;
    struct host_status *h = &r->status;
    bool sick = atomic_load(&b->breaker) != BREAKER_CLOSED;
    const char *state = atomic_load(&b->stopping)   ? "stopping"
                        : sick                      ? "sick"
                        : atomic_load(&b->draining) ? "draining"
                        : atomic_load(&b->paused)   ? "paused"
                                                    : "running";
    snprintf(h->state, sizeof h->state, "%s", state);
    snprintf(h->reason, sizeof h->reason, "%s", sick ? b->reason : "");
    if (strcmp(state, "paused") == 0)
        snprintf(h->reason, sizeof h->reason,
                 r->control.pause ? "by control/" CTL_PAUSE : "by control/" CTL_PAUSE_HOST "%s",
                 h->host);
}

/* The models that are installed on this machine, as far as they find room. */
static void list_languages(char out[STATUS_LANGUAGES])
{
    static struct languages installed; /* large */
    const char *folder = languages_folder();
    size_t used = 0, n;
    if (!folder || languages_installed(folder, &installed) != 0)
        installed.count = 0;
    for (size_t i = 0; i < installed.count; i++, used += n + 1) {
        n = strlen(installed.names[i]);
        if (used + n + 2 > STATUS_LANGUAGES)
            break;
        memcpy(out + used, installed.names[i], n);
        out[used + n] = ' ';
    }
    out[used] = 0;
}

/* What it reads, where OCR is done at all. */
static void fill_languages(struct reporter *r)
{
    const struct settings *c = &r->x->spool.settings;
    bool does = c->ocr_here && settings_ocr_somewhere(c);
    if (clock_boot_ms() >= r->next_languages) {
        r->next_languages = clock_boot_ms() + LANGUAGES_MS;
        list_languages(r->languages);
    }
    r->status.ocr = does && r->languages[0] ? STATUS_OCR_YES : STATUS_OCR_NO;
    if (r->status.ocr == STATUS_OCR_YES)
        memcpy(r->status.languages, r->languages, sizeof r->languages);
}

static void fill(struct reporter *r)
{
    struct board *b = r->x->board;
    struct board_counts *n = &b->counts;
    struct host_status *h = &r->status;
    memset(h, 0, offsetof(struct host_status, slots));
    snprintf(h->host, sizeof h->host, "%s", r->x->spool.host);
    snprintf(h->lease, sizeof h->lease, "%s", r->lease.name);
    snprintf(h->version, sizeof h->version, "%s", PDFSPOOL_VERSION);
    h->protocol = SPOOL_PROTOCOL;
    snprintf(h->sandbox, sizeof h->sandbox, "%s", b->sandbox);
    snprintf(h->wake, sizeof h->wake, "%s", b->wake);
    fill_state(r);
    fill_languages(r);
    h->load = *hostload_look(&r->load, clock_boot_ms());
    h->pid = getppid();
    h->written_ms = lease_server_now(&r->lease);
    h->uptime_ms = clock_boot_ms() - r->started;
    h->cores = b->n_cores;
    h->n_slots = atomic_load(&b->n_begun);
    h->active_slots = atomic_load(&b->n_active);
    snprintf(h->slots_why, sizeof h->slots_why, "%s", r->slots.count.why);
    h->done = atomic_load(&n->done);
    h->failed = atomic_load(&n->failed);
    h->reused = atomic_load(&n->reused);
    h->retried = atomic_load(&n->retried);
    h->unspent = atomic_load(&n->unspent);
    h->pages = atomic_load(&n->pages);
    h->bytes = atomic_load(&n->bytes);
    h->claims_tried = atomic_load(&n->claims_tried);
    h->claims_won = atomic_load(&n->claims_won);
    h->ignored_names = atomic_load(&n->ignored[IGNORED_NAME]);
    h->ignored_links = atomic_load(&n->ignored[IGNORED_LINK]);
    h->ignored_special = atomic_load(&n->ignored[IGNORED_SPECIAL]);
    h->ignored_empty = atomic_load(&n->ignored[IGNORED_EMPTY]);
    h->unsettled = atomic_load(&n->unsettled);
    h->unreadable = atomic_load(&n->unreadable);
    h->parser_kills = atomic_load(&n->parser_kills);
    h->restarts = atomic_load(&n->restarts);
    h->shown_slots = h->n_slots < STATUS_SLOTS ? h->n_slots : STATUS_SLOTS;
    for (unsigned i = 0; i < h->shown_slots; i++)
        fill_slot(r, i, &h->slots[i]);
}

/* Its outcome is of no importance: the next one says the same. */
static void write_status(struct reporter *r)
{
    buf_clear(&r->json);
    hoststatus_write(&r->status, &r->json);
    if (lease_write(&r->lease, LEASE_STATUS, &r->json) != 0)
        log_debug("status.json could not be replaced: %s", strerror(errno));
}

static uint64_t activity(const struct reporter *r)
{
    struct board *b = r->x->board;
    uint64_t sum = atomic_load(&b->counts.claims_tried) + (uint64_t)atomic_load(&b->stopping) +
                   (uint64_t)atomic_load(&b->n_active) + (uint64_t)atomic_load(&b->paused) * 2 +
                   (uint64_t)atomic_load(&b->draining) * 3 +
                   (uint64_t)atomic_load(&b->breaker) * 4 + atomic_load(&b->counts.restarts);
    for (unsigned i = 0; i < b->n_slots; i++)
        sum += atomic_load(&b->slots[i].progress);
    return sum;
}

static void maybe_status(struct reporter *r, bool now)
{
    int64_t t = clock_boot_ms();
    uint64_t seen = activity(r);
    bool busy = seen != r->last_seen;
    if (!now && t < r->next_status &&
        !(busy && t >= r->next_status - STATUS_IDLE_MS + STATUS_BUSY_MS))
        return;
    r->last_seen = seen;
    r->next_status = t + STATUS_IDLE_MS;
    fill(r);
    write_status(r);
}

/* A quiet control/ costs one round trip a look. It is listed when its times have moved, and at each
 * look for a while after that: times move in ticks, of a second or two on some servers, and a second
 * command in the same tick would not show. And now and then all the same. */
static bool control_changed(struct reporter *r)
{
    struct statx st;
    if (look_fd(r->x->spool.control, &st) != 0)
        return false;
    int64_t now = clock_boot_ms(), mtime = look_ms(st.stx_mtime), ctime = look_ms(st.stx_ctime);
    bool moved = mtime != r->control_mtime || ctime != r->control_ctime;
    if (moved)
        r->control_moved = now;
    if (now - r->control_moved > CONTROL_FRESH_MS && now - r->control_listed < CONTROL_LIST_MS)
        return false;
    r->control_mtime = mtime;
    r->control_ctime = ctime;
    r->control_listed = now;
    return true;
}

static void say_lanes(const struct control *last, const struct control *now)
{
    for (unsigned i = 0; i < now->lanes; i++)
        if (!control_lane_paused(last, now->lane[i]))
            log_info("lane %s paused by control/" CTL_PAUSE_LANE "%s", now->lane[i], now->lane[i]);
    for (unsigned i = 0; i < last->lanes; i++)
        if (!control_lane_paused(now, last->lane[i]))
            log_info("lane %s resumed", last->lane[i]);
}

static void say_changes(const struct reporter *r, const struct control *now)
{
    const struct control *last = &r->control;
    const char *host = r->x->spool.host;
    if (now->pause != last->pause)
        log_info(now->pause ? "paused by control/" CTL_PAUSE : "resumed");
    if (now->host_paused != last->host_paused)
        log_info(now->host_paused ? "this host is paused by control/" CTL_PAUSE_HOST "%s"
                                  : "this host is resumed (%s)",
                 host);
    if (now->drain != last->drain)
        log_info(now->drain ? "draining by control/" CTL_DRAIN "%s" : "no longer draining (%s)",
                 host);
    say_lanes(last, now);
}

/* Is there another program? The supervisor does the rest. */
static void maybe_upgrade(struct reporter *r)
{
    struct extractd *x = r->x;
    if (x->once || x->spool.settings.upgrade == UPGRADE_NO || atomic_load(&x->board->replaced) ||
        !upgrade_step(&x->upgrade, clock_boot_ms()))
        return;
    log_info("replaced by %s: finishing what is in hand, then that goes on", x->upgrade.ask.text);
    atomic_store(&x->board->replaced, true);
}

/* A reset is done once, by each extractd of this host, and then taken back. */
static void maybe_reset(struct reporter *r)
{
    int64_t now = clock_boot_ms();
    char command[HOST_CAP + sizeof CTL_RESET];
    if (!r->control.reset) {
        r->reset_seen = 0;
    } else if (r->reset_seen == 0) {
        r->reset_seen = now;
        atomic_store(&r->x->board->reset_asked, true);
    } else if (now - r->reset_seen >= RESET_MS) {
        snprintf(command, sizeof command, CTL_RESET "%s", r->x->spool.host);
        if (control_take_back(&r->x->spool, command) == 0)
            r->control.reset = false;
        else
            log_warn("control/%s could not be taken back: %s", command, strerror(errno));
    }
}

static void read_control(struct reporter *r)
{
    struct control c;
    if (!control_changed(r))
        return;
    if (control_read(&r->x->spool, &c) != 0) {
        r->control_mtime = r->control_ctime = 0; /* not seen yet: read at the next look */
        return;
    }
    say_changes(r, &c);
    board_control_set(r->x->board, &c);
    r->control = c;
    board_control_cancel(r->x->board, &c);
}

static void maybe_control(struct reporter *r)
{
    if (clock_boot_ms() < r->next_control)
        return;
    r->next_control = clock_boot_ms() + CONTROL_MS;
    read_control(r);
    maybe_reset(r);
}

/* Lines that have been said, until it is time to append them, or there are no more to come (an empty
 * message: the supervisor's). The number of them. */
static unsigned take_lines(struct reporter *r, int64_t wait)
{
    struct pollfd p = {.fd = r->x->event_out, .events = POLLIN};
    static char line[EVENT_MAX];
    unsigned lines = 0;
    while (r->lines.len < JOURNAL_BLOCK && poll(&p, 1, (int)wait) > 0) {
        ssize_t n = recv(r->x->event_out, line, sizeof line, MSG_DONTWAIT);
        if (n > 0)
            buf_add(&r->lines, line, (size_t)n);
        lines += n > 0;
        int64_t left = r->next_append - clock_boot_ms();
        bool at_once = lines == 0 || n == 0 || wait == 0 || left < 0;
        wait = at_once ? 0 : left < GATHER_MS ? left : GATHER_MS;
    }
    return lines;
}

/* Append what has been said in one write: pages show it, so at once, while less than ten lines a
 * second come. When more do, the next append waits for a time that grows with how many were in the
 * last, so that a host in a hurry appends two to three times a second, whatever it does. */
static void journal_some(struct reporter *r, int64_t wait)
{
    unsigned lines = take_lines(r, wait);
    if (r->lines.len == 0)
        return;
    int64_t now = clock_boot_ms(), from = r->next_append + LINE_MS;
    r->next_append = (from > now ? from : now) + ((int64_t)lines - 1) * LINE_MS;
    if (r->next_append > now + GATHER_MS)
        r->next_append = now + GATHER_MS;
    if (r->journal.fd < 0 && journal_open(&r->journal, &r->x->spool, &r->lease) != 0)
        log_warn("the journal cannot be opened: %s", strerror(errno));
    else if (journal_append(&r->journal, &r->lines) != 0)
        log_warn("the journal cannot be written: %s", strerror(errno));
    else if (settings_reuse_somewhere(&r->x->spool.settings))
        journaltail_own(r->tail, &r->lines, r->journal.end);
    buf_clear(&r->lines);
}

int reporter_main(struct extractd *x)
{
    struct reporter *r = calloc(1, sizeof *r);
    if (!r || extractd_lease(x, &r->lease) != 0 ||
        !(r->tail = journaltail_new(&x->spool, &r->lease, x->finished)) ||
        !(r->roster = roster_new()))
        return 1;
    r->x = x;
    r->journal.fd = -1;
    r->started = clock_boot_ms();
    hostload_begin(&r->load, "", getppid());
    if (atomic_load(&x->board->control_generation) & 1)
        atomic_fetch_add(&x->board->control_generation, 1); /* a predecessor died in the middle */
    maybe_control(r);
    maybe_status(r, true);
    while (!atomic_load(&x->board->stopping)) {
        extractd_settings(x);
        journal_some(r, WAIT_MS);
        maybe_control(r);
        maybe_upgrade(r);
        slotlook_step(&r->slots, x, &r->lease, &r->load);
        maybe_status(r, false);
        roster_turn(r->roster, x, &r->lease);
        if (settings_reuse_somewhere(&x->spool.settings))
            journaltail_step(r->tail, clock_boot_ms());
    }
    maybe_status(r, true);
    /* The slots finish what they have in hand, and have things to say until then: the supervisor
     * ends us last. */
    while (board_hands_used(x->board) > 0)
        journal_some(r, WAIT_MS);
    journal_some(r, 0);
    journal_close(&r->journal);
    journaltail_free(r->tail);
    roster_free(r->roster);
    buf_free(&r->lines);
    buf_free(&r->json);
    free(r);
    return 0;
}
