#include "document.h"

#include <stdio.h>
#include <string.h>

enum { INNER_SERIALS = 1000000 };

static const char *const kinds[] = {"good", "corrupt", "crashes", "holds"};

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
                : kind[0] == 'h' ? DOCUMENT_HOLDS
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

unsigned document_inner(unsigned serial, unsigned i)
{
    return INNER_SERIALS + serial * 10 + i;
}

const char *document_inner_path(unsigned i)
{
    static const char *const paths[DOCUMENT_INNER] = {"f/one.pdf", "two.pdf"};
    return paths[i];
}

unsigned document_holder(unsigned serial)
{
    return serial < INNER_SERIALS ? 0 : (serial - INNER_SERIALS) / 10;
}

/* As the tally reads it; the hash stands for the real one. */
static size_t entries(const struct document *doc, char *to, size_t cap)
{
    char content[256];
    size_t n = (size_t)snprintf(to, cap, "\"entries\":[");
    for (unsigned i = 0; i < DOCUMENT_INNER; i++) {
        size_t size =
            document_write(document_inner(doc->serial, i), DOCUMENT_GOOD, content, sizeof content);
        n += (size_t)snprintf(to + n, cap - n, "%s{\"path\":\"%s\",\"sha256\":\"%llx\"}",
                              i ? "," : "", document_inner_path(i),
                              (unsigned long long)document_hash(content, size));
    }
    return n + (size_t)snprintf(to + n, cap - n, "],");
}

size_t document_json(const struct document *doc, const struct token *t, const char *outcome,
                     const char *path, char *to, size_t cap)
{
    unsigned long long hash = doc ? doc->hash : 0;
    size_t n = (size_t)snprintf(to, cap,
                                "{\"document\":\"%s\",\"path\":\"%s\",\"sha256\":\"%llx\","
                                "\"outcome\":\"%s\",",
                                t->document, path, hash, outcome);
    if (doc && doc->kind == DOCUMENT_HOLDS)
        n += entries(doc, to + n, cap - n);
    return n + (size_t)snprintf(to + n, cap - n,
                                "\"says\":\"serial=%u hash=%llx size=%zu document=%s claim=%s \"}",
                                doc ? doc->serial : 0, hash, doc ? doc->size : 0, t->document,
                                t->claim);
}
