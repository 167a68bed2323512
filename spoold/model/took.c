#include "spoold/model/took.h"

#include <string.h>

#include "base/num.h"

/* From a document that is a copy (a few ms) to a long scan. */
const uint32_t took_bounds[TOOK_BOUNDS] = {10,   25,    50,    100,   250,    500,    1000,
                                           2500, 10000, 30000, 60000, 300000, 900000, 3600000};

/* The tier of all pages; PAGE_TIERS: there is none, or more than one. */
static enum page_tier only_tier(const struct fact_event *e)
{
    enum page_tier found = PAGE_TIERS;
    for (int i = 0; e->known_tiers && i < PAGE_TIERS; i++) {
        if (e->tiers[i] == 0)
            continue;
        if (found != PAGE_TIERS)
            return PAGE_TIERS;
        found = (enum page_tier)i;
    }
    return found;
}

void took_add(struct took *t, const struct fact_event *e)
{
    uint64_t ms = e->took_ms > 0 ? (uint64_t)e->took_ms : 0;
    int i = 0;
    while (i < TOOK_BOUNDS && ms > took_bounds[i])
        i++;
    t->documents[i]++;
    t->ms += ms;
    enum page_tier tier = only_tier(e);
    if (tier == PAGE_TIERS)
        return;
    t->tier_pages[tier] += e->tiers[tier];
    t->tier_ms[tier] += ms;
}

void took_write(const struct took *t, struct buf *out)
{
    for (int i = 0; i <= TOOK_BOUNDS; i++)
        buf_fmt(out, "took %d %llu\n", i, (unsigned long long)t->documents[i]);
    buf_fmt(out, "took ms %llu\n", (unsigned long long)t->ms);
    for (int i = 0; i < PAGE_TIERS; i++)
        buf_fmt(out, "took-pages %s %llu %llu\n", page_tier_name((enum page_tier)i),
                (unsigned long long)t->tier_pages[i], (unsigned long long)t->tier_ms[i]);
}

static bool read_class(struct took *t, const char *word, size_t n, const char *value)
{
    uint64_t i, count;
    if (!num_u64(value, &count))
        return false;
    if (n == 2 && memcmp(word, "ms", 2) == 0) {
        t->ms = count;
        return true;
    }
    if (!num_u64_n(word, n, &i) || i > TOOK_BOUNDS)
        return false;
    t->documents[i] = count;
    return true;
}

static bool read_pages(struct took *t, const char *word, size_t n, const char *value)
{
    char name[16];
    uint64_t pages, ms;
    const char *blank = strchr(value, ' ');
    if (n >= sizeof name || !blank || !num_u64_n(value, (size_t)(blank - value), &pages) ||
        !num_u64(blank + 1, &ms))
        return false;
    memcpy(name, word, n);
    name[n] = 0;
    enum page_tier tier = page_tier_of(name);
    if (tier == PAGE_TIERS)
        return false;
    t->tier_pages[tier] = pages;
    t->tier_ms[tier] = ms;
    return true;
}

bool took_read_line(struct took *t, const char *line)
{
    bool pages = strncmp(line, "took-pages ", 11) == 0;
    if (!pages && strncmp(line, "took ", 5) != 0)
        return false;
    const char *word = line + (pages ? 11 : 5), *blank = strchr(word, ' ');
    if (!blank)
        return false;
    size_t n = (size_t)(blank - word);
    return pages ? read_pages(t, word, n, blank + 1) : read_class(t, word, n, blank + 1);
}
