/*
 * slot_reuse: a document with the content of a finished one gets that one's text.
 *
 *   the index of this host knows none (dupindex.h)   done as any document; this look is free
 *   duplicates = extract                             the same
 *   a person has asked for it to be tried again      the same
 *   takeover.h finds it, whole and unharmed          its pages and text are taken over
 *   anything is odd                                  done as any document
 *
 * It is sealed and published as any document, with a text and a record of its own.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/slot_parts.h"
#include "extractd/takeover.h"
#include "spool/retry.h"

void slot_recipe(const struct slot *s, const struct parse_limits *limits, char recipe[RECIPE_CAP])
{
    char languages[LANGLIST_CAP], outside[SHA256_HEX];
    slot_languages(s, languages);
    slot_tiers_recipe(s, outside);
    recipe_make(&(struct recipe){.dehyphenate = limits->dehyphenate,
                                 .attached = slot_looks_for_attached(s),
                                 .without = limits->without,
                                 .languages = languages,
                                 .pixels = limits->max_pixels,
                                 .outside = outside},
                recipe);
}

bool slot_reuse(struct slot *s, const struct hand *h, const struct reading *x, const char *recipe)
{
    const struct settings *c = &s->own;
    const struct claimed *claimed = &h->claimed;
    int64_t began = clock_boot_ms();
    struct takeover t = {.spool = &s->x->spool,
                         .index = s->x->finished,
                         .sha256 = s->sha256,
                         .size = x->extraction.size,
                         .recipe = recipe,
                         .ocr = c->ocr != OCR_NEVER || s->outside,
                         .limits = &x->limits,
                         .progress = &s->board->progress};
    if (c->duplicates != DUPLICATES_REUSE ||
        strncmp(claimed->token.document, TOKEN_ASKED_FOR, strlen(TOKEN_ASKED_FOR)) == 0 ||
        !takeover_find(&t, &s->parsed, s->same_as))
        return false;
    /* as slot_ocr_resume would have found out */
    s->pages_kept = claimed->token.attempt > 1 || strcmp(claimed->need, NEED_OCR) == 0 ||
                    strcmp(claimed->need, NEED_LONG) == 0;
    s->report.parsed = &s->parsed;
    s->report.parse_ms = clock_boot_ms() - began;
    log_debug("its text is that of done/%s", s->same_as);
    return true;
}

void slot_may_serve(struct slot *s)
{
    s->json_sha256[0] = '\0';
    if (report_may_serve(&s->report))
        sha256_hex(s->json.data, s->json.len, s->json_sha256);
}
