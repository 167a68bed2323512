#include "spool/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ini.h"
#include "base/num.h"
#include "base/utf8.h"
#include "spool/layout.h"
#include "spool/settings_named.h"
#include "spool/settings_table.h"
#include "spool/settings_webhooks.h"

void settings_defaults(struct settings *s)
{
    const struct settings_field *f;
    struct buf why = {0};

    memset(s, 0, sizeof *s);
    for (size_t i = 0; (f = settings_field(i)); i++) {
        const char *text = strcmp(f->fallback, "\"\"") == 0 ? "" : f->fallback;
        if (!settings_field_set(s, f, text, &why))
            abort(); /* the table contradicts itself; test_settings reads every row */
    }
}

/* ---- reading ---- */

struct loading {
    const char *file;
    enum settings_scope scope;
    settings_report *report;
    void *arg;
    size_t problems;
    const char *unknown_section; /* the last one that was reported: once is enough */
};

static void problem(struct loading *l, int line, const char *section, const char *key,
                    const char *what)
{
    l->problems++;
    l->report(l->arg, l->file, line, section, key, what);
}

/* For base/ini.h. */
static void forward(void *arg, int line, const char *section, const char *key, const char *what)
{
    problem(arg, line, section, key, what);
}

static const struct settings_field *find(const char *section, const char *key, size_t *index)
{
    const struct settings_field *f;

    for (size_t i = 0; (f = settings_field(i)); i++) {
        if (strcmp(f->section, section) == 0 && strcmp(f->key, key) == 0) {
            *index = i;
            return f;
        }
    }
    return NULL;
}

/* Gather the sections, or the keys of one section (all sections: NULL). */
static size_t names_of(const char *section, const char *names[SETTINGS_MAX])
{
    const struct settings_field *f;
    size_t n = 0;

    for (size_t i = 0; (f = settings_field(i)); i++)
        if (!section || strcmp(f->section, section) == 0)
            names[n++] = f->key;
    return n;
}

static size_t all_sections(const char *names[SETTINGS_MAX])
{
    const struct settings_field *f;
    size_t n = 0;

    for (size_t i = 0; (f = settings_field(i)); i++)
        if (n == 0 || strcmp(names[n - 1], f->section) != 0)
            names[n++] = f->section;
    return n;
}

static void list(struct buf *out, const char *const *names, size_t n, const char *fmt)
{
    for (size_t i = 0; i < n; i++) {
        buf_str(out, i == 0 ? "" : ", ");
        for (const char *c = fmt; *c; c++)
            if (*c == '*')
                buf_str(out, names[i]);
            else
                buf_char(out, *c);
    }
}

static void unknown_section(struct loading *l, int line, const char *section)
{
    const char *names[SETTINGS_MAX];
    size_t n = all_sections(names);
    const char *nearest = settings_nearest(section, names, n);
    struct buf why = {0};

    if (l->unknown_section && strcmp(l->unknown_section, section) == 0)
        return;
    l->unknown_section = section;
    if (nearest) {
        buf_fmt(&why, "there is no such section; did you mean [%s]?", nearest);
    } else {
        buf_str(&why, "there is no such section; there are ");
        list(&why, names, n, "[*]");
    }
    problem(l, line, section, "", buf_ok(&why) ? why.data : "there is no such section");
    buf_free(&why);
}

static const struct settings_field *by_key(const char *key)
{
    const struct settings_field *f;

    for (size_t i = 0; (f = settings_field(i)); i++)
        if (strcmp(f->key, key) == 0)
            return f;
    return NULL;
}

/* No such key here: it may belong into another section, or be misspelt, in this section or in
 * another one. */
static void unknown_key(struct loading *l, int line, const char *section, const char *key)
{
    const char *names[SETTINGS_MAX];
    size_t n = names_of(section, names);
    const char *nearest = settings_nearest(key, names, n);
    const struct settings_field *elsewhere = by_key(key);
    struct buf why = {0};

    if (elsewhere) {
        buf_fmt(&why, "there is no such key here; it belongs into [%s]", elsewhere->section);
    } else if (nearest) {
        buf_fmt(&why, "there is no such key; did you mean %s?", nearest);
    } else if ((nearest = settings_nearest(key, names, names_of(NULL, names)))) {
        buf_fmt(&why, "there is no such key; did you mean %s in [%s]?", nearest,
                by_key(nearest)->section);
    } else {
        buf_fmt(&why, "there is no such key; [%s] has ", section);
        list(&why, names, names_of(section, names), "*");
    }
    problem(l, line, section, key, buf_ok(&why) ? why.data : "there is no such key");
    buf_free(&why);
}

static bool is_section(const char *section)
{
    const char *names[SETTINGS_MAX];
    size_t n = all_sections(names);

    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], section) == 0)
            return true;
    return false;
}

