#include "base/drawer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

enum { WORD_CAP = 24, WORDS = 8, WORDS_LEAST = 6, FIRST_FREE_FD = 6, LOOK_MS = 5, SLICE_MS = 250 };

/* ---- the process ---- */

/* In the child. Its own numbers first (out of the way of those that they become), then nothing else
 * is left open. */
static void become(const struct drawer_order *o, int answer, char *const words[])
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int document = fcntl(o->document, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    int out = fcntl(answer, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    if (null < 0 || document < 0 || out < 0)
        _exit(71);
    for (int fd = 0; fd < PAGEWIRE_ANSWER; fd++)
        if (!child_move_fd(null, fd))
            _exit(71);
    if (!child_move_fd(out, PAGEWIRE_ANSWER) || !child_move_fd(document, PAGEWIRE_DOCUMENT) ||
        close_range(FIRST_FREE_FD, ~0U, 0) != 0)
        _exit(71);
    execv(o->parser, words);
    _exit(127);
}

/* Started: its answer comes from *from. -1: not. */
static pid_t start(const struct drawer_order *o, int *from)
{
    char text[WORDS][WORD_CAP],
        *words[WORDS + 3] = {(char *)"pdfspool-parser", (char *)PAGEWIRE_OPTION};
    const uint64_t numbers[WORDS] = {
        (uint64_t)getpid(),         o->page,    o->most.width, o->memory_limit,
        (uint64_t)o->ms / 1000 + 1, o->sandbox, o->dpi,        o->most.pixels};
    int ends[2];
    for (int i = 0; i < (o->dpi ? WORDS : WORDS_LEAST); i++) {
        snprintf(text[i], WORD_CAP, "%" PRIu64, numbers[i]);
        words[i + 2] = text[i];
    }
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = child_fork();
    if (pid == 0)
        become(o, ends[1], words);
    close(ends[1]);
    if (pid < 0)
        close(ends[0]);
    else
        *from = ends[0];
    return pid;
}

/* Has it ended, and well, by then? It is gone in any case. */
static bool ended_well(pid_t pid, int64_t until)
{
    int status = 0;
    pid_t got;
    while ((got = waitpid(pid, &status, WNOHANG)) == 0 && clock_boot_ms() < until)
        clock_sleep_ms(LOOK_MS);
    if (got == pid)
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return false;
}

/* ---- what it says ---- */

/* Up to n bytes. How many came before the end or `until`. */
static size_t take(int from, void *to, size_t n, int64_t until)
{
    size_t at = 0;
    for (int64_t left; at < n && (left = until - clock_boot_ms()) > 0;) {
        struct pollfd p = {from, POLLIN, 0};
        /* In slices: whoever watches this process sees that it lives. */
        if (poll(&p, 1, left < SLICE_MS ? (int)left : SLICE_MS) <= 0)
            continue;
        ssize_t got = read(from, (char *)to + at, n - at);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        at += got > 0 ? (size_t)got : 0;
    }
    return at;
}

static const char died[] = "the parser has died of it";

static const char *listen_to(int from, const struct pagewire_bounds *most, int64_t until,
                             struct drawing *out)
{
    uint8_t header[PAGEWIRE_HEADER], more;
    if (take(from, header, sizeof header, until) != sizeof header)
        return died;
    if (!pagewire_take(header, most, &out->said))
        return "the parser gave no good answer";
    size_t n = (size_t)out->said.width * out->said.height * PAGEWIRE_COLOURS;
    if (!buf_room(&out->pixels, n + 1))
        return "there is no memory for it";
    if (take(from, out->pixels.data, n, until) != n)
        return died;
    out->pixels.len = n;
    return take(from, &more, 1, until) ? "the parser gave no good answer" : NULL;
}

const char *drawer_run(const struct drawer_order *o, struct drawing *out)
{
    int64_t until = clock_boot_ms() + o->ms;
    int from = -1;
    *out = (struct drawing){.said = {.kind = PAGEWIRE_CORRUPT}};
    pid_t pid = start(o, &from);
    if (pid < 0)
        return "the parser could not be started";
    const char *why = listen_to(from, &o->most, until, out);
    close(from);
    bool well = ended_well(pid, why ? 0 : until);
    if (!why && !well)
        why = died;
    return why == died && clock_boot_ms() >= until ? "it takes too long" : why;
}
