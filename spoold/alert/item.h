/*
 * item: an alert: what a person should look at, and since when it is so.
 */
#ifndef PDFSPOOLD_ITEM_H
#define PDFSPOOLD_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/alertkind.h"
#include "spool/layout.h"

/* A host that fell silent, and is not there any more (others have its documents), is missed for so long. */
enum { ALERTS = 512, ALERT_TEXT = 320, ALERT_MISSED_MS = 24 * 3600 * 1000 };

struct alert_item {
    enum alert_kind kind;
    const char *level;        /* info, warn, error */
    char host[HOST_CAP];      /* "": of none */
    bool gone;                /* host_silent: nothing of the host is there any more */
    int64_t since_ms;         /* file server's clock */
    char message[ALERT_TEXT]; /* one line of UTF-8 */
};

#endif
