#include "spoold/scan/out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

void out_flush(struct out *o)
{
    size_t at = 0;
    while (!o->gone && at < o->bytes.len) {
        ssize_t n = write(o->fd, o->bytes.data + at, o->bytes.len - at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            o->gone = true;
    }
    buf_shrink(&o->bytes, BLOCK);
}

void out_fact(struct out *o, const struct fact *f)
{
    if (!fact_encode(f, &o->bytes)) {
        o->gone = o->gone || !buf_ok(&o->bytes);
        o->refused++;
    }
    if (o->bytes.len >= BLOCK)
        out_flush(o);
}

void out_trouble(struct out *o, int error, const char *what, const char *path)
{
    unsigned i = 0;
    while (i < OUT_TROUBLES && o->troubles[i].what && strcmp(o->troubles[i].what, what) != 0)
        i++;
    if (i == OUT_TROUBLES || o->troubles[i].error == error)
        return;
    o->troubles[i].what = what;
    o->troubles[i].error = error;
    struct fact f = {.type = FACT_TROUBLE,
                     .trouble = {.error = (uint32_t)error, .what = what, .path = path}};
    out_fact(o, &f);
}
