/* The documents of the model: what events say of them, and what the walk sees. */
#include <stdio.h>
#include <string.h>

#include "spoold/model/model_parts.h"
#include "spoold/model/tiers.h"

enum { PLACE_CAP = PATH_CAP + NAME_CAP + 96, NEIGHBOURS = 64, ROW_MESSAGE = 300 };

/* Kinds of places, by state. */
static const char kinds[DOC_STATES] = "pwcsdf";

static bool in_flight(unsigned state)
{
    return state == DOC_WAITING || state == DOC_CLAIMED || state == DOC_SEALED;
}

/* Where a document is, as a string of its state's kind; published ones by the way to their file
 * below done/ or failed/. */
static void place_of(const struct doc_row *d, char place[PLACE_CAP])
{
    const char *what = d->path, *top = d->state == DOC_DONE ? DIR_DONE "/" : DIR_FAILED "/";
    size_t n = 0;
    if (in_flight(d->state)) {
        what = d->id;
    } else if (*d->as) {
        what = d->as + strlen(top);
    } else if (d->state == DOC_FAILED && d->outcome < OUTCOME_COUNT) {
        const char *class = outcome_facts(d->outcome)->name;
        n = strlen(class);
        memcpy(place, class, n);
        place[n++] = '/';
    }
    size_t len = strnlen(what, PLACE_CAP - n - 1);
    memcpy(place + n, what, len);
    place[n + len] = 0;
}

/* Of the row only its numbers: its strings may be gone. */
static void count(struct model *m, uint32_t folder, const struct doc_row *d, int change)
{
    folders_count(&m->folders, folder, d, change);
    m->states[d->state] += (uint64_t)change;
    if (d->state == DOC_DONE || d->state == DOC_FAILED)
        m->outcomes[d->outcome] += (uint64_t)change;
    if (d->state == DOC_FAILED)
        groups_count(&m->groups, d->group, change);
}

/* Put a row in, or in place of the one of its path and id; counts and places follow. */
static int put(struct model *m, const struct doc_row *d)
{
    char before[PLACE_CAP], after[PLACE_CAP];
    struct doc_row old;
    uint32_t folder = folders_of(&m->folders, d->path);
    bool there = catalog_find(&m->documents, d->path, d->id, &old);
    place_of(d, after);
    if (there)
        place_of(&old, before);
    if (places_see(&m->places, kinds[d->state], after, m->round_number[d->state]) < 0)
        return -1;
    if (catalog_put(&m->documents, d) != 0)
        return -1;
    if (there) {
        if (old.state != d->state || strcmp(before, after) != 0)
            places_forget(&m->places, kinds[old.state], before);
        count(m, folder, &old, -1);
    }
    count(m, folder, d, 1);
    m->changed = true;
    return 0;
}

static void drop(struct model *m, const struct doc_row *d)
{
    char place[PLACE_CAP];
    struct doc_row row = *d;
    uint32_t folder = folders_of(&m->folders, d->path);
    place_of(d, place);
    if (!catalog_remove(&m->documents, d->path, d->id))
        return;
    places_forget(&m->places, kinds[row.state], place);
    count(m, folder, &row, -1);
    m->changed = true;
}

/* The row that only a file tells of: its id says which folder that is in. */
static void mark_of(unsigned state, unsigned outcome, char mark[4])
{
    mark[0] = '!';
    mark[1] = state == DOC_DONE ? 'd' : 'f';
    mark[2] = state == DOC_DONE ? 0 : (char)('a' + outcome);
    mark[3] = 0;
}

/* Path of the file below done/ or failed/<class>/. */
static const char *file_of(const struct fact_event *e)
{
    const char *p = e->as;
    size_t n = e->what == EVENT_DONE
                   ? strlen(DIR_DONE "/")
                   : strlen(DIR_FAILED "/") + strlen(outcome_facts(e->outcome)->name) + 1;
    return *p ? p + n : e->path;
}

/* The place of a published document may be one that is known already: of a row that only the file
 * tells of, which this event explains; or of an earlier document whose files are gone. False: of a
 * later one, so that this event is of the past. */
static bool take_place(struct model *m, const struct fact_event *e, const struct doc_row *d)
{
    char place[PLACE_CAP], other[PLACE_CAP], mark[4];
    struct doc_row row;
    place_of(d, place);
    if (places_seen(&m->places, kinds[d->state], place) < 0)
        return true;
    mark_of(d->state, d->outcome, mark);
    if (catalog_find(&m->documents, file_of(e), mark, &row)) {
        drop(m, &row);
        return true;
    }
    struct catalog_at at = catalog_seek(&m->documents, d->path, "");
    for (int i = 0; i < NEIGHBOURS && catalog_next(&m->documents, &at, &row); i++) {
        if (strcmp(row.path, d->path) != 0)
            break;
        if (row.state != d->state || strcmp(row.id, d->id) == 0)
            continue;
        place_of(&row, other);
        if (strcmp(other, place) != 0)
            continue;
        if (row.time_ms > d->time_ms)
            return false;
        drop(m, &row);
        break;
    }
    return true;
}

