/*
 * rpctrace: which call of the protocol costs which RPCs. Run on an NFS mount (a guest of
 * tests/cluster): makes a lease on the spool, claims, loads and publishes the documents in pending/
 * one by one with the product's own rooms, and prints, for the last of them, every file operation
 * with the RPCs that it caused (from /proc/self/mountstats).
 *
 *   rpctrace SPOOL        the spool's pending/ must hold a few documents, settled
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "base/sha256.h"
#include "extractd/load.h"
#include "spool/claim.h"
#include "spool/publish.h"

enum { OPS = 128 };

static struct rpcs {
    char name[OPS][24];
    unsigned long count[OPS];
    int n;
} before, after;
static bool loud;
static unsigned long total;

static void read_rpcs(struct rpcs *r)
{
    char line[512];
    bool nfs = false, ops = false;
    FILE *f = fopen("/proc/self/mountstats", "re");
    r->n = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, "device ", 7) == 0) {
            nfs = strstr(line, " with fstype nfs") != NULL;
            ops = false;
        }
        ops = ops || strstr(line, "per-op statistics");
        if (nfs && ops && r->n < OPS &&
            sscanf(line, " %23[A-Z_0-9]: %lu", r->name[r->n], &r->count[r->n]) == 2)
            r->n++;
    }
    if (f)
        fclose(f);
}

static void tell(const char *call, const char *name)
{
    if (!loud)
        return;
    read_rpcs(&after);
    printf("%-10s %-44.44s", call, name);
    for (int i = 0; i < after.n && i < before.n; i++)
        if (after.count[i] != before.count[i]) {
            printf(" %s%s%.0lu", after.name[i], after.count[i] - before.count[i] > 1 ? " x" : "",
                   after.count[i] - before.count[i] > 1 ? after.count[i] - before.count[i] : 0);
            total += after.count[i] - before.count[i];
        }
    putchar('\n');
    read_rpcs(&before);
}

#define WRAP(type, op, params, args, shown)                                                        \
    static type t_##op params                                                                      \
    {                                                                                              \
        type result = fsop_posix.op args;                                                          \
        int error = errno;                                                                         \
        tell(#op, shown);                                                                          \
        errno = error;                                                                             \
        return result;                                                                             \
    }
WRAP(int, openat, (int d, const char *n, int f, mode_t m), (d, n, f, m), n)
WRAP(int, close, (int fd), (fd), "")
WRAP(ssize_t, read, (int fd, void *b, size_t n), (fd, b, n), "")
WRAP(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), "")
WRAP(int, fsync, (int fd), (fd), "")
WRAP(int, statx, (int d, const char *n, int f, struct statx *s), (d, n, f, s), n)
WRAP(int, renameat, (int a, const char *f, int b, const char *t), (a, f, b, t), t)
WRAP(int, unlinkat, (int d, const char *n, int f), (d, n, f), n)
WRAP(int, mkdirat, (int d, const char *n, mode_t m), (d, n, m), n)
WRAP(int, symlinkat, (const char *t, int d, const char *n), (t, d, n), n)
WRAP(ssize_t, readlinkat, (int d, const char *n, char *b, size_t c), (d, n, b, c), n)
WRAP(int, touchat, (int d, const char *n), (d, n), n)
WRAP(ssize_t, getdents, (int fd, void *b, size_t n), (fd, b, n), "")
WRAP(int, fstatvfs, (int fd, struct statvfs *v), (fd, v), "")
WRAP(int, forget, (int fd), (fd), "")
WRAP(int, open_once, (int d, const char *n, int f), (d, n, f), n)
static const struct fsop tracing = {.openat = t_openat,
                                    .close = t_close,
                                    .read = t_read,
                                    .write = t_write,
                                    .fsync = t_fsync,
                                    .statx = t_statx,
                                    .renameat = t_renameat,
                                    .unlinkat = t_unlinkat,
                                    .mkdirat = t_mkdirat,
                                    .symlinkat = t_symlinkat,
                                    .readlinkat = t_readlinkat,
                                    .touchat = t_touchat,
                                    .getdents = t_getdents,
                                    .fstatvfs = t_fstatvfs,
                                    .forget = t_forget,
                                    .open_once = t_open_once};

static void nobody(void *arg, const char *name, uint64_t ino)
{
    (void)arg;
    (void)name;
    (void)ino;
}

static int one_document(struct spool *s, struct lease *l, struct claimed *c)
{
    struct loaded doc;
    struct place p;
    char sealed[NAME_CAP];
    static _Atomic uint64_t progress;
    struct buf text = {0}, json = {0};
    struct sha256 *hash = sha256_new();
    buf_str(&text, "twenty kilobytes of text would be one WRITE, too\n");
    buf_str(&json, "{}\n");
    int bad = load_document(l->work, c, &s->settings, hash, &progress, &doc) != LOAD_OK;
    bad = bad || finish_reserve(&p, s, &c->token, OUTCOME_OK) != 0 ||
          finish_write(&p, &text, &json) != 0 || load_unchanged(l->work, c) != 1 ||
          finish_seal(&p, l->work, &c->token, sealed) != MOVED ||
          publish_place(s, &p, l->work, sealed, &c->token) != 0;
    place_close(&p);
    close(doc.fd);
    sha256_free(hash);
    buf_free(&text);
    buf_free(&json);
    return bad;
}

int main(int argc, char **argv)
{
    static struct lease_shared shared;
    static struct claimed batch[64];
    struct spool s;
    struct lease l;
    struct scan_name names[64];
    struct claim_counts counts = {0};
    char err[300];
    const char *path;
    int code, folder;
    unsigned used;
    if (argc != 2 ||
        spool_open(&s, argv[1], "rpctrace", NULL, settings_report_stderr, err, sizeof err, &code) !=
            0 ||
        lease_create(&l, &s, &shared, getpid()) != 0)
        return 2;
    s.settings.settle = -1000;
    fs = &tracing;
    read_rpcs(&before);
    struct scan *w = scan_new(&s);
    unsigned n = scan_next(w, names, 64, &folder, &path), got = 0;
    for (unsigned i = 0; i < n; i++) {
        loud = i + 1 == n;
        if (loud)
            read_rpcs(&before);
        got = claim_pending(&s, &l, folder, path, names + i, 1, batch, 1, &used, &counts);
        if (loud)
            printf("-- work/ is read, once a batch\n");
        if (got != 1 || claim_verify(&l, batch, got, nobody, NULL) != 1)
            return 1;
        if (loud)
            printf("-- the document\n");
        if (one_document(&s, &l, batch) != 0) {
            perror("rpctrace");
            return 1;
        }
    }
    printf("total %lu\n", total);
    return n == 0;
}
