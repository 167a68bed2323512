#include "extractd/parser/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers stop at ABI 2, so the numbers are spelt here. They are the kernel's
 * interface, and never change. */
enum { CREATE_RULESET = 444, RESTRICT_SELF = 446, CREATE_RULESET_VERSION = 1 };

struct ruleset {
    uint64_t fs, net, scoped;
};

/* What each ABI knows in all. Newer kernels than the last row are served by the last row. */
static const struct {
    uint64_t fs;     /* EXECUTE 0 ... MAKE_SYM 12; REFER 13; TRUNCATE 14; IOCTL_DEV 15 */
    uint64_t net;    /* BIND_TCP 0, CONNECT_TCP 1 */
    uint64_t scoped; /* ABSTRACT_UNIX_SOCKET 0, SIGNAL 1 */
    size_t size;     /* of the structure that this ABI takes */
} known[] = {
    [1] = {0x1fff, 0, 0, 8},  [2] = {0x3fff, 0, 0, 8},  [3] = {0x7fff, 0, 0, 8},
    [4] = {0x7fff, 3, 0, 16}, [5] = {0xffff, 3, 0, 16}, [6] = {0xffff, 3, 3, 24},
};

int landlock_abi(void)
{
    long abi = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

int landlock_shut(int abi)
{
    const int last = (int)(sizeof known / sizeof known[0]) - 1;
    if (abi < 1) {
        errno = ENOSYS;
        return -1;
    }
    if (abi > last)
        abi = last;
    struct ruleset all = {known[abi].fs, known[abi].net, known[abi].scoped};
    int fd = (int)syscall(CREATE_RULESET, &all, known[abi].size, 0);
    if (fd < 0)
        return -1;
    int rc = (int)syscall(RESTRICT_SELF, fd, 0);
    int saved = errno;
    close(fd);
    errno = saved;
    return rc;
}
