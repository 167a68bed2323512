/*
 * ledger: what was told, and what is about to be, as one text for one file that is replaced whole.
 * That an alert was told and the event that tells it are written at once: a restart at any moment
 * neither loses one nor tells it anew.
 */
#ifndef PDFSPOOLD_LEDGER_H
#define PDFSPOOLD_LEDGER_H

#include "base/buf.h"
#include "spoold/alert/digest.h"
#include "spoold/alert/finish.h"
#include "spoold/alert/watch.h"

/* Zero-initialise. */
struct ledger {
    struct watch watch;
    struct finish finish;
    struct digest digest;
};

void ledger_free(struct ledger *l);
/* Append it; buf_ok(out) says whether there was memory. */
void ledger_write(const struct ledger *l, struct buf *out);
/* Take it back, into a fresh one. NULL, or what is wrong; err[cap] is room for that. */
const char *ledger_read(struct ledger *l, const char *text, size_t n, int64_t boot_ms, char *err,
                        size_t cap);

#endif
