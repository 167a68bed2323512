/*
 * run_sandbox EVIL-PARSER SHIPPED-PARSER: does the cage hold, and does the slot see through every
 * lie?
 *
 * Each attack is tried in each tier, with what must come of it; in tier `none` the attacks on the
 * system must succeed, or the other rows would prove nothing. After each attack the slot must take
 * a good document within a second, have as many descriptors as before, and leave no zombie. One
 * line a check; exit 1 when any failed.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks.h"
#include "base/clock.h"
#include "bench.h"
#include "files.h"
#include "proc.h"

static const char *const tier_names[TIERS] = {"full", "seccomp", "none"};
static const char good[] =
    "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
    "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>\nendobj\n"
    "4 0 obj\n<</Length 39>>\nstream\nBT /F 12 Tf 20 100 Td (goodness) Tj ET \nendstream\nendobj\n"
    "trailer\n<</Root 1 0 R/Size 5>>\n%%EOF\n";

static int passed, failed;
static char victim[64], unix_path[80];
static int tcp_port, tcp_listener, unix_listener;

static void check(bool ok, const char *tier, const char *what, const char *got)
{
    printf("%s  %-8s %-24s %s\n", ok ? "ok  " : "FAIL", tier, what, got);
    fflush(stdout);
    *(ok ? &passed : &failed) += 1;
}

/* The zygote reaps on its own time; a second is plenty. */
static bool no_zombies(const struct bench *b)
{
    for (int i = 0; i < 100; i++) {
        if (proc_zombies(b->zygote, NULL) == 0)
            return true;
        clock_sleep_ms(10);
    }
    return false;
}

static const char *show(const struct parse_result *r)
{
    static char text[700];
    int sig = WIFSIGNALED(r->exit_status) ? WTERMSIG(r->exit_status) : 0;
    if (r->outcome == OUTCOME_CRASHED && sig)
        snprintf(text, sizeof text, "crashed SIG%s", sigabbrev_np(sig));
    else if (r->outcome == OUTCOME_PROTOCOL)
        snprintf(text, sizeof text, "protocol (%s)", r->message);
    else
        snprintf(text, sizeof text, "%s%s %s", r->environment ? "environment " : "",
                 outcome_facts(r->outcome)->name, r->message);
    return text;
}

/* ---- the checks ---- */

static void make_victim(void)
{
    int fd = open(victim, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "precious", 8) != 8)
        bench_die(victim);
    close(fd);
}

static bool victim_whole(void)
{
    struct stat st;
    return stat(victim, &st) == 0 && st.st_size == 8;
}

static void compose(char *out, size_t cap, const char *line)
{
    size_t n = (size_t)snprintf(out, cap, "%%EVIL ");
    for (; *line && n + sizeof unix_path < cap; line++) {
        if (line[0] != '%') {
            out[n++] = *line;
            continue;
        }
        line++;
        if (*line == 'd')
            n += (size_t)snprintf(out + n, cap - n, "%d", tcp_port);
        else
            n += (size_t)snprintf(out + n, cap - n, "%s", *line == 's' ? victim : unix_path);
    }
    snprintf(out + n, cap - n, "\n");
}

/* What the supervisor does when its clock is done: here, 200 ms after the parser began. */
static pid_t start_killer(const struct bench *b)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int i = 0; i < 1000 && atomic_load(b->pid) == 0; i++)
        clock_sleep_ms(10);
    clock_sleep_ms(200);
    struct wire_kill order = {WIRE_KILL, atomic_load(b->pid)};
    (void)!send(b->control, &order, sizeof order, MSG_NOSIGNAL);
    _exit(0);
}

static void good_document(struct bench *b, const char *tier, const char *after)
{
    int64_t start = clock_boot_ms();
    bench_run(b, good, sizeof good - 1, 10, 8);
    int64_t took = clock_boot_ms() - start;
    bool ok = b->result.outcome == OUTCOME_OK && b->result.text.data &&
              strstr(b->result.text.data, "goodness") && took < 1000;
    if (!ok) {
        char what[64];
        snprintf(what, sizeof what, "good after %.40s", after);
        check(false, tier, what, show(&b->result));
    }
}

static void one_attack(struct bench *b, int tier, const struct attack *a, int descriptors)
{
    char bytes[300], got[700];
    make_victim();
    compose(bytes, sizeof bytes, a->line);
    pid_t killer = a->kill ? start_killer(b) : 0;
    bench_run(b, bytes, strlen(bytes), 10, 8);
    if (killer > 0)
        waitpid(killer, NULL, 0);
    snprintf(got, sizeof got, "%s", show(&b->result));
    bool ok = attacks_match(a->want[tier], got) && (tier == NONE || victim_whole());
    check(ok, tier_names[tier], a->line, got);
    good_document(b, tier_names[tier], a->line);
    if (proc_descriptors() != descriptors)
        check(false, tier_names[tier], a->line, "descriptors have leaked");
    if (!no_zombies(b))
        check(false, tier_names[tier], a->line, "a zombie is left");
}

