#include "law.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fault.h"
#include "host.h"
#include "names.h"
#include "residue.h"
#include "sched.h"
#include "spool/inuse.h"
#include "spool/unpack.h"

enum { CLAIMS = 4096, ATTEMPTS_OF_DEATHS = 8, CLAIMS_OF_ONE = 2000 };

#define LEASE_IN_THE_MAKING (25 * SIM_SECOND)

/* Claims that have been made; open addressing by the hash of the claim's id. */
static struct claim {
    uint64_t hash;
    bool sealed;
} claims[CLAIMS];
static unsigned claims_used;

struct law law;

void law_reset(void)
{
    memset(&law, 0, sizeof law);
    memset(claims, 0, sizeof claims);
    claims_used = 0;
    residue_reset();
}

const char *law_state_name(enum drop_state s)
{
    static const char *const names[] = {"in its user's hands",
                                        "pending",
                                        "waiting",
                                        "claimed",
                                        "sealed",
                                        "done",
                                        "failed",
                                        "taken",
                                        "lost"};
    return names[s];
}

static bool final(enum drop_state s)
{
    return s >= DROP_DONE;
}

static void set_state(struct drop *d, enum drop_state to)
{
    law.open += final(d->state) && !final(to);
    law.open -= !final(d->state) && final(to);
    d->state = to;
}

int law_drop(struct inode *i, unsigned serial, enum document_kind kind)
{
    if (law.drops == LAW_DROPS)
        return -1;
    struct drop *d = &law.drop[law.drops];
    *d = (struct drop){.serial = serial, .kind = kind, .inode = i, .partner = -1};
    i->drop = (int)law.drops++;
    law.open++;
    return i->drop;
}

static struct drop *drop_of(const struct inode *i)
{
    return i && i->drop >= 0 ? &law.drop[i->drop] : NULL;
}

static struct claim *claim_of(const char *id, bool make)
{
    uint64_t h = server_hash(id);
    unsigned at = (unsigned)(h % CLAIMS);
    while (claims[at].hash && claims[at].hash != h)
        at = (at + 1) % CLAIMS;
    if (!claims[at].hash) {
        if (!make || claims_used > CLAIMS / 2)
            return NULL;
        claims_used++;
        claims[at].hash = h;
        return &claims[at];
    }
    return &claims[at];
}

/* ---- a name has gone ---- */

static void lost(const struct rpc *r, const struct inode *i, const char *how)
{
    struct drop *d = drop_of(i);
    law.lost++;
    set_state(d, DROP_LOST);
    sim_bad("I1: document %u (%s) is lost: %s by %s %s/%s", d->serial, d->path, how,
            server_op_name(r->op), server_path(r->dir), r->name);
}

static void clobbered(const struct rpc *r, const struct inode *moved, struct inode *old)
{
    struct drop *d = drop_of(old);
    bool excused = false;
    if (d && old->links == 0) {
        if (residue_mixed_up(old, moved) || (!r->outside && residue_is_claim(r, moved))) {
            set_state(d, DROP_LOST);
            return;
        }
        excused = names_results_zone(r->to_dir->zone) && law_is_residue(r->to_dir, r->to_name);
        if (excused)
            set_state(d, DROP_LOST);
        else
            lost(r, old, "replaced");
    }
    if (names_visible(r->to_dir, r->to_name) && !d && !law_is_residue(r->to_dir, r->to_name) &&
        !(names_ends(r->to_name, ".json") && law_is_record(r->name, old, moved)))
        sim_bad("I4: %s/%s was there, and is replaced", server_path(r->to_dir), r->to_name);
}

/* Nobody takes a lease whose extractd lives and beats. Only where nothing went wrong at all can
 * that be said for sure: a beat may be under way for long. (A lease that is just being made may be
 * taken for one without a beat.) */
static void check_lease_taken(const struct rpc *r, const struct inode *beat)
{
    if (sim.now - beat->made < LEASE_IN_THE_MAKING)
        return;
    const struct host *by = sched_self() ? sched_self()->host : NULL;
    for (unsigned i = 0; by && fault.number == 0 && i < cluster.hosts; i++) {
        const struct worker *w = cluster.host[i].worker;
        if (w && &cluster.host[i] != by && !w->stop_asked &&
            strcmp(w->lease_name, r->dir->name) == 0)
            sim_bad("I10: the lease of %s is taken, though it beats", cluster.host[i].name);
    }
}

