#include "archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"
#include "scenario_more.h"
#include "spool/expose.h"
#include "spool/pathfile.h"
#include "spool/tally.h"
#include "spool/unpack.h"

static int unpack_one(struct unpack *u, unsigned i, unsigned serial)
{
    char content[WORLD_CONTENT];
    struct unpacked kept;
    int n = world_pdf(content, sizeof content, serial, false);
    if (unpack_file(u, world_inner[i]) != 0 || unpack_bytes(u, content, 5) != 0 ||
        unpack_bytes(u, content + 5, (size_t)n - 5) != 0)
        return -1;
    return unpack_keep(u, &kept);
}

int archive_unpack(struct worker *w, struct job *j)
{
    char path[PATH_CAP];
    unsigned files;
    if (pathfile_path(&w->spool, &j->claim.token, path) != 0)
        return -1;
    if (!world_holds(path) || j->corrupt)
        return 0;
    j->unpack = unpack_new(&w->spool, &j->claim.token);
    bool ok = j->unpack != NULL;
    for (unsigned i = 0; i < WORLD_INNER && ok; i++)
        ok = unpack_one(j->unpack, i, j->serial + 1 + i) == 0;
    if (ok && unpack_finish(j->unpack, &files) == 0 && files == WORLD_INNER)
        return 0;
    archive_throw(j);
    return -1;
}

int archive_reserve(struct worker *w, struct job *j)
{
    char folder[PATH_CAP];
    return j->unpack ? expose_reserve(&j->place, &w->spool, &j->claim.token, folder) : 0;
}

void archive_throw(struct job *j)
{
    if (j->unpack)
        unpack_throw(j->unpack);
    archive_free(j);
}

void archive_free(struct job *j)
{
    unpack_free(j->unpack);
    j->unpack = NULL;
}

int archive_tally(struct worker *w)
{
    struct tallied sum = {0};
    return tally_round(&w->spool, 1000, &sum) == 0 ? (int)sum.waiting : -1;
}

/* ---- scenarios ---- */

void archive_drop(struct world *w, struct worker *me)
{
    (void)me;
    world_drop(w, "sub/holds.pdf", false);
    world_drop(w, "plain.pdf", false);
    world_drop(w, scenario_long_holds, false);
}

void archive_whole(struct world *w, struct worker *me)
{
    (void)w;
    if (worker_lease(me) != 0)
        return;
    worker_round(me);
    worker_round(me);
    archive_tally(me);
}

void archive_sealed(struct world *w, struct worker *me)
{
    archive_drop(w, me);
    scenario_lease(me);
    worker_claim(me);
    worker_write(me);
    worker_seal(me);
}

void archive_publish(struct world *w, struct worker *me)
{
    (void)w;
    worker_publish(me);
}

void archive_finished(struct world *w, struct worker *me)
{
    archive_drop(w, me);
    scenario_lease(me);
    worker_round(me);
    worker_round(me);
}

void archive_record(struct world *w, struct worker *me)
{
    (void)w;
    archive_tally(me);
}

static void sealed_and_emptied(struct world *w, struct worker *me)
{
    archive_sealed(w, me);
    for (unsigned i = 0; i < me->jobs; i++) {
        const struct place *p = &me->job[i].place;
        unlinkat(p->folder, p->hidden_json, 0);
        unlinkat(p->folder, p->hidden_text, 0);
    }
}

void archive_emptied(struct world *w, struct worker *me)
{
    scenario_dead(w, me, sealed_and_emptied);
}
