/* spoolctl init: a new spool. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/ctl/ctl.h"

int cmd_init(struct ctl *c, int argc, char **argv)
{
    char err[1024];
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (argc - optind > 1)
        return ctl_misused(c, "init makes one spool at a time");
    const char *dir = optind < argc ? argv[optind] : c->path ? c->path : getenv("PDFSPOOL");
    if (!dir || !*dir)
        return ctl_misused(c, "init where? Give a folder");
    if (spool_init(dir, err, sizeof err) != 0)
        return ctl_fail(CTL_IO, "%s", err);
    c->path = dir;
    code = ctl_open(c); /* what was made can be used, too */
    if (code != CTL_OK)
        return code;
    if (c->json) {
        struct buf b = {0};
        struct jsonw w;
        jsonw_init(&w, &b, false);
        jsonw_object(&w, NULL);
        jsonw_bool(&w, "ok", true);
        jsonw_name(&w, "spool", c->spool.path, strlen(c->spool.path));
        jsonw_end_object(&w);
        buf_char(&b, '\n');
        return ctl_print(&b);
    }
    ctl_say("%s is a spool. Its settings are in spool.ini; is the share fit for it? spoolctl "
            "--spool %s doctor",
            ctl_shown(c->spool.path), ctl_shown(c->spool.path));
    return CTL_OK;
}
