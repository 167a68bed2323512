/*
 * How it works: the bytes are read once, through fsop. A strict scan of our own (ini_scan.c) finds
 * every line that iniparser would read in silence as something else than it says, and reports it.
 * The lines that are left go to iniparser, by a file in memory; where its values differ from what
 * the scan saw, that is reported, too. So nothing is taken that two readers do not agree upon.
 */
#include "base/ini.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <iniparser/iniparser.h>

#include "base/fsop.h"
#include "base/ini_scan.h"

/* No configuration is that long, and iniparser searches its keys one by one. */
enum { FILE_MAX = 64 * 1024 };

struct ini {
    struct ini_scan scan;
    dictionary *dict; /* iniparser's reading; NULL when it refused */
};

/* ---- the bytes ---- */

/* Is this a file that nobody else can have written? Reports. */
static bool trusted(struct ini_scan *s, int fd)
{
    struct statx st;

    if (fs->statx(fd, "", AT_EMPTY_PATH, &st) != 0)
        ini_scan_problem(s, "", "", "cannot be examined: %s", strerror(errno));
    else if (!S_ISREG(st.stx_mode))
        ini_scan_problem(s, "", "", "is no regular file");
    else if (st.stx_mode & (S_IWGRP | S_IWOTH))
        ini_scan_problem(s, "", "", "may be written by %s (mode %04o): run chmod go-w on it",
                         st.stx_mode & S_IWOTH ? "everybody" : "its group", st.stx_mode & 07777u);
    else if (st.stx_size > FILE_MAX)
        ini_scan_problem(s, "", "", "is larger than %d bytes: this is no configuration", FILE_MAX);
    else
        return true;
    return false;
}

static bool read_all(struct ini_scan *s, int fd, struct buf *to)
{
    while (to->len <= FILE_MAX) {
        if (!buf_room(to, 16384)) {
            ini_scan_problem(s, "", "", "out of memory");
            return false;
        }
        ssize_t n = fs->read(fd, to->data + to->len, 16384);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            ini_scan_problem(s, "", "", "cannot be read: %s", strerror(errno));
            return false;
        }
        if (n == 0)
            return true;
        to->len += (size_t)n;
    }
    ini_scan_problem(s, "", "", "is larger than %d bytes: this is no configuration", FILE_MAX);
    return false;
}

static bool slurp(struct ini_scan *s, const char *file, struct buf *to)
{
    /* Not blocking: a FIFO in its place must not hang us. */
    int fd = fs->openat(AT_FDCWD, file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);

    if (fd < 0) {
        ini_scan_problem(s, "", "", "cannot be opened: %s", strerror(errno));
        return false;
    }
    bool ok = trusted(s, fd) && read_all(s, fd, to);
    fs->close(fd);
    return ok;
}

/* ---- iniparser ---- */

static char complaint[256]; /* of iniparser, which has one callback without an argument for all */

static int note_complaint(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(complaint, sizeof complaint, fmt, ap);
    va_end(ap);
    complaint[strcspn(complaint, "\n")] = '\0';
    return n;
}

/* Give iniparser 4.1, which reads from a path only, the clean text. */
static dictionary *parse(const struct buf *clean)
{
    dictionary *dict = NULL;
    char path[64];
    size_t done = 0;

    int fd = memfd_create("ini", MFD_CLOEXEC);
    if (fd < 0)
        return NULL;
    while (done < clean->len) {
        ssize_t n = write(fd, clean->data + done, clean->len - done);
        if (n <= 0)
            goto out;
        done += (size_t)n;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    complaint[0] = '\0';
    iniparser_set_error_callback(note_complaint);
    dict = iniparser_load(path);
    iniparser_set_error_callback(NULL);
out:
    close(fd);
    return dict;
}

/* Only iniparser_getstring, and never with a section's name alone: CVE-2023-33461. */
static const char *value_of(const struct ini *ini, const struct ini_scan_entry *e)
{
    char name[2 * INI_LINE_MAX + 2];

    snprintf(name, sizeof name, "%s:%s", e->section, e->key);
    return iniparser_getstring(ini->dict, name, NULL);
}

/* Two readers must agree on each value. */
static void compare(struct ini *ini)
{
    struct ini_scan *s = &ini->scan;

    for (size_t i = 0; i < s->n; i++) {
        const struct ini_scan_entry *e = &s->entries[i];
        const char *value = value_of(ini, e);
        if (value && strcmp(value, e->value) == 0)
            continue;
        s->line = e->line;
        ini_scan_problem(
            s, e->section, e->key,
            "is ambiguous: it could also be read as \"%s\"; write it without quotes or backslashes",
            value ? value : "");
    }
}

static void understand(struct ini *ini, const struct buf *bytes)
{
    struct ini_scan *s = &ini->scan;

    ini_scan(s, bytes->data, bytes->len);
    ini->dict = buf_ok(&s->clean) ? parse(&s->clean) : NULL;
    if (ini->dict) {
        compare(ini);
        return;
    }
    s->line = 0;
    ini_scan_problem(s, "", "", "cannot be parsed: %s", *complaint ? complaint : strerror(errno));
}

struct ini *ini_load(const char *file, ini_report *report, void *arg)
{
    struct ini *ini = calloc(1, sizeof *ini);
    struct buf bytes = {0};

    if (!ini) {
        report(arg, 0, "", "", "out of memory");
        return NULL;
    }
    ini->scan.report = report;
    ini->scan.arg = arg;
    if (slurp(&ini->scan, file, &bytes)) {
        understand(ini, &bytes);
    } else {
        ini_free(ini);
        ini = NULL;
    }
    buf_free(&bytes);
    return ini;
}

size_t ini_problems(const struct ini *ini)
{
    return ini->scan.problems;
}

void ini_free(struct ini *ini)
{
    if (!ini)
        return;
    ini_scan_free(&ini->scan);
    if (ini->dict)
        iniparser_freedict(ini->dict);
    free(ini);
}

bool ini_entry(const struct ini *ini, size_t i, const char **section, const char **key,
               const char **value, int *line)
{
    if (i >= ini->scan.n)
        return false;
    const struct ini_scan_entry *e = &ini->scan.entries[i];
    *section = e->section;
    *key = e->key;
    *value = e->value; /* iniparser's, too: where they differ, ini_load has said so */
    *line = e->line;
    return true;
}
