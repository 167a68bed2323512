/* outside_text: what a program of the user's said, as text. */
#include <string.h>

#include "base/utf8.h"
#include "extractd/outside.h"

static const char bom[] = "\xef\xbb\xbf", unknown[] = "\xef\xbf\xbd";

static bool is_new_line(char c)
{
    return c == '\n' || c == '\r' || c == '\f';
}

/* C0, DEL and C1; what only turns the writing's direction is text. */
static bool is_control(const char *s, size_t k)
{
    uint32_t c = utf8_code(s, k);
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool outside_text(struct buf *text, uint32_t *chars, uint32_t *unmapped)
{
    size_t at = 0, n = text->len, i = 0;
    char *s = text->data;
    bool visible = false;
    *chars = *unmapped = 0;
    if (n == 0)
        return true;
    if (n >= 3 && memcmp(s, bom, 3) == 0)
        i = 3;
    for (size_t k; i < n; i += k) {
        k = utf8_seq(s + i, n - i);
        if (k == 0)
            return false;
        if (is_new_line(s[i])) {
            k += s[i] == '\r' && i + 1 < n && s[i + 1] == '\n';
            s[at++] = '\n';
        } else if (s[i] != '\t' && is_control(s + i, k)) {
            continue;
        } else {
            visible |= (unsigned char)s[i] > ' ';
            *unmapped += k == 3 && memcmp(s + i, unknown, 3) == 0;
            memmove(s + at, s + i, k);
            at += k;
        }
        (*chars)++;
    }
    text->len = visible ? at : 0;
    s[text->len] = '\0';
    if (!visible)
        *chars = *unmapped = 0;
    return true;
}
