#include "base/ini_scan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char name_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

void ini_scan_problem(struct ini_scan *s, const char *section, const char *key, const char *fmt,
                      ...)
{
    struct buf what = {0};
    va_list ap;

    va_start(ap, fmt);
    buf_vfmt(&what, fmt, ap);
    va_end(ap);
    s->problems++;
    s->report(s->arg, s->line, section, key, buf_ok(&what) ? what.data : "out of memory");
    buf_free(&what);
}

/* A view of some bytes of the line. */
struct span {
    const char *at;
    size_t n;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span trim(const char *at, size_t n)
{
    while (n > 0 && is_blank(at[0])) {
        at++;
        n--;
    }
    while (n > 0 && is_blank(at[n - 1]))
        n--;
    return (struct span){at, n};
}

static bool is_name(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!at[i] || !strchr(name_characters, at[i]))
            return false;
    return n > 0;
}

/* Sections may have one colon, as in [webhook:ops]. */
static bool is_section_name(const char *at, size_t n)
{
    const char *colon = n ? memchr(at, ':', n) : NULL;
    size_t before = colon ? (size_t)(colon - at) : n;
    return is_name(at, before) && (!colon || is_name(colon + 1, n - before - 1));
}

/* Copy as iniparser stores names. */
static char *lower_copy(const char *at, size_t n)
{
    char *copy = strndup(at, n);

    for (char *c = copy; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static const struct ini_scan_entry *known(const struct ini_scan *s, const char *section,
                                          const char *key)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->entries[i].section, section) == 0 && strcmp(s->entries[i].key, key) == 0)
            return &s->entries[i];
    return NULL;
}

static void entry_free(struct ini_scan_entry *e)
{
    free(e->section);
    free(e->key);
    free(e->value);
}

/* Note a key. False: reported. */
static bool remember(struct ini_scan *s, const char *key, struct span value)
{
    const struct ini_scan_entry *before = known(s, s->section, key);

    if (before) {
        ini_scan_problem(s, s->section, key,
                         "is set twice: line %d has it already; remove one of the two",
                         before->line);
        return false;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 16;
        struct ini_scan_entry *more = realloc(s->entries, cap * sizeof *more);
        if (!more)
            goto no_memory;
        s->entries = more;
        s->cap = cap;
    }
    struct ini_scan_entry e = {strdup(s->section), strdup(key), strndup(value.at, value.n),
                               s->line};
    if (!e.section || !e.key || !e.value) {
        entry_free(&e);
        goto no_memory;
    }
    s->entries[s->n++] = e;
    return true;

no_memory:
    ini_scan_problem(s, s->section, key, "out of memory");
    return false;
}

/* What a value says: quotes taken off. False: reported. */
static bool plain_value(struct ini_scan *s, const char *key, struct span *v)
{
    if (v->n > 0 && v->at[v->n - 1] == '\\') {
        ini_scan_problem(
            s, s->section, key,
            "a line cannot be continued by a backslash at its end: write it as one line");
        return false;
    }
    if (v->n > 0 && (v->at[0] == '"' || v->at[0] == '\'')) {
        const char *end = memchr(v->at + 1, v->at[0], v->n - 1);
        if (!end) {
            ini_scan_problem(s, s->section, key,
                             "the quote is never closed: put a %c at the end of the value",
                             v->at[0]);
            return false;
        }
        if (end != v->at + v->n - 1) {
            ini_scan_problem(
                s, s->section, key,
                "there is text behind the closing quote: put comments on lines of their own, "
                "and a value with "
                "one kind of quote in it into the other kind");
            return false;
        }
        if (memchr(v->at, '\\', v->n)) { /* from 4.2 on iniparser takes it for an escape */
            ini_scan_problem(s, s->section, key,
                             "a backslash within quotes is ambiguous: leave the quotes off");
            return false;
        }
        *v = (struct span){v->at + 1, v->n - 2};
        return true;
    }
    if (memchr(v->at, '#', v->n) || memchr(v->at, ';', v->n)) {
        ini_scan_problem(
            s, s->section, key,
            "# or ; would cut the value off: put the value into double quotes, or the comment "
            "on a line of its own");
        return false;
    }
    return true;
}

