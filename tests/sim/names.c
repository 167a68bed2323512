#include "names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool names_results_zone(enum zone z)
{
    return z == ZONE_DONE || z == ZONE_CLASS;
}

bool names_visible(const struct inode *dir, const char *name)
{
    return names_results_zone(dir->zone) && name[0] != '.';
}

bool names_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    return n >= k && strcasecmp(s + n - k, suffix) == 0;
}

void names_stem(const char *name, char out[NAME_CAP])
{
    size_t n = strlen(name);
    if (names_ends(name, ".pdf"))
        n -= 4;
    else if (names_ends(name, ".txt"))
        n -= 4;
    else if (names_ends(name, ".json"))
        n -= 5;
    snprintf(out, NAME_CAP, "%.*s", (int)n, name);
}

struct inode *names_sibling(const struct inode *dir, const char *name, const char *suffix)
{
    char stem[NAME_CAP], other[NAME_CAP + 8];
    names_stem(name, stem);
    snprintf(other, sizeof other, "%s%s", stem, suffix);
    return server_find(dir, other);
}
