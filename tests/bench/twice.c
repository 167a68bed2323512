/* The planted slow-down of counted-twice: the writer of numbers does its work twice (what it wrote first is
 * taken back). */
#include "base/jsonw.h"

void __real_jsonw_uint(struct jsonw *w, const char *key, uint64_t value);
void __wrap_jsonw_uint(struct jsonw *w, const char *key, uint64_t value);

void __wrap_jsonw_uint(struct jsonw *w, const char *key, uint64_t value)
{
    struct jsonw before = *w;
    size_t len = w->out->len;
    __real_jsonw_uint(w, key, value);
    w->out->len = len;
    *w = before;
    __real_jsonw_uint(w, key, value);
}
