/* Can it be, what a PAGE or an END frame says, after what has come before it? */
#include "extractd/accept_parts.h"

enum { DPI_MAX = 10000 };

/* What only those outside of a parser can know of a page is fine in a file. */
static bool reason_is_sound(const struct accept *a, uint32_t tier, uint32_t reason)
{
    if (tier != TIER_BAD)
        return reason == OUTCOME_OK;
    if (a->order.any)
        return reason < OUTCOME_COUNT && outcome_facts((enum outcome)reason)->failure;
    return reason == OUTCOME_CORRUPT || reason == OUTCOME_LIMIT || reason == OUTCOME_MEMORY;
}

static bool tier_is_sound(const struct accept *a, uint32_t tier)
{
    switch (tier) {
    case TIER_TEXT:
    case TIER_REPAIR:
    case TIER_MIXED:
        return a->visible;
    case TIER_OCR:
    case TIER_HARD:
        return a->visible || a->page_chars == 0;
    case TIER_BLANK:
        return a->page_chars == 0;
    case TIER_NONE:
    case TIER_BAD:
        return true;
    default: /* a file may have pages from elsewhere, a parser's job never */
        return a->order.any && parse_result_is_outside(a->result, tier) &&
               (a->visible || a->page_chars == 0);
    }
}

static bool number_is_sound(uint32_t n, uint32_t most)
{
    return n <= most || n == WIRE_UNKNOWN;
}

bool accept_page_is_sound(const struct accept *a, const struct wire_page *p)
{
    return tier_is_sound(a, p->tier) && reason_is_sound(a, p->tier, p->reason) &&
           p->chars == a->page_chars && p->unmapped == a->page_unmapped &&
           number_is_sound(p->confidence, WIRE_CONFIDENCE_MAX) &&
           number_is_sound(p->score, WIRE_SCORE_MAX) && p->dpi <= DPI_MAX;
}

bool accept_end_is_sound(const struct accept *a, uint32_t outcome)
{
    if (a->order.files)
        return accept_files_end_is_sound(a, outcome);
    switch (outcome) {
    case OUTCOME_OK:
        return a->announced && !a->page_bytes && !a->other_bytes &&
               (a->order.any || a->wants || a->due >= a->result->announced_pages);
    case OUTCOME_ENCRYPTED:
    case OUTCOME_NOT_PDF:
        return !a->announced;
    case OUTCOME_CORRUPT:
    case OUTCOME_LIMIT:
    case OUTCOME_MEMORY:
        return true;
    default: /* what only those outside can know, and what is no outcome */
        return false;
    }
}
