/*
 * process: processes of this machine as /proc shows them, and the end of one that must be no other.
 * A pid alone names nobody: it is given anew. A pid with its start time, in one boot and one pid
 * namespace, names one process for ever.
 */
#ifndef PDFSPOOL_PROCESS_H
#define PDFSPOOL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROCESS_NAME_CAP = 16, PROCESS_BOOT_CAP = 18 };

struct process {
    int64_t parent;
    uint64_t start; /* clock ticks since the boot (proc(5), field 22 of stat) */
    char name[PROCESS_NAME_CAP];
};

/* True: there is such a process (a zombie is none), and *p says which. */
bool process_look(int64_t pid, struct process *p);
/* This machine and its boot: "<boot id>-<machine id>", 8 hexadecimal digits each. */
void process_boot(char id[PROCESS_BOOT_CAP]);
/* The pid namespace of this process; 0: not known. */
uint64_t process_namespace(void);
/* The children of a process, into pids (cap of them at most). How many; 0 also where this kernel does
 * not tell. */
size_t process_children(int64_t pid, int64_t *pids, size_t cap);

enum process_end {
    PROCESS_OTHER,  /* there is no process of that pid, start and name: nobody was touched */
    PROCESS_ENDED,  /* SIGKILL, and it is gone */
    PROCESS_STAYS,  /* SIGKILL, but it waits in the kernel, for a share perhaps, and ends later */
    PROCESS_REFUSED /* it cannot be killed by us (errno) */
};
/* End that process, if it still is that one. Waits up to ms for its end. */
enum process_end process_end(int64_t pid, uint64_t start, const char *name, int ms);

#endif