/* It was pending until somebody took it, and has this id since; what is dropped there since then is
 * another. */
static void absorb_pending(struct model *m, const char *path, const char *id, int64_t taken_ms)
{
    char place[PLACE_CAP];
    struct doc_row row;
    if (!catalog_find(&m->documents, path, "", &row) ||
        (taken_ms >= 0 && (int64_t)row.since_s * 1000 > taken_ms))
        return;
    snprintf(place, sizeof place, DIR_PENDING "/%s", path);
    formerly_note(&m->formerly, place, id);
    drop(m, &row);
}

bool model_formerly(struct model *m, const char *key, char id[ID_CAP])
{
    return formerly_find(&m->formerly, key, id);
}

/* Message of a row: its beginning, in whole characters. */
static void cut_message(const char *from, char to[ROW_MESSAGE])
{
    size_t n = strnlen(from, ROW_MESSAGE - 1);
    while (n > 0 && n == ROW_MESSAGE - 1 && ((unsigned char)from[n] & 0xc0) == 0x80)
        n--;
    memcpy(to, from, n);
    to[n] = 0;
}

/* The claim without what its document's id says already: most often it was claimed by the same
 * lease. */
static const char *short_claim(const char *claim, const char *id)
{
    size_t n = strcspn(claim, "-");
    return claim[n] && id[n] == '-' && strncmp(claim, id, n) == 0 ? claim + n : claim;
}

/* Of an event, with strings that were made of it. */
struct made {
    char message[ROW_MESSAGE], packed[TIERS_CAP];
};

static struct doc_row row_of(struct model *m, const struct fact_event *e, struct made *made)
{
    cut_message(e->message, made->message);
    tiers_pack(e->tiers, e->pages, made->packed);
    struct doc_row d = {.path = e->path,
                        .id = e->document,
                        .as = e->as,
                        .history = e->history,
                        .message = made->message,
                        .claim = short_claim(e->claim, e->document),
                        .tiers_packed = e->known_tiers ? made->packed : "",
                        .time_ms = e->time_ms,
                        .size = e->size,
                        .pages = e->pages,
                        .took_ms = e->took_ms < UINT32_MAX ? (uint32_t)e->took_ms : UINT32_MAX,
                        .attempt = e->attempt < UINT16_MAX ? (uint16_t)e->attempt : UINT16_MAX,
                        .host = hosts_number(&m->hosts, e->host),
                        .group = NO_GROUP,
                        .state = e->what == EVENT_DONE     ? DOC_DONE
                                 : e->what == EVENT_FAILED ? DOC_FAILED
                                                           : DOC_WAITING,
                        .outcome = e->outcome,
                        .tiers = e->known_tiers ? tiers_bits(e->tiers) : 0,
                        .ocr = e->what == EVENT_OCR_LATER};
    if (d.ocr)
        d.ocr_pages = e->tiers[PAGES_NONE];
    if (strcmp(file_of(e), e->path) == 0)
        d.as = ""; /* what the path says need not be kept */
    return d;
}

/* What happened before the walk saw the document again, in other hands: the walk knows where it is
 * now. */
static bool walk_knows_better(const struct model *m, const struct doc_row *old,
                              const struct doc_row *now)
{
    return now->state == DOC_WAITING && in_flight(old->state) && old->state != DOC_WAITING &&
           now->time_ms < m->rounds[old->state].begun_ms;
}

int model_docs_event(struct model *m, const struct fact_event *e)
{
    struct made made;
    struct doc_row old, d = row_of(m, e, &made);
    bool there = catalog_find(&m->documents, d.path, d.id, &old);
    if (d.state == DOC_FAILED) {
        d.group = groups_of(&m->groups, e->outcome, e->stage, e->message);
        groups_happened(&m->groups, d.group, e->time_ms, d.host, e->path);
    }
    /* Two events of one document in one millisecond: the later state. */
    if (there && (old.time_ms > d.time_ms ||
                  (old.time_ms == d.time_ms && in_flight(d.state) && !in_flight(old.state))))
        return 0;
    if (there && walk_knows_better(m, &old, &d)) {
        d.state = old.state;
        d.host = old.host;
        d.claim = old.claim;
    }
    if (!in_flight(d.state) && !take_place(m, e, &d))
        return 0;
    if (!there)
        absorb_pending(m, d.path, d.id, e->time_ms - e->took_ms);
    return put(m, &d);
}

/* Has any document of this path an event that is younger than the round of the walk? Then what the
 * walk has seen of a pending one may be that one, before it was taken. */
static bool moved_since(const struct model *m, const char *path, int64_t begun_ms)
{
    struct doc_row row;
    struct catalog_at at = catalog_seek(&m->documents, path, "");
    for (int i = 0; i < NEIGHBOURS && catalog_next(&m->documents, &at, &row); i++) {
        if (strcmp(row.path, path) != 0)
            break;
        if (row.time_ms >= begun_ms && row.time_ms > 0)
            return true;
    }
    return false;
}

