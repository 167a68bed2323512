#include "spoold/model/covered.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/sorted.h"
#include "spool/spool.h"
#include "spool/token.h"

void covered_free(struct covered *c)
{
    free(c->journals);
    *c = (struct covered){0};
}

struct sought {
    const struct covered *in;
    const char *host, *lease;
};

static int order_of(const void *sought, size_t i)
{
    const struct sought *s = sought;
    int o = strcmp(s->in->journals[i].host, s->host);
    return o ? o : strcmp(s->in->journals[i].lease, s->lease);
}

/* Its place, or where it would be. */
static bool find(const struct covered *c, const char *host, const char *lease, size_t *at)
{
    const struct sought s = {c, host, lease};
    return sorted_find(c->n, order_of, &s, at);
}

/* The one that has been quiet for longest is read no more. */
static void drop_oldest(struct covered *c)
{
    size_t oldest = 0;
    for (size_t i = 1; i < c->n; i++)
        if (c->journals[i].used_ms < c->journals[oldest].used_ms)
            oldest = i;
    memmove(c->journals + oldest, c->journals + oldest + 1,
            (--c->n - oldest) * sizeof *c->journals);
}

static struct covered_journal *journal_for(struct covered *c, const char *host, const char *lease)
{
    size_t at;
    if (find(c, host, lease, &at))
        return &c->journals[at];
    if (c->n >= COVERED_JOURNALS) {
        drop_oldest(c);
        find(c, host, lease, &at);
    }
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 16;
        struct covered_journal *grown = realloc(c->journals, cap * sizeof *grown);
        if (!grown)
            return NULL;
        c->journals = grown;
        c->cap = cap;
    }
    memmove(c->journals + at + 1, c->journals + at, (c->n++ - at) * sizeof *c->journals);
    struct covered_journal *j = &c->journals[at];
    memset(j, 0, sizeof *j);
    snprintf(j->host, sizeof j->host, "%s", host);
    snprintf(j->lease, sizeof j->lease, "%s", lease);
    return j;
}

int covered_meet(struct covered *c, const char *host, const char *lease, uint64_t ino,
                 uint64_t size)
{
    struct covered_journal *j = journal_for(c, host, lease);
    if (!j)
        return -1;
    if (j->ino != ino || (j->n > 0 && j->ranges[j->n - 1].to > size))
        j->n = 0;
    j->ino = ino;
    return 0;
}

static void close_gap(struct covered_journal *j, unsigned i)
{
    j->ranges[i].to = j->ranges[i + 1].to;
    memmove(j->ranges + i + 1, j->ranges + i + 2, (--j->n - i - 1) * sizeof *j->ranges);
}

static void close_smallest_gap(struct covered_journal *j)
{
    unsigned best = 0;
    uint64_t smallest = UINT64_MAX;
    for (unsigned i = 0; i + 1 < j->n; i++) {
        uint64_t gap = j->ranges[i + 1].from - j->ranges[i].to;
        if (gap < smallest) {
            smallest = gap;
            best = i;
        }
    }
    close_gap(j, best);
}

static bool cover(struct covered_journal *j, uint64_t from, uint64_t to)
{
    unsigned i = 0;
    while (i < j->n && j->ranges[i].to < from)
        i++;
    bool fresh = i == j->n || from < j->ranges[i].from || from >= j->ranges[i].to;
    if (i == j->n || to < j->ranges[i].from) { /* touches none */
        if (j->n == COVERED_RANGES) {
            close_smallest_gap(j);
            return cover(j, from, to) && fresh; /* there is room now: no further */
        }
        memmove(j->ranges + i + 1, j->ranges + i, (j->n++ - i) * sizeof *j->ranges);
        j->ranges[i] = (struct range){from, to};
        return true;
    }
    if (from < j->ranges[i].from)
        j->ranges[i].from = from;
    if (to > j->ranges[i].to)
        j->ranges[i].to = to;
    while (i + 1 < j->n && j->ranges[i + 1].from <= j->ranges[i].to) {
        if (j->ranges[i + 1].to < j->ranges[i].to)
            j->ranges[i + 1].to = j->ranges[i].to;
        close_gap(j, i);
    }
    return fresh;
}

bool covered_add(struct covered *c, const char *host, const char *lease, uint64_t from, uint64_t to,
                 int64_t now_ms)
{
    struct covered_journal *j = journal_for(c, host, lease);
    if (!j || from >= to)
        return false;
    if (now_ms > j->used_ms)
        j->used_ms = now_ms;
    return cover(j, from, to);
}

void covered_write(const struct covered *c, struct buf *out)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct covered_journal *j = &c->journals[i];
        buf_fmt(out, "journal %s %s %llu %lld", j->host, j->lease, (unsigned long long)j->ino,
                (long long)j->used_ms);
        for (unsigned k = 0; k < j->n; k++)
            buf_fmt(out, " %llu-%llu", (unsigned long long)j->ranges[k].from,
                    (unsigned long long)j->ranges[k].to);
        buf_char(out, '\n');
    }
}

/* The next word of a line, into dst. */
static bool word(const char **p, char *dst, size_t cap)
{
    size_t n = strcspn(*p, " ");
    if (n == 0 || n >= cap)
        return false;
    memcpy(dst, *p, n);
    dst[n] = 0;
    *p += n + ((*p)[n] == ' ');
    return true;
}

static bool read_range(const char **p, struct covered_journal *j)
{
    char text[48];
    struct range r;
    if (j->n == COVERED_RANGES || !word(p, text, sizeof text))
        return false;
    char *dash = strchr(text, '-');
    if (!dash || !num_u64_n(text, (size_t)(dash - text), &r.from) || !num_u64(dash + 1, &r.to))
        return false;
    if (r.from >= r.to || (j->n > 0 && r.from <= j->ranges[j->n - 1].to))
        return false;
    j->ranges[j->n++] = r;
    return true;
}

bool covered_read_line(struct covered *c, const char *line)
{
    struct covered_journal j = {0};
    char number[24];
    if (strncmp(line, "journal ", 8) != 0)
        return false;
    const char *p = line + 8;
    if (!word(&p, j.host, sizeof j.host) || !spool_host_ok(j.host) ||
        !word(&p, j.lease, sizeof j.lease) || !token_id_ok(j.lease, strlen(j.lease)) ||
        !word(&p, number, sizeof number) || !num_u64(number, &j.ino) ||
        !word(&p, number, sizeof number) || !num_i64(number, &j.used_ms))
        return false;
    while (*p)
        if (!read_range(&p, &j))
            return false;
    struct covered_journal *to = journal_for(c, j.host, j.lease);
    if (to)
        *to = j;
    return to != NULL;
}
