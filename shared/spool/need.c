#include "spool/need.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_MOST = 6 };
_Static_assert(1 + DIGITS_MOST + 1 <= NEED_CAP, "it fits");

void need_write_memory(char need[NEED_CAP], uint64_t mib)
{
    char digits[DIGITS_MOST + 1];
    unsigned n = (unsigned)(mib < NEED_MIB_MOST ? mib : NEED_MIB_MOST);
    int len = snprintf(digits, sizeof digits, "%u", n);
    for (int i = 0; i < len; i++)
        digits[i] = (char)('a' + (digits[i] - '0'));
    snprintf(need, NEED_CAP, "m%.*s", DIGITS_MOST, digits);
}

bool need_is_memory(const char *need, uint64_t *mib)
{
    size_t n = strlen(need);
    uint64_t value = 0;
    if (need[0] != 'm' || n < 2 || n > 1 + DIGITS_MOST || (need[1] == 'a' && n > 2))
        return false;
    for (size_t i = 1; i < n; i++) {
        if (need[i] < 'a' || need[i] > 'j')
            return false;
        value = 10 * value + (uint64_t)(need[i] - 'a');
    }
    *mib = value;
    return true;
}
