/* doctor_host: this host against the share: clocks, user, limits, its name, the parser's cage. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonr.h"
#include "base/num.h"
#include "spool/look.h"
#include "spool/srvclock.h"
#include "spoold/ctl/doctor.h"
#include "spoold/ctl/hosts.h"

enum {
    SKEW_WARN_MS = 5000,
    PARSER_WAIT_MS = 20000,
    FILES_WANTED = 1024,
    PARSER_SAYS_MAX = 1 << 20
};

static void check_clock(struct doctor *d)
{
    char shown[32];
    int64_t before = clock_wall_ms(), server = srvclock_now(d->spool), after = clock_wall_ms();
    if (server < 0) {
        doctor_say(d, DOCTOR_FAIL, "clock",
                   "the server's time cannot be read off a touched file: %s", strerror(errno));
        return;
    }
    int64_t skew = server - (before + (after - before) / 2);
    num_show_duration(skew < 0 ? -skew : skew, shown, sizeof shown);
    if (skew > SKEW_WARN_MS || skew < -SKEW_WARN_MS)
        doctor_say(
            d, DOCTOR_WARN, "clock",
            "the server's clock is %s %s of this host's. The protocol does not mind; people who "
            "read time stamps do. Is NTP running?",
            shown, skew > 0 ? "ahead" : "behind");
    else
        doctor_say(d, DOCTOR_OK, "clock", "the server's clock and this host's differ by %lld ms",
                   (long long)(skew < 0 ? -skew : skew));
}

static void check_user(struct doctor *d)
{
    struct statx st;
    if (doctor_make(d->dir, "mine") != 0 || look_at(d->dir, "mine", &st) != 1)
        return;
    look_unlink(d->dir, "mine");
    if (st.stx_uid == geteuid())
        doctor_say(d, DOCTOR_OK, "user", "files made here belong to uid %u, who made them",
                   st.stx_uid);
    else if (geteuid() == 0)
        doctor_say(d, DOCTOR_WARN, "user",
                   "root's files become uid %u's (root_squash): run extractd as an ordinary user "
                   "whose uid "
                   "is the same on all hosts",
                   st.stx_uid);
    else
        doctor_say(
            d, DOCTOR_WARN, "user",
            "files made by uid %u become uid %u's: the server maps users. All hosts must be mapped "
            "to one user who may write everywhere in the spool",
            geteuid(), st.stx_uid);
}

static void check_limits(struct doctor *d)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    if (r.rlim_cur < FILES_WANTED)
        doctor_say(d, DOCTOR_WARN, "limits",
                   "a process may open %llu files only; give extractd %d (LimitNOFILE=, ulimit -n)",
                   (unsigned long long)r.rlim_cur, FILES_WANTED);
    else
        doctor_say(d, DOCTOR_OK, "limits", "a process may open %llu files",
                   (unsigned long long)r.rlim_cur);
}

/* Two machines of one name: their live leases lie in one folder, and were started under different
 * boots. */
struct namesakes {
    char host[HOST_CAP], boot[40];
    char doubled[HOST_CAP];
};

static void compare_boot(void *arg, const struct host_view *v)
{
    struct namesakes *n = arg;
    char boot[40];
    if (v->silent || !v->has_beat || sscanf(v->lease, "%*[^.].%*[^.].%*[^.].%39[^.]", boot) != 1)
        return;
    if (strcmp(n->host, v->host) == 0 && strcmp(n->boot, boot) != 0)
        snprintf(n->doubled, sizeof n->doubled, "%s", v->host);
    snprintf(n->host, sizeof n->host, "%s", v->host);
    snprintf(n->boot, sizeof n->boot, "%s", boot);
}

static void check_host_names(struct doctor *d)
{
    struct namesakes n = {0};
    if (hosts_each(d->spool, compare_boot, &n) != 0)
        return;
    if (n.doubled[0])
        doctor_say(
            d, DOCTOR_WARN, "hosts",
            "two machines call themselves %s: each takes the other's documents for its own dead "
            "ones. Give one another name",
            n.doubled);
    else
        doctor_say(d, DOCTOR_OK, "hosts", "no two machines of one name are at work");
}

/* Beside this program, in libexec, else by PATH. */
static void find_parser(const char *given, char path[PATH_MAX])
{
    static const char *const places[] = {"pdfspool-parser", "../libexec/pdfspool/pdfspool-parser"};
    char self[PATH_MAX];
    if (given) {
        snprintf(path, PATH_MAX, "%s", given);
        return;
    }
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    char *slash = strrchr(self, '/');
    for (size_t i = 0; slash && i < sizeof places / sizeof *places; i++) {
        slash[1] = 0;
        if (snprintf(path, PATH_MAX, "%s%s", self, places[i]) < PATH_MAX && access(path, X_OK) == 0)
            return;
    }
    snprintf(path, PATH_MAX, "pdfspool-parser");
}

