#include "spoold/api/metrics_parts.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "spoold/api/metric.h"

void metrics_server(struct buf *b, struct server *s)
{
    struct server_counts c = {0};
    if (s)
        server_count(s, &c);
    metric_head(b, "pdfspool_http_requests_total", "counter", "Requests, by the answer's status.");
    for (int i = 100; s && i < 600; i++) {
        char code[12];
        uint64_t n = server_count_status(s, i);
        snprintf(code, sizeof code, "%d", i);
        if (n > 0)
            metric_int(b, "pdfspool_http_requests_total",
                       (struct metric_label[]){{"code", code}, {0}}, n);
    }
    metric_one(b, "pdfspool_http_reaped_total", "counter", "Connections ended for being slow.",
               c.reaped);
    metric_one(b, "pdfspool_http_connections", "gauge", "Open connections.", c.connections);
    metric_one(b, "pdfspool_sse_clients", "gauge", "Of these, streams of events.", c.event_clients);
}

/* Open descriptors, the one that is used to look not counted; -1: not known. */
static int64_t open_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    int64_t n = -3; /* it, and the folder's two own entries */
    if (!d)
        return -1;
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Virtual and resident memory in pages. */
static bool memory(unsigned long long *all, unsigned long long *resident)
{
    FILE *f = fopen("/proc/self/statm", "re");
    bool good = f && fscanf(f, "%llu %llu", all, resident) == 2;
    if (f)
        fclose(f); /* only read */
    return good;
}

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

/* The names are those that every exporter uses. */
void metrics_process(struct buf *b, int64_t began_ms)
{
    struct rusage used;
    struct rlimit most;
    unsigned long long all, resident, page = (unsigned long long)sysconf(_SC_PAGESIZE);
    int64_t fds = open_descriptors();
    if (getrusage(RUSAGE_SELF, &used) == 0) {
        metric_head(b, "process_cpu_seconds_total", "counter", "Processor time of spoold itself.");
        metric_real(b, "process_cpu_seconds_total", NULL,
                    seconds(&used.ru_utime) + seconds(&used.ru_stime));
    }
    if (memory(&all, &resident)) {
        metric_one(b, "process_resident_memory_bytes", "gauge", "Resident memory.",
                   resident * page);
        metric_one(b, "process_virtual_memory_bytes", "gauge", "Virtual memory.", all * page);
    }
    if (fds >= 0)
        metric_one(b, "process_open_fds", "gauge", "Open descriptors.", (uint64_t)fds);
    if (getrlimit(RLIMIT_NOFILE, &most) == 0)
        metric_one(b, "process_max_fds", "gauge", "How many there may be.", most.rlim_cur);
    metric_head(b, "process_start_time_seconds", "gauge", "When spoold was started.");
    metric_real(b, "process_start_time_seconds", NULL, (double)began_ms / 1000);
}
