#include "extractd/recipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char ocr_part[] = " languages=";

void recipe_make(bool dehyphenate, bool attached, const char *languages, uint64_t pixels,
                 char out[RECIPE_CAP])
{
    snprintf(out, RECIPE_CAP, "dehyphenate=%s attached=%s%s%.63s pixels=%" PRIu64,
             dehyphenate ? "yes" : "no", attached ? "yes" : "no", ocr_part, languages, pixels);
}

/* Bytes of what decides the text layer's text. */
static size_t text_part(const char *recipe)
{
    const char *rest = strstr(recipe, ocr_part);
    return rest ? (size_t)(rest - recipe) : strlen(recipe);
}

bool recipe_same(const char *a, const char *b, bool ocr)
{
    size_t n = text_part(a);
    if (n == 0)
        return false;
    return ocr ? strcmp(a, b) == 0 : n == text_part(b) && memcmp(a, b, n) == 0;
}