void law_removed(const struct rpc *r, struct inode *i)
{
    if (r->dir->zone == ZONE_LEASE && strcmp(r->name, LEASE_BEAT) == 0)
        check_lease_taken(r, i);
    if (S_ISDIR(i->mode))
        return;
    if (drop_of(i) && i->links == 0 && !r->outside)
        lost(r, i, "removed");
    if (r->outside)
        return;
    if (r->dir->zone == ZONE_NAMES && r->meant && r->meant != i && r->name[0] != '.')
        residue_note_remove(r);
    if (names_visible(r->dir, r->name) &&
        (names_ends(r->name, ".txt") || names_ends(r->name, ".json"))) {
        struct inode *pdf = names_sibling(r->dir, r->name, ".pdf");
        if (pdf && pdf->drop >= 0 && !law_is_residue(r->dir, r->name))
            sim_bad("I5: %s/%s is removed from beside its PDF", server_path(r->dir), r->name);
    }
}

void law_made(const struct rpc *r, struct inode *i)
{
    i->of_copy = r->times > 0;
    if (names_visible(r->dir, r->name))
        i->seen = document_hash(i->content, i->size);
    if (r->op == RPC_LINK && i->drop >= 0)
        sim_bad("I1: a second name for a document: %s", r->name);
}

void law_written(const struct rpc *r, struct inode *i)
{
    (void)r;
    if (i->links > 0 && names_visible(i->parent, i->name) &&
        document_hash(i->content, i->size) != i->seen) {
        i->seen = document_hash(i->content, i->size);
        sim_bad("I4: the content of %s changes while it is visible", server_path(i));
    }
}

/* ---- a document is published ---- */

static bool has(const struct inode *i, const char *text)
{
    char line[DOCUMENT_MOST];
    size_t n = i->size < sizeof line - 1 ? i->size : sizeof line - 1;
    memcpy(line, i->content, n);
    line[n] = 0;
    return strstr(line, text) != NULL;
}

/* Do the results say that they are of this document? Of one that a claim executed twice has put
 * into another's place while that was in work, they may be of that other. */
static bool belongs(const struct inode *results, const struct inode *pdf)
{
    const struct drop *d = drop_of(pdf);
    char own[80];
    if (!d)
        return false;
    snprintf(own, sizeof own, "serial=%u hash=%llx", d->serial,
             (unsigned long long)document_hash(pdf->content, pdf->size));
    if (has(results, own))
        return true;
    if (d->partner < 0)
        return false;
    snprintf(own, sizeof own, "serial=%u hash=", law.drop[d->partner].serial);
    return has(results, own);
}

static void check_results(const struct rpc *r, const struct inode *pdf, const struct token *t)
{
    const struct inode *dir = r->to_dir, *text = names_sibling(dir, r->to_name, ".txt"),
                       *json = names_sibling(dir, r->to_name, ".json");
    char id[ID_CAP + 16];
    bool done = dir->zone == ZONE_DONE;
    if (law_is_residue(dir, r->to_name))
        return; /* known residue */
    if (!json || (done && !text)) {
        sim_bad("I5: %s/%s appears without its %s", server_path(dir), r->to_name,
                json ? "text" : "JSON");
        return;
    }
    if (done && !belongs(text, pdf))
        sim_bad("I3: the text beside %s/%s is not its own", server_path(dir), r->to_name);
    if (done && !belongs(json, pdf))
        sim_bad("I3: the JSON beside %s/%s is not its own", server_path(dir), r->to_name);
    snprintf(id, sizeof id, "document=%s ", t ? t->document : "");
    if (t && !has(json, id))
        sim_bad("I3: the JSON beside %s/%s is of another document id", server_path(dir),
                r->to_name);
}

