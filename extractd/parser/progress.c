#include "extractd/parser/progress.h"

#include <stddef.h>
#include <sys/mman.h>

static struct wire_status none, *status = &none; /* before it is mapped, ticks go nowhere */

int progress_map(int fd)
{
    void *p = mmap(NULL, WIRE_STATUS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return -1;
    status = p;
    return 0;
}

/* The only writer: a relaxed load and store is enough, and costs no locked instruction. */
void progress_tick(void)
{
    uint32_t t = atomic_load_explicit(&status->ticks, memory_order_relaxed);
    atomic_store_explicit(&status->ticks, t + 1, memory_order_relaxed);
}

void progress_at(enum wire_stage stage, uint32_t page, uint32_t pages)
{
    atomic_store_explicit(&status->stage, stage, memory_order_relaxed);
    atomic_store_explicit(&status->page, page, memory_order_relaxed);
    atomic_store_explicit(&status->pages, pages, memory_order_relaxed);
    progress_tick();
}
