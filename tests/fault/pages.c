#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spool/pagefile.h"
#include "spool/retry.h"

enum { PAGES = 2, KEPT_MOST = 4 * WORLD_CONTENT };

/* Of a text of n bytes, so many are on the first `done` pages. */
static size_t bytes_of(size_t n, unsigned done)
{
    return done < PAGES ? n / 2 : n;
}

/* Keep this many pages of the document. */
static void keep(struct worker *w, const struct job *j, unsigned done)
{
    char text[WORLD_CONTENT];
    struct buf bytes = {0};
    size_t n = (size_t)world_text(text, sizeof text, j->serial);
    buf_fmt(&bytes, "%u\n", done);
    buf_add(&bytes, text, bytes_of(n, done));
    buf_char(&bytes, '.');
    if (buf_ok(&bytes))
        (void)pagefile_write(&w->spool, j->claim.token.document, bytes.data, bytes.len);
    buf_free(&bytes);
}

void pages_resume(struct worker *w, struct job *j, char *text, size_t n)
{
    struct buf kept = {0};
    const struct claimed *c = &j->claim;
    if (c->token.attempt < 2 && strcmp(c->need, NEED_OCR) != 0)
        return;
    int got = pagefile_read(&w->spool, c->token.document, &kept, KEPT_MOST);
    j->pages_kept = got != 0;
    if (got == 1) {
        size_t done = bytes_of(n, kept.data[0] == '1' ? 1 : PAGES);
        bool whole = kept.len == done + 3 && kept.data[kept.len - 1] == '.';
        memcpy(text, whole ? kept.data + 2 : "torn", whole ? done : 4);
    }
    buf_free(&kept);
}

void pages_forget(struct worker *w, struct job *j)
{
    if (j->pages_kept)
        pagefile_remove(&w->spool, j->claim.token.document);
    j->pages_kept = false;
}

void pages_scenario(struct world *w, struct worker *me)
{
    (void)w;
    worker_load(me);
    for (unsigned i = 0; i < me->jobs; i++)
        for (unsigned done = 1; done <= PAGES; done++)
            if (me->job[i].stage == JOB_CLAIMED)
                keep(me, &me->job[i], done);
    worker_later(me);
    me->jobs = 0;
    worker_round(me);
}
