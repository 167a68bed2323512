#include "spoold/model/history.h"

#include <string.h>

#include "base/num.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };

/* The bucket for a number, emptied if it was another's; NULL: what is there is younger. */
static struct bucket *bucket_for(struct bucket *all, unsigned size, int64_t number)
{
    struct bucket *b = &all[number % size];
    if (b->number > number || number <= 0)
        return NULL;
    if (b->number < number)
        *b = (struct bucket){.number = number};
    return b;
}

static void count(struct bucket *b, const uint64_t n[HISTORY_COUNTS])
{
    for (int i = 0; b && i < HISTORY_COUNTS; i++)
        b->n[i] += n[i];
}

void history_add(struct history *h, int64_t time_ms, const uint64_t n[HISTORY_COUNTS])
{
    count(bucket_for(h->minutes, HISTORY_MINUTES, time_ms / MINUTE_MS), n);
    count(bucket_for(h->hours, HISTORY_HOURS, time_ms / HOUR_MS), n);
    if (time_ms > h->newest_ms)
        h->newest_ms = time_ms;
}

const struct bucket *history_minute(const struct history *h, int64_t number)
{
    const struct bucket *b = number > 0 ? &h->minutes[number % HISTORY_MINUTES] : NULL;
    return b && b->number == number ? b : NULL;
}

const struct bucket *history_hour(const struct history *h, int64_t number)
{
    const struct bucket *b = number > 0 ? &h->hours[number % HISTORY_HOURS] : NULL;
    return b && b->number == number ? b : NULL;
}

void history_sum(const struct history *h, int64_t now_ms, unsigned minutes,
                 uint64_t n[HISTORY_COUNTS])
{
    int64_t this_minute = now_ms / MINUTE_MS;
    memset(n, 0, HISTORY_COUNTS * sizeof *n);
    for (unsigned back = 1; back <= minutes; back++) {
        const struct bucket *b = history_minute(h, this_minute - (int64_t)back);
        for (int i = 0; b && i < HISTORY_COUNTS; i++)
            n[i] += b->n[i];
    }
}

static void fold(struct bucket *all, unsigned size, int64_t now, uint64_t n[HISTORY_COUNTS])
{
    for (unsigned i = 0; i < size; i++) {
        if (all[i].number <= now + 1)
            continue;
        for (int k = 0; k < HISTORY_COUNTS; k++)
            n[k] += all[i].n[k];
        all[i] = (struct bucket){0};
    }
}

void history_fold(struct history *h, int64_t now_ms)
{
    uint64_t minutes[HISTORY_COUNTS] = {0}, hours[HISTORY_COUNTS] = {0};
    if (now_ms <= 0 || h->newest_ms / HOUR_MS <= now_ms / HOUR_MS + 1)
        return;
    fold(h->minutes, HISTORY_MINUTES, now_ms / MINUTE_MS, minutes);
    fold(h->hours, HISTORY_HOURS, now_ms / HOUR_MS, hours);
    count(bucket_for(h->minutes, HISTORY_MINUTES, now_ms / MINUTE_MS), minutes);
    count(bucket_for(h->hours, HISTORY_HOURS, now_ms / HOUR_MS), hours);
    h->newest_ms = now_ms;
}

static void write_bucket(const char *kind, const struct bucket *b, struct buf *out)
{
    if (b->number == 0)
        return;
    buf_fmt(out, "%s %lld", kind, (long long)b->number);
    for (int i = 0; i < HISTORY_COUNTS; i++)
        buf_fmt(out, " %llu", (unsigned long long)b->n[i]);
    buf_char(out, '\n');
}

void history_write(const struct history *h, struct buf *out)
{
    for (unsigned i = 0; i < HISTORY_HOURS; i++)
        write_bucket("hour", &h->hours[i], out);
    for (unsigned i = 0; i < HISTORY_MINUTES; i++)
        write_bucket("minute", &h->minutes[i], out);
}

/* The next word of a line as a number. */
static bool take_number(const char **p, uint64_t *v)
{
    size_t n = strcspn(*p, " ");
    if (!num_u64_n(*p, n, v))
        return false;
    *p += n + ((*p)[n] == ' ');
    return true;
}

bool history_read_line(struct history *h, const char *line)
{
    struct bucket b = {0};
    uint64_t number;
    bool minute = strncmp(line, "minute ", 7) == 0;
    if (!minute && strncmp(line, "hour ", 5) != 0)
        return false;
    const char *p = line + (minute ? 7 : 5);
    if (!take_number(&p, &number) || number == 0 || number > INT64_MAX / HOUR_MS)
        return false;
    for (int i = 0; i < HISTORY_COUNTS; i++)
        if (!take_number(&p, &b.n[i]))
            return false;
    if (*p)
        return false;
    b.number = (int64_t)number;
    struct bucket *to = minute ? bucket_for(h->minutes, HISTORY_MINUTES, b.number)
                               : bucket_for(h->hours, HISTORY_HOURS, b.number);
    if (to)
        *to = b;
    int64_t at = b.number * (minute ? MINUTE_MS : HOUR_MS);
    if (at > h->newest_ms)
        h->newest_ms = at;
    return true;
}
