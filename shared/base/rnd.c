#include "base/rnd.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/* No i, l, o, u: nobody has to tell them from 1, 0 and v. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void fill(void *to, size_t n)
{
    ssize_t got;

    do
        got = getrandom(to, n, 0); /* at most 256 bytes come whole, or not at all */
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)n)
        abort();
}

uint64_t rnd_u64(void)
{
    uint64_t v;

    fill(&v, sizeof v);
    return v;
}

void rnd_name(char *dst, size_t n)
{
    unsigned char raw[64];

    for (size_t i = 0; i < n; i++) {
        if (i % sizeof raw == 0)
            fill(raw, sizeof raw);
        dst[i] = alphabet[raw[i % sizeof raw] & 31];
    }
    dst[n] = '\0';
}

int64_t rnd_jitter(int64_t ms, unsigned percent)
{
    if (ms <= 0)
        return ms;
    /* In hundredths first for short times, so that 50 % of 3 ms is not lost; the other way round
     * for long ones. */
    uint64_t p = percent > 100 ? 100 : percent;
    uint64_t spread = ms < INT64_MAX / 200 ? (uint64_t)ms * p / 100 : (uint64_t)ms / 100 * p;
    uint64_t shift = rnd_u64() % (2 * spread + 1);
    uint64_t result = (uint64_t)ms - spread + shift;

    return result > INT64_MAX ? INT64_MAX : (int64_t)result;
}
