#include "extractd/parser/evil.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/outcome.h"
#include "extractd/frame.h"
#include "extractd/parser/emit.h"
#include "extractd/wire.h"

enum { RESULTS_FD = 4, DOCUMENT_FD = 6, X32_BIT = 0x40000000 };

/* ---- attacks on the system: the system call's result ---- */

static long open_file(const char *arg)
{
    return open(arg, O_RDONLY);
}

static long open_write(const char *arg)
{
    return open(arg, O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static long do_unlink(const char *arg)
{
    return unlink(arg);
}

static long do_truncate(const char *arg)
{
    return truncate(arg, 0);
}

static long do_stat(const char *arg)
{
    char room[512]; /* a struct stat fits */
    return syscall(SYS_newfstatat, AT_FDCWD, arg, room, 0);
}

static long do_socket(const char *arg)
{
    (void)arg;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long do_connect(const char *arg)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(arg)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof a);
}

static long do_unix(const char *arg)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s", arg);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof a);
}

static long do_fork(const char *arg)
{
    (void)arg;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid;
}

static long do_exec(const char *arg)
{
    char *argv[] = {(char *)(uintptr_t)arg, NULL}, *env[] = {NULL};
    return execve(arg, argv, env);
}

static long do_kill(const char *arg)
{
    (void)arg;
    return kill(getppid(), 0);
}