static void set(struct loading *l, struct settings *s, int line, const char *section,
                const char *key, const char *value)
{
    struct buf why = {0};
    size_t index;

    if (strncmp(section, "webhook:", 8) == 0) {
        if (!webhooks_set(s, section, key, value,
                          l->scope == SETTINGS_HOST ? ORIGIN_HOST : ORIGIN_CLUSTER, &why))
            problem(l, line, section, key, buf_ok(&why) ? why.data : "the value is wrong");
        buf_free(&why);
        return;
    }
    if (named_is(section)) {
        if (!named_set(s, section, key, value, l->scope, &why))
            problem(l, line, section, key, buf_ok(&why) ? why.data : "the value is wrong");
        buf_free(&why);
        return;
    }
    if (!is_section(section)) {
        unknown_section(l, line, section);
        return;
    }
    const struct settings_field *f = find(section, key, &index);
    if (!f) {
        unknown_key(l, line, section, key);
    } else if (f->scope == SETTINGS_CLUSTER && l->scope == SETTINGS_HOST) {
        problem(l, line, section, key,
                "must be the same on all hosts: it belongs into the spool's spool.ini");
    } else if (settings_field_set(s, f, value, &why)) {
        s->origin[index] = l->scope == SETTINGS_HOST ? ORIGIN_HOST : ORIGIN_CLUSTER;
    } else {
        problem(l, line, section, key, buf_ok(&why) ? why.data : "the value is wrong");
    }
    buf_free(&why);
}

/* What [spool] format says; 0: nothing that could be one. */
static uint64_t format_in(const struct ini *ini, int *line)
{
    const char *section, *key, *value;
    uint64_t n = 0;
    for (size_t i = 0; ini && ini_entry(ini, i, &section, &key, &value, line); i++)
        if (strcmp(section, "spool") == 0 && strcmp(key, "format") == 0)
            return num_u64(value, &n) ? n : 0;
    return 0;
}

static void ignore_problem(void *arg, int line, const char *section, const char *key,
                           const char *what)
{
    (void)arg, (void)line, (void)section, (void)key, (void)what;
}

uint64_t settings_other_format(const char *file)
{
    int line;
    struct ini *ini = ini_load(file, ignore_problem, NULL);
    uint64_t n = format_in(ini, &line);
    ini_free(ini);
    return n == SPOOL_FORMAT ? 0 : n;
}

void settings_say_format(uint64_t format, char *dst, size_t cap)
{
    snprintf(dst, cap,
             "this spool has format %llu, and this program knows format %d: upgrade pdfspool on "
             "this machine; nothing was touched",
             (unsigned long long)format, SPOOL_FORMAT);
}

/* Whoever does not know the format does not know the keys either: nothing more is said of them. */
static bool format_fits(struct loading *l, const struct ini *ini)
{
    char why[200];
    int line = 0;
    uint64_t n = l->scope == SETTINGS_CLUSTER ? format_in(ini, &line) : 0;
    if (n <= SPOOL_FORMAT)
        return true; /* 0, none: told as that of any other key is */
    settings_say_format(n, why, sizeof why);
    problem(l, line, "spool", "format", why);
    return false;
}

int settings_load(struct settings *s, const char *file, enum settings_scope scope,
                  settings_report *report, void *arg)
{
    struct loading l = {.file = file, .scope = scope, .report = report, .arg = arg};
    const char *section, *key, *value;
    struct settings fresh = *s;
    int line;

    struct ini *ini = ini_load(file, forward, &l);
    bool fits = format_fits(&l, ini);
    for (size_t i = 0; fits && ini && ini_entry(ini, i, &section, &key, &value, &line); i++)
        set(&l, &fresh, line, section, key, value);
    ini_free(ini);
    if (!ini || l.problems > 0) {
        errno = EINVAL;
        return -1;
    }
    if (scope == SETTINGS_HOST)
        snprintf(fresh.host_file, sizeof fresh.host_file, "%.*s", (int)sizeof fresh.host_file - 1,
                 file);
    *s = fresh;
    return 0;
}

/* For a terminal: what would command it is escaped, quotes stay as they are. */
static void add_safely(struct buf *out, const char *s)
{
    size_t n = strlen(s);

    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_seq(s + i, n - i);
        if (len && !utf8_control(s + i, len)) {
            buf_add(out, s + i, len);
        } else {
            len = len ? len : 1;
            utf8_escape(out, s + i, len);
        }
    }
}

void settings_report_stderr(void *arg, const char *file, int line, const char *section,
                            const char *key, const char *what)
{
    struct buf out = {0};

    (void)arg;
    add_safely(&out, file);
    if (line > 0)
        buf_fmt(&out, ":%d", line);
    buf_str(&out, ": ");
    if (*section) {
        buf_char(&out, '[');
        add_safely(&out, section);
        buf_str(&out, "] ");
    }
    if (*key) {
        add_safely(&out, key);
        buf_str(&out, ": ");
    }
    add_safely(&out, what); /* it quotes values */
    buf_char(&out, '\n');
    /* One call, so that lines of several programs do not mix; there is nobody to tell when it
     * fails. */
    if (buf_ok(&out) && write(STDERR_FILENO, out.data, out.len) < 0)
        errno = 0;
    buf_free(&out);
}
