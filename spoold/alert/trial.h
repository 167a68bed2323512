/*
 * trial: `spoold --test-alert NAME`: one message to a webhook, now, by nobody's leave but the
 * settings'.
 */
#ifndef PDFSPOOLD_TRIAL_H
#define PDFSPOOLD_TRIAL_H

/* config NULL: none. Says on stdout what was answered. 0: it was taken; 1: it was not; else an exit
 * code with a word on stderr. */
int trial_run(const char *spool, const char *config, const char *name);

#endif
