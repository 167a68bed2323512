/* What a hand tells the cluster: pause, drain and their contrary, as files in control/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spool/control.h"
#include "spoold/hand/hand.h"

static const struct {
    const char *kind;
    bool give, of_host;
} commands[] = {{"pause", true, false},
                {"resume", false, false},
                {"drain", true, true},
                {"undrain", false, true}};

/* As spoolctl does: what is given already, or taken back already, is no error. */
void hand_command(struct hand *h)
{
    char name[HOST_CAP + 16];
    const char *host = h->argv[1];
    size_t i = 0, n = sizeof commands / sizeof *commands;
    while (i < n && strcmp(commands[i].kind, h->argv[0]) != 0)
        i++;
    if (i == n || (commands[i].of_host && !spool_host_ok(host))) {
        hand_fail(h, 400, "bad-request", "This is no host's name.");
        return;
    }
    snprintf(name, sizeof name, "%s%s", commands[i].of_host ? CTL_DRAIN : CTL_PAUSE,
             commands[i].of_host ? host : "");
    int bad = commands[i].give ? control_give(h->spool, name) : control_take_back(h->spool, name);
    if (bad && (commands[i].give || errno != ENOENT))
        hand_fail(h, errno == ENOSPC || errno == EDQUOT ? 507 : 500,
                  errno == ENOSPC || errno == EDQUOT ? "no-space" : "internal", "control/%s: %s.",
                  name, strerror(errno));
}
