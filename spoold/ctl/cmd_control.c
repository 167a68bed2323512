/* spoolctl cancel, pause, resume, drain: commands to the cluster, as files in control/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/control.h"
#include "spool/look.h"
#include "spoold/ctl/choosing.h"
#include "spoold/ctl/ctl.h"

/* Give or take back a command and say so. */
static int command(struct ctl *c, const char *name, bool give, const char *said)
{
    if ((give ? control_give(&c->spool, name) : control_take_back(&c->spool, name)) != 0)
        return ctl_fail(ctl_code_of(errno), "control/%s: %s", name, strerror(errno));
    ctl_say("%s", said);
    return CTL_OK;
}

/* What pause and resume are about. */
struct target {
    const char *lane, *host;   /* NULL: not this */
    char name[HOST_CAP + 32];  /* of the file in control/ */
    char shown[HOST_CAP + 32]; /* "lane bulk"; "" the whole cluster */
};

/* CTL_OK with the spool open; else an exit code, or -1: help was given, and that was all. */
static int read_target(struct ctl *c, int argc, char **argv, struct target *t)
{
    static const struct option options[] = {{"lane", required_argument, NULL, 'l'},
                                            {"host", required_argument, NULL, 'o'},
                                            {NULL, 0, NULL, 0}};
    int code, got;
    *t = (struct target){.name = CTL_PAUSE};
    while ((got = ctl_getopt(c, argc, argv, options, &code)) == 'l' || got == 'o')
        *(got == 'l' ? &t->lane : &t->host) = optarg;
    if (got == CTL_STOP)
        return code == CTL_OK ? -1 : code;
    if (optind < argc)
        return ctl_misused(c, "%s takes no argument, but --lane or --host", c->command->name);
    if (t->lane && t->host)
        return ctl_misused(c, "one thing at a time: --lane or --host");
    if (t->lane && !control_lane_ok(t->lane))
        return ctl_misused(c, "%s is no lane's name: 1 to %d of a-z, 0-9, '-' and '_'",
                           ctl_shown(t->lane), CONTROL_LANE_CAP - 1);
    if (t->host && !spool_host_ok(t->host))
        return ctl_misused(c, "%s is no host's name as in claimed/", ctl_shown(t->host));
    if (t->lane || t->host) {
        snprintf(t->name, sizeof t->name, "%s%s", t->lane ? CTL_PAUSE_LANE : CTL_PAUSE_HOST,
                 t->lane ? t->lane : t->host);
        snprintf(t->shown, sizeof t->shown, "%s %s", t->lane ? "lane" : "host",
                 t->lane ? t->lane : t->host);
    }
    return ctl_open(c);
}

/* Hosts keep no more than so many lanes in mind: one more would be paused in name only. */
static bool one_lane_too_many(struct ctl *c, const char *lane)
{
    struct control now;
    return control_read(&c->spool, &now) == 0 && now.lanes == CONTROL_LANES &&
           !control_lane_paused(&now, lane);
}

int cmd_pause(struct ctl *c, int argc, char **argv)
{
    struct target t;
    char said[HOST_CAP + 200];
    int code = read_target(c, argc, argv, &t);
    if (code != CTL_OK)
        return code < 0 ? CTL_OK : code;
    if (t.lane && one_lane_too_many(c, t.lane))
        return ctl_fail(CTL_NO, "%d lanes are paused already; resume one first", CONTROL_LANES);
    if (t.host && look_at(c->spool.claimed, t.host, NULL) == 0)
        ctl_say("no host called %s has ever worked here; it is paused all the same", t.host);
    if (t.lane)
        snprintf(said, sizeof said,
                 "%s is paused: no host claims anything of it. 'spoolctl resume --lane %s' goes on",
                 t.shown, t.lane);
    else if (t.host)
        snprintf(said, sizeof said,
                 "%s is paused: it claims nothing more. 'spoolctl resume --host %s' goes on",
                 t.shown, t.host);
    else
        snprintf(said, sizeof said,
                 "paused: no host claims anything more. 'spoolctl resume' goes on");
    return command(c, t.name, true, said);
}

static void still_held(void *arg, const char *command)
{
    const char *host = (const char *)arg;
    if (strcmp(command, CTL_PAUSE) == 0)
        ctl_say("the whole cluster is still paused: 'spoolctl resume'");
    if (*host && strncmp(command, CTL_DRAIN, strlen(CTL_DRAIN)) == 0 &&
        strcmp(command + strlen(CTL_DRAIN), host) == 0)
        ctl_say("%s is still drained: 'spoolctl drain %s --undo'", host, host);
}

/* Each command is taken back by itself: what else holds the same thing is told. */
int cmd_resume(struct ctl *c, int argc, char **argv)
{
    struct target t;
    char said[HOST_CAP + 80], host[HOST_CAP] = "";
    int code = read_target(c, argc, argv, &t);
    if (code != CTL_OK)
        return code < 0 ? CTL_OK : code;
    snprintf(said, sizeof said, "%s%sresumed", t.shown, *t.shown ? " is " : "");
    code = command(c, t.name, false, said);
    snprintf(host, sizeof host, "%s", t.host ? t.host : "");
    if (code == CTL_OK && *t.shown)
        (void)control_each(&c->spool, still_held, host);
    return code;
}

int cmd_drain(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {{"undo", no_argument, NULL, 'u'}, {NULL, 0, NULL, 0}};
    char name[HOST_CAP + 16], said[HOST_CAP + 80];
    bool undo = false;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) == 'u')
        undo = true;
    if (got == CTL_STOP)
        return code;
    if (argc - optind != 1)
        return ctl_misused(c, "drain wants one host");
    const char *host = argv[optind];
    if (!spool_host_ok(host))
        return ctl_misused(c, "%s is no host's name as in claimed/", ctl_shown(host));
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    if (!undo && look_at(c->spool.claimed, host, NULL) == 0)
        ctl_say("no host called %s has ever worked here; it is drained all the same", host);
    snprintf(name, sizeof name, CTL_DRAIN "%s", host);
    snprintf(said, sizeof said,
             undo ? "%s may work again"
                  : "%s is drained: it finishes what it has and claims nothing more",
             host);
    return command(c, name, !undo, said);
}

int cmd_cancel(struct ctl *c, int argc, char **argv)
{
    struct giving_up k = {.spool = &c->spool};
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind == argc)
        return ctl_misused(c, "cancel what? Give documents");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    for (int i = optind; i < argc; i++) {
        uint64_t given = k.given, late = k.late;
        docs_find(&c->spool, argv[i], DOCS_ALL, giving_up_visit, &k);
        if (k.error)
            return ctl_fail(ctl_code_of(k.error), "%s: cannot be cancelled: %s", ctl_shown(argv[i]),
                            strerror(k.error));
        if (k.given == given)
            code = ctl_fail(CTL_NO, "%s: %s", ctl_shown(argv[i]),
                            k.late > late ? "too late, it has been decided already"
                                          : "no document of this path");
    }
    if (k.given)
        ctl_say("%llu documents will be cancelled as soon as a host hears of it; they go to "
                "failed/cancelled/",
                (unsigned long long)k.given);
    return code;
}
