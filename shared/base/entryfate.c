#include "base/entryfate.h"

#include <string.h>

static const struct {
    const char *name, *text;
} facts[] = {
    [ENTRY_TAKEN] = {"taken", "it is a PDF, and was taken"},
    [ENTRY_NO_PDF] = {"not_pdf", "it is not a PDF"},
    [ENTRY_NESTED] = {"nested", "it is an archive itself (or a document in the form of one), and "
                                "is not opened"},
    [ENTRY_EMPTY] = {"empty", "it is empty"},
    [ENTRY_LITTER] = {"litter", "it is a file manager's own file"},
    [ENTRY_LINK] = {"link", "it is a link, and links are not followed"},
    [ENTRY_SPECIAL] = {"special", "it is a device or a pipe, and not a file"},
    [ENTRY_ENCRYPTED] = {"encrypted", "it is encrypted"},
    [ENTRY_TOO_LARGE] = {"too_large", "it is larger than a document may be"},
    [ENTRY_DAMAGED] = {"damaged", "it could not be unpacked"},
};
_Static_assert(sizeof facts / sizeof *facts == ENTRY_FATES, "facts for each fate");

const char *entryfate_name(enum entryfate fate)
{
    return facts[fate].name;
}

const char *entryfate_text(enum entryfate fate)
{
    return facts[fate].text;
}

enum entryfate entryfate_of(const char *name, size_t n)
{
    enum entryfate f = 0;
    while (f < ENTRY_FATES && (strlen(facts[f].name) != n || memcmp(facts[f].name, name, n) != 0))
        f++;
    return f;
}
