#include "spoold/scan_process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/num.h"
#include "spool/spool.h"
#include "spoold/scan/scanner.h"

static const char word[] = "scanner";

/* snprintf of numbers takes no lock and no memory. */
int scan_process_become(void *arg, int out, int until)
{
    const struct scan_process *p = arg;
    char out_text[16], until_text[16];
    snprintf(out_text, sizeof out_text, "%d", out);
    snprintf(until_text, sizeof until_text, "%d", until);
    if (!child_move_fd(out, out) || !child_move_fd(until, until))
        return 71;
    execl("/proc/self/exe", "spoold", word, out_text, until_text, p->spool,
          p->config ? p->config : "", (char *)NULL);
    return 71;
}

bool scan_process_is(int argc, char **argv)
{
    return argc == 6 && strcmp(argv[1], word) == 0;
}

int scan_process_main(int argc, char **argv)
{
    static struct spool spool;
    uint64_t out, until;
    char err[512];
    int code;
    (void)argc;
    if (!num_u64(argv[2], &out) || !num_u64(argv[3], &until) || out > 1024 || until > 1024)
        return 64;
    child_name(word);
    log_bind_role(word);
    if (spool_open(&spool, argv[4], NULL, argv[5][0] ? argv[5] : NULL, settings_report_stderr, err,
                   sizeof err, &code) != 0) {
        log_error("%s", err);
        return code;
    }
    const struct settings *s = &spool.settings;
    log_bind_host(spool.host);
    if (log_setup((enum log_format)s->log_format, (enum log_level)s->log_level, s->log_file) != 0)
        log_warn("the log file %s cannot be opened", s->log_file);
    const struct scanner_options o = {.spool = &spool, .out = (int)out, .until = (int)until};
    return scanner_main(&o);
}
