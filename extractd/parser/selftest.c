#include "extractd/parser/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "extractd/parser/archive.h"
#include "extractd/parser/bidi.h"
#include "extractd/parser/cage.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/filter.h"
#include "extractd/parser/landlock.h"
#include "extractd/parser/languages.h"
#include "extractd/parser/second.h"
#include "spool/settings.h"

enum {
    OPEN_REFUSED = 16,
    SOCKET_REFUSED = 32
}; /* in the exit status of a child that tries; the low bits: its tier */

/* In a child: enter the cage, try what must not work. With seccomp, the socket is the last thing
 * that it tries. */
static void attempt(pid_t parent, bool try_socket)
{
    const struct cage_order order = {
        .sandbox = SANDBOX_PREFER, .at_most = CAGE_FULL, .parent = parent, .documents = 1};
    const char *why;
    int result = cage_enter(&order, &why);
    if (result < 0)
        _exit(CAGE_NONE);
    if (open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES)
        result |= OPEN_REFUSED;
    if (try_socket && socket(AF_INET, SOCK_STREAM, 0) < 0)
        result |= SOCKET_REFUSED;
    _exit(result);
}

/* Wait status of a child that made the attempt; -1 when it could not be made. */
static int status_of_attempt(bool try_socket)
{
    int status;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        attempt(parent, try_socket);
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static void write_languages(struct jsonw *w)
{
    static struct languages l; /* large */
    const char *folder = languages_folder();
    bool known = folder && languages_installed(folder, &l) == 0;
    jsonw_array(w, "ocr_languages");
    for (size_t i = 0; known && i < l.count; i++)
        jsonw_str(w, NULL, l.names[i]);
    jsonw_end_array(w);
    jsonw_bool(w, "ocr_osd", known && l.osd);
}

int selftest_run(void)
{
    struct utsname u = {0};
    struct buf b = {0};
    struct jsonw w;
    (void)uname(&u);
    (void)cage_prepare();
    int opened = status_of_attempt(false), socketed = status_of_attempt(true);
    bool whole = opened >= 0 && WIFEXITED(opened);
    int tier = whole ? WEXITSTATUS(opened) & (OPEN_REFUSED - 1) : CAGE_NONE;
    bool open_refused = whole && WEXITSTATUS(opened) & OPEN_REFUSED;
    bool socket_killed = socketed >= 0 && WIFSIGNALED(socketed) && WTERMSIG(socketed) == SIGSYS;
    if (!open_refused || !socket_killed || tier >= CAGE_TIERS)
        tier = CAGE_NONE; /* what was promised is not what was found */
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "tier", cage_tier_name((enum cage_tier)tier));
    jsonw_bool(&w, "seccomp", filter_available());
    jsonw_int(&w, "landlock_abi", landlock_abi());
    jsonw_bool(&w, "open_refused", open_refused);
    jsonw_bool(&w, "socket_killed", socket_killed);
    jsonw_str(&w, "kernel", u.release);
    jsonw_str(&w, "mupdf", engine_version());
    jsonw_str(&w, "fribidi", bidi_version());
    jsonw_str(&w, "poppler", second_version());
    jsonw_str(&w, "libarchive", archive_library());
    write_languages(&w);
    jsonw_end_object(&w);
    buf_char(&b, '\n');
    if (!buf_ok(&b) || fwrite(b.data, 1, b.len, stdout) != b.len || fflush(stdout) != 0)
        return 1;
    buf_free(&b);
    return tier == CAGE_NONE;
}
