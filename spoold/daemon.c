#include "spoold/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/notify.h"
#include "spool/spool.h"
#include "spoold/alert/teller.h"
#include "spoold/api/actor.h"
#include "spoold/api/api.h"
#include "spoold/api/news.h"
#include "spoold/hand/hands.h"
#include "spoold/http/assets.h"
#include "spoold/http/hostcheck.h"
#include "spoold/http/listener.h"
#include "spoold/http/secret.h"
#include "spoold/local/keepfile.h"
#include "spoold/oneline.h"
#include "spoold/scan/link.h"
#include "spoold/scan_process.h"

enum {
    CONNECTIONS = 256, /* at most; of these, */
    STREAMS = 100,     /* streams of events, as docs/openapi.yaml says */
    NEWS_MS = 10,      /* shortest time between two snapshots where a journal has told something, */
    WALK_MS = 250,     /* where something else has changed, */
    TICK_MS = 1000,    /* and where nothing has */
    KEEP_MS = 60000,   /* how often what outlives a restart is written */
    KEEP_MOST = 64 << 20, /* bytes of it */
    SPARE = 32 << 20,     /* free memory that is given back then */
};

struct daemon {
    struct spool spool; /* closed after the start: settings, path and host stay */
    struct api api;
    struct news news;
    struct link link;
    struct scan_process scan;
    char parser[BESIDE_CAP];
    struct listener listener;
    struct secret secret;
    struct assets *assets;
    struct hostcheck *hosts;
    struct notify manager;
    int signals;
    bool stop;
    int64_t told_ms, kept_ms, lined_ms;
};

static int fail(int code, const char *what, const char *why)
{
    fprintf(stderr, "spoold: %s: %s\n", what, why);
    return code;
}

/* ---- the start ---- */

/* The token's file is made where there is none: else nobody could ever do anything. */
static int load_secret(struct daemon *d, const char *file)
{
    const char *why = secret_load(&d->secret, file);
    if (why && errno == ENOENT) {
        if (secret_make(file) != 0)
            return fail(78, file, strerror(errno));
        log_info("a new token is in %s", file);
        why = secret_load(&d->secret, file);
    }
    return why ? fail(78, file, why) : 0;
}

/* What is wrong with the address, and what the machine says of it where it does not go without
 * saying. A taken one may be free the next time: that is not the configuration's fault. */
static int fail_listener(const char *where, const char *why)
{
    int error = errno;
    char text[256];
    if (error == EADDRINUSE)
        return fail(71, where, why);
    snprintf(text, sizeof text, "%s (%s)", why, strerror(error));
    return fail(78, where, error == EINVAL || error == EPERM ? why : text);
}

static int open_listener(struct daemon *d, const char *where)
{
    const struct settings *s = &d->spool.settings;
    const char *why = NULL;
    bool may_be_public = d->secret.hash[0] || s->allow_insecure;
    int given = listener_inherit(&d->listener, may_be_public, &why);
    if (given == 0)
        why = listener_open(&d->listener, where, may_be_public);
    return why ? fail_listener(given < 0 ? "the socket that was passed" : where, why) : 0;
}

static int load_hosts(struct daemon *d)
{
    const char *allowed = d->spool.settings.allowed_hosts;
    char *bad = NULL;
    d->hosts = hostcheck_new(d->spool.host, d->listener.address, *allowed ? allowed : NULL, &bad);
    if (d->hosts)
        return 0;
    int code = fail(78, "[page] allowed_hosts", bad ? bad : strerror(errno));
    free(bad);
    return code;
}

static int load_assets(struct daemon *d, const char *told)
{
    static const char *const places[] = {"www", "../share/pdfspool/www", "../www", NULL};
    char path[BESIDE_CAP];
    const char *www = told ? told : beside_find(places, R_OK | X_OK, path);
    if (!www)
        return fail(71, "the page's files were not found beside this program", "say --www DIR");
    d->assets = assets_load(www);
    d->api.assets = d->assets;
    return d->assets ? 0 : fail(71, www, strerror(errno));
}

/* Else the next writing would replace it: somebody may be able to read it yet. */
static void put_aside(const char *file, int error)
{
    char aside[sizeof((struct settings *)0)->keep_file + sizeof ".bad"];
    snprintf(aside, sizeof aside, "%s.bad", file);
    log_warn("%s cannot be read: %s; it is put aside as %s, and the history begins anew", file,
             strerror(error), aside);
    if (rename(file, aside) != 0)
        log_warn("%s cannot be put aside: %s", file, strerror(errno));
}

