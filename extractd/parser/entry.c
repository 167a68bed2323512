#include "extractd/parser/entry.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/filekind.h"

enum { PIECE = 64 * 1024 };
static char piece[PIECE]; /* one entry at a time, in a process with one thread */

bool entry_stop(struct entry_teller *t, enum outcome outcome, const char *message)
{
    if (!t->over) {
        t->report->outcome = outcome;
        snprintf(t->report->message, sizeof t->report->message, "%s", message);
    }
    t->over = true;
    return false;
}

static bool answered(struct entry_teller *t, bool wanted)
{
    return wanted || entry_stop(t, OUTCOME_CANCELLED, "its entries are not wanted any more");
}

bool entry_count(struct entry_teller *t)
{
    char why[80];
    if (t->over)
        return false;
    if (t->seen++ < t->limits->entries)
        return true;
    snprintf(why, sizeof why, "it has more than the %u entries that are allowed",
             t->limits->entries);
    return entry_stop(t, OUTCOME_LIMIT, why);
}

bool entry_begin(struct entry_teller *t, const struct entry_head *head)
{
    t->now = 0;
    return !t->over && answered(t, t->sink->begin(t->sink->user, head));
}

bool entry_bytes(struct entry_teller *t, const void *bytes, size_t n)
{
    char why[100];
    if (t->over)
        return false;
    t->now += n;
    if (t->report->bytes + t->now > t->limits->total) {
        snprintf(why, sizeof why, "more than the %llu bytes that are allowed come out of it",
                 (unsigned long long)t->limits->total);
        return entry_stop(t, OUTCOME_LIMIT, why);
    }
    return answered(t, t->sink->bytes(t->sink->user, bytes, n));
}

bool entry_end(struct entry_teller *t, enum entryfate fate, const char *message)
{
    struct entry_report *r = t->report;
    if (t->over)
        return false;
    r->entries++;
    r->taken += fate == ENTRY_TAKEN;
    r->bytes += fate == ENTRY_TAKEN ? t->now : 0;
    r->encrypted += fate == ENTRY_ENCRYPTED;
    r->damaged += fate == ENTRY_DAMAGED;
    r->too_large += fate == ENTRY_TOO_LARGE;
    return answered(t, t->sink->end(t->sink->user, fate, message));
}

bool entry_skip(struct entry_teller *t, const struct entry_head *head, enum entryfate fate,
                const char *message)
{
    return entry_begin(t, head) && entry_end(t, fate, message);
}

void entry_conclude(struct entry_teller *t, const char *lost)
{
    struct entry_report *r = t->report;
    if (t->over)
        return;
    if (r->taken && !*lost && r->damaged + r->encrypted + r->too_large == 0)
        entry_stop(t, OUTCOME_OK, "");
    else if (r->taken)
        entry_stop(t, OUTCOME_PARTIAL, *lost ? lost : "some of its entries could not be taken");
    else if (*lost)
        entry_stop(t, OUTCOME_CORRUPT, lost);
    else if (r->encrypted)
        entry_stop(t, OUTCOME_ENCRYPTED, "what it holds is encrypted");
    else if (r->damaged)
        entry_stop(t, OUTCOME_CORRUPT, "no entry could be unpacked");
    else if (r->too_large)
        entry_stop(t, OUTCOME_LIMIT, "what it holds is larger than a document may be");
    else
        entry_stop(t, OUTCOME_EMPTY, "no PDF is in it");
}

bool entry_in_ratio(struct entry_teller *t, uint64_t unpacked, uint64_t used)
{
    char why[120];
    if (unpacked <= t->limits->ratio_free || unpacked / t->limits->ratio <= used)
        return true;
    snprintf(why, sizeof why, "more than %u times its size comes out of it: a bomb, most likely",
             t->limits->ratio);
    return entry_stop(t, OUTCOME_LIMIT, why);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool entry_litter(const char *path)
{
    static const char *const names[] = {".DS_Store", "Thumbs.db", "desktop.ini"};
    const char *base = base_of(path);
    if (strncmp(path, "__MACOSX/", 9) == 0 || strstr(path, "/__MACOSX/"))
        return true;
    if (strncmp(base, "._", 2) == 0) /* AppleDouble: what a Mac knows beside a file's content */
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(base, names[i]) == 0)
            return true;
    return false;
}

/* What it is, by its first bytes (FILEKIND_BYTES of them, or all) and its name. One that is called
 * .pdf is taken, lest it vanishes unseen: it fails as a document. */
static enum entryfate judge(const char *path, const void *bytes, size_t n)
{
    enum filekind kind = filekind_of(bytes, n);
    size_t len = strlen(path);
    if (n == 0)
        return ENTRY_EMPTY;
    if (kind == FILEKIND_PDF)
        return ENTRY_TAKEN;
    if (filekind_holds_files(kind))
        return ENTRY_NESTED;
    return len >= 4 && strcasecmp(path + len - 4, ".pdf") == 0 ? ENTRY_TAKEN : ENTRY_NO_PDF;
}

static enum entry_got read_start(const struct entry_source *source, size_t *have)
{
    size_t n;
    enum entry_got got = GOT_BYTES;
    for (*have = 0; *have < FILEKIND_BYTES && got == GOT_BYTES; *have += n)
        got = source->read(source->from, piece + *have, sizeof piece - *have, &n);
    return got;
}

static bool leave(const struct entry_source *source, enum entry_got got)
{
    return got == GOT_END || !source->leave || source->leave(source->from);
}

/* The entry has begun; `have` bytes of it are in the piece, and reading has come to `got`. */
static bool hand_on(struct entry_teller *t, const struct entry_source *source, size_t have,
                    enum entry_got got)
{
    while (have > 0 && t->now + have <= t->limits->each) {
        if (!entry_bytes(t, piece, have))
            return false;
        have = 0;
        if (got == GOT_BYTES)
            got = source->read(source->from, piece, sizeof piece, &have);
    }
    if (got == GOT_OVER)
        return false;
    if (have > 0)
        return entry_end(t, ENTRY_TOO_LARGE, "") && leave(source, got);
    if (got == GOT_DAMAGE)
        return entry_end(t, ENTRY_DAMAGED, source->explain(source->from));
    return entry_end(t, ENTRY_TAKEN, "");
}

bool entry_take(struct entry_teller *t, const struct entry_head *head,
                const struct entry_source *source)
{
    size_t have;
    enum entry_got got = read_start(source, &have);
    enum entryfate fate = judge(head->path, piece, have);
    if (got == GOT_OVER)
        return false;
    if (got == GOT_DAMAGE && fate != ENTRY_TAKEN)
        return entry_skip(t, head, ENTRY_DAMAGED, source->explain(source->from));
    if (fate != ENTRY_TAKEN)
        return entry_skip(t, head, fate, "") && leave(source, got);
    return entry_begin(t, head) && hand_on(t, source, have, got);
}