static void published(const struct rpc *r, struct inode *pdf)
{
    struct drop *d = drop_of(pdf);
    struct sealed sealed;
    bool ours = sim.protocol != PROTOCOL_NAIVE, done = r->to_dir->zone == ZONE_DONE;
    bool known = token_parse_sealed(r->name, &sealed) == 0;
    if (ours && (r->dir->zone != ZONE_WORK || !known))
        sim_bad("I9: %s/%s appears, and was not sealed (it was %s)", server_path(r->to_dir),
                r->to_name, r->name);
    if (d->published++ > 0) {
        law.duplicated++;
        sim_bad("I2: document %u is published a second time", d->serial);
    }
    if (done && d->kind != DOCUMENT_GOOD && d->kind != DOCUMENT_HOLDS)
        sim_bad("document %u is %s, and is in done/", d->serial,
                d->kind == DOCUMENT_CORRUPT ? "corrupt" : "one that crashes parsers");
    d->failed = !done;
    check_results(r, pdf, known ? &sealed.token : NULL);
    set_state(d, done ? DROP_DONE : DROP_FAILED);
}

/* A text or JSON is born: from a hidden name, of a claim that has been sealed. */
static void result_born(const struct rpc *r, struct inode *i)
{
    char document[ID_CAP], claim[ID_CAP];
    i->seen = document_hash(i->content, i->size);
    if (sim.protocol == PROTOCOL_NAIVE)
        return;
    struct claim *c = inuse_parse_result(r->name, document, claim) ? claim_of(claim, false) : NULL;
    if (r->dir != r->to_dir || (!c && !law_outcomes(i)))
        sim_bad("I9: %s/%s is born of %s, which is no private result", server_path(r->to_dir),
                r->to_name, r->name);
    else if (c && !c->sealed && !law_outcomes(i))
        sim_bad("I9: %s/%s is born of a claim that has not been sealed", server_path(r->to_dir),
                r->to_name);
}

/* ---- a document is claimed, sealed, put back ---- */

static void claimed(const struct rpc *r, struct drop *d)
{
    struct token t;
    law.claims++;
    d->claims++;
    set_state(d, DROP_CLAIMED);
    if (token_parse(r->to_name, &t) != 0) {
        sim_bad("a claim that is no token: %s", r->to_name);
        return;
    }
    unsigned before = claims_used;
    struct claim *c = claim_of(t.claim, true);
    if (c && claims_used == before && !residue_claim_twice())
        sim_bad("I8: the claim %s is made a second time", r->to_name);
    /* One more than may be tried: that claim makes it fail, as poison. Each worker that dies in
     * doing just that costs another. */
    if (t.attempt > (unsigned)cluster.settings.max_attempts + ATTEMPTS_OF_DEATHS)
        sim_bad("I7: attempt %u of document %u", t.attempt, d->serial);
    if (d->claims > CLAIMS_OF_ONE)
        sim_bad("I7: document %u was claimed %d times", d->serial, (int)CLAIMS_OF_ONE);
}

static void in_work(const struct rpc *r, struct drop *d)
{
    struct sealed s;
    if (r->dir->zone != ZONE_WORK) {
        claimed(r, d);
        return;
    }
    if (r->dir != r->to_dir || token_parse_sealed(r->to_name, &s) != 0) {
        sim_bad("%s is moved to %s within claimed/", r->name, r->to_name);
        return;
    }
    struct claim *c = claim_of(s.token.claim, false);
    if (c)
        c->sealed = true;
    set_state(d, DROP_SEALED);
}

static void document_moved(const struct rpc *r, struct inode *i)
{
    struct drop *d = drop_of(i);
    switch (r->to_dir->zone) {
    case ZONE_WORK:
        in_work(r, d);
        break;
    case ZONE_RETRY:
        set_state(d, DROP_WAITING);
        break;
    case ZONE_DONE:
    case ZONE_CLASS:
        i->seen = document_hash(i->content, i->size); /* one of an archive has been written by us */
        published(r, i);
        break;
    case ZONE_PENDING:
        if (!r->outside && sim.protocol != PROTOCOL_NAIVE)
            sim_bad("document %u is put back under a plain name", d->serial);
        set_state(d, DROP_PENDING);
        break;
    case ZONE_TAKEN:
        set_state(d, DROP_TAKEN);
        break;
    case ZONE_OUTSIDE:
        set_state(d, DROP_OUTSIDE);
        break;
    default:
        if (sim.protocol != PROTOCOL_NAIVE)
            sim_bad("document %u is moved to %s", d->serial, server_path(r->to_dir));
    }
}

/* ---- documents out of documents ---- */

