/* One value of the table: from text, to text, and what to say about a wrong one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/langlist.h"
#include "base/num.h"
#include "spool/settings_table.h"

static void *place(void *base, const struct settings_field *f)
{
    return (char *)base + f->offset;
}

static const void *const_place(const void *base, const struct settings_field *f)
{
    return (const char *)base + f->offset;
}

static void show_duration(int64_t ms, struct buf *out)
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};

    for (size_t i = 0; i < sizeof units / sizeof units[0] && ms; i++) {
        if (ms % units[i].ms == 0) {
            buf_fmt(out, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
            return;
        }
    }
    buf_char(out, '0');
}

static void show_size(uint64_t bytes, struct buf *out)
{
    static const char letters[] = "TGMK";

    for (unsigned i = 0; i < 4 && bytes; i++) {
        unsigned shift = 10 * (4 - i);
        if (bytes >> shift << shift == bytes) {
            buf_fmt(out, "%" PRIu64 "%c", bytes >> shift, letters[i]);
            return;
        }
    }
    buf_fmt(out, "%" PRIu64, bytes);
}

void settings_field_show_number(const struct settings_field *f, int64_t v, struct buf *out)
{
    if (f->type == SETTINGS_DURATION)
        show_duration(v, out);
    else if (f->type == SETTINGS_SIZE)
        show_size((uint64_t)v, out);
    else
        buf_fmt(out, "%" PRId64, v);
}

static void list_choices(const struct settings_field *f, struct buf *out)
{
    for (int i = 0; f->choices[i]; i++)
        buf_fmt(out, "%s%s", i == 0 ? "" : f->choices[i + 1] ? ", " : " or ", f->choices[i]);
}

void settings_field_bounds(const struct settings_field *f, struct buf *out)
{
    switch (f->type) {
    case SETTINGS_NUMBER:
    case SETTINGS_DURATION:
    case SETTINGS_SIZE:
        settings_field_show_number(f, f->min, out);
        if (f->min == f->max)
            return;
        buf_str(out, " to ");
        settings_field_show_number(f, f->max, out);
        return;
    case SETTINGS_BOOL:
        buf_str(out, "yes or no");
        return;
    case SETTINGS_CHOICE:
        list_choices(f, out);
        return;
    case SETTINGS_PATH:
    case SETTINGS_PATH_OR_EMPTY:
        buf_str(out, "an absolute path");
        if (f->type == SETTINGS_PATH_OR_EMPTY)
            buf_str(out, ", or \"\"");
        return;
    case SETTINGS_TEXT:
        buf_fmt(out, "text of at most %d bytes", SETTINGS_PATH_MAX - 1);
        return;
    case SETTINGS_LANGUAGES:
        buf_fmt(out, "auto, or one to %d languages such as deu+eng", LANGLIST_MOST);
        return;
    }
}

static bool all_digits(const char *s)
{
    return *s && s[strspn(s, "0123456789")] == '\0';
}

/* The two things that people get wrong most: no unit, and a unit that is not ours. */
static void explain_number(const struct settings_field *f, const char *text, struct buf *why)
{
    if (f->type == SETTINGS_DURATION && all_digits(text))
        buf_fmt(why, "\"%s\" has no unit: write %.20sms, %.20ss, %.20sm, %.20sh or %.20sd", text,
                text, text, text, text, text);
    else if (f->type == SETTINGS_DURATION)
        buf_fmt(why, "\"%s\" is no duration: write a whole number and ms, s, m, h or d, as in 30s",
                text);
    else if (f->type == SETTINGS_SIZE)
        buf_fmt(why, "\"%s\" is no size: write a whole number and K, M, G or T, as in 64M", text);
    else
        buf_fmt(why, "\"%s\" is no whole number: write digits only", text);
    buf_str(why, " (");
    settings_field_bounds(f, why);
    buf_char(why, ')');
}

static bool read_number(const struct settings_field *f, const char *text, int64_t *v)
{
    uint64_t size;

    switch (f->type) {
    case SETTINGS_DURATION:
        return num_duration_ms(text, v);
    case SETTINGS_SIZE:
        if (!num_size(text, &size))
            return false;
        *v = size > INT64_MAX ? INT64_MAX : (int64_t)size; /* above every bound in any case */
        return true;
    default:
        return num_i64(text, v);
    }
}

static bool set_number(void *base, const struct settings_field *f, const char *text,
                       struct buf *why)
{
    int64_t v;

    if (!read_number(f, text, &v)) {
        explain_number(f, text, why);
        return false;
    }
    if (v < f->min || v > f->max) {
        buf_fmt(why, "%s is out of range: it must be ", text);
        settings_field_bounds(f, why);
        return false;
    }
    if (f->type == SETTINGS_SIZE)
        *(uint64_t *)place(base, f) = (uint64_t)v;
    else
        *(int64_t *)place(base, f) = v;
    return true;
}

