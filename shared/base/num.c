#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool num_u64_n(const char *s, size_t n, uint64_t *out)
{
    uint64_t v = 0;

    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s[i] - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

bool num_u64(const char *s, uint64_t *out)
{
    return num_u64_n(s, strlen(s), out);
}

bool num_i64(const char *s, int64_t *out)
{
    bool negative = s[0] == '-';
    uint64_t v;

    if (!num_u64(s + negative, &v) || v > (uint64_t)INT64_MAX + negative)
        return false;
    /* Minus one, negate, minus one again: INT64_MIN has no positive twin. */
    *out = negative && v > 0 ? -(int64_t)(v - 1) - 1 : (int64_t)v;
    return true;
}

/* Split "64M" into its number and the unit behind it. */
static bool number_and_unit(const char *s, uint64_t *v, const char **unit)
{
    size_t digits = strspn(s, "0123456789");

    *unit = s + digits;
    return num_u64_n(s, digits, v);
}

bool num_size(const char *s, uint64_t *out)
{
    static const char letters[] = "KMGT";
    const char *unit;
    uint64_t v;
    unsigned shift = 0;

    if (!number_and_unit(s, &v, &unit))
        return false;
    if (*unit && strcmp(unit, "B") != 0) {
        const char *letter = strchr(letters, *unit);
        if (!letter || (unit[1] && strcmp(unit + 1, "iB") != 0))
            return false;
        shift = 10 * (unsigned)(letter - letters + 1);
    }
    if (v > UINT64_MAX >> shift)
        return false;
    *out = v << shift;
    return true;
}

bool num_duration_ms(const char *s, int64_t *out)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    const char *unit;
    uint64_t v;

    if (!number_and_unit(s, &v, &unit))
        return false;
    if (*unit == '\0' && strcmp(s, "0") == 0) {
        *out = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) != 0)
            continue;
        if (v > (uint64_t)(INT64_MAX / units[i].ms))
            return false;
        *out = (int64_t)v * units[i].ms;
        return true;
    }
    return false;
}

bool num_bool(const char *s, bool *out)
{
    static const char *const yes[] = {"yes", "on", "true", "1"};
    static const char *const no[] = {"no", "off", "false", "0"};

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool is_yes = strcasecmp(s, yes[i]) == 0;
        if (is_yes || strcasecmp(s, no[i]) == 0) {
            *out = is_yes;
            return true;
        }
    }
    return false;
}

void num_show_size(uint64_t bytes, char *dst, size_t cap)
{
    static const char letters[] = "KMGT";
    uint64_t unit = 1024, tenths;
    int i = 0;

    if (bytes < 1024) {
        snprintf(dst, cap, "%" PRIu64 "B", bytes);
        return;
    }
    for (;; i++, unit <<= 10) {
        tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
        if (tenths < 10240 || letters[i + 1] == '\0')
            break;
    }
    if (tenths % 10 == 0)
        snprintf(dst, cap, "%" PRIu64 "%c", tenths / 10, letters[i]);
    else
        snprintf(dst, cap, "%" PRIu64 ".%d%c", tenths / 10, (int)(tenths % 10), letters[i]);
}

void num_show_duration(int64_t ms, char *dst, size_t cap)
{
    static const struct {
        uint64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
    uint64_t v = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    const char *sign = ms < 0 ? "-" : "";
    size_t i = 0;

    while (i < 4 && v < units[i].ms)
        i++;
    uint64_t whole = v / units[i].ms;
    /* The next smaller unit too, but milliseconds only when there is nothing larger. */
    uint64_t rest = i < 3 ? v % units[i].ms / units[i + 1].ms : 0;
    if (rest)
        snprintf(dst, cap, "%s%" PRIu64 " %s %" PRIu64 " %s", sign, whole, units[i].name, rest,
                 units[i + 1].name);
    else
        snprintf(dst, cap, "%s%" PRIu64 " %s", sign, whole, units[i].name);
}
