/*
 * settings_table: the rows behind settings.h, and the reading and writing of one value. For
 * settings*.c alone.
 */
#ifndef PDFSPOOL_SETTINGS_TABLE_H
#define PDFSPOOL_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "spool/settings.h"

enum settings_type {
    SETTINGS_NUMBER,   /* int64_t */
    SETTINGS_DURATION, /* int64_t, milliseconds */
    SETTINGS_SIZE,     /* uint64_t, bytes */
    SETTINGS_BOOL,     /* bool */
    SETTINGS_CHOICE,   /* int: index into choices */
    SETTINGS_PATH,     /* char[SETTINGS_PATH_MAX], absolute */
    SETTINGS_PATH_OR_EMPTY,
    SETTINGS_TEXT,     /* char[SETTINGS_PATH_MAX], what it means is its user's business */
    SETTINGS_LANGUAGES /* char[LANGLIST_CAP]: "auto", or as langlist.h has it */
};

enum { SETTINGS_PATH_MAX = 512 };
enum settings_origin { ORIGIN_DEFAULT, ORIGIN_CLUSTER, ORIGIN_HOST };

struct settings_field {
    const char *section, *key;
    enum settings_type type;
    enum settings_scope scope;  /* CLUSTER: only spool.ini may set it */
    size_t offset;              /* in struct settings, or in the section's record */
    int64_t min, max;           /* of numbers, durations, sizes */
    const char *const *choices; /* of SETTINGS_CHOICE, ended by NULL */
    const char *fallback;       /* the default, as it would be written into a file */
    const char *help;           /* one line */
};

/* Row i, or NULL at the end. */
const struct settings_field *settings_field(size_t i);
/* How many there are. */
size_t settings_fields(void);
/* Set the field of *base, which is what its offset counts in, from text. True when that is a right
 * value; else what is wrong, and what would be right, is appended to `why`, and *base is as it was. */
bool settings_field_set(void *base, const struct settings_field *f, const char *text,
                        struct buf *why);
/* Append the field's value in *base as it would be written into a file. */
void settings_field_show(const void *base, const struct settings_field *f, struct buf *out);
/* Append what may be written there: "50ms to 10m", "require, prefer or off". */
void settings_field_bounds(const struct settings_field *f, struct buf *out);
/* Append a number as the field's type is written, with the largest unit that leaves it exact:
 * "90s", "64M", "0". */
void settings_field_show_number(const struct settings_field *f, int64_t v, struct buf *out);
/* The one of n names that is nearest to `name`; NULL when none is near enough to be what was meant.
 */
const char *settings_nearest(const char *name, const char *const *names, size_t n);

#endif
