/*
 * sha256: SHA-256 (FIPS 180-4). The only user of libcrypto.
 */
#ifndef PDFSPOOL_SHA256_H
#define PDFSPOOL_SHA256_H

#include <stddef.h>

#define SHA256_HEX 65 /* 64 hexadecimal digits and a NUL */
#define SHA256_RAW 32

struct sha256; /* a hash being made */

/* NULL when out of memory. */
struct sha256 *sha256_new(void);
/* Start anew with the same object. */
void sha256_reset(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *bytes, size_t n);
/* Write the hash as lower-case hex. Call sha256_reset before the next use. */
void sha256_end(struct sha256 *h, char hex[SHA256_HEX]);
void sha256_free(struct sha256 *h); /* NULL is fine */
/* Hash of n bytes in one call; aborts when out of memory. */
void sha256_hex(const void *bytes, size_t n, char hex[SHA256_HEX]);
/* HMAC-SHA256 (RFC 2104) of n bytes; aborts when out of memory. */
void sha256_hmac(const void *key, size_t key_len, const void *bytes, size_t n,
                 unsigned char mac[SHA256_RAW]);

#endif
