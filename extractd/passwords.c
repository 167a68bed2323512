#include "extractd/passwords.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/wire.h"

static void add_line(char *line, size_t n, struct buf *out)
{
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;
    if (n == 0 || memchr(line, 0, n))
        return;
    buf_add(out, line, n);
    buf_char(out, '\0');
}

int passwords_load(const char *file, struct buf *out)
{
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(file, "re");
    if (!f)
        return -1;
    errno = 0;
    for (ssize_t n; out->len <= WIRE_PASSWORDS_MAX && (n = getline(&line, &cap, f)) >= 0;)
        add_line(line, (size_t)n, out);
    int error = ferror(f) ? (errno ? errno : EIO) : 0;
    free(line);
    fclose(f);
    if (out->len > WIRE_PASSWORDS_MAX)
        error = E2BIG;
    else if (!buf_ok(out))
        error = ENOMEM;
    errno = error;
    return error ? -1 : 0;
}
