#include "spool/settings_named.h"

#include <stdio.h>
#include <string.h>

static size_t count_of(const struct settings *s, const struct named *k)
{
    return *(const size_t *)(const void *)((const char *)s + k->count);
}

static const char *record_of(const struct settings *s, const struct named *k, size_t i)
{
    return (const char *)s + k->first + i * k->size;
}

static const struct named *kind_of(const char *section)
{
    for (size_t i = 0; i < NAMED_KINDS; i++)
        if (strncmp(section, named_kinds[i].prefix, strlen(named_kinds[i].prefix)) == 0)
            return &named_kinds[i];
    return NULL;
}

bool named_is(const char *section)
{
    return kind_of(section) != NULL;
}

/* ---- read ---- */

static void fill_defaults(char *record, const struct named *k)
{
    struct buf why = {0};
    for (size_t i = 0; i < k->keys; i++) {
        const struct settings_field *f = &k->fields[i].f;
        if (f->fallback)
            settings_field_set(record, f, strcmp(f->fallback, "\"\"") == 0 ? "" : f->fallback,
                               &why);
    }
    buf_free(&why);
}

static bool right_name(const char *name, const struct named *k, struct buf *why)
{
    size_t n = strlen(name);
    if (n > 0 && n < k->name_cap &&
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0' && *name != '-')
        return true;
    buf_fmt(why, "the name of a %s has letters, digits, _ and -, at most %zu", k->word,
            k->name_cap - 1);
    return false;
}

/* The record of that section; a new one where there is none. NULL: appended to why. */
static char *record(struct settings *s, const struct named *k, const char *section, struct buf *why)
{
    size_t *n = (size_t *)(void *)((char *)s + k->count);
    for (size_t i = 0; i < *n; i++)
        if (strcmp(record_of(s, k, i), section) == 0)
            return (char *)s + k->first + i * k->size;
    if (!right_name(section + strlen(k->prefix), k, why))
        return NULL;
    if (*n == k->most) {
        buf_fmt(why, "there are more than %zu sections [%s...]", k->most, k->prefix);
        return NULL;
    }
    char *fresh = (char *)s + k->first + (*n)++ * k->size;
    memset(fresh, 0, k->size);
    snprintf(fresh, strlen(section) + 1, "%s", section);
    fill_defaults(fresh, k);
    return fresh;
}

static bool no_such_key(const struct named *k, const char *key, struct buf *why)
{
    const char *names[(int)LANE_KEYS > (int)TIER_KEYS ? (int)LANE_KEYS : (int)TIER_KEYS];
    for (size_t i = 0; i < k->keys; i++)
        names[i] = k->fields[i].f.key;
    const char *nearest = settings_nearest(key, names, k->keys);
    if (nearest) {
        buf_fmt(why, "there is no such key; did you mean %s?", nearest);
        return false;
    }
    buf_fmt(why, "there is no such key; a %s has ", k->word);
    for (size_t i = 0; i < k->keys; i++)
        buf_fmt(why, "%s%s", i ? ", " : "", names[i]);
    return false;
}

static bool right_scope(const struct settings_field *f, enum settings_scope scope, struct buf *why)
{
    if (f->scope == scope)
        return true;
    buf_str(why, scope == SETTINGS_HOST
                     ? "must be the same on all hosts: it belongs into the spool's spool.ini"
                     : "is a command of one host: it belongs into that host's own file (--config)");
    return false;
}

/* A folder in the top of pending/, of which there can be such. */
static bool right_folder(const struct settings_field *f, const char *value, struct buf *why)
{
    if (strcmp(f->key, "folder") != 0 || (*value != '.' && !strchr(value, '/')))
        return true;
    buf_fmt(why,
            "\"%s\" is no folder in the top of pending/: write one name, without / or a dot "
            "at its beginning",
            value);
    return false;
}

bool named_set(struct settings *s, const char *section, const char *key, const char *value,
               enum settings_scope scope, struct buf *why)
{
    const struct named *k = kind_of(section);
    char *r = record(s, k, section, why);
    for (size_t i = 0; r && i < k->keys; i++) {
        const struct settings_field *f = &k->fields[i].f;
        if (strcmp(f->key, key) != 0)
            continue;
        if (!right_scope(f, scope, why) || !right_folder(f, value, why) ||
            !settings_field_set(r, f, value, why))
            return false;
        ((unsigned char *)r)[k->origins + i] =
            scope == SETTINGS_HOST ? ORIGIN_HOST : ORIGIN_CLUSTER;
        return true;
    }
    return r && no_such_key(k, key, why);
}

/* ---- shown ---- */

size_t named_rows(const struct settings *s)
{
    return s->n_lanes * LANE_KEYS + s->n_tiers * TIER_KEYS;
}

/* Of row i: its kind, which record, which key. */
static const struct named *find_row(const struct settings *s, size_t i, size_t *record, size_t *key)
{
    for (size_t k = 0; k < NAMED_KINDS; k++) {
        size_t n = count_of(s, &named_kinds[k]) * named_kinds[k].keys;
        *record = i / named_kinds[k].keys;
        *key = i % named_kinds[k].keys;
        if (i < n)
            return &named_kinds[k];
        i -= n;
    }
    return NULL;
}

bool named_row(const struct settings *s, size_t i, struct settings_row *row, char *value,
               size_t cap)
{
    size_t which, key;
    const struct named *k = find_row(s, i, &which, &key);
    if (!k)
        return false;
    const char *r = record_of(s, k, which);
    const struct named_field *n = &k->fields[key];
    unsigned char origin = (unsigned char)r[k->origins + key];
    bool like = n->like != LIKE_NONE && origin == ORIGIN_DEFAULT;
    struct settings_field f = n->f;
    struct buf text = {0};
    *row = (struct settings_row){.section = r,
                                 .key = f.key,
                                 .help = f.help,
                                 .fallback = f.fallback ? f.fallback : "as without the lane",
                                 .origin = origin == ORIGIN_HOST      ? s->host_file
                                           : origin == ORIGIN_CLUSTER ? "spool.ini"
                                                                      : "default",
                                 .scope = f.scope};
    if (like)
        f.offset = (size_t)n->like;
    settings_field_show(like ? (const void *)s : r, &f, &text);
    if (cap > 0)
        snprintf(value, cap, "%s", buf_ok(&text) ? text.data : "");
    buf_free(&text);
    return true;
}

void named_row_bounds(const struct settings *s, size_t i, struct buf *out)
{
    size_t which, key;
    const struct named *k = find_row(s, i, &which, &key);
    if (k)
        settings_field_bounds(&k->fields[key].f, out);
}

static void sample_kind(struct buf *out, const struct named *k, enum settings_scope scope)
{
    for (size_t i = 0; i < k->keys; i++) {
        const struct settings_field *f = &k->fields[i].f;
        if (f->scope != scope)
            continue;
        buf_fmt(out, "# %s (", f->help);
        settings_field_bounds(f, out);
        buf_fmt(out, ")\n# %s =%s%s\n", f->key, f->fallback ? " " : "",
                f->fallback ? f->fallback : "");
    }
}

void named_sample(struct buf *out, enum settings_scope scope)
{
    if (scope == SETTINGS_CLUSTER) {
        buf_fmt(
            out,
            "\n# Folders in the top of pending/ with an order, limits and ways of their own: a "
            "section\n# for each, at most %d; [lane:default] is for all that no other has. What "
            "it leaves out\n# is as without it.\n# [lane:letters]\n",
            LANES);
        sample_kind(out, &named_kinds[NAMED_LANE], scope);
    }
    buf_fmt(out,
            scope == SETTINGS_CLUSTER
                ? "\n# Programs that get text out of a page's picture: a section for each, at most "
                  "%d. They\n# are used where a lane's `tiers` names them, by hosts that have a "
                  "command for them.\n# [tier:cloud]\n"
                : "\n# What this host runs for a tier that spool.ini tells of (at most %d):\n"
                  "# [tier:cloud]\n",
            TIERS);
    sample_kind(out, &named_kinds[NAMED_TIER], scope);
}
