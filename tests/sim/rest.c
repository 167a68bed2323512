/* The law at rest: where every document is, and what else is in the tree. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host.h"
#include "law.h"

static void check_results_folder(const struct inode *dir, const char *name, const struct inode *i)
{
    size_t n = strlen(name);
    bool text = n > 4 && strcmp(name + n - 4, ".txt") == 0,
         json = n > 5 && strcmp(name + n - 5, ".json") == 0;
    char pdf[NAME_CAP + 4];
    if (name[0] == '.') {
        sim_bad("I6: a private result is left: %s", server_path(i));
        return;
    }
    if (!text && !json) {
        law.unexpected++;
        sim_bad("an unexpected document: %s", server_path(i));
        return;
    }
    snprintf(pdf, sizeof pdf, "%.*s.pdf", (int)(n - (text ? 4 : 5)), name);
    struct inode *p = server_find(dir, pdf);
    if (!p)
        pdf[strlen(pdf) - 4] = 0;
    p = p ? p : server_find(dir, pdf);
    /* A record that was replaced in the moment in which somebody took it: known residue. */
    if (!p && !law_is_residue(dir, name) && !(json && law_outcomes(i)))
        sim_bad("results without a PDF: %s", server_path(i));
}

static void check_entry(const struct inode *dir, const struct entry *e)
{
    const struct inode *i = e->inode;
    switch (dir->zone) {
    case ZONE_DONE:
    case ZONE_CLASS:
        if (i->drop < 0)
            check_results_folder(dir, e->name, i);
        return;
    case ZONE_NAMES:
        sim_bad("I6: a reservation is left: %s", server_path(i));
        return;
    case ZONE_PATHS:
        sim_bad("I6: a path file is left: %s", server_path(i));
        return;
    case ZONE_ARCHIVES:
        sim_bad("I6: a pointer is left: %s", server_path(i));
        return;
    case ZONE_TAKEN:
        return;
    default:
        if (i->drop >= 0)
            return; /* said below */
        if (dir->zone == ZONE_PENDING && i->of_copy && i->size == 0)
            return; /* known residue: a late CREATE of an unpacked file */
        law.unexpected++;
        sim_bad("I6: left over: %s", server_path(i));
    }
}

static void walk(const struct inode *dir)
{
    for (unsigned i = 0; i < dir->n_entries; i++) {
        const struct entry *e = &dir->entries[i];
        if (!S_ISDIR(e->inode->mode)) {
            check_entry(dir, e);
            continue;
        }
        if (e->inode->zone == ZONE_LEASE && sim.protocol != PROTOCOL_NAIVE)
            sim_bad("I6: a lease is left: %s", server_path(e->inode));
        if (dir->zone == ZONE_RETRY || dir->zone == ZONE_WORK)
            sim_bad("a user's folder is left: %s", server_path(e->inode));
        walk(e->inode);
    }
}

static void check_content(const struct drop *d)
{
    char content[DOCUMENT_MOST];
    size_t n = document_write(d->serial, d->kind, content, sizeof content);
    if (d->inode->size != n || memcmp(content, d->inode->content, n) != 0)
        sim_bad("document %u has another content than was dropped", d->serial);
}

void law_at_rest(void)
{
    for (unsigned i = 0; i < law.drops; i++) {
        const struct drop *d = &law.drop[i];
        if (d->state == DROP_LOST)
            continue; /* said already, or known residue */
        if (d->state != DROP_DONE && d->state != DROP_FAILED && d->state != DROP_TAKEN) {
            law.lost++;
            sim_bad("document %u (%s) is %s at rest", d->serial, d->path, law_state_name(d->state));
        }
        if (d->inode->links != 1)
            sim_bad("I1: document %u has %u names", d->serial, d->inode->links);
        check_content(d);
        bool in_done = d->kind == DOCUMENT_HOLDS && d->published && d->state != DROP_FAILED;
        if (in_done && d->exposed != 1 && !d->failed)
            sim_bad("I11: what document %u held has become visible %u times", d->serial,
                    d->exposed);
    }
    walk(server_find(server_root(), "spool"));
}
