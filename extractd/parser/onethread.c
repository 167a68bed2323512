#include "extractd/parser/onethread.h"

/* What gcc calls for "omp parallel" and "omp parallel sections". */
void GOMP_parallel(void (*region)(void *), void *shared, unsigned threads, unsigned flags);
void GOMP_parallel_sections(void (*region)(void *), void *shared, unsigned threads, unsigned count,
                            unsigned flags);
unsigned GOMP_sections_next(void);
void GOMP_sections_end_nowait(void);

static unsigned long regions;

/* Of the sections at hand, from 1: which is next, and how many there are. */
static struct {
    unsigned next, count;
} sections;

void GOMP_parallel(void (*region)(void *), void *shared, unsigned threads, unsigned flags)
{
    (void)threads;
    (void)flags;
    regions++;
    region(shared);
}

void GOMP_parallel_sections(void (*region)(void *), void *shared, unsigned threads, unsigned count,
                            unsigned flags)
{
    const unsigned next_before = sections.next, count_before = sections.count;
    (void)threads;
    (void)flags;
    sections.next = 1;
    sections.count = count;
    regions++;
    region(shared);
    sections.next = next_before;
    sections.count = count_before;
}

/* 0: there is no other. */
unsigned GOMP_sections_next(void)
{
    return sections.next <= sections.count ? sections.next++ : 0;
}

void GOMP_sections_end_nowait(void)
{
}

unsigned long onethread_regions(void)
{
    return regions;
}
