/*
 * fdpass: one message on a local socket, with descriptors beside its bytes (unix(7), SCM_RIGHTS).
 * For sockets that keep messages apart (SOCK_SEQPACKET): a message comes whole or not at all.
 */
#ifndef PDFSPOOL_FDPASS_H
#define PDFSPOOL_FDPASS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FDPASS_MOST = 4 };

/* Never waits, never raises SIGPIPE. The descriptors (at most FDPASS_MOST) stay the caller's. 0, or
 * -1 with what sendmsg says; EAGAIN: there is no room in the socket just now. */
int fdpass_send(int sock, const void *msg, size_t size, const int *fds, unsigned n);

/* The next message; at most `most` (up to FDPASS_MOST) of its descriptors, now the caller's, are
 * opened, close-on-exec: the kernel closes those beyond (MSG_CTRUNC). *n: how many came. The number
 * of bytes; 0: the other side is gone; -1 with what recvmsg says, EAGAIN where it is not to `wait`
 * and nothing is there. */
ssize_t fdpass_recv(int sock, void *msg, size_t size, int *fds, unsigned most, unsigned *n,
                    bool wait);

void fdpass_close(const int *fds, unsigned n);

#endif
