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

static bool keep_all(const struct renew *r, bool over_exec)
{
    bool all = r->whole < 0 || keep(r->whole, over_exec);
    for (int i = 0; i < RENEW_CHILDREN; i++)
        all = (r->children[i].pid == 0 || keep(r->children[i].command, over_exec)) && all;
    return all;
}

int renew_exec(const struct renew *r, bool whole)
{
    char option[40], program[40] = "/proc/self/exe";
    char *argv[] = {(char[]){"pdfspool-parser"}, option, NULL};
    int saved, fd = memfd_create("zygote", 0);
    if (fd < 0)
        return -1;
    if (write(fd, r, sizeof *r) == (ssize_t)sizeof *r && lseek(fd, 0, SEEK_SET) == 0 &&
        keep_all(r, true)) {
        snprintf(option, sizeof option, "%s%d", RENEW_OPTION, fd);
        if (whole)
            snprintf(program, sizeof program, "/proc/self/fd/%d", r->whole);
        execv(program, argv);
    }
    saved = errno;
    keep_all(r, false);
    close(fd);
    errno = saved;
    return -1;
}

int renew_take(const char *number, struct renew *r)
{
    char *end;
    int fd = (int)strtol(number, &end, 10);
    bool good = end != number && *end == 0 && read(fd, r, sizeof *r) == (ssize_t)sizeof *r &&
                r->at_most <= CAGE_FULL && keep_all(r, false);
    if (!good)
        return -1;
    close(fd);
    return 0;
}
