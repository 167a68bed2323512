/* spoolctl config: check, show, sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/ctl/ctl.h"

/* Read what is there: spool.ini of the spool, if one is given, and the host's file, if one is
 * given. */
static int load(struct ctl *c, struct settings *s)
{
    char ini[PATH_CAP + 16];
    const char *path = c->path ? c->path : getenv("PDFSPOOL");
    settings_defaults(s);
    if ((!path || !*path) && !c->config)
        return ctl_misused(
            c, "which configuration? Give --spool DIR (or PDFSPOOL), or --config FILE, or both");
    int bad = 0;
    if (path && *path) {
        snprintf(ini, sizeof ini, "%s/%s", path, SPOOL_INI);
        bad |= settings_load(s, ini, SETTINGS_CLUSTER, settings_report_stderr, NULL);
    }
    if (c->config)
        bad |= settings_load(s, c->config, SETTINGS_HOST, settings_report_stderr, NULL);
    if (!bad)
        bad = settings_check(s, settings_report_stderr, NULL);
    return bad ? CTL_CONFIG : CTL_OK;
}

static int check(struct ctl *c)
{
    struct settings s;
    int code = load(c, &s);
    if (c->json && code != CTL_USAGE)
        printf("{\"ok\":%s}\n", code == CTL_OK ? "true" : "false");
    else if (code == CTL_OK)
        ctl_say("the configuration is well");
    return code;
}

static int show(struct ctl *c)
{
    struct settings s;
    struct settings_row row;
    struct buf b = {0};
    struct jsonw w;
    char value[600], section[32] = "";
    int code = load(c, &s);
    if (code != CTL_OK)
        return code;
    jsonw_init(&w, &b, false);
    if (c->json)
        jsonw_array(&w, NULL);
    for (size_t i = 0; settings_row(&s, i, &row, value, sizeof value); i++) {
        if (c->json) {
            jsonw_object(&w, NULL);
            jsonw_str(&w, "section", row.section);
            jsonw_str(&w, "key", row.key);
            jsonw_str(&w, "value", value);
            jsonw_str(&w, "default", row.fallback);
            jsonw_str(&w, "origin", row.origin);
            jsonw_str(&w, "help", row.help);
            jsonw_end_object(&w);
            continue;
        }
        if (strcmp(section, row.section) != 0)
            buf_fmt(&b, "%s%s[%s]%s\n", *section ? "\n" : "", ctl_bold(c), row.section,
                    ctl_plain(c));
        snprintf(section, sizeof section, "%s", row.section);
        buf_fmt(&b, "%-18s = %-12s ; %s\n", row.key, value, row.origin);
    }
    if (c->json) {
        jsonw_end_array(&w);
        buf_char(&b, '\n');
    }
    return ctl_print(&b);
}

static int sample(struct ctl *c, const char *which)
{
    struct buf b = {0};
    enum settings_scope scope = SETTINGS_HOST;
    if (which && strcmp(which, "spool") == 0)
        scope = SETTINGS_CLUSTER;
    else if (which && strcmp(which, "host") != 0)
        return ctl_misused(c, "sample of what? 'spool' (spool.ini) or 'host' (the --config file)");
    settings_sample(&b, scope);
    return ctl_print(&b);
}

int cmd_config(struct ctl *c, int argc, char **argv)
{
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    int n = argc - optind;
    const char *what = n > 0 ? argv[optind] : "";
    if (n == 1 && strcmp(what, "check") == 0)
        return check(c);
    if (n == 1 && strcmp(what, "show") == 0)
        return show(c);
    if (n >= 1 && n <= 2 && strcmp(what, "sample") == 0)
        return sample(c, n == 2 ? argv[optind + 1] : NULL);
    return ctl_misused(c, "config what? check, show or sample");
}
