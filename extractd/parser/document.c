#include "extractd/parser/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/filekind.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/mupdf.h"

enum { HEADER_WITHIN = 1024 };

static bool has_header(const void *data, size_t size)
{
    return memmem(data, size < HEADER_WITHIN ? size : HEADER_WITHIN, "%PDF", 4) != NULL;
}

static void fail(struct document_facts *facts, enum outcome outcome, const char *why)
{
    facts->outcome = outcome;
    snprintf(facts->message, sizeof facts->message, "%s", why);
}

/* MuPDF has thrown while opening: which class is that? */
static void blame(struct engine *e, const void *data, size_t size, uint32_t refusals,
                  struct document_facts *facts)
{
    const char *said = fz_caught_message(e->ctx);
    if (engine_refusals(e) != refusals)
        fail(facts, OUTCOME_MEMORY, "opening it needs more memory than it may have");
    else if (strstr(said, "encryption"))
        fail(facts, OUTCOME_ENCRYPTED, said); /* a handler or a version that MuPDF does not know */
    else if (!has_header(data, size))
        fail(facts, OUTCOME_NOT_PDF, "it has no PDF header, and no objects of a PDF");
    else
        fail(facts, OUTCOME_CORRUPT, said);
}

/* Throws. The page tree as a whole first: page by page it would be walked from its root each time.
 * MuPDF 1.21 has a number for each page that the tree claims, writes those of the pages that are there, and
 * reads them all: the others shall be 0, which is no object, instead of any. */
static bool load_tree(struct engine *e, pdf_document *pdf)
{
    bool whole = false;
    fz_var(whole);
    engine_clear(e, true);
    fz_try(e->ctx)
    {
        pdf_load_page_tree(e->ctx, pdf);
        whole = true;
    }
    fz_always(e->ctx)
    {
        engine_clear(e, false);
    }
    fz_catch(e->ctx)
    {
        whole = false;
    }
    return whole;
}

/* Throws. */
static void count_pages(struct document *d, uint32_t max_pages, bool header,
                        struct document_facts *facts)
{
    bool whole = load_tree(d->engine, d->pdf);
    int n = pdf_count_pages(d->engine->ctx, d->pdf);
    if (n <= 0 && !header)
        fail(facts, OUTCOME_NOT_PDF, "it has no PDF header, and no pages");
    else if (n <= 0)
        fail(facts, OUTCOME_CORRUPT, "it has no pages");
    else if ((uint32_t)n > max_pages && !whole)
        fail(facts, OUTCOME_CORRUPT, "its page tree is damaged");
    else if ((uint32_t)n > max_pages)
        snprintf(facts->message, sizeof facts->message, "it has %d pages, and %u are allowed", n,
                 max_pages);
    facts->pages = n > 0 ? (uint32_t)n : 0;
    if (facts->outcome == OUTCOME_OK && facts->pages > max_pages)
        facts->outcome = OUTCOME_LIMIT;
}

/* Throws. Does one of the passwords open it? */
static bool try_passwords(struct document *d, const struct document_source *s)
{
    const char *p = s->passwords, *end = p + s->password_bytes;
    while (p < end) {
        size_t n = strnlen(p, (size_t)(end - p));
        if (p + n == end) /* not ended by a NUL: none of ours */
            break;
        if (n && pdf_authenticate_password(d->engine->ctx, d->pdf, p))
            return true;
        p += n + 1;
    }
    return false;
}

/* Throws. */
static void examine(struct document *d, const struct document_source *s,
                    struct document_facts *facts)
{
    fz_context *ctx = d->engine->ctx;
    if (pdf_needs_password(ctx, d->pdf)) { /* this also tries the empty one */
        facts->password = try_passwords(d, s);
        if (!facts->password) {
            fail(facts, OUTCOME_ENCRYPTED,
                 s->password_bytes ? "a password is needed, and none of those given is it"
                                   : "a password is needed");
            return;
        }
    }
    facts->encrypted = pdf_dict_get(ctx, pdf_trailer(ctx, d->pdf), PDF_NAME(Encrypt)) != NULL;
    count_pages(d, s->max_pages, has_header(s->data, s->size), facts);
    facts->repaired = pdf_was_repaired(ctx, d->pdf);
}

static void open_stream(struct document *d, const struct document_source *s)
{
    fz_context *ctx = d->engine->ctx;
    fz_stream *stream = fz_open_memory(ctx, s->data, s->size);
    fz_try(ctx)
    {
        d->pdf = pdf_open_document_with_stream(ctx, stream);
    }
    fz_always(ctx)
    {
        fz_drop_stream(ctx, stream);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

struct document *document_open(struct engine *e, const struct document_source *source,
                               struct document_facts *facts)
{
    *facts = (struct document_facts){.outcome = OUTCOME_OK};
    engine_calm(e);
    uint32_t refusals = engine_refusals(e);
    enum filekind kind = filekind_of(source->data, source->size);
    if (filekind_holds_files(kind)) { /* MuPDF would repair PDFs that lie in it into one */
        fail(facts, OUTCOME_NOT_PDF, "it is an archive, and those are not opened");
        return NULL;
    }
    struct document *d = calloc(1, sizeof *d);
    if (!d) {
        fail(facts, OUTCOME_MEMORY, "no memory to open it");
        return NULL;
    }
    d->engine = e;
    fz_try(e->ctx)
    {
        open_stream(d, source);
        examine(d, source, facts);
    }
    fz_catch(e->ctx)
    {
        blame(e, source->data, source->size, refusals, facts);
    }
    if (facts->outcome != OUTCOME_OK) {
        document_close(d);
        d = NULL;
    }
    return d;
}

bool document_meta(struct document *d, size_t i, const char **key, char *value, size_t cap)
{
    static const struct {
        const char *key, *name;
    } metas[] = {
        {"Title", "info:Title"},
        {"Author", "info:Author"},
        {"Subject", "info:Subject"},
        {"Keywords", "info:Keywords"},
        {"Creator", "info:Creator"},
        {"Producer", "info:Producer"},
        {"CreationDate", "info:CreationDate"},
        {"ModDate", "info:ModDate"},
        {"Format", "format"},
    };
    if (i >= sizeof metas / sizeof metas[0])
        return false;
    *key = metas[i].key;
    value[0] = '\0';
    fz_try(d->engine->ctx)
    {
        pdf_lookup_metadata(d->engine->ctx, d->pdf, metas[i].name, value, (int)cap);
    }
    fz_catch(d->engine->ctx)
    {
        value[0] = '\0';
    }
    return true;
}

void document_close(struct document *d)
{
    if (!d)
        return;
    /* MuPDF 1.21 leaves the page tree that pdf_load_page_tree made to us. */
    if (d->pdf && d->pdf->fwd_page_map)
        pdf_drop_page_tree(d->engine->ctx, d->pdf);
    pdf_drop_document(d->engine->ctx, d->pdf);
    free(d);
}
