#include "extractd/recipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "extractd/wire.h"

static const char ocr_part[] = " languages=";

/* What is done without is named only where there is such, so that all else reads as it always has. */
void recipe_make(const struct recipe *r, char out[RECIPE_CAP])
{
    const char *outside = r->outside ? r->outside : "";
    snprintf(out, RECIPE_CAP, "dehyphenate=%s attached=%s%s%s%s%.63s pixels=%" PRIu64 "%s%s%.12s",
             r->dehyphenate ? "yes" : "no", r->attached ? "yes" : "no",
             r->without & JOB_NO_TEXT ? " text=no" : "",
             r->without & JOB_NO_REPAIR ? " repair=no" : "", ocr_part, r->languages, r->pixels,
             r->without & JOB_NO_HARD ? " hard=no" : "", outside[0] ? " outside=" : "", outside);
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