static bool set_choice(void *base, const struct settings_field *f, const char *text,
                       struct buf *why)
{
    size_t n = 0;

    for (; f->choices[n]; n++) {
        if (strcmp(text, f->choices[n]) == 0) {
            *(int *)place(base, f) = (int)n;
            return true;
        }
    }
    const char *nearest = settings_nearest(text, f->choices, n);
    buf_fmt(why, "\"%s\" is not known: it must be ", text);
    list_choices(f, why);
    if (nearest)
        buf_fmt(why, "; did you mean %s?", nearest);
    return false;
}

static bool set_path(void *base, const struct settings_field *f, const char *text, struct buf *why)
{
    bool may_be_empty = f->type == SETTINGS_PATH_OR_EMPTY;

    if (*text ? *text != '/' : !may_be_empty) {
        buf_fmt(why, "\"%s\" is no absolute path: it must begin with /", text);
        return false;
    }
    if (strlen(text) >= SETTINGS_PATH_MAX) {
        buf_fmt(why, "the path is too long: at most %d bytes", SETTINGS_PATH_MAX - 1);
        return false;
    }
    memcpy(place(base, f), text, strlen(text) + 1);
    return true;
}

static bool set_text(void *base, const struct settings_field *f, const char *text, struct buf *why)
{
    if (strlen(text) >= SETTINGS_PATH_MAX) {
        buf_fmt(why, "it is too long: at most %d bytes", SETTINGS_PATH_MAX - 1);
        return false;
    }
    memcpy(place(base, f), text, strlen(text) + 1);
    return true;
}

static bool set_languages(void *base, const struct settings_field *f, const char *text,
                          struct buf *why)
{
    if (strcmp(text, LANGLIST_AUTO) != 0 && !langlist_ok(text, strlen(text))) {
        buf_fmt(why, "\"%s\" is no list of languages: it must be ", text);
        settings_field_bounds(f, why);
        return false;
    }
    memcpy(place(base, f), text, strlen(text) + 1);
    return true;
}

bool settings_field_set(void *base, const struct settings_field *f, const char *text,
                        struct buf *why)
{
    switch (f->type) {
    case SETTINGS_NUMBER:
    case SETTINGS_DURATION:
    case SETTINGS_SIZE:
        return set_number(base, f, text, why);
    case SETTINGS_CHOICE:
        return set_choice(base, f, text, why);
    case SETTINGS_PATH:
    case SETTINGS_PATH_OR_EMPTY:
        return set_path(base, f, text, why);
    case SETTINGS_TEXT:
        return set_text(base, f, text, why);
    case SETTINGS_LANGUAGES:
        return set_languages(base, f, text, why);
    case SETTINGS_BOOL:
        if (num_bool(text, place(base, f)))
            return true;
        buf_fmt(why, "\"%s\" is neither yes nor no (on, off, true, false, 1 and 0 will do, too)",
                text);
        return false;
    }
    return false;
}

/* A path as the reader of .ini files takes it: in quotes only where it must be. */
static void show_path(const char *path, struct buf *out)
{
    size_t n = strlen(path);
    bool bare =
        n > 0 && !strpbrk(path, "#;") && !strchr("\"' \t", path[0]) && !strchr(" \t", path[n - 1]);
    const char *quote = bare ? "" : strchr(path, '"') ? "'" : "\"";

    buf_fmt(out, "%s%s%s", quote, path, quote);
}

void settings_field_show(const void *base, const struct settings_field *f, struct buf *out)
{
    const void *at = const_place(base, f);

    switch (f->type) {
    case SETTINGS_NUMBER:
    case SETTINGS_DURATION:
        settings_field_show_number(f, *(const int64_t *)at, out);
        return;
    case SETTINGS_SIZE:
        show_size(*(const uint64_t *)at, out);
        return;
    case SETTINGS_BOOL:
        buf_str(out, *(const bool *)at ? "yes" : "no");
        return;
    case SETTINGS_CHOICE:
        buf_str(out, f->choices[*(const int *)at]);
        return;
    case SETTINGS_PATH:
    case SETTINGS_PATH_OR_EMPTY:
    case SETTINGS_TEXT:
        show_path(at, out);
        return;
    case SETTINGS_LANGUAGES:
        buf_str(out, at);
        return;
    }
}

/* Levenshtein's distance; names here are short. A long one is as far away as can be. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1];
    size_t na = strlen(a), nb = strlen(b);

    if (na > LONGEST || nb > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[nb];
}

const char *settings_nearest(const char *name, const char *const *names, size_t n)
{
    size_t allowed = 1 + strlen(name) / 4; /* a slip or two, more in long names */
    const char *nearest = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t d = distance(name, names[i]);
        if (d <= allowed) {
            nearest = names[i];
            if (d == 0)
                break;
            allowed = d - 1; /* from here on only something nearer counts */
        }
    }
    return nearest;
}
