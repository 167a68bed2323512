/*
 * settings_webhooks: the sections [webhook:NAME] of settings.h. For settings*.c alone.
 */
#ifndef PDFSPOOL_SETTINGS_WEBHOOKS_H
#define PDFSPOOL_SETTINGS_WEBHOOKS_H

#include "spool/settings.h"

/* Set a key of the webhook; the first one makes it. False: what is wrong is appended to `why`. */
bool webhooks_set(struct settings *s, const char *section, const char *key, const char *value,
                  unsigned char origin, struct buf *why);
/* Does each have what it needs? 0, or -1: reported. */
int webhooks_check(const struct settings *s, settings_report *report, void *arg);
/* Rows and bounds as settings_row, settings_row_bounds have them, counted from the first webhook. */
bool webhooks_row(const struct settings *s, size_t i, struct settings_row *row, char *value,
                  size_t cap);
void webhooks_row_bounds(size_t i, struct buf *out);
/* Append an example, all of it comment. */
void webhooks_sample(struct buf *out);

#endif
