/*
 * model: what spoold knows of the spool. It takes facts, and publishes snapshots.
 *
 * One writer: model_new, then model_take for each fact, model_publish now and then (at most ten
 * times a second is plenty), model_free when nobody will call model_hold any more. model_hold may be
 * called from any thread. No input or output of any kind.
 *
 * Facts come from two sources, which are allowed to disagree. Events of journals come in any order
 * (backlogs are read backwards), each is counted once (covered.h), and of a document the latest
 * holds. Entries seen by the walk say where a document is, and are the truth: but an event that is
 * younger than the round of the walk that saw the entry holds against it, and a document is given up
 * only when two rounds running have not met it (a listing may miss what is renamed meanwhile).
 */
#ifndef PDFSPOOL_MODEL_H
#define PDFSPOOL_MODEL_H

#include "base/buf.h"
#include "spoold/model/fact.h"
#include "spoold/model/snapshot.h"

struct model;

struct model *model_new(void); /* NULL: no memory */
void model_free(struct model *m);
/* boot_ms: now, by this machine's boot clock. 0 or -1: no memory; the fact is lost (the walk finds
 * its document again). */
int model_take(struct model *m, const struct fact *f, int64_t boot_ms);
/* Somebody has found that this document is not failed any more (where it is now, facts will say).
 * False: it was not known to be. */
bool model_forget(struct model *m, const char *path, const char *id);
/* Has anything changed since the last snapshot? Age alone does not count. */
bool model_changed(const struct model *m);
/* Has a journal told of anything since then? */
bool model_told(const struct model *m);
/* Make the current snapshot. 0 or -1: no memory, the last one stays. */
int model_publish(struct model *m, int64_t boot_ms);
/* The current snapshot, held; snapshot_drop it. NULL before the first one. */
const struct snapshot *model_hold(struct model *m);

/* What must outlive a restart: history, totals, what of journals has been counted, hosts. Text. */
void model_keep(const struct model *m, struct buf *out);
/* Take it back, before the first fact. Lines that are none of ours are passed over, and counted:
 * their number. */
unsigned model_restore(struct model *m, const char *text, size_t n);

/* Memory of the catalog and the table of places, in bytes. */
size_t model_bytes(const struct model *m);

#endif
