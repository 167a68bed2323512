#include "extractd/parser/attached.h"

#include <stdio.h>
#include <string.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/progress.h"

/* NODES: of the name tree, and annotations, that are looked at in all; trees may be circles. */
enum { DEPTH_MAX = 32, NODES_MAX = 200000, SEEN_MAX = 16384, NAME_ROOM = 4096 };

struct hunt {
    fz_context *ctx;
    struct engine *engine;
    struct entry_teller *teller;
    fz_stream *stream; /* of the entry in hand */
    uint64_t size, unpacked;
    uint32_t nodes, refusals;
    int seen[SEEN_MAX]; /* numbers of the streams that were met */
    size_t met;
    char said[200]; /* why the entry in hand could not be read */
    char lost[200]; /* what could not be looked at; "" while nothing */
};

/* Says whether the trouble that was just caught is one of memory, which ends it all. */
static bool out_of_memory(struct hunt *h)
{
    if (engine_refusals(h->engine) == h->refusals)
        return false;
    entry_stop(h->teller, OUTCOME_MEMORY, "its attachments need more memory than they may have");
    return true;
}

static void note_loss(struct hunt *h)
{
    if (!out_of_memory(h))
        snprintf(h->lost, sizeof h->lost, "%s", fz_caught_message(h->ctx));
}

/* ---- the content of one ---- */

static enum entry_got read_on(void *from, char *to, size_t cap, size_t *n)
{
    struct hunt *h = from;
    size_t got = 0;
    bool failed = false;
    fz_var(got);
    fz_var(failed);
    fz_try(h->ctx)
    {
        got = fz_read(h->ctx, h->stream, (unsigned char *)to, cap);
    }
    fz_catch(h->ctx)
    {
        failed = true;
        snprintf(h->said, sizeof h->said, "%s", fz_caught_message(h->ctx));
    }
    *n = failed ? 0 : got;
    h->unpacked += *n;
    progress_tick();
    if (failed)
        return out_of_memory(h) ? GOT_OVER : GOT_DAMAGE;
    if (!entry_in_ratio(h->teller, h->unpacked, h->size))
        return GOT_OVER;
    return got == 0 ? GOT_END : GOT_BYTES;
}

static const char *explain(void *from)
{
    return ((const struct hunt *)from)->said;
}

/* ---- finding them ---- */

/* A stream that was met before, or one too many. */
static bool met_before(struct hunt *h, int number)
{
    for (size_t i = 0; i < h->met; i++)
        if (h->seen[i] == number)
            return true;
    if (h->met == SEEN_MAX)
        return true;
    h->seen[h->met++] = number;
    return false;
}

/* Throws. The stream of a file specification; NULL when it has none (a file elsewhere). */
static pdf_obj *stream_of(fz_context *ctx, pdf_obj *spec)
{
    static const char *const keys[] = {"UF", "F", "Unix", "DOS", "Mac"};
    pdf_obj *ef = pdf_dict_get(ctx, spec, PDF_NAME(EF)), *found = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !found; i++) {
        pdf_obj *o = pdf_dict_gets(ctx, ef, keys[i]);
        found = pdf_is_stream(ctx, o) ? o : NULL;
    }
    return found;
}

/* Throws. As UTF-8; cut when it is very long. */
static void name_of(fz_context *ctx, pdf_obj *spec, const char *key, char name[NAME_ROOM])
{
    const char *text = pdf_dict_get_text_string(ctx, spec, PDF_NAME(UF));
    if (!*text)
        text = pdf_dict_get_text_string(ctx, spec, PDF_NAME(F));
    if (!*text)
        text = key;
    snprintf(name, NAME_ROOM, "%s", text);
}

/* Throws. Open the stream of a specification that was not met before: h->stream, else NULL. */
static void open_stream(struct hunt *h, pdf_obj *spec, const char *key, char name[NAME_ROOM],
                        int64_t *size)
{
    pdf_obj *o = stream_of(h->ctx, spec);
    if (!o || met_before(h, pdf_to_num(h->ctx, o)))
        return;
    name_of(h->ctx, spec, key, name);
    pdf_obj *declared = pdf_dict_getl(h->ctx, o, PDF_NAME(Params), PDF_NAME(Size), NULL);
    *size = pdf_is_int(h->ctx, declared) ? pdf_to_int64(h->ctx, declared) : -1;
    h->stream = pdf_open_stream(h->ctx, o);
}

static void take_spec(struct hunt *h, pdf_obj *spec, const char *key)
{
    char name[NAME_ROOM] = "";
    int64_t size = -1;
    bool failed = false;
    const size_t met = h->met;
    fz_var(failed);
    fz_var(size);
    h->stream = NULL;
    fz_try(h->ctx)
    {
        open_stream(h, spec, key, name, &size);
    }
    fz_catch(h->ctx)
    {
        failed = !out_of_memory(h);
        snprintf(h->said, sizeof h->said, "%s", fz_caught_message(h->ctx));
    }
    if (h->met == met || !entry_count(h->teller))
        goto done;
    const struct entry_head head = {name, strlen(name), size, true};
    const struct entry_source source = {read_on, explain, NULL, h};
    if (failed)
        entry_skip(h->teller, &head, ENTRY_DAMAGED, h->said);
    else if (size > 0 && (uint64_t)size > h->teller->limits->each)
        entry_skip(h->teller, &head, ENTRY_TOO_LARGE, "");
    else
        entry_take(h->teller, &head, &source);
done:
    fz_drop_stream(h->ctx, h->stream);
    h->stream = NULL;
}

