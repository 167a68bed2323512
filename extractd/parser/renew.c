#include "extractd/parser/renew.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool keep(int fd, bool over_exec)
{
    int flags = fcntl(fd, F_GETFD);
    return flags >= 0 &&
           fcntl(fd, F_SETFD, over_exec ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC) == 0;
}

static bool keep_all(const struct renew_child *children, int n, bool over_exec)
{
    bool all = true;
    for (int i = 0; i < n; i++)
        all = (children[i].pid == 0 || keep(children[i].command, over_exec)) && all;
    return all;
}

int renew_exec(enum cage_tier at_most, const struct renew_child *children, int n)
{
    char option[40];
    char *argv[] = {(char[]){"pdfspool-parser"}, option, NULL};
    size_t bytes = (size_t)n * sizeof *children;
    int tier = (int)at_most, saved, fd = memfd_create("zygote", 0);
    if (fd < 0)
        return -1;
    if (write(fd, &tier, sizeof tier) == sizeof tier &&
        write(fd, children, bytes) == (ssize_t)bytes && lseek(fd, 0, SEEK_SET) == 0 &&
        keep_all(children, n, true)) {
        snprintf(option, sizeof option, "%s%d", RENEW_OPTION, fd);
        execv("/proc/self/exe", argv);
    }
    saved = errno;
    keep_all(children, n, false);
    close(fd);
    errno = saved;
    return -1;
}

int renew_take(const char *number, enum cage_tier *at_most, struct renew_child *children, int n)
{
    char *end;
    size_t bytes = (size_t)n * sizeof *children;
    int tier, fd = (int)strtol(number, &end, 10);
    bool good = end != number && *end == 0 && read(fd, &tier, sizeof tier) == sizeof tier &&
                tier >= CAGE_NONE && tier <= CAGE_FULL &&
                read(fd, children, bytes) == (ssize_t)bytes && keep_all(children, n, false);
    if (!good)
        return -1;
    *at_most = (enum cage_tier)tier;
    close(fd);
    return 0;
}
