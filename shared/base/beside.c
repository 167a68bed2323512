#include "base/beside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *beside_find(const char *const *places, int mode, char path[BESIDE_CAP])
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return NULL;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    for (; *places; places++) {
        int len = snprintf(path, BESIDE_CAP, "%s/%s", self, *places);
        if (len < BESIDE_CAP && access(path, mode) == 0)
            return path;
    }
    return NULL;
}

const char *beside_parser(char path[BESIDE_CAP])
{
    static const char *const places[] = {"pdfspool-parser", "../libexec/pdfspool/pdfspool-parser",
                                         NULL};
    return beside_find(places, X_OK, path);
}