static void check_status(struct bench *b, int tier)
{
    pid_t parser = 0;
    /* It leaves a parser that waits for its next document. */
    bench_run(b, good, sizeof good - 1, 10, 8);
    proc_zombies(b->zygote, &parser);
    check(parser && proc_status_has(parser, "NoNewPrivs:\t1"), tier_names[tier], "NoNewPrivs: 1",
          "");
    check(parser && proc_status_has(parser, tier == NONE ? "Seccomp:\t0" : "Seccomp:\t2"),
          tier_names[tier], "Seccomp", tier == NONE ? "0, as it must be here" : "2");
}

static void check_cpu_limit(struct bench *b, int tier)
{
    bench_run(b, "%EVIL spin\n", 11, 1, 1);
    check(b->result.outcome == OUTCOME_LIMIT, tier_names[tier], "CPU limit", show(&b->result));
    good_document(b, tier_names[tier], "CPU limit");
}

/* A parser without a zygote is no document's fault, and nothing blocks. */
static void check_zygote_gone(const char *parser)
{
    struct bench b;
    bench_open(&b, parser, "full");
    bench_run(&b, good, sizeof good - 1, 10, 8);
    kill(b.zygote, SIGKILL);
    clock_sleep_ms(100);
    bench_run(&b, good, sizeof good - 1, 10, 8);
    check(b.result.environment, "full", "zygote killed", show(&b.result));
    bench_close(&b);
}

static void check_tier(const char *parser, int tier)
{
    struct bench b;
    bench_open(&b, parser, tier_names[tier]);
    bench_run(&b, good, sizeof good - 1, 10, 8);
    if (tier == FULL && strcmp(b.result.sandbox, "seccomp") == 0) {
        printf("skip  full     this kernel has no Landlock\n");
        bench_close(&b);
        return;
    }
    check(b.result.outcome == OUTCOME_OK && strcmp(b.result.sandbox, tier_names[tier]) == 0,
          tier_names[tier], "a good document", b.result.sandbox);
    int descriptors = proc_descriptors();
    for (size_t i = 0; i < attack_count; i++)
        one_attack(&b, tier, &attacks[i], descriptors);
    check(proc_descriptors() == descriptors && no_zombies(&b), tier_names[tier],
          "nothing left behind", "");
    check_status(&b, tier);
    for (size_t i = 0; i < files_kinds; i++)
        check(files_open(&b, i), tier_names[tier], files_kind_name(i), show(&b.result));
    check_cpu_limit(&b, tier);
    bench_close(&b);
}

/* kill -9 of the process above the zygote, while a parser spins: all must be gone within a second.
 */
static void check_orphans(const char *parser)
{
    _Atomic int32_t *pids = bench_shared_page();
    pid_t sub = fork();
    if (sub == 0) {
        struct bench b;
        bench_open(&b, parser, "full");
        atomic_store(&pids[1], b.zygote);
        b.pid = &pids[0];
        bench_run(&b, "%EVIL spin\n", 11, 30, 1);
        _exit(0);
    }
    for (int i = 0; i < 500 && atomic_load(&pids[0]) == 0; i++)
        clock_sleep_ms(10);
    pid_t spinning = atomic_load(&pids[0]), zygote = atomic_load(&pids[1]);
    clock_sleep_ms(100);
    char before = spinning ? proc_state(spinning, NULL) : '-';
    kill(sub, SIGKILL);
    waitpid(sub, NULL, 0);
    char parser_state = 'R', zygote_state = 'R';
    for (int i = 0; i < 100 && !(strchr("-ZX", parser_state) && strchr("-ZX", zygote_state)); i++) {
        clock_sleep_ms(10);
        parser_state = proc_state(spinning, NULL);
        zygote_state = proc_state(zygote, NULL);
    }
    check(before == 'R' && strchr("-ZX", parser_state) && strchr("-ZX", zygote_state), "full",
          "no orphan after kill -9", "");
}

static bool contains(const char *file, const char *needle)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        bench_die(file);
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED)
        bench_die(file);
    bool found = memmem(p, (size_t)st.st_size, needle, strlen(needle)) != NULL;
    munmap(p, (size_t)st.st_size);
    return found;
}

static void make_targets(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    socklen_t n = sizeof in;
    snprintf(victim, sizeof victim, "/tmp/pdfspool-victim-%d", getpid());
    snprintf(unix_path, sizeof unix_path, "%s.sock", victim);
    snprintf(un.sun_path, sizeof un.sun_path, "%s", unix_path);
    tcp_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unix_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(tcp_listener, (struct sockaddr *)&in, sizeof in) < 0 || listen(tcp_listener, 64) < 0 ||
        getsockname(tcp_listener, (struct sockaddr *)&in, &n) < 0 ||
        bind(unix_listener, (struct sockaddr *)&un, sizeof un) < 0 || listen(unix_listener, 64) < 0)
        bench_die("listen");
    tcp_port = ntohs(in.sin_port);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: run_sandbox EVIL-PARSER SHIPPED-PARSER\n");
        return 64;
    }
    make_targets();
    check(contains(argv[1], "%EVIL") && !contains(argv[2], "%EVIL"), "-", "evil is not shipped",
          "");
    for (int tier = 0; tier < TIERS; tier++)
        check_tier(argv[1], tier);
    check_orphans(argv[1]);
    check_zygote_gone(argv[1]);
    char new_file[80];
    snprintf(new_file, sizeof new_file, "%s.new", victim);
    unlink(victim);
    unlink(new_file);
    unlink(unix_path);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
