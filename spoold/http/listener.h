/*
 * listener: the socket that the server listens on.
 *
 *   "127.0.0.1:8090", "[::1]:8090", "localhost:8090", "0.0.0.0:8090"   TCP; port 0: any free one
 *   "unix:/run/pdfspool/spoold.sock"                                   mode 0660
 *
 * Where systemd hands a socket over (LISTEN_FDS; sd_listen_fds(3)), that one is taken instead.
 */
#ifndef PDFSPOOLD_LISTENER_H
#define PDFSPOOLD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTENER_BACKLOG = 64, LISTENER_PATH = 108 };

extern const char listener_default[]; /* "127.0.0.1:8090" */

struct listener {
    int fd;     /* non-blocking, close-on-exec, listening */
    bool local; /* reached from this machine alone: loopback or a unix socket */
    bool tcp;
    uint16_t port;            /* 0: a unix socket */
    char name[160];           /* for people and the log: as above, with the real port */
    char address[72];         /* as it stands in a Host header ("10.1.2.3", "[::1]"); "": none */
    char path[LISTENER_PATH]; /* of the unix socket that we made; "": none */
};

/*
 * Open it. NULL, or a sentence of what is wrong, with errno:
 *   EINVAL     not of these forms; no name but localhost is looked up
 *   EADDRINUSE taken; a unix socket that nobody listens on any more is replaced, not more
 *   EPERM      an address that others can reach, without a token, and not allowed to be so. Port
 *              and address are as asked for, no socket was made
 *   else as socket(2), bind(2), listen(2)
 */
const char *listener_open(struct listener *l, const char *where, bool may_be_public);
/* The socket that systemd has passed to this process. 1: there is one; 0: there is none, *l is as
 * it was; -1: *what is wrong (also: more than one, or one that others can reach without leave). The
 * environment's variables are removed, so that children do not believe that they are meant. */
int listener_inherit(struct listener *l, bool may_be_public, const char **what);
/* Close the socket where it is still ours (fd not -1) and remove the unix socket's name. */
void listener_close(struct listener *l);

#endif
