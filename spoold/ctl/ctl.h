/*
 * ctl: what the commands of spoolctl share. A command gets the options that stood before its name,
 * and its own argv.
 *
 * Data go to stdout, talk goes to stderr. Exit codes are those of sysexits.h where there is one.
 */
#ifndef PDFSPOOL_CTL_H
#define PDFSPOOL_CTL_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "spool/spool.h"

enum ctl_exit {
    CTL_OK = 0,
    CTL_NO = 1, /* a document failed or was not found; the audit or the doctor found something */
    CTL_USAGE = 64,
    CTL_DATA = 65,        /* what was read is broken */
    CTL_UNAVAILABLE = 69, /* no spool there, or out of reach */
    CTL_IO = 74,
    CTL_TEMPORARY = 75,
    CTL_PERMISSION = 77,
    CTL_CONFIG = 78
};

struct ctl {
    const char *path;   /* of the spool, as given; NULL: not given */
    const char *config; /* --config */
    const char *self;   /* argv[0] */
    bool json;
    bool color;  /* stdout is a terminal that shows colours */
    bool screen; /* stdout is a terminal */
    bool talk;   /* stderr is a terminal */
    bool ask;    /* stdin and stderr are: questions may be asked */
    struct spool spool;
    bool open;
    const struct ctl_command *command;
};

struct ctl_command {
    const char *name, *args, *summary;
    const char *examples; /* lines, each indented by two blanks */
    const char *options;  /* lines */
    int (*run)(struct ctl *c, int argc, char **argv);
};

/* The table of commands (commands.c), ended by a row without a name. */
extern const struct ctl_command ctl_commands[];

/* Open the spool of --spool or PDFSPOOL. 0, or an exit code, having said why. */
int ctl_open(struct ctl *c);
/* Say something on stderr, with "spoolctl: " before it. */
void ctl_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same; returns `code`. */
int ctl_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The exit code that fits an errno. */
int ctl_code_of(int error);
/* getopt_long for a command. Handles -h/--help and mistakes: the value is then CTL_STOP and *code
 * is set. "--json", "--spool" and "--config" are taken by every command, as before its name. -1 at
 * the end. */
enum { CTL_STOP = -2 };
int ctl_getopt(struct ctl *c, int argc, char **argv, const struct option *options, int *code);
/* "Try: spoolctl COMMAND --help", after a mistake in the arguments. Returns CTL_USAGE. */
int ctl_misused(const struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Help of one command, or of the whole program (NULL), to stdout. */
void ctl_help(const struct ctl_command *command);
/* The command of that name, or NULL having said which one was perhaps meant. */
const struct ctl_command *ctl_find_command(const char *name);
/* Print a finished JSON buffer and free it. Returns CTL_OK, or CTL_IO. */
int ctl_print(struct buf *b);
/* A path as shown to people (utf8_show_name), in one of 4 rotating static buffers; cut at `max`
 * bytes if that is not 0. */
const char *ctl_shown(const char *path);
/* What a program says to people, in one of the same buffers: as ctl_shown, but a '%' in it is one. */
const char *ctl_sentence(const char *text);
/* Yes or no from the person at the terminal. Without one: false. */
bool ctl_confirm(const struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Colour codes, "" when colours are off. */
const char *ctl_bold(const struct ctl *c);
const char *ctl_red(const struct ctl *c);
const char *ctl_yellow(const struct ctl *c);
const char *ctl_green(const struct ctl *c);
const char *ctl_plain(const struct ctl *c);
/* Set when SIGINT or SIGTERM came (after ctl_catch_signals): long commands end at the next good
 * place. */
bool ctl_stopped(void);
void ctl_catch_signals(void);

/* The commands. */
int cmd_init(struct ctl *c, int argc, char **argv);
int cmd_submit(struct ctl *c, int argc, char **argv);
int cmd_status(struct ctl *c, int argc, char **argv);
int cmd_watch(struct ctl *c, int argc, char **argv);
int cmd_list(struct ctl *c, int argc, char **argv);
int cmd_show(struct ctl *c, int argc, char **argv);
int cmd_text(struct ctl *c, int argc, char **argv);
int cmd_export(struct ctl *c, int argc, char **argv);
int cmd_retry(struct ctl *c, int argc, char **argv);
int cmd_cancel(struct ctl *c, int argc, char **argv);
int cmd_pause(struct ctl *c, int argc, char **argv);
int cmd_resume(struct ctl *c, int argc, char **argv);
int cmd_drain(struct ctl *c, int argc, char **argv);
int cmd_host(struct ctl *c, int argc, char **argv);
int cmd_hosts(struct ctl *c, int argc, char **argv);
int cmd_quota(struct ctl *c, int argc, char **argv);
int cmd_report(struct ctl *c, int argc, char **argv);
int cmd_audit(struct ctl *c, int argc, char **argv);
int cmd_doctor(struct ctl *c, int argc, char **argv);
int cmd_mcp(struct ctl *c, int argc, char **argv);
int cmd_config(struct ctl *c, int argc, char **argv);
int cmd_help(struct ctl *c, int argc, char **argv);

#endif