static long do_ptrace(const char *arg)
{
    (void)arg;
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long map_exec(const char *arg)
{
    (void)arg;
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}

static long protect_exec(const char *arg)
{
    (void)arg;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long do_tiocsti(const char *arg)
{
    return ioctl(0, TIOCSTI, arg);
}

static long do_x32(const char *arg)
{
    (void)arg;
    return syscall(X32_BIT | SYS_getpid);
}

static long do_int80(const char *arg)
{
    long result = 20; /* getpid of the 32-bit table */
    (void)arg;
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
#endif
    return result;
}

static long do_memfd(const char *arg)
{
    char *argv[] = {(char *)(uintptr_t)arg, NULL}, *env[] = {NULL};
    int fd = memfd_create("program", 0);
    return fd < 0 ? -1 : fexecve(fd, argv, env);
}

static long write_document(const char *arg)
{
    return write(DOCUMENT_FD, arg, 1);
}

static long do_dup(const char *arg)
{
    (void)arg;
    return dup(0);
}

static long read_other(const char *arg)
{
    char c;
    (void)arg;
    for (int fd = DOCUMENT_FD + 1; fd < 1024; fd++)
        if (read(fd, &c, 1) >= 0 || errno != EBADF)
            return fd;
    return -1;
}

static long allocate(const char *arg)
{
    (void)arg;
    for (void *p;
         (p = malloc(1 << 20));) /* NOLINT(clang-analyzer-unix.Malloc): that is the attack */
        memset(p, 1, 1 << 20);
    errno = ENOMEM;
    return -1;
}

static const struct {
    const char *name;
    long (*attack)(const char *arg);
} calls[] = {
    {"open", open_file},
    {"create", open_write},
    {"unlink", do_unlink},
    {"truncate", do_truncate},
    {"stat", do_stat},
    {"socket", do_socket},
    {"connect", do_connect},
    {"unix", do_unix},
    {"fork", do_fork},
    {"execve", do_exec},
    {"kill", do_kill},
    {"ptrace", do_ptrace},
    {"map-exec", map_exec},
    {"protect-exec", protect_exec},
    {"tiocsti", do_tiocsti},
    {"x32", do_x32},
    {"int80", do_int80},
    {"memfd-exec", do_memfd},
    {"write-document", write_document},
    {"dup", do_dup},
    {"read-other", read_other},
    {"allocate", allocate},
};

/* ---- attacks on the slot ---- */

static void send_raw(const void *bytes, size_t n)
{
    if (write(RESULTS_FD, bytes, n) != (ssize_t)n)
        _exit(9);
}

static void send_frame(uint8_t type, uint32_t page, const void *payload, uint32_t n)
{
    uint8_t all[FRAME_HEADER + 64];
    frame_header(all, type, page, n);
    if (n)
        memcpy(all + FRAME_HEADER, payload, n);
    send_raw(all, FRAME_HEADER + n);
}

static void begin(void)
{
    send_frame(FRAME_BEGIN, 0, NULL, 0);
}

static void announce(uint32_t pages)
{
    begin();
    send_frame(FRAME_PAGES, pages, "", 1);
}

/* Live on, so that it is the slot that has to act. */
static void linger(void)
{
    (void)poll(NULL, 0, -1);
}

static void huge_frame(void)
{
    uint8_t header[FRAME_HEADER];
    announce(1);
    frame_header(header, FRAME_TEXT, 0, UINT32_MAX);
    send_raw(header, sizeof header);
    linger();
}

static void page_minus_one(void)
{
    announce(1);
    send_frame(FRAME_TEXT, UINT32_MAX, "x", 1);
    linger();
}

static void bad_utf8(void)
{
    announce(1);
    send_frame(FRAME_TEXT, 0, "\xc0\x80", 2);
    linger();
}

static void nul_text(void)
{
    announce(1);
    send_frame(FRAME_TEXT, 0, "a\0b", 3);
    linger();
}

static void too_many_pages(void)
{
    announce(UINT32_MAX);
    linger();
}

static void lying_end(void)
{
    begin();
    send_frame(FRAME_END, OUTCOME_OK, NULL, 0);
    linger();
}

static void unknown_outcome(void)
{
    begin();
    send_frame(FRAME_END, UINT32_MAX, NULL, 0);
    linger();
}

/* Pages were asked for. */
static void unasked_entry(void)
{
    begin();
    send_frame(FRAME_ENTRY, 0, "\0../../x.pdf", 12);
    linger();
}

static void two_ends(void)
{
    uint8_t all[2 * FRAME_HEADER];
    begin();
    frame_header(all, FRAME_END, OUTCOME_CORRUPT, 0);
    frame_header(all + FRAME_HEADER, FRAME_END, OUTCOME_CORRUPT, 0);
    send_raw(all, sizeof all);
    linger();
}

static void no_end(void)
{
    begin();
    _exit(0);
}

static void garbage(void)
{
    send_raw("\xff\xff\xff\xff", 4);
    linger();
}

static void close_results(void)
{
    begin();
    close(RESULTS_FD);
    for (;;)
        sched_yield();
}

static void flood(void)
{
    char line[4096];
    memset(line, 'x', sizeof line);
    while (write(2, line, sizeof line) > 0)
        ;
}

static void spin(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

static void stop(void)
{
    raise(SIGSTOP);
    spin();
}

static void segv(void)
{
    volatile uintptr_t nowhere = 8;
    *(volatile int *)nowhere = 1;
}

static const struct {
    const char *name;
    void (*attack)(void);
} deeds[] = {
    {"huge-frame", huge_frame},
    {"page-minus-one", page_minus_one},
    {"bad-utf8", bad_utf8},
    {"nul-text", nul_text},
    {"too-many-pages", too_many_pages},
    {"lying-end", lying_end},
    {"unasked-entry", unasked_entry},
    {"two-ends", two_ends},
    {"no-end", no_end},
    {"garbage", garbage},
    {"unknown-outcome", unknown_outcome},
    {"close-results", close_results},
    {"flood", flood},
    {"spin", spin},
    {"stop", stop},
    {"segv", segv},
    {"abort", abort},
};

static void report(long result)
{
    char message[64];
    int err = errno;
    snprintf(message, sizeof message, "%s%s", result >= 0 ? "success" : "errno ",
             result >= 0 ? "" : strerrorname_np(err));
    begin();
    emit_end(OUTCOME_CORRUPT, message);
    _exit(0);
}

void evil_try(const void *data, size_t size)
{
    char line[512] = "", name[32] = "", arg[400] = "x";
    if (size < 6 || memcmp(data, "%EVIL ", 6) != 0)
        return;
    memcpy(line, data, size < sizeof line ? size : sizeof line - 1);
    sscanf(line, "%%EVIL %31s %399s", name, arg);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(name, calls[i].name) == 0)
            report(calls[i].attack(arg));
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(name, deeds[i].name) == 0)
            deeds[i].attack();
    _exit(10); /* an attack that is not in the tables, or one that has come to nothing */
}

/* "%EVIL-PAGE <deed> <page> " anywhere in the file. */
void evil_page(const void *data, size_t size, uint32_t page)
{
    static const char mark[] = "%EVIL-PAGE ";
    const char *p = data, *end = p + size;
    while ((p = memmem(p, (size_t)(end - p), mark, sizeof mark - 1)) != NULL) {
        char line[80] = "", name[32] = "";
        unsigned on = 0;
        size_t left = (size_t)(end - p);
        memcpy(line, p, left < sizeof line ? left : sizeof line - 1);
        p += sizeof mark - 1;
        if (sscanf(line, "%%EVIL-PAGE %31s %u", name, &on) != 2 || on != page + 1)
            continue;
        for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
            if (strcmp(name, deeds[i].name) == 0)
                deeds[i].attack();
    }
}