/* Its whole output, with patience that ends. Its exit status, or -1. */
static int run_parser(const char *path, struct buf *out)
{
    int p[2], status;
    if (pipe2(p, O_CLOEXEC) != 0)
        return -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(p[1], STDOUT_FILENO);
        execlp(path, path, "--self-test", (char *)NULL);
        _exit(127);
    }
    close(p[1]);
    int64_t until = clock_boot_ms() + PARSER_WAIT_MS;
    bool more = pid > 0;
    while (more) {
        int64_t left = until - clock_boot_ms();
        struct pollfd f = {p[0], POLLIN, 0};
        if (left <= 0 || poll(&f, 1, (int)left) <= 0 || !buf_room(out, 4096))
            break;
        ssize_t n = read(p[0], out->data + out->len, 4096);
        more = n > 0 && out->len < PARSER_SAYS_MAX;
        out->len += n > 0 ? (size_t)n : 0;
    }
    close(p[0]);
    if (pid <= 0)
        return -1;
    if (more)
        kill(pid, SIGKILL);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool has_language(const struct jsonr *j, const char *name, size_t n)
{
    const struct jsonr *all = jsonr_get(j, "ocr_languages");
    for (size_t i = 0; i < jsonr_count(all); i++) {
        const char *have = jsonr_text(jsonr_at(all, i));
        if (have && strlen(have) == n && memcmp(have, name, n) == 0)
            return true;
    }
    return false;
}

/* A list such as deu+eng: the first that is not installed, or NULL. */
static const char *first_missing(const struct jsonr *j, const char *list)
{
    for (size_t n; *list; list += n + (list[n] == '+')) {
        n = strcspn(list, "+");
        if (!has_language(j, list, n))
            return list;
    }
    return NULL;
}

static void check_models(struct doctor *d, const struct jsonr *j)
{
    const struct settings *s = &d->spool->settings;
    size_t n = jsonr_count(jsonr_get(j, "ocr_languages"));
    bool automatic = strcmp(s->languages, LANGLIST_AUTO) == 0;
    const char *missing = automatic ? NULL : first_missing(j, s->languages);
    if (s->ocr == OCR_NEVER || !s->ocr_here)
        doctor_say(d, DOCTOR_OK, "ocr", "this host does no OCR, as the settings say");
    else if (n == 0)
        doctor_say(d, DOCTOR_FAIL, "ocr",
                   "no OCR models are installed: install some (Debian: tesseract-ocr-eng, ...), or "
                   "set ocr_here = no");
    else if (missing)
        doctor_say(d, DOCTOR_FAIL, "ocr",
                   "languages = %s, but the OCR model for %.*s is not installed (Debian: "
                   "tesseract-ocr-%.*s)",
                   s->languages, (int)strcspn(missing, "+"), missing, (int)strcspn(missing, "+"),
                   missing);
    else if (!jsonr_bool(j, "ocr_osd", false))
        doctor_say(d, DOCTOR_WARN, "ocr",
                   "the OCR model osd is not installed: pages that lie on their side are not "
                   "turned, and scripts are not told (Debian: tesseract-ocr-osd)");
    else
        doctor_say(d, DOCTOR_OK, "ocr", "%zu OCR models are installed", n);
}

static void check_parser(struct doctor *d, const char *given)
{
    char path[PATH_MAX];
    struct buf out = {0};
    find_parser(given, path);
    int code = run_parser(path, &out);
    struct jsonr *j = code != 127 ? jsonr_parse(out.data, out.len, NULL, 0) : NULL;
    const char *tier = jsonr_str(j, "tier", NULL);
    bool required = d->spool->settings.sandbox == SANDBOX_REQUIRE;
    if (code == 127)
        doctor_say(d, given ? DOCTOR_FAIL : DOCTOR_WARN, "sandbox",
                   "%s was not found: is pdfspool's worker installed on this host?",
                   ctl_shown(path));
    else if (!tier)
        doctor_say(d, DOCTOR_FAIL, "sandbox", "%s --self-test gave no answer (exit code %d)",
                   ctl_shown(path), code);
    else if (strcmp(tier, "full") == 0)
        doctor_say(d, DOCTOR_OK, "sandbox", "the parser's sandbox is full: seccomp and Landlock");
    else
        doctor_say(
            d, required ? DOCTOR_FAIL : DOCTOR_WARN, "sandbox",
            "the parser's sandbox is \"%s\", not full (kernel %s)%s", ctl_shown(tier),
            ctl_shown(jsonr_str(j, "kernel", "?")),
            required ? "; extractd refuses to work so: use a newer kernel, or set sandbox = prefer"
                     : "");
    if (tier)
        check_models(d, j);
    jsonr_free(j);
    buf_free(&out);
}

void doctor_host(struct doctor *d, const char *parser)
{
    check_clock(d);
    check_user(d);
    check_limits(d);
    check_host_names(d);
    check_parser(d, parser);
}
