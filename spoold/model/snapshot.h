/*
 * snapshot: the spool as the model knew it at one moment. It never changes; whoever holds it
 * (model_hold) reads it in peace, in any thread, and drops it. The model goes on meanwhile.
 */
#ifndef PDFSPOOL_SNAPSHOT_H
#define PDFSPOOL_SNAPSHOT_H

#include "spoold/model/catalog.h"
#include "spoold/model/eta.h"
#include "spoold/model/fact.h"
#include "spoold/model/folders.h"
#include "spoold/model/groups.h"
#include "spoold/model/history.h"
#include "spoold/model/hosts.h"
#include "spoold/model/recent.h"
#include "spoold/model/took.h"

enum { TROUBLES = 16, TROUBLE_TEXT = 256 };

/* The last walk through the places of a state. */
struct round_seen {
    bool ever, complete;               /* any has come to its end; that one read everything */
    int64_t begun_ms;                  /* server's clock, of the one that runs or ran last */
    int64_t whole_begun_ms;            /* the same of the last one that read everything; 0: none */
    int64_t ended_ms;                  /* boot clock, of the last that ended */
    int64_t took_ms;                   /* the last that ended */
    uint64_t entries, strays, ignored; /* of the last that ended */
};

struct trouble_seen {
    uint32_t error;   /* errno */
    int64_t since_ms; /* boot clock */
    char what[TROUBLE_TEXT], path[TROUBLE_TEXT];
};

/* All that was ever counted, restarts included: only ever grows. */
struct totals {
    uint64_t outcomes[OUTCOME_COUNT]; /* documents finished */
    uint64_t tiers[PAGE_TIERS];       /* pages of these, where tiers are known */
    uint64_t pages, bytes, retries, put_back, ocr_later;
    struct took took; /* of documents finished */
};

struct snapshot {
    uint64_t version;  /* goes up with each */
    int64_t made_ms;   /* boot clock */
    int64_t heard_ms;  /* boot clock: when the share last answered; -1: not yet */
    int64_t server_ms; /* the file server's now at heard_ms; -1: not known */
    uint64_t backlog_bytes, harmed_lines;
    bool wakes; /* the scanner hears of what is changed on this machine */
    struct catalog documents;
    uint64_t states[DOC_STATES];
    uint64_t outcomes[OUTCOME_COUNT + 1]; /* of done and failed ones; the last: not known */
    int64_t oldest_ms; /* when the oldest pending one was dropped, server's clock; 0: not known */
    struct eta eta[ETA_KINDS];
    struct totals totals;
    struct totals since_start; /* the same, of what has happened since this model was made ... */
    int64_t start_ms;          /* ... which was then, by the server's clock; -1: not known yet */
    struct history history;
    struct recent recent;
    struct round_seen rounds[DOC_STATES];
    struct group *groups; /* some may have no document (any more) */
    size_t n_groups;
    struct folder_count *folders; /* by number; some may have no document (any more) */
    size_t n_folders;
    bool walks; /* a round is under way */
    const struct host_row **hosts;
    size_t n_hosts;
    char (*host_names)[HOST_CAP]; /* by number */
    size_t n_host_names;
    struct fact_space space; /* bytes 0: not known */
    bool control_known, pause;
    uint32_t cancels;
    char *drains; /* hosts, each with a newline behind it */
    struct trouble_seen troubles[TROUBLES];
    unsigned n_troubles;
};

/* ms since the share last answered; -1: it never has. */
int64_t snapshot_age_ms(const struct snapshot *s, int64_t boot_ms);
void snapshot_drop(const struct snapshot *s); /* NULL is fine */

/* For the model alone: an empty one, held once (NULL: no memory); one more hold. */
struct snapshot *snapshot_new(void);
void snapshot_hold(struct snapshot *s);

#endif
