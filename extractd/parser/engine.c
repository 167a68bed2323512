#include "extractd/parser/engine.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/faces.h"
#include "extractd/parser/mupdf.h"

enum { STORE_BYTES = 64 * 1024 * 1024, TRIM_BYTES = 64 * 1024 * 1024, TOP_PAD_BYTES = 1024 * 1024 };

/* ---- memory ---- */

static void *take(void *user, size_t size)
{
    struct engine *e = user;
    void *p = arena_take(&e->memory, size);
    if (e->clearing && p)
        memset(p, 0, size);
    return p;
}

static void *resize(void *user, void *old, size_t size)
{
    struct engine *e = user;
    return arena_resize(&e->memory, old, size);
}

static void give(void *user, void *p)
{
    struct engine *e = user;
    arena_give(&e->memory, p);
}

void engine_clear(struct engine *e, bool clear)
{
    e->clearing = clear;
}

/* ---- messages ---- */

static void keep_complaint(void *user, const char *message)
{
    struct engine *e = user;
    snprintf(e->complaint, sizeof e->complaint, "%s", message);
}

/* FreeType's library stays open as long as one font does. This one the context has until its end. */
static void keep_fonts(fz_context *ctx)
{
    fz_try(ctx)
    {
        fz_drop_font(ctx, fz_new_base14_font(ctx, "Helvetica"));
        faces_keep();
    }
    fz_catch(ctx)
    {
        return; /* they are opened anew for each document, then */
    }
}

struct engine *engine_new(uint64_t memory_limit)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    /* Documents come and go: giving memory back between them, to fault it in again, costs more than
     * it saves. */
    mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
    mallopt(M_TOP_PAD, TOP_PAD_BYTES);
    mallopt(M_MMAP_THRESHOLD, TRIM_BYTES / 2);
    fz_alloc_context memory = {e, take, resize, give};
    arena_begin(&e->memory, memory_limit);
    e->ctx = fz_new_context(&memory, NULL,
                            STORE_BYTES); /* no locks: they cost 10 %, and there are no threads */
    if (!e->ctx) {
        free(e);
        return NULL;
    }
    fz_set_warning_callback(e->ctx, keep_complaint, e);
    fz_set_error_callback(e->ctx, keep_complaint, e);
    keep_fonts(e->ctx);
    return e;
}

uint32_t engine_refusals(const struct engine *e)
{
    return e->memory.refusals;
}

void engine_calm(struct engine *e)
{
    fz_empty_store(e->ctx);
    fz_flush_warnings(e->ctx);
    e->complaint[0] = '\0';
}

const char *engine_complaint(const struct engine *e)
{
    fz_flush_warnings(e->ctx);
    return e->complaint;
}

const char *engine_version(void)
{
    return FZ_VERSION;
}
