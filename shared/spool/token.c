#include "spool/token.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

static const char hex[] = "0123456789ABCDEF";

bool token_encode(const char *path, char *out, size_t cap)
{
    size_t o = 0;
    for (size_t i = 0; path[i]; i++) {
        unsigned char c = (unsigned char)path[i];
        bool escape = c == '/' || c == '%' || c == '!' || (c == '.' && i == 0);
        if (o + (escape ? 3 : 1) >= cap)
            return false;
        if (escape) {
            out[o++] = '%';
            out[o++] = hex[c >> 4];
            out[o++] = hex[c & 15];
        } else {
            out[o++] = (char)c;
        }
    }
    out[o] = 0;
    return o > 0;
}

void token_set_path(struct token *t, const char *path)
{
    char encoded[TOKEN_PATH_MAX + 1];
    t->path_apart = !token_encode(path, encoded, sizeof encoded);
    if (!t->path_apart) {
        memcpy(t->encoded, encoded, strlen(encoded) + 1);
        return;
    }
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    size_t n = strlen(base), from = n > 40 ? n - 40 : 0;
    size_t o = 0;
    t->encoded[o++] = '%';
    t->encoded[o++] = '=';
    for (size_t i = from; i < n; i++)
        t->encoded[o++] = base[i] == '%' || base[i] == '!' || base[i] == '/' ? '_' : base[i];
    t->encoded[o] = 0;
}

static int hex_digit(char c)
{
    const char *p = c ? strchr(hex, c) : NULL;
    return p ? (int)(p - hex) : -1;
}

bool token_path_ok(const char *path)
{
    for (const char *p = path;;) {
        size_t n = 0;
        while (p[n] && p[n] != '/')
            n++;
        if (n == 0 || n >= NAME_CAP || (n == 1 && p[0] == '.') ||
            (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        if (p[n] == 0)
            return true;
        p += n + 1;
    }
}

int token_path(const struct token *t, char path[PATH_CAP])
{
    size_t o = 0;
    if (t->path_apart)
        return -1;
    for (const char *p = t->encoded; *p; p++) {
        if (o + 1 >= PATH_CAP)
            return -1;
        if (*p != '%') {
            path[o++] = *p;
            continue;
        }
        int hi = hex_digit(p[1]), lo = hi < 0 ? -1 : hex_digit(p[2]);
        if (lo < 0 || (hi == 0 && lo == 0))
            return -1;
        path[o++] = (char)(hi << 4 | lo);
        p += 2;
    }
    path[o] = 0;
    return o > 0 && token_path_ok(path) ? 0 : -1;
}

void token_spend(struct token *t, char letter)
{
    size_t n = strlen(t->history);
    if (n == HISTORY_CAP - 1) {
        memmove(t->history, t->history + 1, n - 1);
        n--;
    }
    t->history[n] = letter;
    t->history[n + 1] = 0;
    t->attempt++;
}

void token_name(const struct token *t, char name[NAME_CAP])
{
    char unspent[16] = "";
    if (t->unspent)
        snprintf(unspent, sizeof unspent, "u%u", t->unspent);
    snprintf(name, NAME_CAP, "%u%s%s.%s.%s~%.*s", t->attempt, t->history, unspent, t->document,
             t->claim, TOKEN_PATH_MAX, t->encoded);
}

void token_waiting_name(const struct waiting *w, char name[NAME_CAP])
{
    char token[NAME_CAP];
    token_name(&w->token, token);
    snprintf(name, NAME_CAP, "%lld.%s.%.*s", (long long)w->due_s, w->need, TOKEN_NAME_MAX, token);
}

void token_sealed_name(const struct sealed *s, char name[NAME_CAP])
{
    char token[NAME_CAP], to[40], unpacked[12] = "";
    token_name(&s->token, token);
    bool done = s->to.outcome == OUTCOME_OK;
    if (s->to.unpacked && s->to.folder)
        snprintf(unpacked, sizeof unpacked, "u%u", s->to.folder);
    else if (s->to.unpacked)
        snprintf(unpacked, sizeof unpacked, "u");
    snprintf(to, sizeof to, "%s%s.%u%s%s", done ? "done" : "failed-",
             done ? "" : outcome_facts(s->to.outcome)->name, s->to.n, s->to.flat ? "f" : "",
             unpacked);
    snprintf(name, NAME_CAP, "%s!%.*s", to, TOKEN_NAME_MAX, token);
}

bool token_id_ok(const char *id, size_t n)
{
    if (n < 3 || n >= ID_CAP)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'z') || id[i] == '-'))
            return false;
    return true;
}

