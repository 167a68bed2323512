/*
 * acts: the actions that have been asked for (Action of docs/openapi.yaml): those that run, and the
 * last hundred in all; what has come of each, and the events that tell of it.
 *
 * Whoever runs an action has its struct act and counts in it; others see what was shown last
 * (acts_show). Any thread.
 */
#ifndef PDFSPOOLD_ACTS_H
#define PDFSPOOLD_ACTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "spool/layout.h"

enum {
    ACTS_KEPT = 100,
    ACT_SAMPLE = 20,
    ACT_PROBLEMS = 20,
    ACT_KEY = 40,
    ACT_WHY = 300,
    ACT_PATHS = 12 * 1024, /* bytes of paths: an event must not be too long for a stream */
    ACT_PROMISES = 8
};

enum act_kind { ACT_RETRY, ACT_CANCEL, ACT_PAUSE, ACT_RESUME, ACT_DRAIN, ACT_UNDRAIN, ACT_KINDS };

struct act_problem {
    char key[ACT_KEY];
    char *path; /* bytes; owned */
    char message[ACT_WHY];
};

struct act {
    uint64_t number; /* 0: it has none (a dry run) */
    enum act_kind kind;
    bool dry, ended;
    char host[HOST_CAP]; /* "": of none */
    uint64_t total, done, failed, skipped, by_class[OUTCOME_COUNT];
    char *sample[ACT_SAMPLE]; /* paths, bytes; owned */
    unsigned samples;
    struct act_problem problem[ACT_PROBLEMS];
    unsigned problems;
    size_t paths;       /* bytes of these and of the sample */
    char note[ACT_WHY]; /* what it waits for, for people; "": it goes on */
    int64_t began_ms, ended_ms;
};

const char *act_kind_name(enum act_kind kind); /* lives for ever */
/* A path more for the sample, where there is room. */
void act_sample(struct act *a, const char *path);
/* One of its documents has failed: counted, and kept among the first, where there is room. */
void act_problem(struct act *a, const char *key, const char *path, const char *message);
void act_write(const struct act *a, struct buf *json);
void act_free(struct act *a); /* what it holds */

/* An action as it was shown last. */
struct shown {
    uint64_t number;
    bool ended;
    char *json;
};

/* A command that somebody has been told, and has not answered yet. */
struct promise {
    uint64_t ticket; /* 0: none */
    enum act_kind kind;
    char host[HOST_CAP];
    int64_t began_ms;
};

struct acts {
    pthread_mutex_t lock;
    struct promise promises[ACT_PROMISES];
    struct shown all[ACTS_KEPT]; /* latest first */
    unsigned n;
    uint64_t begun;
};

void acts_init(struct acts *s);
void acts_free(struct acts *s);
/* The number of a new action. */
uint64_t acts_number(struct acts *s);
/* Keep *a as it is now, in place of what was shown of it before; without a number nothing is kept.
 * For one that is new the oldest that has ended goes. Its JSON is added to *json: empty where there
 * is no memory. */
void acts_show(struct acts *s, const struct act *a, struct buf *json);
/* ActionList. */
void acts_list(struct acts *s, struct buf *out);
/* One of them; false: there is none (any more). */
bool acts_one(struct acts *s, uint64_t number, struct buf *out);
/* A command is told somebody, who will answer to the ticket. At most ACT_PROMISES: one too many is
 * not listed. */
void acts_promise(struct acts *s, uint64_t ticket, enum act_kind kind, const char *host);
/* It was answered: *a is that action, ended, still without a number. False: no such promise. */
bool acts_promised(struct acts *s, uint64_t ticket, struct act *a);

#endif
