/*
 * courier: takes messages out of the outbox to where they belong: a thread for each webhook, and one
 * for on_folder_done. What is not taken is tried again: after retry_first, then twice as long each
 * time, up to retry_longest. A receiver that is away, or answers 408, 429 or 5xx, is left alone for
 * that time; one that refuses a message (another 4xx) gets the next ones meanwhile.
 */
#ifndef PDFSPOOLD_COURIER_H
#define PDFSPOOLD_COURIER_H

#include "spool/settings.h"
#include "spoold/alert/outbox.h"
#include "spoold/alert/post.h"
#include "spoold/alert/sign.h"

enum { COURIER_NAME = OUTBOX_TO, COURIER_WHY = 200 };

/* The receiver of this name is the command. */
extern const char courier_command[];

struct courier;

struct courier_counts {
    char name[COURIER_NAME];
    uint64_t sent, tries_failed, dropped, waiting;
    int64_t failing_since_ms; /* wall clock; 0: the last try was good, or there was none */
    char why[COURIER_WHY];    /* of the last one that failed */
};

/* Receivers out of the settings; the outbox and the strings are borrowed. NULL: why[] says what is
 * wrong (a secret that cannot be read). */
struct courier *courier_new(const struct settings *s, const char *spool, struct outbox *o,
                            char *why, size_t cap);
/* Begin. -1 with errno; some may run then. */
int courier_start(struct courier *c);
/* There is something new in the outbox. */
void courier_wake(struct courier *c);
/* End all; what is being sent is broken off. NULL is fine. */
void courier_free(struct courier *c);
/* How receiver i fares. False: there are no more. Waits for nothing. */
bool courier_count(struct courier *c, size_t i, struct courier_counts *counts);

/* The name of a webhook: what stands behind the colon of its section. */
const char *courier_name(const struct webhook_settings *h);
/* Send one message to a webhook, now. True: it was taken. */
struct courier_letter {
    const struct webhook_settings *to;
    const struct sign_key *key;
    const char *id, *body;
    size_t n;
    int64_t timeout_ms;
    const atomic_bool *stop; /* NULL is fine */
};
bool courier_send(const struct courier_letter *l, struct post_answer *a);

#endif