static bool scan_section(struct ini_scan *s, struct span t)
{
    s->section = NULL;
    if (t.at[t.n - 1] != ']') {
        ini_scan_problem(s, "", "", "a section must be written as [name], with nothing behind it");
        return false;
    }
    struct span name = trim(t.at + 1, t.n - 2);
    if (!is_section_name(name.at, name.n)) {
        ini_scan_problem(s, "", "",
                         "the name of a section may have letters, digits, _ - and . only, as in "
                         "[worker], and one "
                         "colon, as in [webhook:ops]");
        return false;
    }
    for (size_t i = 0; i < name.n; i++)
        s->section_name[i] = (char)tolower((unsigned char)name.at[i]);
    s->section_name[name.n] = '\0';
    s->section = s->section_name;
    return true;
}

static bool scan_key(struct ini_scan *s, struct span t)
{
    const char *equals = memchr(t.at, '=', t.n);
    bool good = false;

    if (!equals) {
        ini_scan_problem(s, s->section ? s->section : "", "",
                         "is neither [section] nor key = value nor a # comment");
        return false;
    }
    struct span name = trim(t.at, (size_t)(equals - t.at));
    struct span value = trim(equals + 1, t.n - (size_t)(equals + 1 - t.at));
    if (!is_name(name.at, name.n)) {
        ini_scan_problem(s, s->section ? s->section : "", "",
                         "the name before the = may have letters, digits, _ - and . only");
        return false;
    }
    if (!s->section)
        return false; /* its section was reported; what stands in it is unknown, not wrong */
    char *key = lower_copy(name.at, name.n);
    if (!key)
        ini_scan_problem(s, s->section, "", "out of memory");
    else if (!*s->section)
        ini_scan_problem(s, "", key, "stands before the first [section]: move it into one");
    else
        good = plain_value(s, key, &value) && remember(s, key, value);
    free(key);
    return good;
}

static bool has_control(struct span t)
{
    for (size_t i = 0; i < t.n; i++)
        if (((unsigned char)t.at[i] < 0x20 && t.at[i] != '\t') || t.at[i] == 0x7F)
            return true;
    return false;
}

/* One line, without its newline. True when iniparser may have it. */
static bool scan_line(struct ini_scan *s, const char *at, size_t n)
{
    if (memchr(at, '\0', n)) {
        ini_scan_problem(s, "", "", "has a NUL byte: this is no text file, or not in UTF-8");
        return false;
    }
    struct span t = trim(at, n);
    if (n > INI_LINE_MAX) {
        ini_scan_problem(s, "", "", "is longer than %d bytes", INI_LINE_MAX);
        return false;
    }
    if (t.n == 0)
        return true;
    if (t.at[0] == '#' || t.at[0] == ';') {
        if (t.at[t.n - 1] != '\\')
            return true;
        /* iniparser would append the next line to it, and so lose a setting */
        ini_scan_problem(s, "", "",
                         "a comment must not end with a backslash: it would swallow the next line");
        return false;
    }
    if (has_control(t)) {
        ini_scan_problem(s, "", "", "has a control character in it");
        return false;
    }
    return t.at[0] == '[' ? scan_section(s, t) : scan_key(s, t);
}

void ini_scan(struct ini_scan *s, const char *data, size_t n)
{
    static const char bom[] = "\xEF\xBB\xBF";
    const char *end = data + n;

    s->section = ""; /* before the first section */
    if (n >= 3 && memcmp(data, bom, 3) == 0) {
        s->line = 1;
        ini_scan_problem(s, "", "",
                         "begins with a byte order mark: save the file as UTF-8 without BOM");
        data += 3; /* what follows is looked at all the same */
        s->line = 0;
    }
    for (const char *at = data; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        s->line++;
        if (scan_line(s, at, len))
            buf_add(&s->clean, at, len);
        buf_char(&s->clean, '\n'); /* always, so that the numbers of lines stay right */
        at += len + 1;
    }
}

void ini_scan_free(struct ini_scan *s)
{
    for (size_t i = 0; i < s->n; i++)
        entry_free(&s->entries[i]);
    free(s->entries);
    s->entries = NULL;
    s->n = s->cap = 0;
    buf_free(&s->clean);
}
