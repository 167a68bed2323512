#include "spoold/model/key.h"

#include <stdio.h>
#include <string.h>

#include "base/outcome.h"
#include "spoold/model/placekey.h"

_Static_assert((int)KEY_CAP >= PLACEKEY_CAP, "a key of either kind fits");

void key_place(const struct doc_row *d, const char *host, struct buf *out)
{
    if (*d->as)
        buf_str(out, d->as);
    else if (d->state == DOC_PENDING)
        buf_fmt(out, DIR_PENDING "/%s", d->path);
    else if (d->state == DOC_WAITING)
        buf_str(out, DIR_PENDING "/" DIR_RETRY);
    else if (d->state == DOC_DONE)
        buf_fmt(out, DIR_DONE "/%s", d->path);
    else if (d->state == DOC_FAILED)
        buf_fmt(out, DIR_FAILED "/%s/%s",
                d->outcome < OUTCOME_COUNT ? outcome_facts(d->outcome)->name : "", d->path);
    else
        buf_fmt(out, DIR_CLAIMED "/%s", host ? host : "");
}

static bool has_id(const struct doc_row *d)
{
    return d->id[0] && d->id[0] != '!';
}

void key_of(const struct doc_row *d, char key[KEY_CAP])
{
    struct buf place = {0};
    if (has_id(d)) {
        snprintf(key, KEY_CAP, "%s", d->id);
        return;
    }
    key_place(d, NULL, &place);
    placekey(place.data ? place.data : "", place.len, key);
    buf_free(&place);
}

/* FNV-1a, mixed (the end of splitmix64). Whoever makes two keys of one number gains nothing: keys
 * are compared whole. */
uint64_t key_hash_of(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    return h ^ (h >> 31);
}

uint64_t key_hash(const struct doc_row *d)
{
    char key[KEY_CAP];
    if (has_id(d))
        return key_hash_of(d->id);
    key_of(d, key);
    return key_hash_of(key);
}
