/* spoolctl host: what is said to one host alone. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/control.h"
#include "spool/look.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"

/* A file in control/, which that host takes back when it has done as it was told. */
static int reset(struct ctl *c, const char *host)
{
    char name[HOST_CAP + sizeof CTL_RESET];
    int there = look_at(c->spool.claimed, host, NULL);
    if (there < 0)
        return ctl_fail(ctl_code_of(errno), "claimed/%s: %s", host, strerror(errno));
    if (there == 0)
        return ctl_fail(CTL_NO, "no host called %s works here; 'spoolctl hosts' shows them", host);
    snprintf(name, sizeof name, CTL_RESET "%s", host);
    if (control_give(&c->spool, name) != 0)
        return ctl_fail(ctl_code_of(errno), "control/%s: %s", name, strerror(errno));
    ctl_say("%s is to claim again, however often something of it has failed: it takes two seconds",
            host);
    return CTL_OK;
}

int cmd_host(struct ctl *c, int argc, char **argv)
{
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (argc - optind != 2 || strcmp(argv[optind], "reset") != 0)
        return ctl_misused(c, "host wants 'reset' and one host");
    const char *host = argv[optind + 1];
    if (!spool_host_ok(host))
        return ctl_misused(c, "%s is no host's name as in claimed/", ctl_shown(host));
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    return reset(c, host);
}
