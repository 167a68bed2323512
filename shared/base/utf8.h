/*
 * utf8: validation of UTF-8, and file names (which are bytes) made showable.
 */
#ifndef PDFSPOOL_UTF8_H
#define PDFSPOOL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Length (1 to 4) of the valid UTF-8 sequence at s (n bytes left), 0 when it is not valid (RFC
 * 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
size_t utf8_seq(const char *s, size_t n);
/* The code point of a valid sequence (len as utf8_seq gave it). */
uint32_t utf8_code(const char *s, size_t len);
/* True when a valid sequence must not reach a terminal as it is: C0, DEL, C1, U+2028, U+2029, bidi
 * controls. */
bool utf8_control(const char *s, size_t len);
/* True when all n bytes are valid UTF-8 without NUL. */
bool utf8_valid(const char *s, size_t n);
/* Append a name so that it is valid UTF-8, one line, and reversible: '%', control characters (C0,
 * DEL, C1, U+2028, U+2029, bidi controls) and bytes that are not UTF-8 become %XX (upper case hex,
 * each byte of the sequence). */
void utf8_show_name(struct buf *out, const char *name, size_t n);
/* Reverse of utf8_show_name: append the bytes. False on a malformed %XX (out is then as it was). */
bool utf8_unshow_name(struct buf *out, const char *shown, size_t n);
/* Append text with every control character and invalid byte as \xXX (newline \n, tab \t, backslash
 * \\, quote \"): for log values. */
void utf8_escape(struct buf *out, const char *s, size_t n);

#endif
