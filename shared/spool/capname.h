/*
 * capname: the names of control/caps/ and of a lease's caps/. Pure.
 *
 *   control/caps/<cap>/                       <cap>: lane.NAME or tier.NAME
 *   control/caps/<cap>/n<number>/made         the number exists, for ever; never empty
 *   control/caps/<cap>/n<number>/first        its token, before anybody has had it
 *   control/caps/<cap>/<number>.<gen>         its token, free; gen: how often it was given back
 *   control/caps/<cap>/rate/made              the bucket exists
 *   control/caps/<cap>/rate/<gen>.<ms>.<level>.<day>.<used>.<id>   what is in it
 *   claimed/<host>/<lease>/caps/<cap>.<number>.<gen>.<holder>      a token in use
 *   control/caps/<cap>/.new-<id>, .file-<id>, .old-<id>            one that is being made, or was not needed
 *   control/caps/<cap>/.want-<lease id>       that lease waits for a token, and says so now and then
 */
#ifndef PDFSPOOL_CAPNAME_H
#define PDFSPOOL_CAPNAME_H

#include <stdbool.h>

#include "spool/bucket.h"
#include "spool/layout.h"

enum {
    CAP_CAP = 48,        /* a cap's name, with NUL */
    CAP_HOLDER_CAP = 16, /* who holds a token, with NUL */
    CAP_NUMBERS = 256    /* of one cap; as max_running is bounded */
};

struct captoken {
    char cap[CAP_CAP];
    unsigned number; /* below CAP_NUMBERS */
    uint64_t gen;
    char holder[CAP_HOLDER_CAP]; /* of one in use */
};

/* "lane.NAME" of "lane:NAME" (settings.h). */
void cap_of_section(const char *section, char cap[CAP_CAP]);
bool cap_ok(const char *cap);
bool cap_holder_ok(const char *holder);

/* Free tokens, in the cap's folder. Parsing fills number and gen alone. */
void cap_free_name(unsigned number, uint64_t gen, char name[NAME_CAP]);
bool cap_free_parse(const char *name, struct captoken *t);
/* Those in use, in a lease. */
void cap_used_name(const struct captoken *t, char name[NAME_CAP]);
bool cap_used_parse(const char *name, struct captoken *t);
/* The folder of a number. */
void cap_number_name(unsigned number, char name[NAME_CAP]);
bool cap_number_parse(const char *name, unsigned *number);
/* The bucket's state. */
void cap_rate_name(uint64_t gen, const struct rate_bucket *b, const char *id, char name[NAME_CAP]);
bool cap_rate_parse(const char *name, uint64_t *gen, struct rate_bucket *b);
/* Private names of one that makes a number or a bucket: kind "new", "file" or "old", and an id. */
void cap_private_name(const char *kind, const char *id, char name[NAME_CAP]);
bool cap_is_private(const char *name);
/* The hint of a lease that waits. */
void cap_want_name(const char *lease_id, char name[NAME_CAP]);
bool cap_is_want(const char *name);

#endif
