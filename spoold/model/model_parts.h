/* What the files of the model share; of nobody else's business. */
#ifndef PDFSPOOL_MODEL_PARTS_H
#define PDFSPOOL_MODEL_PARTS_H

#include <pthread.h>

#include "spoold/model/covered.h"
#include "spoold/model/formerly.h"
#include "spoold/model/model.h"
#include "spoold/model/places.h"

struct model {
    bool changed;
    uint64_t version;
    struct catalog documents;
    struct places places;
    uint8_t round_number[DOC_STATES]; /* of the walk that runs, or ran last */
    bool round_runs[DOC_STATES];
    struct round_seen rounds[DOC_STATES];
    int64_t round_begun_ms[DOC_STATES]; /* the last that began; boot clock */
    uint64_t states[DOC_STATES], outcomes[OUTCOME_COUNT + 1];
    struct groups groups;
    struct folders folders;
    struct hosts hosts;
    struct history history;
    struct totals totals, since_start;
    int64_t start_ms;
    bool wakes;
    struct recent recent;
    uint64_t told; /* how many had been added to it at the last snapshot */
    struct covered covered;
    int64_t heard_ms, server_ms;
    uint64_t backlog_bytes, harmed_lines;
    struct fact_space space;
    bool control_known, pause;
    uint32_t cancels;
    char *drains;
    struct trouble_seen troubles[TROUBLES];
    unsigned n_troubles;
    struct formerly formerly;
    pthread_mutex_t lock; /* of current alone */
    struct snapshot *current;
};

/* Documents (model_docs.c). 0 or -1: no memory. */
int model_docs_event(struct model *m, const struct fact_event *e);
int model_docs_entry(struct model *m, const struct fact_entry *e);
/* A round of that state has read everything: give up what two rounds have not met. */
int model_docs_sweep(struct model *m, enum doc_state state);

#endif
