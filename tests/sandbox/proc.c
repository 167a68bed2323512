#include "proc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int proc_descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

char proc_state(pid_t pid, pid_t *parent)
{
    char path[64], state = '-';
    int ppid = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%*d (%*[^)]) %c %d", &state, &ppid) != 2)
        state = '-';
    if (f)
        fclose(f);
    if (parent)
        *parent = ppid;
    return state;
}

int proc_zombies(pid_t parent, pid_t *living)
{
    int n = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
        pid_t pid = atoi(e->d_name), ppid;
        if (pid <= 0)
            continue;
        char state = proc_state(pid, &ppid);
        if (ppid != parent || state == '-')
            continue;
        if (state == 'Z')
            n++;
        else if (living)
            *living = pid;
    }
    if (d)
        closedir(d);
    return n;
}

bool proc_status_has(pid_t pid, const char *line)
{
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return strstr(text, line) != NULL;
}
