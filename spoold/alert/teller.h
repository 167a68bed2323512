/*
 * teller: the thread that turns what is so into messages: it looks at the alerts that the page shows
 * and at the folders of the snapshot, notes in the ledger what is to be told, and puts messages into
 * the outbox, from where the courier takes them.
 *
 * All of it lies in state_folder, on this machine:
 *
 *   lock          held by the spoold that uses it
 *   alerts.json   the ledger
 *   messages/     the outbox
 *
 * Order: an event is on disk in the ledger before anything is made of it; a batch of events is closed
 * there before its messages are put; it leaves the ledger when they lie in the outbox. So a spoold
 * that is killed at any moment makes the same messages, with the same ids, once more.
 */
#ifndef PDFSPOOLD_TELLER_H
#define PDFSPOOLD_TELLER_H

#include "spool/settings.h"
#include "spoold/alert/courier.h"
#include "spoold/api/alerts.h"

struct board;
struct teller;

struct teller_options {
    const struct settings *settings;
    const char *spool; /* folder */
    struct model *model;
    struct board *board;
    struct alerts *alerts; /* gets what was told before, when the teller is opened */
};

/* Is there anything to be done for one? */
bool teller_needed(const struct settings *s);
/* Open the state folder, and start. NULL: why[] says what is wrong. The options are borrowed but for
 * the struct itself. */
struct teller *teller_open(const struct teller_options *o, char *why, size_t cap);
/* Stop; what waits stays on disk. NULL is fine. */
void teller_close(struct teller *d);
/* For courier_count. */
struct courier *teller_courier(struct teller *d);

#endif
