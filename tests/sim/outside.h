/*
 * outside: the people: who drops documents (the same names again, too), swaps a file for another
 * behind everybody's back, and takes results away.
 *
 * They work on the server's tree at once, without a client's caches.
 */
#ifndef PDFSPOOL_SIM_OUTSIDE_H
#define PDFSPOOL_SIM_OUTSIDE_H

#include "law.h"

enum { SCRIPT = 48 };

struct scripted_drop {
    sim_us when;
    const char *path;
    enum document_kind kind;
    bool swap; /* take away what has that name, drop this one, the other later elsewhere */
    bool slow; /* written in place, in two parts */
};

struct outside {
    struct scripted_drop script[SCRIPT];
    unsigned n;
    bool consumer;
    sim_us takes_every; /* about */
    bool pdf_first;     /* the order in which a triple is taken */
};
extern struct outside outside;

void outside_reset(void);
void outside_drop(sim_us when, const char *path, enum document_kind kind);
/* Start the people's tasks. */
void outside_start(void);
bool outside_over(void); /* all is dropped */
void outside_stop_consumer(void);
bool outside_idle(void); /* the consumer has put down what it had in hand */

#endif
