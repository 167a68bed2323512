#include "cuts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLE = 1 << 18 };

struct cuts {
    const struct record_log *log;
    const struct cuts_wanted *wanted;
    struct cuts_counts *counts;
    cuts_take *take;
    void *arg;
    struct state state;
    unsigned long used;
    uint64_t seen[TABLE]; /* 0: free */
};

/* True the first time. */
static bool is_new(struct cuts *c, uint64_t hash)
{
    hash += hash == 0;
    uint64_t at = hash % TABLE;
    while (c->seen[at] != 0 && c->seen[at] != hash)
        at = (at + 1) % TABLE;
    if (c->seen[at] == hash)
        return false;
    if (++c->used > TABLE / 2) {
        fprintf(stderr, "power-cut: more states than there is room for\n");
        _exit(70);
    }
    c->seen[at] = hash;
    return true;
}

static void one(struct cuts *c, struct cut cut)
{
    state_build(&c->state, c->log, cut);
    c->counts->built++;
    c->counts->built_by[cut.model]++;
    if (!is_new(c, state_hash(&c->state)))
        return;
    c->counts->distinct++;
    c->counts->distinct_by[cut.model]++;
    c->take(c->arg, cut);
}

/* The bytes that were not durable: all there, all gone (three ways), and each file's alone gone. */
static void each_bytes(struct cuts *c, struct cut cut, bool singly)
{
    unsigned dirty = 0;
    cut.bytes = BYTES_KEPT;
    cut.victim = -1;
    one(c, cut);
    for (unsigned i = 0; i < c->log->nodes; i++)
        dirty += c->log->node[i].type == NODE_FILE && state_dirty(c->log, &cut, (int)i);
    for (unsigned way = BYTES_GONE; way < BYTES_WAYS && dirty > 0; way++) {
        cut.bytes = (unsigned char)way;
        cut.victim = -1;
        one(c, cut);
        for (unsigned i = 0; i < c->log->nodes && singly && dirty > 1; i++)
            if (c->log->node[i].type == NODE_FILE && state_dirty(c->log, &cut, (int)i)) {
                cut.victim = (short)i;
                one(c, cut);
            }
    }
}

static void journal(struct cuts *c, unsigned moment)
{
    unsigned durable = state_durable(c->log, moment);
    for (unsigned at = durable; at <= moment; at++)
        if (at == durable || record_changes_entries(c->log->op[at - 1].kind))
            each_bytes(c,
                       (struct cut){.model = CUT_JOURNAL,
                                    .cut = (unsigned short)moment,
                                    .at = (unsigned short)at},
                       true);
}

static void loose(struct cuts *c, unsigned moment, enum cut_model model)
{
    bool durable[RECORD_OPS];
    state_loose_durable(c->log, moment, durable);
    for (unsigned at = 0; at < moment; at++)
        if (record_changes_entries(c->log->op[at].kind) && !durable[at])
            each_bytes(c,
                       (struct cut){.model = (unsigned char)model,
                                    .cut = (unsigned short)moment,
                                    .at = (unsigned short)at},
                       false);
}

void cuts_of(const struct record_log *log, const struct cuts_wanted *wanted,
             struct cuts_counts *counts, cuts_take *take, void *arg)
{
    struct cuts *c = calloc(1, sizeof *c);
    if (!c) {
        fprintf(stderr, "power-cut: no memory\n");
        _exit(70);
    }
    c->log = log;
    c->wanted = wanted;
    c->counts = counts;
    c->take = take;
    c->arg = arg;
    for (unsigned moment = wanted->from; moment <= log->ops; moment++) {
        if (wanted->model[CUT_JOURNAL])
            journal(c, moment);
        if (wanted->model[CUT_NFS])
            each_bytes(c, (struct cut){.model = CUT_NFS, .cut = (unsigned short)moment}, true);
        if (moment % wanted->step != 0 && moment != log->ops)
            continue;
        for (unsigned m = CUT_LOOSE_WITHOUT; m <= CUT_LOOSE_ONLY; m++)
            if (wanted->model[m])
                loose(c, moment, (enum cut_model)m);
    }
    free(c);
}
