/*
 * ini_scan: a strict reading of .ini text, which finds what iniparser would take in silence for
 * something else. The other half of ini.c, and for it alone.
 */
#ifndef PDFSPOOL_INI_SCAN_H
#define PDFSPOOL_INI_SCAN_H

#include <stddef.h>

#include "base/buf.h"
#include "base/ini.h"

enum { INI_LINE_MAX = 1000 }; /* bytes; iniparser gives up at 1,023 */

/* A key that was set in a right way. The strings are the scan's; the value without its quotes. */
struct ini_scan_entry {
    char *section, *key, *value;
    int line;
};

/* Zero-initialise but for report and arg. */
struct ini_scan {
    ini_report *report;
    void *arg;
    size_t problems;
    struct ini_scan_entry *entries;
    size_t n, cap;
    struct buf clean;    /* the text, with an empty line in place of each that was reported */
    int line;            /* the one at hand, 1...; 0: the file as a whole */
    const char *section; /* of the lines to come; NULL: unknown, because its own line was wrong */
    char section_name[INI_LINE_MAX + 1];
};

/* Read the text; once. */
void ini_scan(struct ini_scan *s, const char *data, size_t n);
/* Count and report a problem of s->line. */
void ini_scan_problem(struct ini_scan *s, const char *section, const char *key, const char *fmt,
                      ...) __attribute__((format(printf, 4, 5)));
/* Give back all that the scan holds. */
void ini_scan_free(struct ini_scan *s);

#endif
