#include "tests/gen/kinds.h"

#include <string.h>

static const struct kind *const tables[] = {
    kinds_text,   kinds_image,  kinds_layer, kinds_glyph, kinds_rtl,
    kinds_locked, kinds_broken, kinds_bomb,  kinds_cycle,
};

const struct kind *kinds_find(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct kind *k = tables[i]; k->name; k++)
            if (strcmp(k->name, name) == 0)
                return k;
    return NULL;
}

void kinds_each(void (*fn)(const struct kind *kind))
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct kind *k = tables[i]; k->name; k++)
            fn(k);
}
