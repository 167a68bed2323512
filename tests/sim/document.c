#include "document.h"

#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {"good", "corrupt", "crashes"};

uint64_t document_hash(const char *content, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)content[i]) * 0x100000001b3u;
    return h;
}

/* Sizes repeat, so that a stale size is no help. */
size_t document_write(unsigned serial, enum document_kind kind, char *to, size_t cap)
{
    return (size_t)snprintf(to, cap, "%%PDF serial=%08u kind=%-8s %*s\n", serial, kinds[kind],
                            (int)(serial % 3), "");
}

bool document_read(const char *content, size_t n, struct document *out)
{
    char kind[16], line[128];
    snprintf(line, sizeof line, "%.*s", (int)(n < 100 ? n : 100), content);
    if (sscanf(line, "%%PDF serial=%u kind=%8s", &out->serial, kind) != 2)
        return false;
    out->kind = kind[0] == 'g'   ? DOCUMENT_GOOD
                : kind[1] == 'o' ? DOCUMENT_CORRUPT
                                 : DOCUMENT_CRASHES;
    out->hash = document_hash(content, n);
    out->size = n;
    return true;
}

size_t document_text(const struct document *doc, char *to, size_t cap)
{
    return (size_t)snprintf(to, cap, "text serial=%u hash=%llx\f", doc ? doc->serial : 0,
                            doc ? (unsigned long long)doc->hash : 0);
}

size_t document_json(const struct document *doc, const struct token *t, const char *outcome,
                     const char *path, char *to, size_t cap)
{
    return (size_t)snprintf(
        to, cap, "{serial=%u hash=%llx size=%zu document=%s claim=%s outcome=%s path=%s}",
        doc ? doc->serial : 0, doc ? (unsigned long long)doc->hash : 0, doc ? doc->size : 0,
        t->document, t->claim, outcome, path);
}
