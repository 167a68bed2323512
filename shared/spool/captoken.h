/*
 * captoken: tokens of a cap, as files that are moved. A token is free in control/caps/<cap>/, or in
 * use in the caps/ of one lease; nowhere else, and never in both. Who has N of the cap's numbers
 * below max_running may have N in work.
 *
 * Both moves are renames of names that are used once: a free token's name has the count of its
 * returns. So a late or repeated one finds nothing; a token that came late into a lease is found
 * there (captoken_mine), and the removal of a dead lease's caps/ proves that none can come any more.
 */
#ifndef PDFSPOOL_CAPTOKEN_H
#define PDFSPOOL_CAPTOKEN_H

#include "spool/capname.h"
#include "spool/lease.h"
#include "spool/look.h"

/* What a listing of a cap's folder says. A hint, as all listings. */
struct caplist {
    bool born[CAP_NUMBERS], free[CAP_NUMBERS];
    uint64_t gen[CAP_NUMBERS]; /* of the free ones */
    bool rate;                 /* it has a bucket */
    unsigned twice;            /* free tokens of a number that has another: the older ones */
    unsigned wants;            /* hints of leases that wait, old ones too */
    unsigned foreign;          /* names that are none of ours */
};

/* 0 or -1. */
int captoken_list(int folder, struct caplist *list);
/* Descriptor of the lease's caps/, made when it is not there. -1 with errno. */
int captoken_used(const struct lease *l);
/* Take the token of a number below `numbers` that is free, or that nobody has had yet, into `used`:
 * *t is it. `skip`: numbers not to be looked at closely again (of which a first token was not
 * found); kept by the caller, zero at first. 1; 0: none is free; -1: who knows (errno; it may have
 * come: look at captoken_mine later). */
int captoken_take(int folder, const char *cap, unsigned numbers, const char *holder, int used,
                  const struct lease *l, bool skip[CAP_NUMBERS], struct captoken *t);
/* Say in the cap's folder that this lease waits for a token, or (`still` false) no more. A hint: it
 * may fail. */
void captoken_want(int folder, const struct lease *l, bool still);
/* Has another lease said so in the last `ms`, by the server's clock? */
bool captoken_wanted(int folder, const struct lease *l, int64_t ms);
/* Give a token back by its name in `used`, a lease's caps/. Where its cap's folder is gone (somebody
 * removed it) so is the token. MOVE_LOST: somebody else gave it back. MOVE_FAILED: again later. */
enum moved captoken_give(const struct spool *s, int used, const char *name);
/* The tokens of a holder in a lease's caps/, each told to `each`. 0 or -1. */
typedef void captoken_each(void *arg, const struct captoken *t);
int captoken_mine(int used, const char *holder, captoken_each *each, void *arg);
/* All tokens of a dead lease go back, and its caps/ goes: the proof. 0: it is gone, or was never
 * there; -1: something is left (*left of it), do it again later. */
int captoken_reclaim(const struct spool *s, int lease_dir, unsigned *left);

#endif
