#include "extractd/parser/bidi.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <fribidi/fribidi.h>
#pragma GCC diagnostic pop

static FriBidiChar chars[BIDI_MAX];
static FriBidiCharType types[BIDI_MAX];
static FriBidiBracketType brackets[BIDI_MAX];
static FriBidiLevel levels[BIDI_MAX];

const char *bidi_version(void)
{
    return FRIBIDI_VERSION;
}

bool bidi_rtl(uint32_t c)
{
    return c >= 0x590 && (c < 0x900 || (c >= 0xfb1d && c < 0xfe00) || (c >= 0xfe70 && c < 0xff00) ||
                          (c >= 0x10800 && c < 0x11000) || (c >= 0x1e800 && c < 0x1f000));
}

bool bidi_mark(uint32_t c)
{
    return fribidi_get_bidi_type(c) == FRIBIDI_TYPE_NSM;
}

/* More letters that go right to left than others? */
static bool mostly_rtl(const uint32_t *visual, size_t n)
{
    size_t rtl = 0, ltr = 0;
    for (size_t i = 0; i < n; i++) {
        FriBidiCharType t = fribidi_get_bidi_type(visual[i]);
        rtl += t == FRIBIDI_TYPE_RTL || t == FRIBIDI_TYPE_AL;
        ltr += t == FRIBIDI_TYPE_LTR;
    }
    return rtl >= ltr;
}

static void reverse(uint32_t *a, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint32_t t = a[i];
        a[i] = a[n - 1 - i];
        a[n - 1 - i] = t;
    }
}

/* Turn round each run of at least this level. `levels` stays with the characters as they were first
 * laid out, and a run keeps its place as a whole, so the bounds are right for every level below
 * too. */
static void reverse_runs(uint32_t *order, size_t n, int level)
{
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && levels[end] >= level)
            end++;
        reverse(order + i, end - i);
        i = end > i ? end : i + 1;
    }
}

bool bidi_logical(const uint32_t *visual, size_t n, uint32_t *order, uint32_t *mirrored)
{
    bool rtl = mostly_rtl(visual, n);
    FriBidiParType base = rtl ? FRIBIDI_PAR_RTL : FRIBIDI_PAR_LTR;
    for (size_t i = 0; i < n; i++) {
        order[i] = (uint32_t)(rtl ? n - 1 - i : i);
        chars[i] = visual[order[i]];
    }
    fribidi_get_bidi_types(chars, (FriBidiStrIndex)n, types);
    fribidi_get_bracket_types(chars, (FriBidiStrIndex)n, types, brackets);
    FriBidiLevel above =
        fribidi_get_par_embedding_levels_ex(types, brackets, (FriBidiStrIndex)n, &base, levels);
    if (above == 0)
        return false;
    for (int level = above - 1; level > (rtl ? 1 : 0); level--)
        reverse_runs(order, n, level);
    /* A character's own level, found by its place in `chars` */
    for (size_t i = 0; i < n; i++) {
        FriBidiChar c = visual[order[i]], other;
        size_t at = rtl ? n - 1 - order[i] : order[i];
        mirrored[i] = (levels[at] & 1) && fribidi_get_mirror_char(c, &other) ? other : c;
    }
    return true;
}
