/* extractd: the worker. Options, configuration, shared things, then the supervisor. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/log.h"
#include "base/num.h"
#include "extractd/extractd.h"
#include "extractd/fitness.h"
#include "extractd/supervisor.h"

static const char usage[] =
    "usage: extractd --spool DIR [--config FILE] [--slots N] [--once]\n"
    "\n"
    "Takes PDFs from DIR/pending/, extracts their text, and puts document and text into DIR/done/ "
    "(or DIR/failed/).\n"
    "Any number of extractd on any number of hosts may work on one spool.\n"
    "\n"
    "examples:\n"
    "  extractd --spool /srv/spool           work until stopped (SIGTERM: finish what is in hand)\n"
    "  extractd --spool /srv/spool --once    work until nothing is left to do\n"
    "\n"
    "  --spool DIR     the spool ('spoolctl init DIR' makes one); PDFSPOOL in the environment "
    "stands for it\n"
    "  --config FILE   settings of this host, on top of DIR/spool.ini ('spoolctl config sample' "
    "shows all)\n"
    "  --slots N       documents in hand at once (default: 2 for each core and 2)\n"
    "  --host NAME     this host's name in the spool (default: its host name); must be unique\n"
    "  --parser FILE   the pdfspool-parser to use (default: beside this program, else in "
    "../libexec/pdfspool)\n"
    "  --once          exit when nothing is left that this host does: 0 all done, 1 some failed\n"
    "  --check         say whether this program could work so: its parser, the spool's format, the "
    "configuration; then exit\n"
    "  --version, --help\n"
    "\n"
    "exit codes: 0 ok, 1 some documents failed (--once), 64 usage, 69 no spool, or it is not fit, "
    "71 this machine,\n"
    "75 paused or drained (--once), 78 configuration\n";

struct options {
    const char *spool, *config, *host, *parser;
    uint64_t slots;
    bool once, check;
};

/* -1: go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"spool", required_argument, NULL, 's'},  {"config", required_argument, NULL, 'c'},
        {"slots", required_argument, NULL, 'n'},  {"host", required_argument, NULL, 'h'},
        {"parser", required_argument, NULL, 'p'}, {"once", no_argument, NULL, 'o'},
        {"check", no_argument, NULL, 'k'},        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, '?' + 128},   {NULL, 0, NULL, 0},
    };
    int k;
    *o = (struct options){.spool = getenv("PDFSPOOL")};
    while ((k = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (k) {
        case 's':
            o->spool = optarg;
            break;
        case 'c':
            o->config = optarg;
            break;
        case 'h':
            o->host = optarg;
            break;
        case 'p':
            o->parser = optarg;
            break;
        case 'o':
            o->once = true;
            break;
        case 'k':
            o->check = true;
            break;
        case 'n':
            if (!num_u64(optarg, &o->slots) || o->slots == 0 || o->slots > BOARD_SLOTS) {
                fprintf(stderr, "extractd: --slots %s: a number from 1 to %d is needed\n", optarg,
                        BOARD_SLOTS);
                return 64;
            }
            break;
        case 'v':
            fitness_version();
            return 0;
        case '?' + 128:
            fputs(usage, stdout);
            return 0;
        default:
            fputs("extractd: 'extractd --help' shows what can be said\n", stderr);
            return 64;
        }
    }
    if (optind < argc || !o->spool) {
        fprintf(stderr, "extractd: %s%s; 'extractd --help' shows more\n",
                optind < argc ? "unexpected: " : "which spool? Say --spool DIR",
                optind < argc ? argv[optind] : "");
        return 64;
    }
    if (o->host && !spool_host_ok(o->host)) {
        fprintf(stderr,
                "extractd: --host %s: letters, digits, '-', '_' and inner '.', at most %d\n",
                o->host, HOST_CAP - 1);
        return 64;
    }
    return -1;
}

static int make_sockets(struct extractd *x)
{
    int queue[2], help[2], event[2], zygote[2], big = 1 << 20;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, queue) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, help) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, event) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, zygote) != 0)
        return -1;
    setsockopt(event[0], SOL_SOCKET, SO_SNDBUF, &big,
               sizeof big); /* room for a burst while the share is slow */
    x->queue_in = queue[0];
    x->queue_out = queue[1];
    x->help_in = help[0];
    x->help_out = help[1];
    x->event_in = event[0];
    x->event_out = event[1];
    x->zygote_in = zygote[0];
    x->zygote_out = zygote[1];
    x->room = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return x->room >= 0 ? 0 : -1;
}