static void restore(struct daemon *d)
{
    const char *file = d->spool.settings.keep_file;
    struct buf text = {0};
    if (*file && keepfile_read(file, &text, KEEP_MOST) == 0) {
        unsigned strange = model_restore(d->api.model, text.data ? text.data : "", text.len);
        if (strange)
            log_warn("%s: %u lines are none of ours, and were passed over", file, strange);
    } else if (*file && errno != ENOENT) {
        put_aside(file, errno);
    }
    buf_free(&text);
}

static void keep(struct daemon *d)
{
    const char *file = d->spool.settings.keep_file;
    struct buf text = {0};
    d->kept_ms = clock_boot_ms();
    heap_give_back(SPARE); /* a change all over the catalog has had each leaf twice */
    if (!*file)
        return;
    model_keep(d->api.model, &text);
    if (!buf_ok(&text) || keepfile_write(file, &text) != 0)
        log_warn("%s cannot be written: %s", file, buf_ok(&text) ? strerror(errno) : "no memory");
    buf_free(&text);
}

static void desk_answered(void *server, uint64_t ticket, struct answer *a)
{
    server_complete(server, ticket, a);
}

static void room(void *api, uint64_t ticket)
{
    server_room(((struct api *)api)->server, ticket);
}

static int start_server(struct daemon *d)
{
    const struct settings *s = &d->spool.settings;
    bool token = d->secret.hash[0];
    struct server_options o = {.routes = api_routes,
                               .route_count = api_route_count,
                               .arg = &d->api,
                               .greet = api_greet,
                               .topics = "overview,host,documents,journal,action",
                               .assets = d->assets,
                               .hosts = d->hosts,
                               .secret = token ? &d->secret : NULL,
                               .connections = CONNECTIONS,
                               .event_clients = STREAMS,
                               .token_to_read = token && !d->listener.local,
                               .read_only = s->read_only,
                               .upload_max = s->read_only ? 0 : s->upload_max};
    struct server *server = server_new(&o);
    if (!server)
        return fail(71, "the server", "no memory");
    d->api.server = server;
    const struct hands_calls calls = {api_answered, room, &d->api};
    d->api.hands = hands_new(d->spool.path, d->api.config, &calls);
    d->api.desk = desk_new(desk_answered, server);
    d->api.actors = actors_new(&d->api);
    if (!d->api.hands || !d->api.desk || !d->api.actors)
        return fail(71, "this machine", strerror(errno));
    /* From here on handlers are called: what they are answered from must be there. */
    news_make(&d->news, &d->api, false, 0);
    if (server_start(server, &d->listener) != 0)
        return fail(71, d->listener.name, strerror(errno));
    log_info("serving on %s", d->listener.name);
    return 0;
}

/* Signals come by a descriptor, to this thread alone. */
static int catch_signals(struct daemon *d)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -1;
    d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return d->signals < 0 ? -1 : 0;
}

/* Who is told of alerts, if anybody. */
static int open_teller(struct daemon *d)
{
    char why[600];
    const struct teller_options o = {.settings = &d->spool.settings,
                                     .spool = d->spool.path,
                                     .model = d->api.model,
                                     .board = &d->api.board,
                                     .alerts = &d->news.alerts};
    if (!teller_needed(o.settings))
        return 0;
    d->api.teller = teller_open(&o, why, sizeof why);
    return d->api.teller ? 0 : fail(78, "[alerts]", why);
}

static int open_all(struct daemon *d, const struct daemon_options *o)
{
    char err[512];
    int code;
    const struct settings *s = &d->spool.settings;
    if (spool_open(&d->spool, o->spool, NULL, o->config, settings_report_stderr, err, sizeof err,
                   &code) != 0)
        return fail(code, o->spool, err);
    spool_close(&d->spool);
    log_bind_host(d->spool.host);
    if (log_setup((enum log_format)s->log_format, (enum log_level)s->log_level, s->log_file) != 0)
        return fail(78, s->log_file, strerror(errno));
    d->api.model = model_new();
    if (!d->api.model || catch_signals(d) != 0)
        return fail(71, "this machine", strerror(errno));
    d->api.settings = s;
    d->api.spool = d->spool.path;
    d->api.config = o->config;
    d->api.parser = o->parser ? o->parser : beside_parser(d->parser);
    if (!d->api.parser || access(d->api.parser, X_OK) != 0)
        log_warn(
            "pdfspool-parser was not found beside this program: there are no pictures of pages; "
            "--parser says where it is");
    d->api.read_only = s->read_only;
    d->api.began_ms = clock_wall_ms();
    d->scan = (struct scan_process){d->spool.path, o->config};
    d->link = (struct link){.model = d->api.model, .run = scan_process_become, .arg = &d->scan};
    restore(d);
    if ((*s->token_file && (code = load_secret(d, s->token_file)) != 0) ||
        (code = open_listener(d, o->listen ? o->listen : s->listen)) != 0 ||
        (code = load_hosts(d)) != 0 || (code = load_assets(d, o->www)) != 0)
        return code;
    if (model_publish(d->api.model, clock_boot_ms()) != 0)
        return fail(71, "this machine", "no memory");
    if ((code = open_teller(d)) != 0)
        return code;
    return start_server(d);
}

