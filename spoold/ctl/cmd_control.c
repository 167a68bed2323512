/* spoolctl cancel, pause, resume, drain: commands to the cluster, as files in control/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/cancel.h"
#include "spool/control.h"
#include "spool/look.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"

/* Give or take back a command and say so. */
static int command(struct ctl *c, const char *name, bool give, const char *said)
{
    if ((give ? control_give(&c->spool, name) : control_take_back(&c->spool, name)) != 0)
        return ctl_fail(ctl_code_of(errno), "control/%s: %s", name, strerror(errno));
    ctl_say("%s", said);
    return CTL_OK;
}

static int plain(struct ctl *c, int argc, char **argv, bool give, const char *said)
{
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind < argc)
        return ctl_misused(c, "%s takes no argument", c->command->name);
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    return command(c, CTL_PAUSE, give, said);
}

int cmd_pause(struct ctl *c, int argc, char **argv)
{
    return plain(c, argc, argv, true,
                 "paused: no host claims anything more. 'spoolctl resume' goes on");
}

int cmd_resume(struct ctl *c, int argc, char **argv)
{
    return plain(c, argc, argv, false, "resumed");
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

struct cancelling {
    struct ctl *c;
    uint64_t given, late;
    int error;
};

static bool cancel_one(void *arg, const struct doc *d)
{
    struct cancelling *k = arg;
    if (d->state >= DOC_SEALED) {
        k->late++;
        return true;
    }
    int given = !d->token ? cancel_pending(&k->c->spool, d->dir, d->name, d->path)
                : cancel_document(&k->c->spool, d->token->document) == 0 ? 1
                                                                         : -1;
    k->given += given == 1;
    if (given < 0)
        k->error = errno;
    return true;
}

int cmd_cancel(struct ctl *c, int argc, char **argv)
{
    struct cancelling k = {.c = c};
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind == argc)
        return ctl_misused(c, "cancel what? Give documents");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    for (int i = optind; i < argc; i++) {
        uint64_t given = k.given, late = k.late;
        docs_find(&c->spool, argv[i], DOCS_ALL, cancel_one, &k);
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
