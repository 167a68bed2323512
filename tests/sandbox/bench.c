#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spool/settings.h"

void bench_die(const char *what)
{
    perror(what);
    exit(2);
}

void *bench_shared_page(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        bench_die("mmap");
    return p;
}

void bench_open(struct bench *b, const char *parser, const char *tier)
{
    int sock[2], status = memfd_create("status", MFD_CLOEXEC);
    char option[32];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0 || status < 0 ||
        ftruncate(status, WIRE_STATUS_BYTES) < 0)
        bench_die("bench");
    snprintf(option, sizeof option, "--tier=%s", tier);
    b->zygote = fork();
    if (b->zygote == 0) {
        if (sock[1] == 3)
            (void)fcntl(3, F_SETFD, 0);
        else
            dup2(sock[1], 3);
        execl(parser, parser, option, (char *)NULL);
        bench_die(parser);
    }
    close(sock[1]);
    b->control = sock[0];
    b->pid = bench_shared_page();
    b->result = (struct parse_result){0};
    if (!(b->link = parserlink_new(0, sock[0], status)))
        bench_die("parserlink_new");
}

void bench_close(struct bench *b)
{
    parserlink_free(b->link);
    parse_result_free(&b->result);
    close(b->control);
    kill(b->zygote, SIGKILL);
    waitpid(b->zygote, NULL, 0);
    munmap((void *)b->pid, 4096);
}

static int document(const char *bytes, size_t n)
{
    int fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        bench_die("document");
    return fd;
}

static void run(struct bench *b, const char *bytes, size_t n, uint64_t cpu_s, uint32_t documents,
                const struct page_order *order)
{
    const struct parse_limits limits = {
        .sandbox = SANDBOX_REQUIRE,
        .documents = documents,
        .memory_limit = 256 << 20,
        .cpu_limit_s = cpu_s,
        .max_page_text = 1 << 20,
        .max_text = 1 << 22,
        .max_pages = 100,
    };
    int fd = document(bytes, n);
    const struct parserlink_signs signs = {.pid = b->pid};
    parse_result_clear(&b->result);
    parserlink_run(b->link, fd, n, &limits, order, &signs, &b->result);
    close(fd);
}

void bench_run(struct bench *b, const char *bytes, size_t n, uint64_t cpu_s, uint32_t documents)
{
    run(b, bytes, n, cpu_s, documents, &(struct page_order){0});
}

void bench_files(struct bench *b, const char *bytes, size_t n, const struct receiver *to)
{
    run(b, bytes, n, 10, 8, &(struct page_order){.files = to});
}
