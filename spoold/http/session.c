#include "spoold/http/session.h"

#include <string.h>

#include "base/rnd.h"
#include "base/sha256.h"

static const int64_t life_ms = (int64_t)SESSION_HOURS * 3600 * 1000;

void session_begin(struct sessions *s, int64_t now, char name[SESSION_NAME])
{
    size_t place = 0;

    for (size_t i = 0; i < SESSION_COUNT; i++)
        if (s->all[i].until < s->all[place].until)
            place = i;
    rnd_name(name, SESSION_NAME - 1);
    sha256_hex(name, SESSION_NAME - 1, s->all[place].hash);
    s->all[place].until = now + life_ms;
}

/* Hashes are compared, so how long this takes tells nothing about a name. */
static int find(const struct sessions *s, const char *name, size_t n)
{
    char hash[SHA256_HEX];

    if (n != SESSION_NAME - 1)
        return -1;
    sha256_hex(name, n, hash);
    for (int i = 0; i < SESSION_COUNT; i++)
        if (strcmp(s->all[i].hash, hash) == 0)
            return i;
    return -1;
}

bool session_holds(struct sessions *s, int64_t now, const char *name, size_t n)
{
    int i = find(s, name, n);

    if (i < 0 || s->all[i].until <= now)
        return false;
    s->all[i].until = now + life_ms;
    return true;
}

bool session_end(struct sessions *s, const char *name, size_t n)
{
    int i = find(s, name, n);

    if (i >= 0)
        memset(&s->all[i], 0, sizeof s->all[i]);
    return i >= 0;
}
