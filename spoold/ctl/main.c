/* spoolctl: the spool from a shell, on the tree itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "spoold/ctl/ctl.h"

#ifndef PDFSPOOL_VERSION
#define PDFSPOOL_VERSION "0.1.0"
#endif

static void know_terminal(struct ctl *c)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    c->screen = isatty(STDOUT_FILENO);
    c->talk = isatty(STDERR_FILENO);
    c->ask = c->talk && isatty(STDIN_FILENO);
    bool dumb = !term || strcmp(term, "dumb") == 0;
    c->screen = c->screen && !dumb;
    c->talk = c->talk && !dumb;
    c->color = c->screen && !(no_color && *no_color);
}

/* The options before the command. Its index in argv; -1: *code says the rest. */
static int global_options(struct ctl *c, int argc, char **argv, int *code)
{
    static const struct option options[] = {
        {"spool", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},     {NULL, 0, NULL, 0}};
    int got;
    while ((got = getopt_long(argc, argv, "+hs:", options, NULL)) != -1)
        switch (got) {
        case 's':
            c->path = optarg;
            break;
        case 'c':
            c->config = optarg;
            break;
        case 'j':
            c->json = true;
            break;
        case 'h':
            ctl_help(NULL);
            *code = CTL_OK;
            return -1;
        case 'v':
            puts("spoolctl (pdfspool) " PDFSPOOL_VERSION);
            *code = CTL_OK;
            return -1;
        default:
            fputs("Try: spoolctl --help\n", stderr);
            *code = CTL_USAGE;
            return -1;
        }
    if (optind < argc)
        return optind;
    *code = ctl_fail(CTL_USAGE, "which command? 'spoolctl --help' lists them");
    return -1;
}

int main(int argc, char **argv)
{
    struct ctl c = {.self = argv[0]};
    int code = CTL_OK;
    umask(umask(0) & 07); /* workers of the same group must be able to move what is made here */
    log_setup(LOG_LOGFMT, LEVEL_WARN, NULL);
    know_terminal(&c);
    int at = global_options(&c, argc, argv, &code);
    if (at < 0)
        return code;
    c.command = ctl_find_command(argv[at]);
    if (!c.command)
        return CTL_USAGE;
    optind = 0; /* glibc: begin anew, with the command's own argv */
    code = c.command->run(&c, argc - at, argv + at);
    if (c.open)
        spool_close(&c.spool);
    if (fflush(stdout) != 0 && code == CTL_OK)
        code = ctl_fail(CTL_IO, "cannot write to stdout");
    return code;
}
