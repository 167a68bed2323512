/*
 * notify: what a service tells the manager that started it (sd_notify(3)), as datagrams to the socket
 * that NOTIFY_SOCKET names. Where nobody asked to be told, nothing is sent, and that is no error.
 *
 *   notify_open, notify_ready, (notify_feed, notify_status)..., notify_stopping, notify_close
 *
 * One thread. Nothing here waits for longer than NOTIFY_WAIT_MS; what the manager does not take by
 * then is lost, and for a status or a watchdog's food the next one will do.
 */
#ifndef PDFSPOOL_NOTIFY_H
#define PDFSPOOL_NOTIFY_H

#include <stdint.h>

enum { NOTIFY_WAIT_MS = 1000, NOTIFY_STATUS = 256 };

struct notify {
    int fd;              /* -1: nobody is to be told */
    int64_t watchdog_ms; /* the manager wants to hear of us at least that often; 0: it does not */
    int64_t fed_ms;      /* when it last did; boot clock */
    char status[NOTIFY_STATUS]; /* as last told */
};

/* Take what the environment says, and remove it there, so that children do not believe that they are
 * meant. 0: *n can be used, whether there is a manager or not. -1 with errno: there is one, and it
 * cannot be reached (EINVAL: no such kind of name); *n can be used all the same. */
int notify_open(struct notify *n);
/* The start (or a reload) is over. -1 with errno: the manager does not know, and will say so. */
int notify_ready(struct notify *n);
/* The configuration is read anew; notify_ready comes after it. */
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);
/* A line for people; told where it is another than the last. Longer ones are cut. */
void notify_status(struct notify *n, const char *text);
/* The caller's loop goes round: told three times as often as the manager wants to hear it. boot_ms:
 * now, by the boot clock. ms until the next time, at least 1; INT64_MAX: nobody wants it. */
int64_t notify_feed(struct notify *n, int64_t boot_ms);
void notify_close(struct notify *n);

#endif