static struct drop *holder_of(unsigned serial)
{
    for (unsigned i = 0; i < law.drops; i++)
        if (law.drop[i].serial == document_holder(serial))
            return &law.drop[i];
    return NULL;
}

/* A file of the folder that has become visible: a document from now on. */
static unsigned inner_born(struct inode *dir, struct drop **holder)
{
    unsigned n = 0;
    for (unsigned i = 0; i < dir->n_entries; i++) {
        struct inode *file = dir->entries[i].inode;
        struct document doc;
        if (S_ISDIR(file->mode)) {
            n += inner_born(file, holder);
            continue;
        }
        if (!document_read(file->content, file->size, &doc) || !document_holder(doc.serial)) {
            sim_bad("I11: %s becomes visible, and is no whole document", server_path(file));
            continue;
        }
        *holder = holder_of(doc.serial);
        int drop = law_drop(file, doc.serial, DOCUMENT_GOOD);
        if (drop >= 0)
            set_state(&law.drop[drop], DROP_PENDING);
        n++;
    }
    return n;
}

/* An empty one may be a late copy of its MKDIR: nobody's document. */
static void exposed(const struct rpc *r, struct inode *folder)
{
    char document[ID_CAP], claim[ID_CAP];
    struct drop *holder = NULL;
    unsigned n = inner_born(folder, &holder);
    if (n == 0)
        return;
    struct claim *c = unpack_parse(r->name, document, claim) == 1 ? claim_of(claim, false) : NULL;
    if (!c || !c->sealed)
        sim_bad("I9: %s becomes visible of a claim that has not been sealed", r->name);
    if (n != DOCUMENT_INNER || !holder || holder->exposed++ > 0)
        sim_bad("I11: %u documents of document %u become visible, for the %u. time", n,
                holder ? holder->serial : 0, holder ? holder->exposed : 0);
}

bool law_outcomes(const struct inode *json)
{
    return has(json, "\"documents_outcomes\":[");
}

bool law_is_record(const char *hidden, const struct inode *old, const struct inode *record)
{
    char document[ID_CAP], claim[ID_CAP], own[ID_CAP + 24];
    size_t kept = old->size ? old->size - 1 : 0;
    if (!inuse_parse_result(hidden, document, claim) || !law_outcomes(record))
        return false;
    snprintf(own, sizeof own, "{\"document\":\"%s\"", document);
    if (!has(old, own) || !has(record, own))
        return false;
    return law_outcomes(old)
               ? old->size == record->size
               : kept < record->size && memcmp(old->content, record->content, kept) == 0;
}

/* A claimer that sleeps between its look and its RENAME moves whatever has the name by then, a
 * folder too. It must come back; otherwise the protocol moves no folder. */
static void folder_moved(const struct rpc *r, struct inode *moved)
{
    enum zone from = r->dir->zone, to = r->to_dir->zone;
    bool there = (from == ZONE_PENDING || from == ZONE_RETRY) && to == ZONE_WORK;
    bool back = (from == ZONE_WORK || from == ZONE_RETRY) && to == ZONE_PENDING;
    bool through = from == ZONE_WORK && to == ZONE_RETRY;
    bool away = from == ZONE_UNPACK && to == ZONE_UNPACK;
    if (from == ZONE_UNPACK && to == ZONE_PENDING) {
        exposed(r, moved);
        return;
    }
    if (sim.protocol == PROTOCOL_NAIVE || !(there || back || through || away))
        sim_bad("a folder is renamed: %s/%s", server_path(r->dir), r->name);
    sim.folders_claimed += there;
}

void law_renamed(const struct rpc *r, struct inode *moved, struct inode *old)
{
    if (!r->outside && residue_is_claim(r, moved))
        residue_note_claim(r, moved);
    if (!r->outside && residue_is_late_pair(r, moved))
        residue_note_late_pair(r);
    if (old)
        clobbered(r, moved, old);
    if (!r->outside && names_visible(r->dir, r->name))
        sim_bad("I4: %s/%s is moved away", server_path(r->dir), r->name);
    if (moved->drop >= 0)
        document_moved(r, moved);
    else if (!S_ISDIR(moved->mode) && names_visible(r->to_dir, r->to_name) && !r->outside)
        result_born(r, moved);
    if (S_ISDIR(moved->mode) && !r->outside)
        folder_moved(r, moved);
}
