/* spoold: the page. Options, configuration, sockets, then the loop. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "spoold/alert/trial.h"
#include "spoold/daemon.h"
#include "spoold/hand/hand.h"
#include "spoold/scan_process.h"

static const char usage[] =
    "usage: spoold --spool DIR [--config FILE] [--listen ADDR:PORT | unix:PATH]\n"
    "\n"
    "Serves the page about the spool DIR: what its hosts do, what failed and why. Stopping it "
    "stops "
    "nothing but the page.\n"
    "\n"
    "examples:\n"
    "  spoold --spool /srv/spool                            http://127.0.0.1:8090/\n"
    "  spoold --spool /srv/spool --listen unix:/run/p.sock  behind a proxy on this machine\n"
    "\n"
    "  --spool DIR     the spool; PDFSPOOL in the environment stands for it\n"
    "  --config FILE   settings of this host, on top of DIR/spool.ini; [page] is spoold's "
    "('spoolctl config sample' shows all)\n"
    "  --listen WHERE  instead of [page] listen\n"
    "  --parser FILE   the pdfspool-parser that draws pages (default: beside this program, or in "
    "../libexec/pdfspool)\n"
    "  --www DIR       the page's files (default: www beside this program, or in "
    "../share/pdfspool, ../www)\n"
    "  --test-alert NAME  send a test message to [webhook:NAME] and say what was answered; serves "
    "nothing\n"
    "  --version, --help\n"
    "\n"
    "SIGTERM ends it, SIGHUP opens its log file anew. Exit codes: 0 ok, 1 the test message was not "
    "taken, 64 usage, 69 no spool, 71 "
    "this machine, 78 configuration\n";

/* -1: go on; else the exit code. */
static int parse_options(int argc, char **argv, struct daemon_options *o, const char **trial)
{
    static const struct option longs[] = {
        {"spool", required_argument, NULL, 's'},
        {"config", required_argument, NULL, 'c'},
        {"listen", required_argument, NULL, 'l'},
        {"www", required_argument, NULL, 'w'},
        {"parser", required_argument, NULL, 'p'},
        {"test-alert", required_argument, NULL, 't'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct daemon_options){.spool = getenv("PDFSPOOL")};
    for (int k; (k = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (k) {
        case 's':
            o->spool = optarg;
            break;
        case 'c':
            o->config = optarg;
            break;
        case 'l':
            o->listen = optarg;
            break;
        case 'w':
            o->www = optarg;
            break;
        case 'p':
            o->parser = optarg;
            break;
        case 't':
            *trial = optarg;
            break;
        case 'v':
            puts("spoold " PDFSPOOL_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs("spoold: 'spoold --help' shows what can be said\n", stderr);
            return 64;
        }
    }
    if (optind == argc && o->spool)
        return -1;
    fprintf(stderr, "spoold: %s%s; 'spoold --help' shows more\n",
            optind < argc ? "unexpected: " : "which spool? Say --spool DIR",
            optind < argc ? argv[optind] : "");
    return 64;
}

int main(int argc, char **argv)
{
    struct daemon_options o;
    const char *trial = NULL;
    int code;
    umask(002); /* the spool is shared by a group */
    if (scan_process_is(argc, argv))
        return scan_process_main(argc, argv);
    if (hand_is(argc, argv))
        return hand_main(argc, argv);
    if ((code = parse_options(argc, argv, &o, &trial)) >= 0)
        return code;
    if (trial)
        return trial_run(o.spool, o.config, trial);
    return daemon_run(&o);
}
