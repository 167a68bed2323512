/*
 * ini: reading of .ini files. The only user of iniparser, whose silent habits it makes loud:
 * syntax errors, duplicate keys, keys outside a section, unquoted values with # or ; in them,
 * over-long lines, a BOM, a NUL byte and a file that group or others may write are all found and
 * reported with their line.
 */
#ifndef PDFSPOOL_INI_H
#define PDFSPOOL_INI_H

#include <stdbool.h>
#include <stddef.h>

struct ini; /* a file that was read */

/* What is told about a problem: the line (0: the file as a whole), section and key where there are
 * such ("" if not), and a sentence that says what is wrong and what would be right. */
typedef void ini_report(void *arg, int line, const char *section, const char *key,
                        const char *what);

/* Read a file. All problems go to `report`. NULL when the file cannot be read at all (I/O error,
 * writable by others, too large, no memory: also reported, as line 0). Else what could be read,
 * even when single lines had problems, so that the caller can report what it finds wrong at the
 * same time: ask ini_problems before the values are used. */
struct ini *ini_load(const char *file, ini_report *report, void *arg);
/* How many problems were reported. */
size_t ini_problems(const struct ini *ini);
void ini_free(struct ini *ini); /* NULL is fine */
/* Walk all keys in the order of the file: i from 0; false at the end. The strings are borrowed;
 * names are lower case. */
bool ini_entry(const struct ini *ini, size_t i, const char **section, const char **key,
               const char **value, int *line);

#endif