static int make_status_pages(struct extractd *x)
{
    for (unsigned i = 0; i < x->board->n_slots; i++) {
        x->status_fd[i] = memfd_create("status", MFD_CLOEXEC);
        if (x->status_fd[i] < 0 || ftruncate(x->status_fd[i], WIRE_STATUS_BYTES) != 0)
            return -1;
        x->status[i] =
            mmap(NULL, WIRE_STATUS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, x->status_fd[i], 0);
        if (x->status[i] == MAP_FAILED)
            return -1;
    }
    return 0;
}

/* Processors that this process may use: taskset, a container or a unit may have left it few. */
static unsigned processors(void)
{
    cpu_set_t allowed;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) /* fails where there are over 1,024 */
        online = CPU_COUNT(&allowed);
    return online > 0 ? (unsigned)online : 1;
}

static int make_shared(struct extractd *x, uint64_t slots)
{
    const struct settings *s = &x->spool.settings;
    unsigned cores = s->cores > 0 ? (unsigned)s->cores : processors();
    cores = cores < BOARD_CORES ? cores : BOARD_CORES;
    unsigned fixed = slots > 0 ? (unsigned)slots : (unsigned)s->slots;
    unsigned most = extractd_slots_most(s, cores), n = fixed > 0 ? fixed : most;
    n = n < BOARD_SLOTS ? n : BOARD_SLOTS;
    x->board = board_new(n, cores);
    if (x->board) {
        if (s->cores == 0) /* who asks for so many gets so many */
            x->board->n_spare = board_spare_for(cores);
        x->board->fixed_slots = fixed > 0;
        if (!fixed && extractd_slots_near(s, cores) < n)
            atomic_store(&x->board->n_active, extractd_slots_near(s, cores));
    }
    x->finished = dupindex_new();
    return x->board && x->finished && make_sockets(x) == 0 && make_status_pages(x) == 0 ? 0 : -1;
}

/* Above the descriptors that the parser gets (procs.c). */
static int open_program(const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC), high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);
    if (fd >= 0)
        close(fd);
    return high;
}

/* The parser of now, whatever lies there later. What cannot be opened is said when it is to be run. */
static void open_parser(struct extractd *x)
{
    x->parser_fd = open_program(x->upgrade.parser);
    x->whole_fd = open_program(x->upgrade.whole);
}

int main(int argc, char **argv)
{
    static struct extractd x;
    struct options o;
    static char beside[BESIDE_CAP];
    char err[512];
    int code = parse_options(argc, argv, &o);
    if (code >= 0)
        return code;
    umask(002); /* the spool is shared by a group */
    log_bind_role("supervisor");
    if (spool_open(&x.spool, o.spool, o.host, o.config, settings_report_stderr, err, sizeof err,
                   &code) != 0) {
        fprintf(stderr, "extractd: %s\n", err);
        return code;
    }
    log_bind_host(x.spool.host);
    const struct settings *s = &x.spool.settings;
    if (log_setup((enum log_format)s->log_format, (enum log_level)s->log_level, s->log_file) != 0) {
        fprintf(stderr, "extractd: the log file %s cannot be opened: %s\n", s->log_file,
                strerror(errno));
        return 78;
    }
    x.config = o.config;
    x.once = o.once;
    x.parser = o.parser ? o.parser : beside_parser(beside);
    if (!x.parser || access(x.parser, X_OK) != 0) {
        fprintf(stderr,
                "extractd: pdfspool-parser was not found beside this program; say --parser FILE\n");
        return 71;
    }
    if (o.check)
        return fitness_check(x.parser);
    upgrade_begin(&x.upgrade, argc, argv, x.parser);
    open_parser(&x);
    if (make_shared(&x, o.slots) != 0) {
        fprintf(stderr, "extractd: cannot get shared memory or sockets: %s\n", strerror(errno));
        return 71;
    }
    return supervisor_run(&x);
}
