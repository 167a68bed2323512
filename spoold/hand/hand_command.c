/* What a hand tells the cluster: pause, drain and their contrary, as files in control/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "spool/control.h"
#include "spoold/hand/hand.h"

static const struct {
    const char *kind;
    bool give, of_host;
} commands[] = {{"pause", true, false},
                {"resume", false, false},
                {"drain", true, true},
                {"undrain", false, true}};

/* Action of docs/openapi.yaml: it concerns no document, and has come to its end. */
static void show(struct hand *h, int64_t began_ms)
{
    struct jsonw w;
    static const char *const counts[] = {"total", "done", "failed", "skipped"};
    jsonw_init(&w, &h->body, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "id", h->argv[2]);
    jsonw_str(&w, "kind", h->argv[0]);
    jsonw_str(&w, "state", "ended");
    jsonw_bool(&w, "dry_run", false);
    jsonw_str(&w, "host", h->argv[1][0] ? h->argv[1] : NULL);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        jsonw_uint(&w, counts[i], 0);
    jsonw_object(&w, "by_class");
    jsonw_end_object(&w);
    jsonw_array(&w, "sample");
    jsonw_end_array(&w);
    jsonw_array(&w, "problems");
    jsonw_end_array(&w);
    jsonw_time(&w, "began", began_ms);
    jsonw_time(&w, "ended", clock_wall_ms());
    jsonw_end_object(&w);
    buf_char(&h->body, '\n');
}

/* As spoolctl does: what is given already, or taken back already, is no error. */
void hand_command(struct hand *h)
{
    char name[HOST_CAP + 16];
    const char *host = h->argv[1];
    int64_t began = clock_wall_ms();
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
    else
        show(h, began);
}
