/* audit_caps: tokens and buckets of caps: each number's token is in one place, each bucket has a state. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/audit_parts.h"
#include "spool/capfolder.h"
#include "spool/captoken.h"
#include "spool/rates.h"

#define REMEDY                                                                                     \
    "stop every extractd, remove the cap's folder in control/caps/, and start them again: it is "  \
    "made anew"

/* Call fn for each entry of a folder; one that cannot be opened has none. */
static void each_in(int dir, const char *name, void (*fn)(void *arg, int at, const char *entry),
                    void *arg)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(dir, name, 0);
    while (d && dirlist_next(d, &e) == 1)
        fn(arg, dirlist_fd(d), e.name);
    dirlist_close(d);
}

struct tally {
    const char *cap;
    unsigned n[CAP_NUMBERS]; /* tokens of each number */
};

static void count_used(void *arg, int at, const char *name)
{
    struct tally *t = arg;
    struct captoken token;
    (void)at;
    if (cap_used_parse(name, &token) && strcmp(token.cap, t->cap) == 0)
        t->n[token.number]++;
}

static void count_lease(void *arg, int at, const char *lease)
{
    int dir = lease_name_ok(lease, NULL) ? look_folder(at, lease) : -1;
    if (dir < 0)
        return;
    each_in(dir, LEASE_CAPS, count_used, arg);
    fs->close(dir);
}

static void count_host(void *arg, int at, const char *host)
{
    each_in(at, host, count_lease, arg);
}

static void count_free(void *arg, int at, const char *name)
{
    struct tally *t = arg;
    struct captoken token;
    unsigned number;
    if (cap_free_parse(name, &token)) {
        t->n[token.number]++;
    } else if (cap_number_parse(name, &number)) {
        int dir = look_folder(at, name);
        t->n[number] += dir >= 0 && look_in(dir, CAP_FIRST, NULL) == 1;
        if (dir >= 0)
            fs->close(dir);
    }
}

/* How many tokens each number of the cap has, free ones and then those in use. */
static void count(struct audit *a, int folder, struct tally *t)
{
    each_in(folder, ".", count_free, t);
    each_in(a->spool->claimed, ".", count_host, t);
}

static bool check_number(struct audit *a, const struct suspect *s, struct finding *f)
{
    struct tally t = {.cap = strrchr(s->folder, '/') + 1};
    unsigned number;
    int folder = capfolder_open(a->spool, t.cap, false);
    if (folder < 0 || !cap_number_parse(s->name, &number))
        return false;
    count(a, folder, &t);
    bool there = look_in(folder, s->name, NULL) == 1;
    fs->close(folder);
    if (t.n[number] == 0 && there)
        return audit_found(f, "cap-lost",
                           "the token of this number is nowhere, so that less may be in work than "
                           "the cap allows: " REMEDY);
    return t.n[number] > 1 &&
           audit_found(f, "cap-twice",
                       "this number has %u tokens, so that more may be in work than the cap "
                       "allows: " REMEDY,
                       t.n[number]);
}

static bool check_rate(struct audit *a, const struct suspect *s, struct finding *f)
{
    struct rate_bucket b;
    int folder = capfolder_open(a->spool, strrchr(s->folder, '/') + 1, false);
    bool lost = folder >= 0 && look_in(folder, CAP_RATE, NULL) == 1 && rates_read(folder, &b) == 0;
    if (folder >= 0)
        fs->close(folder);
    return lost && audit_found(f, "cap-lost",
                               "the bucket of this rate has no state, so that nothing of it is "
                               "begun: " REMEDY);
}

static bool check_foreign(struct audit *a, const struct suspect *s, struct finding *f)
{
    return audit_there(a, s->folder, s->name, NULL) &&
           audit_found(f, "foreign", "nothing of a cap is called so: move it away from here");
}

struct at_cap {
    struct audit *a;
    char path[NAME_CAP + 32];
    struct tally *tally;
};

static void look_at_entry(void *arg, int at, const char *name)
{
    struct at_cap *c = arg;
    struct captoken t;
    struct rate_bucket b;
    unsigned number;
    if (cap_number_parse(name, &number)) {
        if (c->tally->n[number] != 1)
            audit_suspect(c->a, check_number, c->path, name);
    } else if (strcmp(name, CAP_RATE) == 0) {
        if (rates_read(at, &b) == 0)
            audit_suspect(c->a, check_rate, c->path, name);
    } else if (name[0] != '.' && !cap_free_parse(name, &t)) {
        audit_suspect(c->a, check_foreign, c->path, name);
    }
}

static void look_at_cap(void *arg, int at, const char *cap)
{
    struct tally t = {.cap = cap};
    struct at_cap c = {.a = arg, .tally = &t};
    if (!cap_ok(cap)) {
        if (cap[0] != '.')
            audit_suspect(arg, check_foreign, DIR_CONTROL "/" DIR_CAPS, cap);
        return;
    }
    int folder = look_folder(at, cap);
    if (folder < 0)
        return;
    snprintf(c.path, sizeof c.path, "%s/%s", DIR_CONTROL "/" DIR_CAPS, cap);
    count(c.a, folder, &t);
    each_in(folder, ".", look_at_entry, &c);
    fs->close(folder);
}

void audit_caps(struct audit *a)
{
    each_in(a->spool->control, DIR_CAPS, look_at_cap, a);
}
