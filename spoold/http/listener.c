#include "spoold/http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

const char listener_default[] = "127.0.0.1:8090";

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct sockaddr_un local;
    struct sockaddr_storage room;
};

static const char not_so[] =
    "it must be ADDRESS:PORT, [ADDRESS]:PORT, localhost:PORT or unix:/PATH";
static const char is_public[] = "other machines can reach it, and there is no token: make a token, "
                                "listen on 127.0.0.1, or set allow_insecure = yes";

static const char *wrong(int error, const char *what)
{
    errno = error;
    return what;
}

/* ---- what an address is ---- */

static bool is_loopback(const union address *a)
{
    static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127};
    const struct in6_addr *six = &a->six.sin6_addr;

    if (a->any.sa_family == AF_INET)
        return ntohl(a->four.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(six) || memcmp(six->s6_addr, mapped, sizeof mapped) == 0;
}

/* Fill in what the address tells. False: of a family that is not ours. */
static bool describe(struct listener *l, const union address *a)
{
    char text[INET6_ADDRSTRLEN] = "";

    if (a->any.sa_family == AF_UNIX) {
        l->local = true;
        snprintf(l->name, sizeof l->name, "unix:%.*s", LISTENER_PATH - 1, a->local.sun_path);
        return true;
    }
    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->four.sin_addr, text, sizeof text);
        snprintf(l->address, sizeof l->address, "%s", text);
        l->port = ntohs(a->four.sin_port);
    } else if (a->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->six.sin6_addr, text, sizeof text);
        snprintf(l->address, sizeof l->address, "[%s]", text);
        l->port = ntohs(a->six.sin6_port);
    } else {
        return false;
    }
    l->tcp = true;
    l->local = is_loopback(a);
    snprintf(l->name, sizeof l->name, "%s:%u", l->address, (unsigned)l->port);
    return true;
}

static bool parse_tcp(const char *where, union address *a, socklen_t *len)
{
    char host[INET6_ADDRSTRLEN] = "";
    const char *colon = strrchr(where, ':');
    uint64_t port;

    if (!colon || !num_u64(colon + 1, &port) || port > 65535)
        return false;
    size_t n = (size_t)(colon - where);
    bool brackets = n > 2 && where[0] == '[' && where[n - 1] == ']';
    if (brackets) {
        where++;
        n -= 2;
    }
    if (n == 0 || n >= sizeof host)
        return false;
    memcpy(host, where, n);
    if (brackets) {
        a->six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        *len = sizeof a->six;
        return inet_pton(AF_INET6, host, &a->six.sin6_addr) == 1;
    }
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    a->four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    *len = sizeof a->four;
    return inet_pton(AF_INET, host, &a->four.sin_addr) == 1;
}

/* ---- opening ---- */

static const char *unbound(void)
{
    return errno == EADDRINUSE ? "another program listens there" : "it cannot be bound";
}

static const char *failed(int fd, const char *what)
{
    int saved = errno;

    if (fd >= 0)
        close(fd);
    return wrong(saved, what);
}

static const char *open_tcp(struct listener *l, const union address *a, socklen_t len)
{
    union address real = {.room = {.ss_family = AF_UNSPEC}};
    socklen_t real_len = sizeof real;
    int yes = 1;
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return "there is no such socket";
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        (a->any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) ||
        bind(fd, &a->any, len) != 0)
        return failed(fd, unbound());
    if (listen(fd, LISTENER_BACKLOG) != 0 || getsockname(fd, &real.any, &real_len) != 0)
        return failed(fd, "it cannot be listened on");
    describe(l, &real); /* with the real port */
    l->fd = fd;
    return NULL;
}

/* Is there a socket of this name that nobody listens on? Then it is left over from a crash. */
static bool is_dead(const union address *a)
{
    struct stat st;
    int fd;

    if (lstat(a->local.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool dead = fd >= 0 && connect(fd, &a->any, sizeof a->local) != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return dead;
}

static const char *open_unix(struct listener *l, const char *path)
{
    union address a = {.local = {.sun_family = AF_UNIX}};

    if (path[0] != '/' || strlen(path) >= sizeof a.local.sun_path)
        return wrong(EINVAL, not_so);
    memcpy(a.local.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return "there is no such socket";
    int rc = bind(fd, &a.any, sizeof a.local);
    if (rc != 0 && errno == EADDRINUSE && is_dead(&a)) {
        unlink(path);
        rc = bind(fd, &a.any, sizeof a.local);
    } else if (rc != 0 && errno == ECONNREFUSED) {
        errno = EADDRINUSE;
    }
    if (rc != 0)
        return failed(fd, unbound());
    snprintf(l->path, sizeof l->path, "%s", path);
    describe(l, &a);
    /* Nobody connects before listen(2), so nobody passes before the mode is right. */
    if (chmod(path, 0660) != 0 || listen(fd, LISTENER_BACKLOG) != 0) {
        const char *what = failed(fd, "it cannot be listened on");
        int saved = errno;
        unlink(path);
        l->path[0] = '\0';
        return wrong(saved, what);
    }
    l->fd = fd;
    return NULL;
}

const char *listener_open(struct listener *l, const char *where, bool may_be_public)
{
    union address a;
    socklen_t len;

    *l = (struct listener){.fd = -1};
    if (strncmp(where, "unix:", 5) == 0)
        return open_unix(l, where + 5);
    if (!parse_tcp(where, &a, &len))
        return wrong(EINVAL, not_so);
    describe(l, &a);
    if (!l->local && !may_be_public)
        return wrong(EPERM, is_public);
    return open_tcp(l, &a, len);
}

/* ---- handed over ---- */

static const char *take_over(struct listener *l, int fd, bool may_be_public)
{
    union address a = {0};
    socklen_t len = sizeof a;
    int type = 0, listening = 0, flags = fcntl(fd, F_GETFL);
    socklen_t type_len = sizeof type, listening_len = sizeof listening;

    if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_len) != 0 ||
        getsockname(fd, &a.any, &len) != 0)
        return "the descriptor that systemd passed is no socket";
    if (type != SOCK_STREAM || !listening || !describe(l, &a))
        return wrong(EINVAL, "the socket that systemd passed is no listening stream socket "
                             "(Accept= must be no)");
    if (!l->local && !may_be_public)
        return wrong(EPERM, is_public);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return "the socket that systemd passed cannot be set up";
    l->fd = fd;
    return NULL;
}

int listener_inherit(struct listener *l, bool may_be_public, const char **what)
{
    enum { FIRST = 3 };
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    uint64_t meant = 0, n = 0;
    bool given = pid && count && num_u64(pid, &meant) && meant == (uint64_t)getpid() &&
                 num_u64(count, &n) && n > 0;

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (!given)
        return 0;
    *l = (struct listener){.fd = -1};
    *what = n == 1 ? take_over(l, FIRST, may_be_public)
                   : wrong(EINVAL, "systemd passed more than one socket");
    return *what ? -1 : 1;
}

void listener_close(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->path[0])
        unlink(l->path);
    l->fd = -1;
    l->path[0] = '\0';
}