/* Up to 9 digits as a number of at least 1, written as we write it; moves *p behind them. */
static bool parse_count(const char **p, const char *end, unsigned *out)
{
    uint64_t v;
    size_t n = 0;
    while (*p + n < end && (*p)[n] >= '0' && (*p)[n] <= '9')
        n++;
    if (n == 0 || n > 9 || **p == '0' || !num_u64_n(*p, n, &v))
        return false;
    *p += n;
    *out = (unsigned)v;
    return true;
}

static bool parse_attempt(const char *p, const char *end, struct token *t)
{
    size_t h = 0;
    if (!parse_count(&p, end, &t->attempt))
        return false;
    while (p < end && *p >= 'a' && *p <= 'z' && *p != 'u') {
        if (h == HISTORY_CAP - 1)
            return false;
        t->history[h++] = *p++;
    }
    t->history[h] = 0;
    t->unspent = 0;
    if (p < end && *p == 'u') {
        p++;
        if (!parse_count(&p, end, &t->unspent))
            return false;
    }
    return p == end;
}

static bool parse_id(const char *from, const char *to, char id[ID_CAP])
{
    size_t n = (size_t)(to - from);
    if (!token_id_ok(from, n))
        return false;
    memcpy(id, from, n);
    id[n] = 0;
    return true;
}

int token_parse(const char *name, struct token *t)
{
    char path[PATH_CAP];
    const char *dot1 = strchr(name, '.'), *dot2 = dot1 ? strchr(dot1 + 1, '.') : NULL;
    const char *tilde = dot2 ? strchr(dot2, '~') : NULL;
    /* What is longer than ours would be cut when it is sealed, and be another document then. */
    if (!tilde || strlen(name) > TOKEN_NAME_MAX || strlen(tilde + 1) > TOKEN_PATH_MAX ||
        !parse_attempt(name, dot1, t) || !parse_id(dot1 + 1, dot2, t->document) ||
        !parse_id(dot2 + 1, tilde, t->claim))
        return -1;
    snprintf(t->encoded, sizeof t->encoded, "%s", tilde + 1);
    t->path_apart = t->encoded[0] == '%' && t->encoded[1] == '=';
    return t->path_apart ? 0 : token_path(t, path);
}

int token_parse_waiting(const char *name, struct waiting *w)
{
    uint64_t due;
    const char *dot1 = strchr(name, '.'), *dot2 = dot1 ? strchr(dot1 + 1, '.') : NULL;
    if (!dot2 || !num_u64_n(name, (size_t)(dot1 - name), &due) || due > INT64_MAX / 2000 ||
        (name[0] == '0' && dot1 - name > 1))
        return -1;
    size_t n = (size_t)(dot2 - dot1 - 1);
    if (n == 0 || n >= NEED_CAP)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (dot1[1 + i] < 'a' || dot1[1 + i] > 'z')
            return -1;
    memcpy(w->need, dot1 + 1, n);
    w->need[n] = 0;
    w->due_s = (int64_t)due;
    return token_parse(dot2 + 1, &w->token);
}

int token_parse_sealed(const char *name, struct sealed *s)
{
    const char *bang = strchr(name, '!'), *dot = strchr(name, '.'), *p;
    if (!bang || !dot || dot > bang)
        return -1;
    size_t n = (size_t)(dot - name);
    if (n == 4 && memcmp(name, "done", 4) == 0) {
        s->to.outcome = OUTCOME_OK;
    } else if (n > 7 && memcmp(name, "failed-", 7) == 0) {
        s->to.outcome = outcome_of(name + 7, n - 7);
        if (s->to.outcome == OUTCOME_COUNT || !outcome_facts(s->to.outcome)->failure)
            return -1;
    } else {
        return -1;
    }
    p = dot + 1;
    if (!parse_count(&p, bang, &s->to.n))
        return -1;
    s->to.flat = p < bang && *p == 'f';
    p += s->to.flat;
    s->to.unpacked = p < bang && *p == 'u' && s->to.outcome == OUTCOME_OK;
    p += s->to.unpacked;
    s->to.folder = 0;
    if (s->to.unpacked && p < bang && !parse_count(&p, bang, &s->to.folder))
        return -1;
    return p == bang ? token_parse(bang + 1, &s->token) : -1;
}
