#include "spoold/ctl/ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

static volatile sig_atomic_t stopped;

void ctl_say(const char *fmt, ...)
{
    va_list ap;
    fputs("spoolctl: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

int ctl_fail(int code, const char *fmt, ...)
{
    va_list ap;
    fputs("spoolctl: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return code;
}

int ctl_code_of(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return CTL_PERMISSION;
    case EAGAIN:
    case EBUSY:
    case ESTALE:
    case ETIMEDOUT:
        return CTL_TEMPORARY;
    case ENOENT:
        return CTL_NO;
    default:
        return CTL_IO;
    }
}

int ctl_open(struct ctl *c)
{
    char err[1024];
    int code;
    const char *path = c->path ? c->path : getenv("PDFSPOOL");
    if (!path || !*path)
        return ctl_fail(CTL_USAGE,
                        "which spool? Give --spool DIR, or set PDFSPOOL in the environment");
    if (spool_open(&c->spool, path, NULL, c->config, settings_report_stderr, err, sizeof err,
                   &code) != 0)
        return ctl_fail(code, "%s", err);
    c->open = true;
    return CTL_OK;
}

int ctl_misused(const struct ctl *c, const char *fmt, ...)
{
    va_list ap;
    fputs("spoolctl: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nTry: spoolctl %s --help\n", c->command->name);
    return CTL_USAGE;
}

int ctl_getopt(struct ctl *c, int argc, char **argv, const struct option *options, int *code)
{
    enum { MAX_OPTIONS = 24, HELP = 1000, JSON, SPOOL, CONFIG };
    struct option all[MAX_OPTIONS] = {{"help", no_argument, NULL, HELP},
                                      {"json", no_argument, NULL, JSON},
                                      {"spool", required_argument, NULL, SPOOL},
                                      {"config", required_argument, NULL, CONFIG}};
    int n = 4;
    for (; options && options->name && n < MAX_OPTIONS - 1; options++)
        all[n++] = *options;
    opterr = 0;
    for (;;) {
        int got = getopt_long(argc, argv, ":h", all, NULL);
        if (got == JSON)
            c->json = true;
        if (got == SPOOL)
            c->path = optarg;
        if (got == CONFIG)
            c->config = optarg;
        if (got == JSON || got == SPOOL || got == CONFIG)
            continue;
        if (got == HELP || got == 'h') {
            ctl_help(c->command);
            *code = CTL_OK;
            return CTL_STOP;
        }
        if (got == ':')
            *code = ctl_misused(c, "%s wants a value", argv[optind - 1]);
        else if (got == '?')
            *code = ctl_misused(c, "no such option: %s", ctl_shown(argv[optind - 1]));
        return got == ':' || got == '?' ? CTL_STOP : got;
    }
}

int ctl_print(struct buf *b)
{
    bool ok = buf_ok(b) && fwrite(b->data, 1, b->len, stdout) == b->len && fflush(stdout) == 0;
    int error = errno;
    buf_free(b);
    return ok ? CTL_OK : ctl_fail(CTL_IO, "cannot write: %s", strerror(error));
}

static struct buf *next_shown(void)
{
    static struct buf ring[4];
    static unsigned at;
    struct buf *b = &ring[at++ % 4];
    buf_clear(b);
    return b;
}

static const char *shown(struct buf *b)
{
    buf_add(b, "", 0);
    return buf_ok(b) && b->data ? b->data : "";
}

const char *ctl_shown(const char *path)
{
    struct buf *b = next_shown();
    utf8_show_name(b, path, strlen(path));
    return shown(b);
}

const char *ctl_sentence(const char *text)
{
    struct buf *b = next_shown();
    for (size_t n; *text; text += n) {
        n = strcspn(text, "%");
        utf8_show_name(b, text, n);
        for (; text[n] == '%'; n++)
            buf_char(b, '%');
    }
    return shown(b);
}

bool ctl_confirm(const struct ctl *c, const char *fmt, ...)
{
    char answer[16];
    va_list ap;
    if (!c->ask)
        return false;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs(" [y/N] ", stderr);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

const char *ctl_bold(const struct ctl *c)
{
    return c->color ? "\033[1m" : "";
}

const char *ctl_red(const struct ctl *c)
{
    return c->color ? "\033[31m" : "";
}

const char *ctl_yellow(const struct ctl *c)
{
    return c->color ? "\033[33m" : "";
}

const char *ctl_green(const struct ctl *c)
{
    return c->color ? "\033[32m" : "";
}

const char *ctl_plain(const struct ctl *c)
{
    return c->color ? "\033[0m" : "";
}

static void on_signal(int sig)
{
    (void)sig;
    stopped = 1;
}

void ctl_catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

bool ctl_stopped(void)
{
    return stopped != 0;
}
