#include "spoold/hand/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "spoold/hand/hands.h"

enum { TURN_MS = 100, END_MS = 200, END_STEP_MS = 5, NUMBER_CAP = 16 };

const char batch_silent[] = "The share does not answer.";

struct listening {
    struct batch *b;
    char text[BATCH_LINE];
    size_t len;
    bool begun, broken;
};

/* The batch as a file that only the child will have. */
static int make_input(const struct batch *b)
{
    int fd = memfd_create("batch", MFD_CLOEXEC);
    for (size_t at = 0; fd >= 0 && at < b->n;) {
        ssize_t n = write(fd, b->items + at, b->n - at);
        if (n < 0 && errno != EINTR) {
            int error = errno;
            close(fd);
            errno = error;
            return -1;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET); /* of a file in memory: cannot fail */
    return fd;
}

/* 0 or an errno. */
static int spawn(const struct batch *b, int in, int out, pid_t *pid)
{
    char *argv[BATCH_WORDS + 5] = {(char *)"spoold", (char *)"hand", (char *)(uintptr_t)b->spool,
                                   (char *)(uintptr_t)(b->config ? b->config : "")};
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; i < BATCH_WORDS && b->words[i]; i++)
        argv[4 + i] = (char *)(uintptr_t)b->words[i];
    int bad = posix_spawn_file_actions_init(&actions);
    if (bad)
        return bad;
    bad = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (!bad)
        bad = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!bad)
        bad = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return bad;
}

/* "NUMBER LETTER WHY"; "- W WHY". False: it is none. */
static bool take_line(struct batch *b, const char *text)
{
    size_t digits = strcspn(text, " ");
    uint64_t i = 0;
    bool wait = text[0] == '-' && digits == 1;
    if (digits > NUMBER_CAP || text[digits] != ' ' ||
        (!wait && (!num_u64_n(text, digits, &i) || i > UINT16_MAX)))
        return false;
    char what = text[digits + 1];
    const char *why = what ? text + digits + 2 : "";
    bool known = wait ? what == BATCH_WAIT
                      : what == BATCH_DONE || what == BATCH_SKIPPED || what == BATCH_FAILED;
    if (!known || (*why && *why++ != ' '))
        return false;
    b->tell(b->arg, (unsigned)i, what, why);
    return true;
}

/* The first line says whether there will be any others; then, if not, all that comes says why. */
static void take_byte(struct listening *l, char c)
{
    if (c != '\n') {
        if (l->len + 1 < sizeof l->text)
            l->text[l->len++] = c;
        else
            l->broken = true;
        return;
    }
    l->text[l->len] = 0;
    l->len = 0;
    if (!l->begun && strcmp(l->text, BATCH_HEAD) == 0)
        l->begun = true;
    else if (!l->begun || !take_line(l->b, l->text))
        l->broken = true;
}

static enum batch_end listen_to(struct listening *l, int in)
{
    char bytes[4096];
    int64_t until = clock_boot_ms() + HANDS_MS;
    while (clock_boot_ms() < until) {
        struct pollfd p = {in, POLLIN, 0};
        int ready = poll(&p, 1, TURN_MS);
        if (!l->b->go_on(l->b->arg))
            return BATCH_STOPPED;
        ssize_t n = ready > 0 ? read(in, bytes, sizeof bytes) : -1;
        if (ready > 0 && (n == 0 || (n < 0 && errno != EINTR)))
            return l->begun && !l->broken ? BATCH_ENDED : BATCH_REFUSED;
        for (ssize_t i = 0; i < n; i++)
            take_byte(l, bytes[i]);
    }
    return BATCH_SILENT;
}

bool batch_reaped(struct batch *b)
{
    pid_t got = b->left ? waitpid(b->left, NULL, WNOHANG) : 0;
    if (got == b->left || (got < 0 && errno == ECHILD))
        b->left = 0;
    return b->left == 0;
}

/* One that was stopped gets to the end of its document: nobody listens any more, so it goes of
 * itself. */
static void end_child(struct batch *b, enum batch_end end)
{
    if (end == BATCH_SILENT || end == BATCH_REFUSED)
        kill(b->left, SIGKILL);
    for (int64_t until = clock_boot_ms() + END_MS; !batch_reaped(b) && clock_boot_ms() < until;)
        clock_sleep_ms(END_STEP_MS);
}

static void say_why(struct batch *b, enum batch_end end, const struct listening *l)
{
    if (end == BATCH_SILENT)
        snprintf(b->why, sizeof b->why, "%s", batch_silent);
    else if (end == BATCH_REFUSED)
        snprintf(b->why, sizeof b->why, "The share cannot be worked on: %.*s",
                 (int)(l->len < 200 ? l->len : 200), l->len ? l->text : "");
}

enum batch_end batch_run(struct batch *b)
{
    struct listening l = {.b = b};
    enum batch_end end = BATCH_REFUSED;
    int ends[2], in = make_input(b);
    bool ready = in >= 0 && pipe2(ends, O_CLOEXEC) == 0;
    int bad = ready ? 0 : errno;
    b->left = 0;
    b->why[0] = 0;
    if (ready) {
        bad = spawn(b, in, ends[1], &b->left);
        close(ends[1]);
        if (!bad)
            end = listen_to(&l, ends[0]);
        close(ends[0]);
        if (bad)
            b->left = 0;
    }
    if (in >= 0)
        close(in);
    if (b->left)
        end_child(b, end);
    if (bad)
        snprintf(b->why, sizeof b->why, "The machine of this page has no room for a process: %s",
                 strerror(bad));
    else
        say_why(b, end, &l);
    return end;
}
