#include "residue.h"

#include <stdio.h>
#include <string.h>

#include "law.h"
#include "names.h"
#include "spool/reserve.h"

enum { RESIDUE_KEYS = 16 };

static char residue_key[RESIDUE_KEYS][RESERVE_KEY_CAP];
static unsigned residue_keys;
static bool claim_twice;

void residue_reset(void)
{
    residue_keys = 0;
    claim_twice = false;
}

bool residue_claim_twice(void)
{
    return claim_twice;
}

bool residue_is_claim(const struct rpc *r, const struct inode *moved)
{
    return r->dir->zone == ZONE_PENDING && r->times > 0 && r->first_moved &&
           r->first_moved != moved && moved->drop >= 0 && r->first_moved->drop >= 0;
}

void residue_note_claim(const struct rpc *r, const struct inode *moved)
{
    sim.residue_claim++;
    claim_twice = true;
    law.drop[moved->drop].partner = r->first_moved->drop;
    law.drop[r->first_moved->drop].partner = moved->drop;
    sim_trace("--- known residue: the claim %s was executed again, and moved another file",
              r->to_name);
}

bool residue_mixed_up(const struct inode *a, const struct inode *b)
{
    return a->drop >= 0 && b->drop >= 0 && law.drop[a->drop].partner == b->drop;
}

bool law_is_residue(const struct inode *dir, const char *name)
{
    char stem[NAME_CAP], key[RESERVE_KEY_CAP];
    const char *path = server_path(dir);
    const char *below = strchr(path, '/');
    names_stem(name, stem);
    reserve_key(below ? below + 1 : path, stem, key);
    for (unsigned i = 0; i < residue_keys; i++)
        if (strcmp(residue_key[i], key) == 0)
            return true;
    return false;
}

void residue_note_remove(const struct rpc *r)
{
    sim.residue_remove++;
    sim_trace("--- known residue: this REMOVE was meant for an earlier reservation");
    if (residue_keys < RESIDUE_KEYS)
        snprintf(residue_key[residue_keys++], RESERVE_KEY_CAP, "%.2s/%.32s", r->dir->name, r->name);
}

bool residue_is_late_pair(const struct rpc *r, const struct inode *moved)
{
    return r->times > 0 && moved->of_copy && moved->drop < 0 && moved->size == 0 &&
           r->first_moved && r->first_moved != moved && names_visible(r->to_dir, r->to_name);
}

void residue_note_late_pair(const struct rpc *r)
{
    char stem[NAME_CAP];
    const char *path = server_path(r->to_dir);
    const char *below = strchr(path, '/');
    sim.residue_pair++;
    sim_trace("--- known residue: late copies of CREATE and RENAME of one private result");
    names_stem(r->to_name, stem);
    if (residue_keys < RESIDUE_KEYS)
        reserve_key(below ? below + 1 : path, stem, residue_key[residue_keys++]);
}
