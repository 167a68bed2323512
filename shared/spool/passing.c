#include "spool/passing.h"

#include <stdio.h>
#include <string.h>

#include "base/rnd.h"
#include "spool/look.h"

#define PROBE       ".probe-"
#define PART_PREFIX ".spoolctl-"
#define PART_SUFFIX ".part"

enum { PART_RANDOM = 16 };

/* n characters of those that ids are made of (base/rnd.h), between a prefix and a suffix? */
static bool has_form(const char *name, const char *prefix, size_t n, const char *suffix)
{
    size_t before = strlen(prefix);
    return strncmp(name, prefix, before) == 0 &&
           strspn(name + before, "0123456789abcdefghijklmnopqrstuvwxyz") == n &&
           strcmp(name + before + n, suffix) == 0;
}

void passing_probe(const char lease_id[LEASE_ID_CAP], char name[PASSING_CAP])
{
    snprintf(name, PASSING_CAP, PROBE "%.*s", LEASE_ID_CAP - 1, lease_id);
}

bool passing_is_probe(const char *name)
{
    return has_form(name, PROBE, LEASE_ID_CAP - 1, "");
}

int passing_is_probe_in(int fresh_dir, const char *name)
{
    struct statx st;
    if (!passing_is_probe(name))
        return 0;
    int there = look_in(fresh_dir, name, &st);
    return there == 1 ? S_ISREG(st.stx_mode) && st.stx_size == 0 : there;
}

void passing_part(char name[PASSING_CAP])
{
    char random[PART_RANDOM + 1];
    rnd_name(random, PART_RANDOM);
    snprintf(name, PASSING_CAP, PART_PREFIX "%s" PART_SUFFIX, random);
}

bool passing_is_part(const char *name)
{
    return has_form(name, PART_PREFIX, PART_RANDOM, PART_SUFFIX);
}
