/*
 * num: strict numbers from text. Each function takes the whole string (no leading blanks, no sign
 * unless stated, nothing behind), returns false on anything else or on overflow, and leaves *out
 * alone then.
 */
#ifndef PDFSPOOL_NUM_H
#define PDFSPOOL_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, 0 to UINT64_MAX. */
bool num_u64(const char *s, uint64_t *out);
/* The same for n bytes that need not end in NUL. */
bool num_u64_n(const char *s, size_t n, uint64_t *out);
/* Decimal with an optional leading '-'. */
bool num_i64(const char *s, int64_t *out);
/* Bytes: a decimal number and an optional unit K M G T (powers of 1,024; also KiB, MiB, ...; "B"
 * alone is allowed). */
bool num_size(const char *s, uint64_t *out);
/* Milliseconds: a decimal number and a unit ms s m h d. A bare "0" is allowed; any other number
 * needs its unit. */
bool num_duration_ms(const char *s, int64_t *out);
/* yes no on off true false 1 0, in any case. */
bool num_bool(const char *s, bool *out);

/* "64M", "1.5G": bytes for people, into dst (at least 16 bytes). */
void num_show_size(uint64_t bytes, char *dst, size_t cap);
/* "3 s", "4 min", "2 h 10 min": a duration for people, into dst (at least 32 bytes). */
void num_show_duration(int64_t ms, char *dst, size_t cap);

#endif
