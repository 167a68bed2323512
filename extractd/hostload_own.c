/* Our own processes, found by who is whose child. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "extractd/hostload.h"

enum { PROCESSES = 8192, TEXT = 1024 };

struct process {
    pid_t pid, parent;
    uint64_t ticks; /* its own, and of its children that have ended */
    uint64_t pages; /* of memory that no file stands behind, and nobody else has mapped */
};

/* "pid (name, with anything in it) state ppid ... utime stime cutime cstime ...". */
static bool read_process(const char *root, pid_t pid, struct process *p)
{
    char path[HOSTLOAD_PATH], text[TEXT];
    unsigned long long user, system, ended_user, ended_system;
    int parent;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const char *at = hostload_file(root, path, text, sizeof text) > 0 ? strrchr(text, ')') : NULL;
    if (!at || sscanf(at + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
                      &parent, &user, &system, &ended_user, &ended_system) != 5)
        return false;
    *p = (struct process){
        .pid = pid, .parent = parent, .ticks = user + system + ended_user + ended_system};
    return true;
}

/* "size resident shared ...", in pages. */
static void read_memory(const char *root, struct process *p)
{
    char path[HOSTLOAD_PATH], text[TEXT];
    unsigned long long resident, shared;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)p->pid);
    if (hostload_file(root, path, text, sizeof text) > 0 &&
        sscanf(text, "%*u %llu %llu", &resident, &shared) == 2 && resident > shared)
        p->pages = resident - shared;
}

/* All of them; 0: they cannot be listed, or are too many to be looked at. */
static size_t list(const char *root, struct process *all)
{
    char path[HOSTLOAD_PATH];
    struct dirent *e;
    size_t n = 0;
    uint64_t pid;
    snprintf(path, sizeof path, "%s/proc", root);
    DIR *d = opendir(path);
    while (d && n < PROCESSES && (e = readdir(d)))
        if (num_u64(e->d_name, &pid) && pid <= INT32_MAX && read_process(root, (pid_t)pid, &all[n]))
            n++;
    if (d)
        closedir(d);
    return n < PROCESSES ? n : 0;
}

static void swap(struct process *a, struct process *b)
{
    struct process was = *a;
    *a = *b;
    *b = was;
}

static struct process *find(struct process *all, size_t n, pid_t pid)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].pid == pid)
            return &all[i];
    return NULL;
}

/* The first process and all that descend from it come first; how many these are. */
static size_t gather(struct process *all, size_t n, pid_t top)
{
    size_t ours = 0;
    struct process *first = find(all, n, top);
    if (!first)
        return 0;
    swap(first, &all[ours++]);
    for (size_t i = 0; i < ours; i++)
        for (size_t k = ours; k < n; k++)
            if (all[k].parent == all[i].pid)
                swap(&all[k], &all[ours++]);
    return ours;
}

bool hostload_own(const char *root, pid_t top, uint64_t *ticks, uint64_t *bytes)
{
    struct process *all = malloc(PROCESSES * sizeof *all);
    size_t n = all ? list(root, all) : 0, ours = gather(all, n, top);
    uint64_t pages = 0;
    *ticks = 0;
    for (size_t i = 0; i < ours; i++) {
        /* A child has what it has not changed in common with who forked it, which comes before. */
        const struct process *parent = i > 0 ? find(all, i, all[i].parent) : NULL;
        read_memory(root, &all[i]);
        *ticks += all[i].ticks;
        if (!parent)
            pages += all[i].pages;
        else if (all[i].pages > parent->pages)
            pages += all[i].pages - parent->pages;
    }
    free(all);
    *bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return ours > 0;
}