static struct doc_row row_of_entry(struct model *m, const struct fact_entry *e)
{
    return (struct doc_row){.path = e->path,
                            .id = e->document,
                            .as = "",
                            .history = e->history,
                            .message = "",
                            .claim = short_claim(e->claim, e->document),
                            .tiers_packed = "",
                            .size = e->size,
                            .since_s = (uint32_t)(e->since_ms / 1000),
                            .attempt = e->attempt < UINT16_MAX ? (uint16_t)e->attempt : UINT16_MAX,
                            .host = *e->host ? hosts_number(&m->hosts, e->host) : NO_HOST,
                            .group = NO_GROUP,
                            .state = e->state,
                            .outcome = e->outcome,
                            .ocr = e->ocr};
}

static int see_pending(struct model *m, const struct fact_entry *e)
{
    struct doc_row old, d = row_of_entry(m, e);
    bool there = catalog_find(&m->documents, d.path, "", &old);
    if (there && ((old.since_s == d.since_s && old.size == d.size) || d.since_s == 0))
        return places_see(&m->places, kinds[DOC_PENDING], d.path, m->round_number[DOC_PENDING]) < 0
                   ? -1
                   : 0;
    if (!there && moved_since(m, d.path, m->rounds[DOC_PENDING].begun_ms))
        return 0;
    return put(m, &d);
}

static int see_in_flight(struct model *m, const struct fact_entry *e)
{
    struct doc_row old, d = row_of_entry(m, e);
    if (!catalog_find(&m->documents, d.path, d.id, &old)) {
        absorb_pending(m, d.path, d.id, -1);
        return put(m, &d);
    }
    if (old.state == d.state && old.host == d.host && old.attempt == d.attempt &&
        strcmp(old.claim, d.claim) == 0 && old.ocr == d.ocr && old.since_s == d.since_s)
        return places_see(&m->places, kinds[d.state], d.id, m->round_number[d.state]) < 0 ? -1 : 0;
    if (old.state != d.state && old.time_ms >= m->rounds[d.state].begun_ms && old.time_ms > 0)
        return 0; /* seen before that event */
    struct doc_row now = old;
    now.state = d.state;
    now.as = "";
    now.outcome = in_flight(old.state) ? old.outcome : OUTCOME_COUNT;
    now.group = NO_GROUP;
    if (d.state != DOC_WAITING || d.host != NO_HOST)
        now.host = d.host;
    now.history = d.history;
    now.claim = d.claim;
    now.attempt = d.attempt;
    now.since_s = d.since_s;
    now.ocr = d.ocr || (d.state != DOC_WAITING && old.ocr);
    return put(m, &now);
}

static int see_published(struct model *m, const struct fact_entry *e)
{
    char place[PLACE_CAP], mark[4];
    struct doc_row d = row_of_entry(m, e);
    mark_of(d.state, d.outcome, mark);
    d.id = mark;
    place_of(&d, place);
    if (places_seen(&m->places, kinds[d.state], place) >= 0)
        return places_see(&m->places, kinds[d.state], place, m->round_number[d.state]) < 0 ? -1 : 0;
    if (d.state == DOC_FAILED)
        d.group = groups_of(&m->groups, d.outcome, "", "");
    return put(m, &d);
}

int model_docs_entry(struct model *m, const struct fact_entry *e)
{
    if (e->state == DOC_PENDING)
        return see_pending(m, e);
    return in_flight(e->state) ? see_in_flight(m, e) : see_published(m, e);
}

bool model_forget(struct model *m, const char *path, const char *id)
{
    struct doc_row row;
    uint64_t before = m->documents.rows;
    if (catalog_find(&m->documents, path, id, &row) && row.state == DOC_FAILED)
        drop(m, &row);
    return m->documents.rows < before;
}

int model_docs_sweep(struct model *m, enum doc_state state)
{
    char path[PATH_CAP], id[ID_CAP], place[PLACE_CAP];
    struct catalog_at at = {0};
    struct doc_row row;
    uint8_t now = m->round_number[state], last = (uint8_t)(now - 1);
    while (catalog_next_of(&m->documents, 1u << state, &at, &row)) {
        place_of(&row, place);
        int seen = places_seen(&m->places, kinds[state], place);
        if (seen == now || seen == last || row.time_ms >= m->rounds[state].begun_ms)
            continue;
        snprintf(path, sizeof path, "%s", row.path);
        snprintf(id, sizeof id, "%s", row.id);
        uint64_t before = m->documents.rows;
        drop(m, &row);
        if (m->documents.rows == before)
            return -1; /* no memory for a copy of its leaf: the next round sees to it */
        at = catalog_seek(&m->documents, path, id);
    }
    return 0;
}
