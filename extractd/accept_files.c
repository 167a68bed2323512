/* accept_files: the frames of a job that asks for the files in an archive, or of a PDF. */
#include <errno.h>

#include "extractd/accept_parts.h"

enum { ENTRY_HEAD = 1, FATE_HEAD = 1 };

/* The receiver's answer. */
static enum accept_verdict answered(struct accept *a, int bad)
{
    a->error = bad ? errno : 0;
    return bad ? ACCEPT_NO_ROOM : ACCEPT_MORE;
}

enum accept_verdict accept_entry(struct accept *a, const struct frame *f, const char **why)
{
    const struct receiver *to = a->order.files;
    struct accept_files *x = &a->files;
    if (!to || x->open)
        return accept_breach(why, "an ENTRY frame where none may be");
    if (f->page != x->next || f->page >= to->entries)
        return accept_breach(why, "an ENTRY frame with a number that is not the next, or too high");
    if (f->length < ENTRY_HEAD || f->bytes[0] > 1)
        return accept_breach(why, "an ENTRY frame that does not say whose rules its name goes by");
    const char *name = (const char *)f->bytes + ENTRY_HEAD;
    size_t n = f->length - ENTRY_HEAD;
    if (memchr(name, 0, n))
        return accept_breach(why, "an ENTRY frame with a NUL in its name");
    x->open = true;
    x->now = 0;
    return answered(a, to->begin(to->user, name, n, f->bytes[0]));
}

/* What all that was thrown away came to does not count for the total, as with the parser. */
static bool within_limits(const struct accept *a, const struct receiver *to)
{
    const struct accept_files *x = &a->files;
    if (x->now > to->each || x->total + x->now > to->total)
        return false;
    return x->came <= RECEIVER_RATIO_FREE || to->ratio == 0 || x->came / to->ratio <= to->size;
}

enum accept_verdict accept_bytes(struct accept *a, const struct frame *f, const char **why)
{
    const struct receiver *to = a->order.files;
    struct accept_files *x = &a->files;
    if (!to || !x->open || f->page != x->next)
        return accept_breach(why, "a BYTES frame of an entry that is not open");
    if (f->length == 0)
        return accept_breach(why, "a BYTES frame without bytes");
    x->now += f->length;
    x->came += f->length;
    if (!within_limits(a, to))
        return accept_breach(why, "more bytes of entries than were allowed");
    return answered(a, to->bytes(to->user, f->bytes, f->length));
}

/* Only what was looked into can have come in part. */
static bool fate_is_sound(const struct accept_files *x, uint8_t fate)
{
    switch (fate) {
    case ENTRY_TAKEN:
        return x->now > 0;
    case ENTRY_TOO_LARGE:
    case ENTRY_DAMAGED:
        return true;
    default:
        return fate < ENTRY_FATES && x->now == 0;
    }
}

enum accept_verdict accept_fate(struct accept *a, const struct frame *f, const char **why)
{
    char message[FRAME_MESSAGE_MAX + 1];
    const struct receiver *to = a->order.files;
    struct accept_files *x = &a->files;
    if (!to || !x->open || f->page != x->next)
        return accept_breach(why, "a FATE frame of an entry that is not open");
    if (f->length < FATE_HEAD || !fate_is_sound(x, f->bytes[0]))
        return accept_breach(why, "a FATE frame that contradicts what came, or without a fate");
    if (!accept_message(message, sizeof message, f->bytes + FATE_HEAD, f->length - FATE_HEAD))
        return accept_breach(why, "a FATE frame whose message is no line of UTF-8");
    enum entryfate fate = (enum entryfate)f->bytes[0];
    x->open = false;
    x->next++;
    x->taken += fate == ENTRY_TAKEN;
    x->total += fate == ENTRY_TAKEN ? x->now : 0;
    x->lost += fate == ENTRY_DAMAGED || fate == ENTRY_ENCRYPTED || fate == ENTRY_TOO_LARGE;
    a->pages++;
    return answered(a, to->end(to->user, fate, message));
}

/* The same rules by which the parser concludes (entry.h). */
bool accept_files_end_is_sound(const struct accept *a, uint32_t outcome)
{
    const struct accept_files *x = &a->files;
    switch (outcome) {
    case OUTCOME_OK:
        return !x->open && x->taken > 0 && x->lost == 0;
    case OUTCOME_PARTIAL:
        return !x->open && x->taken > 0;
    case OUTCOME_EMPTY:
    case OUTCOME_ENCRYPTED:
        return !x->open && x->taken == 0;
    case OUTCOME_NOT_PDF:
        return !x->open && x->next == 0;
    case OUTCOME_CORRUPT:
    case OUTCOME_LIMIT:
    case OUTCOME_MEMORY:
        return true;
    default: /* what only those outside can know, and what is no outcome */
        return false;
    }
}
