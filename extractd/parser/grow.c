#include "extractd/parser/grow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "extractd/parser/whole.h"
#include "extractd/wire.h"

#define BESIDE "-whole"

static int open_whole(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof BESIDE);
    if (n < 0)
        return -1;
    memcpy(path + n, BESIDE, sizeof BESIDE);
    return open(path, O_PATH | O_CLOEXEC);
}

void grow_given(struct renew *r, int fd)
{
    r->whole = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

void grow_prepare(struct renew *r)
{
    if (!whole_program() && r->whole < 0)
        r->whole = open_whole();
}

/* A look at the message, without its descriptors: it stays in the socket. */
static bool is_asked(int control)
{
    struct wire_spawn order;
    ssize_t n = recv(control, &order, sizeof order, MSG_PEEK | MSG_DONTWAIT);
    return n == sizeof order && order.magic == WIRE_SPAWN && (order.languages[0] || order.whole);
}

void grow_if_asked(struct renew *r, int control)
{
    if (whole_program() || r->given_up || !is_asked(control))
        return;
    if (r->whole >= 0)
        renew_exec(r, true);
    fprintf(stderr, "pdfspool-parser: pdfspool-parser-whole cannot be run: %s\n",
            r->whole >= 0 ? strerror(errno) : "it does not lie beside this program");
    r->given_up = true; /* said once */
}

int grow_at_once(char **argv)
{
    int fd = open_whole();
    if (fd >= 0)
        fexecve(fd, argv, environ);
    return -1;
}
