#include "base/sha256.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

struct sha256 {
    EVP_MD_CTX *context;
};

/* What libcrypto refuses here it refuses because of a bug of ours, or of its own installation: a
 * hash that is wrong must never be written, so there is no going on. */
static void must(int ok)
{
    if (ok != 1)
        abort();
}

struct sha256 *sha256_new(void)
{
    struct sha256 *h = malloc(sizeof *h);

    if (!h)
        return NULL;
    h->context = EVP_MD_CTX_new();
    if (!h->context) {
        free(h);
        return NULL;
    }
    sha256_reset(h);
    return h;
}

void sha256_reset(struct sha256 *h)
{
    must(EVP_DigestInit_ex(h->context, EVP_sha256(), NULL));
}

void sha256_add(struct sha256 *h, const void *bytes, size_t n)
{
    must(EVP_DigestUpdate(h->context, bytes, n));
}

static void show(const unsigned char raw[32], char hex[SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < 32; i++) {
        hex[2 * (size_t)i] = digits[raw[i] >> 4];
        hex[2 * (size_t)i + 1] = digits[raw[i] & 15];
    }
    hex[64] = '\0';
}

void sha256_end(struct sha256 *h, char hex[SHA256_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    must(EVP_DigestFinal_ex(h->context, raw, &n));
    must(n == 32);
    show(raw, hex);
}

void sha256_free(struct sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->context);
    free(h);
}

void sha256_hex(const void *bytes, size_t n, char hex[SHA256_HEX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];

    must(EVP_Digest(bytes, n, raw, NULL, EVP_sha256(), NULL));
    show(raw, hex);
}

void sha256_hmac(const void *key, size_t key_len, const void *bytes, size_t n,
                 unsigned char mac[SHA256_RAW])
{
    unsigned len = 0;

    must(key_len <= INT_MAX);
    must(HMAC(EVP_sha256(), key, (int)key_len, bytes, n, mac, &len) != NULL);
    must(len == SHA256_RAW);
}
