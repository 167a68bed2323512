#include "extractd/parser/reading.h"

#include <errno.h>
#include <string.h>

#include "extractd/parser/prepare.h"

enum { TELLING_BYTES = 600 };

/* Would it be read better in other languages? By what was read of it, a part or the whole. */
static bool want_others(const struct reading_order *order, const struct recognition *words,
                        struct reading *out)
{
    const struct languages_evidence e = {
        .utf8 = words->text ? words->text : "",
        .len = words->len,
        .script = out->how.asked ? out->how.orientation.script : NULL,
        .script_confidence = out->how.orientation.script_confidence,
        .loaded = recogniser_languages(order->recogniser),
        .settled = order->settled,
    };
    return order->installed && languages_advise(order->installed, &e, out->want);
}

/* A first look, at one band: a page in a language that is not loaded is not read in vain. That is a
 * tenth of a reading; of a document only its first pages are looked at so. */
static bool glance(const struct reading_order *order, const struct prepared *s, struct reading *out)
{
    struct recognition words = {0};
    struct prepared *band = order->installed && !order->settled ? prepare_band(s) : NULL;
    bool wants = band &&
                 recognise_prepared(order->recogniser, band, RECOGNISE_AUTO, &order->options,
                                    &words) == RECOGNISE_OK &&
                 want_others(order, &words, out);
    out->words.passes += words.passes;
    out->words.ms += words.ms;
    recognition_free(&words);
    prepare_free(band);
    return wants;
}

static enum recognise_result read_whole(const struct reading_order *order, const struct prepared *s,
                                        struct reading *out)
{
    struct recogniser *r = order->recogniser;
    const struct recognise_options *o = &order->options;
    struct recognition words;
    enum recognise_result got = recognise_prepared(r, s, RECOGNISE_AUTO, o, &words);
    words.passes += out->words.passes;
    words.ms += out->words.ms;
    out->words = words;
    if (got == RECOGNISE_OK && want_others(order, &out->words, out))
        return got;
    if (order->plain ||
        (got != RECOGNISE_NOTHING && (got != RECOGNISE_OK || !hard_is_worth_it(&out->words))))
        return got;
    enum recognise_result again = hard_read(r, s, o, &out->words, &out->how);
    if (want_others(order, &out->words, out)) /* by its script, or what it says when turned */
        return RECOGNISE_OK;
    return out->words.count ? RECOGNISE_OK : again == RECOGNISE_OK ? RECOGNISE_NOTHING : again;
}

enum recognise_result reading_make(const struct reading_order *order, const struct picture *p,
                                   struct reading *out)
{
    const struct recognise_options *o = &order->options;
    *out = (struct reading){.want = ""};
    struct prepared *s = prepare_picture(p, recognise_dpi(o, p->dpi), o->pixels_most);
    if (!s)
        return errno == ENOMEM ? RECOGNISE_NO_MEMORY : RECOGNISE_PICTURE;
    s = order->plain ? s : hard_stand(s, &out->how);
    enum recognise_result result = glance(order, s, out) ? RECOGNISE_OK : read_whole(order, s, out);
    prepare_free(s);
    out->telling = !out->want[0] && out->words.len >= TELLING_BYTES;
    return result;
}

void reading_free(struct reading *r)
{
    recognition_free(&r->words);
}
