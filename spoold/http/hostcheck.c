#include "spoold/http/hostcheck.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct hostcheck {
    size_t count;
    char *name[HOSTCHECK_NAMES];
};

static int add(struct hostcheck *h, const char *name, size_t n)
{
    if (h->count == HOSTCHECK_NAMES) {
        errno = E2BIG;
        return -1;
    }
    char *copy = strndup(name, n);
    if (!copy)
        return -1;
    for (char *c = copy; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    h->name[h->count++] = copy;
    return 0;
}

static bool is_name(const char *s, size_t n)
{
    struct in6_addr six;
    char text[64] = "";

    if (s[0] == '[' && n > 2 && n < sizeof text && s[n - 1] == ']') {
        memcpy(text, s + 1, n - 2);
        return inet_pton(AF_INET6, text, &six) == 1;
    }
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'z') ||
              (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '.' || s[i] == '-' || s[i] == '_'))
            return false;
    return n <= 253;
}

/* Each word of a list. */
static int add_list(struct hostcheck *h, const char *list, char **bad)
{
    size_t n;

    for (const char *s = list; s && *s; s += n) {
        s += strspn(s, ", \t");
        n = strcspn(s, ", \t");
        if (n == 0)
            break;
        if (!is_name(s, n)) {
            *bad = strndup(s, n);
            errno = EINVAL;
            return -1;
        }
        if (add(h, s, n) < 0)
            return -1;
    }
    return 0;
}

struct hostcheck *hostcheck_new(const char *own, const char *address, const char *allowed,
                                char **bad)
{
    struct hostcheck *h = calloc(1, sizeof *h);

    *bad = NULL;
    if (!h)
        return NULL;
    /* A machine may be called what it likes: this name is never allowed by itself. */
    if (own && strcasecmp(own, "localhost.localdomain") == 0)
        own = NULL;
    if (add_list(h, "localhost 127.0.0.1 [::1]", bad) < 0 || (own && add_list(h, own, bad) < 0) ||
        (address && add_list(h, address, bad) < 0) || add_list(h, allowed, bad) < 0) {
        int saved = errno;
        hostcheck_free(h);
        errno = saved;
        return NULL;
    }
    return h;
}

void hostcheck_free(struct hostcheck *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->count; i++)
        free(h->name[i]);
    free(h);
}

bool hostcheck_allows(const struct hostcheck *h, const char *host)
{
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(h->name[i], host) == 0)
            return true;
    return false;
}
