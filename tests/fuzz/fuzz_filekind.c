/*
 * What a file is, by its first bytes.
 *
 * Laws: a kind there is; more bytes behind the first FILEKIND_BYTES change nothing; a container's
 * own magic is never called a PDF; what begins like a PDF always is one.
 */
#include <string.h>

#include "base/filekind.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum filekind kind = filekind_of(data, n);
    FUZZ_LAW(kind < FILEKIND_COUNT && filekind_name(kind)[0] != '\0');
    if (n > FILEKIND_BYTES)
        FUZZ_LAW(filekind_of(data, FILEKIND_BYTES) == kind);
    FUZZ_LAW(n < 4 || memcmp(data, "%PDF", 4) != 0 || kind == FILEKIND_PDF);
    FUZZ_LAW(kind == FILEKIND_OTHER || n >= 3);
    FUZZ_LAW(kind != FILEKIND_TAR || n >= 512);
    if (kind == FILEKIND_PDF)
        FUZZ_LAW(n >= 4 && memmem(data, n, "%PDF", 4));
    return 0;
}