/* ---- the loop ---- */

static void ready(struct daemon *d)
{
    if (notify_ready(&d->manager) != 0)
        log_warn("the service manager does not hear that spoold is ready: %s", strerror(errno));
}

static void reload(struct daemon *d)
{
    notify_reloading(&d->manager);
    if (log_reopen() != 0)
        log_warn("the log file cannot be opened anew: %s", strerror(errno));
    ready(d);
}

static void take_signals(struct daemon *d)
{
    struct signalfd_siginfo info;
    while (read(d->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            d->stop = true;
        else
            reload(d);
    }
}

/* What a journal has told is told on as soon as events may go out (a snapshot made sooner would only
 * be older then); for what the walk has found they are not used up. How long until the next may be
 * due. */
static int64_t tell(struct daemon *d, int64_t now)
{
    const struct model *m = d->api.model;
    int64_t quiet = now - d->told_ms, gap = server_gap(d->api.server);
    int64_t wait = (model_told(m) ? NEWS_MS : model_changed(m) ? WALK_MS : TICK_MS) - quiet;
    if (wait > 0 || gap > 0)
        return wait > gap ? wait : gap;
    d->told_ms = now;
    if (model_publish(d->api.model, now) != 0)
        log_warn("no memory for a snapshot: the page shows the last one");
    news_make(&d->news, &d->api, d->link.pid != 0, d->link.starts);
    return TICK_MS;
}

/* How long until the manager's next is due. This loop never touches the share: where the watchdog
 * starves, it is we who hang, and a start anew helps. A share that does not answer is told as a
 * status. */
static int64_t tell_manager(struct daemon *d, int64_t now)
{
    char line[ONELINE_CAP];
    if (now - d->lined_ms >= TICK_MS) {
        oneline_show(d->api.model, line, sizeof line);
        notify_status(&d->manager, line);
        d->lined_ms = now;
    }
    return notify_feed(&d->manager, now);
}

static void turn(struct daemon *d)
{
    int64_t now = clock_boot_ms();
    bool more = link_step(&d->link, now);
    news_forget(&d->news, &d->api);
    int64_t wait = tell(d, now), due = tell_manager(d, now);
    if (now - d->kept_ms >= KEEP_MS)
        keep(d);
    struct pollfd fds[2] = {{d->signals, POLLIN, 0}, {link_fd(&d->link), POLLIN, 0}};
    if (poll(fds, 2, more ? 0 : (int)(wait < due ? wait : due)) < 0 && errno != EINTR)
        log_warn("poll: %s", strerror(errno));
    take_signals(d);
}

static void close_all(struct daemon *d, bool served)
{
    struct server *server = d->api.server;
    if (!link_end(&d->link))
        log_warn("the scanner hangs on the share; it ends when that answers");
    actors_stop(d->api.actors);
    hands_stop(d->api.hands);
    if (d->api.desk)
        desk_stop(d->api.desk);
    server_stop(server, SERVER_GRACE_MS);
    teller_close(d->api.teller);
    d->api.server = NULL;
    desk_free(d->api.desk);
    listener_close(&d->listener);
    /* What has not served knows less than the file, which may be another spoold's that runs. */
    if (served)
        keep(d);
    news_free(&d->news);
    assets_free(d->assets);
    hostcheck_free(d->hosts);
    board_free(&d->api.board);
    moved_free(&d->api.moved);
    acts_free(&d->api.acts);
    model_free(d->api.model);
    if (d->signals >= 0)
        close(d->signals);
}

int daemon_run(const struct daemon_options *o)
{
    static struct daemon d = {.listener.fd = -1, .signals = -1};
    log_bind_role("spoold");
    if (notify_open(&d.manager) != 0)
        log_warn("NOTIFY_SOCKET names nothing that can be reached: %s", strerror(errno));
    board_init(&d.api.board);
    acts_init(&d.api.acts);
    moved_init(&d.api.moved);
    int code = open_all(&d, o);
    d.kept_ms = clock_boot_ms();
    if (code == 0)
        ready(&d);
    while (code == 0 && !d.stop)
        turn(&d);
    if (code == 0)
        log_info("stopping");
    notify_stopping(&d.manager);
    close_all(&d, code == 0);
    notify_close(&d.manager);
    return code;
}
