/*
 * settings_named: the sections [lane:NAME] and [tier:NAME] of settings.h, as tables like that of
 * settings_table.h. For settings*.c alone.
 */
#ifndef PDFSPOOL_SETTINGS_NAMED_H
#define PDFSPOOL_SETTINGS_NAMED_H

#include "spool/settings.h"
#include "spool/settings_table.h"

/* A key of such a section. `like`: where struct settings has what counts while the section does not
 * say it; LIKE_NONE: nowhere, it has a default of its own. */
enum { LIKE_NONE = -1 };
struct named_field {
    struct settings_field f;
    long like;
};

/* A kind of section. */
struct named {
    const char *prefix, *word; /* "lane:", "lane" */
    size_t name_cap, most;     /* of NAME, with NUL; of sections */
    size_t first, size, count; /* offset of the records, size of each, offset of their number */
    size_t origins;            /* in a record, which begins with its section */
    const struct named_field *fields;
    size_t keys;
};
enum { NAMED_LANE, NAMED_TIER, NAMED_KINDS };
extern const struct named named_kinds[NAMED_KINDS];

/* Is it one of these sections, right or wrong? */
bool named_is(const char *section);
/* Set a key; the first one makes the section. False: what is wrong is appended to `why`. */
bool named_set(struct settings *s, const char *section, const char *key, const char *value,
               enum settings_scope scope, struct buf *why);
/* Do they fit each other? 0, or -1: reported. */
int named_check(const struct settings *s, settings_report *report, void *arg);
/* How many rows they have; and row i of them, as settings_row has it. */
size_t named_rows(const struct settings *s);
bool named_row(const struct settings *s, size_t i, struct settings_row *row, char *value,
               size_t cap);
/* What the bounds of row i are, counted from the first of these rows. */
void named_row_bounds(const struct settings *s, size_t i, struct buf *out);
/* Append examples, all of it comment. */
void named_sample(struct buf *out, enum settings_scope scope);

#endif
