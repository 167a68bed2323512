/*
 * pdfspool-parser, and pdfspool-parser-whole (whole.h): the only programs that link MuPDF, and the
 * only ones that a document's bytes reach in the raw. Started by extractd's supervisor as the zygote, or by spoold for one page (pagewire.h); with
 * --self-test it shows what cage this machine gives.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/pagewire.h"
#include "extractd/parser/grow.h"
#include "extractd/parser/onepage.h"
#include "extractd/parser/renew.h"
#include "extractd/parser/selftest.h"
#include "extractd/parser/whole.h"
#include "extractd/parser/zygote.h"
#include "extractd/wire.h"

/* libgomp reads its environment when it is loaded, so what comes too late must come by a new exec.
 */
static void one_thread(char **argv)
{
    const char *limit = getenv("OMP_THREAD_LIMIT");
    if (limit && strcmp(limit, "1") == 0)
        return;
    setenv("OMP_THREAD_LIMIT", "1", 1);
    execv("/proc/self/exe", argv);
    perror("pdfspool-parser: cannot execute itself anew");
    exit(1);
}

/* Descriptors 0 to 2 must be taken, lest a document's lands there. */
static bool stdio_taken(void)
{
    for (;;) {
        int fd = open("/dev/null", O_RDWR);
        if (fd < 0)
            return false;
        if (fd > STDERR_FILENO) {
            close(fd);
            return true;
        }
    }
}

static bool is_socket(int fd)
{
    int type;
    socklen_t n = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
    enum cage_tier at_most = CAGE_FULL;
    if (argc > 1 && strcmp(argv[1], PAGEWIRE_OPTION) == 0)
        return stdio_taken() ? onepage_main(argc - 2, argv + 2) : 1;
    size_t renew = strlen(RENEW_OPTION);
    const char *renewed =
        argc == 2 && strncmp(argv[1], RENEW_OPTION, renew) == 0 ? argv[1] + renew : NULL;
    bool whole = argc == 2 && strcmp(argv[1], WIRE_WHOLE_OPTION) == 0;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("pdfspool-parser " PDFSPOOL_VERSION);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--self-test") == 0) {
        if (whole_program())
            return selftest_run();
        grow_at_once(argv); /* it is the one that can tell of all engines */
        perror("pdfspool-parser: pdfspool-parser-whole, beside it, cannot be run");
        return 1;
    }
#ifdef TEST_EVIL
    if (argc == 2 && strncmp(argv[1], "--tier=", 7) == 0)
        while (at_most > CAGE_NONE && strcmp(argv[1] + 7, cage_tier_name(at_most)) != 0)
            at_most--;
    else
#endif
        if ((argc != 1 && !renewed && !whole) || !is_socket(ZYGOTE_CONTROL_FD)) {
        fprintf(stderr,
                "pdfspool-parser is started by extractd. By hand: pdfspool-parser --self-test\n");
        return 64;
    }
    if (!stdio_taken())
        return 1;
    one_thread(argv);
    if ((renewed ? zygote_go_on(renewed) : zygote_serve(at_most, whole ? WIRE_WHOLE_FD : -1)) < 0) {
        perror("pdfspool-parser");
        return 1;
    }
    return 0;
}
