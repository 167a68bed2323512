#include "base/langlist.h"

#include <string.h>

static bool name_ok(const char *s, size_t n)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-/";
    if (n == 0 || *s == '-' || *s == '/' || s[n - 1] == '/')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!s[i] || !strchr(fine, s[i]))
            return false;
    return true;
}

bool langlist_ok(const char *s, size_t n)
{
    unsigned names = 0;
    if (n >= LANGLIST_CAP || (n == strlen(LANGLIST_AUTO) && memcmp(s, LANGLIST_AUTO, n) == 0))
        return false;
    for (const char *end = s + n;; s++) {
        const char *plus = memchr(s, '+', (size_t)(end - s));
        size_t k = (size_t)((plus ? plus : end) - s);
        if (++names > LANGLIST_MOST || !name_ok(s, k))
            return false;
        s += k;
        if (!plus)
            return true;
    }
}

bool langlist_of_path(const char *path, char out[LANGLIST_CAP])
{
    bool found = false;
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        size_t n = (size_t)(slash - path);
        if (*path != '@' || !langlist_ok(path + 1, n - 1))
            continue;
        memcpy(out, path + 1, n - 1);
        out[n - 1] = '\0';
        found = true;
    }
    return found;
}
