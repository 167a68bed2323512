#include "spool/capname.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "spool/token.h"

static const char lane[] = "lane", tier[] = "tier";
#define NAME_CHARS   "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define HOLDER_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define GEN_MOST     UINT64_C(1000000000000000000) /* so that one more is never none */

void cap_of_section(const char *section, char cap[CAP_CAP])
{
    size_t kind = strcspn(section, ":");
    const char *name = section + kind + (section[kind] == ':');
    snprintf(cap, CAP_CAP, "%.*s.%s", (int)(sizeof lane - 1), section, name);
}

bool cap_ok(const char *cap)
{
    size_t kind = strcspn(cap, "."), n = strlen(cap);
    bool known =
        kind == sizeof lane - 1 && (memcmp(cap, lane, kind) == 0 || memcmp(cap, tier, kind) == 0);
    return known && n < CAP_CAP && n > kind + 1 &&
           strspn(cap + kind + 1, NAME_CHARS) == n - kind - 1;
}

bool cap_holder_ok(const char *holder)
{
    size_t n = strlen(holder);
    return n > 0 && n < CAP_HOLDER_CAP && strspn(holder, HOLDER_CHARS) == n;
}

/* The next of the numbers that dots part: at *at, which goes behind its dot, or to the end. */
static bool number(const char **at, uint64_t *out)
{
    size_t n = strcspn(*at, ".");
    if (!num_u64_n(*at, n, out) || (n > 1 && **at == '0') || *out > GEN_MOST)
        return false;
    *at += n + ((*at)[n] == '.');
    return true;
}

void cap_free_name(unsigned num, uint64_t gen, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, "%u.%" PRIu64, num, gen);
}

static bool number_and_gen(const char **at, struct captoken *t)
{
    uint64_t n;
    if (!number(at, &n) || n >= CAP_NUMBERS || (*at)[-1] != '.' || !number(at, &t->gen))
        return false;
    t->number = (unsigned)n;
    return true;
}

bool cap_free_parse(const char *name, struct captoken *t)
{
    return number_and_gen(&name, t) && *name == 0 && name[-1] != '.';
}

void cap_used_name(const struct captoken *t, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, "%s.%u.%" PRIu64 ".%s", t->cap, t->number, t->gen, t->holder);
}

bool cap_used_parse(const char *name, struct captoken *t)
{
    const char *dot = strchr(name, '.');
    size_t cap = dot ? (size_t)(dot - name) + 1 + strcspn(dot + 1, ".") : 0;
    if (cap == 0 || cap >= CAP_CAP || name[cap] != '.')
        return false;
    memcpy(t->cap, name, cap);
    t->cap[cap] = 0;
    const char *at = name + cap + 1;
    if (!cap_ok(t->cap) || !number_and_gen(&at, t) || at[-1] != '.' || !cap_holder_ok(at))
        return false;
    snprintf(t->holder, sizeof t->holder, "%s", at);
    return true;
}

void cap_number_name(unsigned num, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, "n%u", num);
}

bool cap_number_parse(const char *name, unsigned *num)
{
    const char *at = name + 1;
    uint64_t n;
    if (name[0] != 'n' || !number(&at, &n) || *at != 0 || at[-1] == '.' || n >= CAP_NUMBERS)
        return false;
    *num = (unsigned)n;
    return true;
}

void cap_rate_name(uint64_t gen, const struct rate_bucket *b, const char *id, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, "%" PRIu64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%s", gen,
             b->ms, b->level, b->day, b->used, id);
}

bool cap_rate_parse(const char *name, uint64_t *gen, struct rate_bucket *b)
{
    int64_t *const parts[] = {&b->ms, &b->level, &b->day, &b->used};
    const char *at = name;
    if (!number(&at, gen))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint64_t n;
        if (at[-1] != '.' || !number(&at, &n))
            return false;
        *parts[i] = (int64_t)n;
    }
    return at[-1] == '.' && token_id_ok(at, strlen(at)) && bucket_sane(b);
}

void cap_private_name(const char *kind, const char *id, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, ".%s-%s", kind, id);
}

bool cap_is_private(const char *name)
{
    static const char *const kinds[] = {".new-", ".file-", ".old-"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(name, kinds[i], n) == 0)
            return token_id_ok(name + n, strlen(name + n));
    }
    return false;
}

static const char want[] = ".want-";

void cap_want_name(const char *lease_id, char name[NAME_CAP])
{
    snprintf(name, NAME_CAP, "%s%s", want, lease_id);
}

bool cap_is_want(const char *name)
{
    size_t n = sizeof want - 1;
    return strncmp(name, want, n) == 0 && token_id_ok(name + n, strlen(name + n));
}
