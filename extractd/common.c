/* What all processes of extractd do alike. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "extractd/extractd.h"
#include "extractd/slotcount.h"

static const char *const stage_names[SLOT_STAGES] = {"idle",  "load",    "wait",
                                                     "parse", "results", "publish"};
static const char *const parser_stages[] = {"parse", "open", "text", "ocr", "emit", "unpack"};
_Static_assert(sizeof parser_stages / sizeof *parser_stages == STAGE_COUNT, "each has a name");

const char *extractd_stage(const struct extractd *x, unsigned slot)
{
    int stage = atomic_load(&x->board->slots[slot].stage);
    if (stage != SLOT_PARSE)
        return stage_names[stage >= 0 && stage < SLOT_STAGES ? stage : 0];
    uint32_t s = atomic_load(&x->status[slot]->stage);
    return parser_stages[s < STAGE_COUNT ? s : 0];
}

void extractd_role(unsigned i, char name[16])
{
    static const char *const names[] = {"zygote", "beat", "claimer", "reporter", "janitor"};
    _Static_assert(sizeof names / sizeof *names == FIRST_SLOT, "each has a name");
    if (i < FIRST_SLOT)
        snprintf(name, 16, "%s", names[i]);
    else
        snprintf(name, 16, "slot.%u", i - FIRST_SLOT);
}

bool extractd_settings(struct extractd *x)
{
    unsigned newest = atomic_load(&x->board->settings_generation);
    if (newest == x->settings_seen)
        return false;
    x->settings_seen = newest;
    x->spool.settings = x->board->settings;
    log_setup((enum log_format)x->spool.settings.log_format,
              (enum log_level)x->spool.settings.log_level, x->spool.settings.log_file);
    return true;
}

unsigned extractd_slots_near(const struct settings *s, unsigned cores)
{
    return s->slots_max > 0 ? (unsigned)s->slots_max : 4 * cores + 4;
}

unsigned extractd_slots_most(const struct settings *s, unsigned cores)
{
    return s->slots_max > 0 ? (unsigned)s->slots_max : SLOTCOUNT_FAR_MOST * cores + 2;
}

/* OCR is all core and no waiting, and its parsers are the large ones: of what is in hand because the
 * share and its disk are slow, it has nothing. */
unsigned extractd_ocr_slots(const struct extractd *x)
{
    const struct board *b = x->board;
    const struct settings *s = &x->spool.settings;
    unsigned slots = atomic_load(&b->n_active);
    unsigned for_cores = s->slots_max > 0 ? (unsigned)s->slots_max : 2 * b->n_cores + 2;
    if (!b->fixed_slots && for_cores < slots)
        slots = for_cores;
    unsigned most = (unsigned)(slots * (uint64_t)s->ocr_share / 100);
    most = most < slots ? most : slots - 1;
    return most > 0 ? most : 1;
}

int extractd_lease(struct extractd *x, struct lease *l)
{
    if (lease_open(l, &x->spool, x->board->lease_name, &x->board->lease) == 0)
        return 0;
    log_warn("cannot open the lease %s: %s; trying again", x->board->lease_name, strerror(errno));
    return -1;
}

void extractd_event(struct extractd *x, const struct buf *line)
{
    if (!buf_ok(line) || line->len > EVENT_MAX ||
        send(x->event_in, line->data, line->len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)line->len)
        atomic_fetch_add(&x->board->dropped_events, 1);
}