static bool more(struct hunt *h)
{
    progress_tick();
    return !h->teller->over && h->nodes++ < NODES_MAX;
}

static void walk_names(struct hunt *h, pdf_obj *node, int depth);

/* Throws. */
static void walk_held_node(struct hunt *h, pdf_obj *names, pdf_obj *kids, int depth)
{
    int n = pdf_array_len(h->ctx, names);
    for (int i = 0; i + 1 < n && more(h); i += 2)
        take_spec(h, pdf_array_get(h->ctx, names, i + 1),
                  pdf_array_get_text_string(h->ctx, names, i));
    n = depth < DEPTH_MAX ? pdf_array_len(h->ctx, kids) : 0;
    for (int i = 0; i < n && more(h); i++)
        walk_names(h, pdf_array_get(h->ctx, kids, i), depth + 1);
}

/* Throws. Reading a stream may make MuPDF repair the file and drop all objects that it has in its
 * table, so what a loop goes along is held. */
static void walk_names(struct hunt *h, pdf_obj *node, int depth)
{
    pdf_obj *names = pdf_keep_obj(h->ctx, pdf_dict_get(h->ctx, node, PDF_NAME(Names)));
    pdf_obj *kids = pdf_keep_obj(h->ctx, pdf_dict_get(h->ctx, node, PDF_NAME(Kids)));
    fz_try(h->ctx)
    {
        walk_held_node(h, names, kids, depth);
    }
    fz_always(h->ctx)
    {
        pdf_drop_obj(h->ctx, names);
        pdf_drop_obj(h->ctx, kids);
    }
    fz_catch(h->ctx)
    {
        fz_rethrow(h->ctx);
    }
}

/* Throws. */
static void walk_annotations(struct hunt *h, pdf_obj *annots)
{
    int n = pdf_array_len(h->ctx, annots);
    for (int i = 0; i < n && more(h); i++) {
        pdf_obj *a = pdf_array_get(h->ctx, annots, i);
        if (pdf_name_eq(h->ctx, pdf_dict_get(h->ctx, a, PDF_NAME(Subtype)),
                        PDF_NAME(FileAttachment)))
            take_spec(h, pdf_dict_get(h->ctx, a, PDF_NAME(FS)), "");
    }
}

/* Throws. The page's dictionary, to be dropped. (pdf_lookup_page_obj of MuPDF 1.21 gives a
 * reference of its own when the page tree has been loaded as a whole, and else one that is
 * borrowed.) */
static pdf_obj *keep_page(fz_context *ctx, pdf_document *pdf, uint32_t page)
{
    pdf_obj *o = pdf_lookup_page_obj(ctx, pdf, (int)page);
    return pdf->fwd_page_map ? o : pdf_keep_obj(ctx, o);
}

/* Throws. */
static void walk_page(struct hunt *h, pdf_document *pdf, uint32_t page)
{
    pdf_obj *o = keep_page(h->ctx, pdf, page), *annots = NULL;
    fz_var(o);
    fz_var(annots);
    fz_try(h->ctx)
    {
        annots = pdf_keep_obj(h->ctx, pdf_dict_get(h->ctx, o, PDF_NAME(Annots)));
        walk_annotations(h, annots);
    }
    fz_always(h->ctx)
    {
        pdf_drop_obj(h->ctx, annots);
        pdf_drop_obj(h->ctx, o);
    }
    fz_catch(h->ctx)
    {
        fz_rethrow(h->ctx);
    }
}

static pdf_obj *catalog(fz_context *ctx, pdf_document *pdf)
{
    return pdf_dict_get(ctx, pdf_trailer(ctx, pdf), PDF_NAME(Root));
}

static void look_at_names(struct hunt *h, pdf_document *pdf)
{
    fz_try(h->ctx)
    {
        walk_names(h,
                   pdf_dict_getl(h->ctx, catalog(h->ctx, pdf), PDF_NAME(Names),
                                 PDF_NAME(EmbeddedFiles), NULL),
                   0);
    }
    fz_catch(h->ctx)
    {
        note_loss(h);
    }
}

/* A page that cannot be looked up is no loss here: it is told as a page. */
static void look_at_page(struct hunt *h, pdf_document *pdf, uint32_t page)
{
    fz_try(h->ctx)
    {
        walk_page(h, pdf, page);
    }
    fz_catch(h->ctx)
    {
        (void)out_of_memory(h);
    }
}

void attached_unpack(struct document *d, uint64_t size, uint32_t pages,
                     const struct entry_limits *limits, const struct entry_sink *sink,
                     struct entry_report *report)
{
    struct entry_teller teller = {.limits = limits, .sink = sink, .report = report};
    static struct hunt h; /* too large for a stack; one document at a time */
    memset(&h, 0, sizeof h);
    h.ctx = d->engine->ctx;
    h.engine = d->engine;
    h.teller = &teller;
    h.size = size;
    h.refusals = engine_refusals(d->engine);
    *report = (struct entry_report){.outcome = OUTCOME_OK};
    look_at_names(&h, d->pdf);
    for (uint32_t i = 0; i < pages && more(&h); i++)
        look_at_page(&h, d->pdf, i);
    entry_conclude(&teller, h.lost);
    h.teller = NULL;
}

bool attached_portfolio(struct document *d)
{
    fz_context *ctx = d->engine->ctx;
    bool is = false;
    fz_var(is);
    fz_try(ctx)
    {
        is = pdf_is_dict(ctx, pdf_dict_get(ctx, catalog(ctx, d->pdf), PDF_NAME(Collection)));
    }
    fz_catch(ctx)
    {
        is = false;
    }
    return is;
}
