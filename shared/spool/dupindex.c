/*
 * Entries lie in a ring, in the order in which they came, numbered from 1 upwards (the numbers wrap
 * at 2^32). Each is the head of its bucket's chain when it comes and names the head before it, so a
 * chain goes from new to old: it ends at a number that is no older than the one before, or that the
 * ring has given to another since.
 *
 * A reader may meet an entry that is being written. It then gets a place that is wrong, or none.
 */
#include "spool/dupindex.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "spool/lease.h"

enum {
    BUCKETS = 1 << 18,
    CHAIN_MOST = 256, /* hashes can be made to meet in one bucket; four are what chance makes */
    OFFSET_BITS = 48
};

struct entry {
    _Atomic uint32_t tag, before; /* before: number of the next older one of the chain; 0: none */
    _Atomic uint64_t where;       /* journal << OFFSET_BITS | offset */
};
_Static_assert(sizeof(struct entry) == 16, "as the header says");

struct dupindex {
    _Atomic uint32_t newest; /* number of the last entry; 0: there is none yet */
    _Atomic unsigned journals;
    _Atomic uint32_t head[BUCKETS];
    struct entry entry[DUPINDEX_ENTRIES];
    struct dup_journal journal[DUPINDEX_JOURNALS];
};

struct dupindex *dupindex_new(void)
{
    void *x = mmap(NULL, sizeof(struct dupindex), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return x == MAP_FAILED ? NULL : x;
}

void dupindex_free(struct dupindex *x)
{
    if (x)
        munmap(x, sizeof *x);
}

unsigned dupindex_journals(const struct dupindex *x)
{
    return atomic_load_explicit(&x->journals, memory_order_acquire);
}

struct dup_journal *dupindex_row(struct dupindex *x, unsigned number)
{
    return number < dupindex_journals(x) ? &x->journal[number] : NULL;
}

/* Leases are numbered in the order in which they are met: the one that is asked for is most often
 * among the last. */
int dupindex_journal(struct dupindex *x, const char *host, const char *lease)
{
    unsigned n = dupindex_journals(x);
    for (unsigned i = n; i-- > 0;)
        if (strcmp(x->journal[i].lease, lease) == 0 && strcmp(x->journal[i].host, host) == 0)
            return (int)i;
    errno = EINVAL;
    if (!spool_host_ok(host) || strlen(lease) >= LEASE_ID_CAP || !*lease)
        return -1;
    errno = ENOSPC;
    if (n == DUPINDEX_JOURNALS)
        return -1;
    struct dup_journal *j = &x->journal[n];
    *j = (struct dup_journal){.read = 0};
    snprintf(j->host, sizeof j->host, "%s", host);
    snprintf(j->lease, sizeof j->lease, "%s", lease);
    atomic_store_explicit(&x->journals, n + 1, memory_order_release);
    return (int)n;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first 64 bits of the hash. False: it is none. */
static bool first_bits(const char *sha256, uint64_t *out)
{
    uint64_t bits = 0;
    for (int i = 0; i < SHA256_HEX - 1; i++) {
        int d = digit(sha256[i]);
        if (d < 0)
            return false;
        if (i < 16)
            bits = bits << 4 | (uint64_t)d;
    }
    *out = bits;
    return true;
}

bool dupindex_add(struct dupindex *x, const char *sha256, unsigned journal, uint64_t offset)
{
    uint64_t bits;
    if (!first_bits(sha256, &bits) || journal >= dupindex_journals(x) || offset >> OFFSET_BITS)
        return false;
    uint32_t number = atomic_load(&x->newest) + 1;
    number += number == 0; /* 0 is nobody's number */
    struct entry *e = &x->entry[number % DUPINDEX_ENTRIES];
    _Atomic uint32_t *head = &x->head[bits % BUCKETS];
    atomic_store(&e->tag, 0);
    atomic_store(&e->before, atomic_load(head));
    atomic_store(&e->where, (uint64_t)journal << OFFSET_BITS | offset);
    atomic_store(&e->tag, (uint32_t)(bits >> 32));
    atomic_store(&x->newest, number);
    atomic_store(head, number);
    return true;
}

unsigned dupindex_find(const struct dupindex *x, const char *sha256, struct dup_place *out,
                       unsigned most)
{
    uint64_t bits;
    unsigned found = 0;
    if (!first_bits(sha256, &bits))
        return 0;
    uint32_t newest = atomic_load(&x->newest), at = atomic_load(&x->head[bits % BUCKETS]);
    uint32_t younger = 0; /* age + 1 of the one before */
    for (int i = 0; i < CHAIN_MOST && found < most && at != 0; i++) {
        uint32_t age = newest - at;
        if (age >= DUPINDEX_ENTRIES || age < younger)
            break; /* forgotten: the ring has gone over it */
        younger = age + 1;
        const struct entry *e = &x->entry[at % DUPINDEX_ENTRIES];
        if (atomic_load(&e->tag) == (uint32_t)(bits >> 32)) {
            uint64_t where = atomic_load(&e->where);
            out[found++] = (struct dup_place){.journal = (unsigned)(where >> OFFSET_BITS),
                                              .offset = where & ((UINT64_C(1) << OFFSET_BITS) - 1)};
        }
        at = atomic_load(&e->before);
    }
    return found;
}
