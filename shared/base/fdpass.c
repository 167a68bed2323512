#include "base/fdpass.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    char bytes[CMSG_SPACE(FDPASS_MOST * sizeof(int))];
    struct cmsghdr align;
};

int fdpass_send(int sock, const void *msg, size_t size, const int *fds, unsigned n)
{
    union control control;
    struct iovec iov = {.iov_base = (void *)(uintptr_t)msg, .iov_len = size};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n) {
        memset(&control, 0, sizeof control);
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
    }
    return sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ? 0 : -1;
}

ssize_t fdpass_recv(int sock, void *msg, size_t size, int *fds, unsigned most, unsigned *n,
                    bool wait)
{
    union control control;
    struct iovec iov = {.iov_base = msg, .iov_len = size};
    /* CMSG_LEN: CMSG_SPACE would have room for one more where their number is odd. */
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = CMSG_LEN(most * sizeof(int))};
    ssize_t got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    struct cmsghdr *c = got >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
    *n = 0;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        *n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(c), *n * sizeof(int));
    }
    return got;
}

void fdpass_close(const int *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        close(fds[i]);
}
