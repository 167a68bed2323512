/*
 * slot_lane: how the document in hand is worked on: as the configuration says, and where it has a
 * lane, as that says.
 *
 *   languages, ocr, duplicates, memory_limit,   take the place of the configuration's in `own`, for
 *   max_input, max_pages, passwords,            this document
 *   dehyphenate, the two clocks
 *   tiers                                       ways that are left out are told to the parser
 *                                               (JOB_NO_...); with none that reads pictures it is as
 *                                               with ocr = never; those outside of this program are
 *                                               for slot_tiers.c (`outside`)
 *
 * What is in hand keeps what held when it was taken; only the two clocks of documents whose lane
 * says nothing of them are as they are configured now.
 */
#include <string.h>

#include "extractd/slot_parts.h"

static uint32_t left_out(uint32_t tiers)
{
    return (tiers & 1u << USE_TEXT ? 0u : JOB_NO_TEXT) |
           (tiers & 1u << USE_REPAIR ? 0u : JOB_NO_REPAIR) |
           (tiers & 1u << USE_HARD ? 0u : JOB_NO_HARD);
}

/* For the supervisor, which cannot know a path. */
static void note_limits(struct slot *s)
{
    const struct settings *all = &s->x->spool.settings;
    int64_t whole = s->own.document_timeout, still = s->own.stall_timeout;
    atomic_store(&s->board->document_timeout, whole == all->document_timeout ? 0 : whole);
    atomic_store(&s->board->stall_timeout, still == all->stall_timeout ? 0 : still);
}

void slot_lane(struct slot *s)
{
    s->own = s->x->spool.settings;
    const struct lane_settings *l = settings_lane_of(&s->own, s->path);
    s->lane = l ? settings_named(l->section) : "";
    s->without = left_out(settings_lane_tiers(&s->own, l));
    s->outside = settings_lane_tiers(&s->own, l) / USE_EXTERNAL;
    settings_lane_apply(&s->own, l);
    s->own.ocr = settings_lane_ocr(&s->own, l);
    if (s->own.ocr == OCR_NEVER && s->outside == 0)
        s->without |= JOB_NO_LOOK; /* nobody would read it */
    note_limits(s);
}
