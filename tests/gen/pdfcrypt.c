#include "tests/gen/pdfcrypt.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Printing and copying allowed, changes not; the reserved high bits are ones, as the standard asks.
 */
static const uint32_t permissions = 0xfffff0c0U | 0x4U | 0x10U;

/* The 32 bytes that fill up a password (ISO 32000-1, algorithm 2, step a). */
static const unsigned char padding[32] = {
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
    0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a};

/* MD5's constants: floor(2^32 * abs(sin(i + 1))) (RFC 1321, 3.4). */
static const uint32_t md5_sine[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
static const unsigned char md5_turn[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static void md5_block(uint32_t state[4], const unsigned char block[64])
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t word[16];

    for (size_t i = 0; i < 16; i++)
        word[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
                  (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    for (unsigned i = 0; i < 64; i++) {
        unsigned turn = md5_turn[i / 16][i % 4];
        uint32_t mix;
        unsigned pick;

        switch (i / 16) {
        case 0:
            mix = (b & c) | (~b & d);
            pick = i;
            break;
        case 1:
            mix = (d & b) | (~d & c);
            pick = (5 * i + 1) % 16;
            break;
        case 2:
            mix = b ^ c ^ d;
            pick = (3 * i + 5) % 16;
            break;
        default:
            mix = c ^ (b | ~d);
            pick = 7 * i % 16;
            break;
        }
        mix += a + md5_sine[i] + word[pick];
        a = d;
        d = c;
        c = b;
        b += mix << turn | mix >> (32 - turn);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

/* MD5 of n bytes, n at most 119 (two blocks): all that the handler ever hashes. */
static void md5(const unsigned char *bytes, size_t n, unsigned char digest[16])
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    unsigned char block[128] = {0};
    size_t blocks = n < 56 ? 1 : 2;

    memcpy(block, bytes, n);
    block[n] = 0x80;
    block[blocks * 64 - 8] = (unsigned char)(n << 3 & 0xff);
    block[blocks * 64 - 7] = (unsigned char)(n >> 5 & 0xff);
    for (size_t i = 0; i < blocks; i++)
        md5_block(state, block + 64 * i);
    for (unsigned i = 0; i < 16; i++)
        digest[i] = (unsigned char)(state[i / 4] >> 8 * (i % 4) & 0xff);
}

static void rc4(const unsigned char *key, size_t keylen, unsigned char *bytes, size_t n)
{
    unsigned char s[256];
    unsigned i, j = 0;

    for (i = 0; i < 256; i++)
        s[i] = (unsigned char)i;
    for (i = 0; i < 256; i++) {
        unsigned char t = s[i];

        j = (j + t + key[i % keylen]) & 0xff;
        s[i] = s[j];
        s[j] = t;
    }
    i = j = 0;
    for (size_t k = 0; k < n; k++) {
        unsigned char t;

        i = (i + 1) & 0xff;
        t = s[i];
        j = (j + t) & 0xff;
        s[i] = s[j];
        s[j] = t;
        bytes[k] ^= s[(s[i] + t) & 0xff];
    }
}

/* RC4 once; from revision 3 on nineteen times more, with the key XORed by 1 .. 19. */
static void rc4_rounds(const struct pdfcrypt *c, const unsigned char *key, unsigned char *bytes,
                       size_t n)
{
    unsigned char turned[16];

    rc4(key, c->keylen, bytes, n);
    for (unsigned round = 1; c->revision >= 3 && round < 20; round++) {
        for (size_t i = 0; i < c->keylen; i++)
            turned[i] = (unsigned char)(key[i] ^ round);
        rc4(turned, c->keylen, bytes, n);
    }
}

/* MD5; from revision 3 on fifty times more over the first keylen bytes. */
static void md5_rounds(const struct pdfcrypt *c, const unsigned char *bytes, size_t n,
                       unsigned char digest[16])
{
    md5(bytes, n, digest);
    for (int round = 0; c->revision >= 3 && round < 50; round++)
        md5(digest, c->keylen, digest);
}

static void pad_password(const char *password, unsigned char dst[32])
{
    size_t n = strnlen(password, 32);

    memcpy(dst, password, n);
    memcpy(dst + n, padding, 32 - n);
}

/* Algorithm 3: /O is the user's password, encrypted by the owner's. */
static void make_owner(struct pdfcrypt *c, const char *user, const char *owner)
{
    unsigned char padded[32], digest[16];

    pad_password(owner, padded);
    md5_rounds(c, padded, sizeof padded, digest);
    pad_password(user, c->owner);
    rc4_rounds(c, digest, c->owner, sizeof c->owner);
}

/* Algorithm 2: the file's key. */
static void make_key(struct pdfcrypt *c, const char *user)
{
    unsigned char text[32 + 32 + 4 + 16];

    pad_password(user, text);
    memcpy(text + 32, c->owner, 32);
    for (unsigned i = 0; i < 4; i++)
        text[64 + i] = (unsigned char)(permissions >> 8 * i & 0xff);
    memcpy(text + 68, c->id, 16);
    md5_rounds(c, text, sizeof text, c->key);
}

/* Algorithms 4 and 5: /U, by which a reader recognises the right password. */
static void make_user(struct pdfcrypt *c)
{
    unsigned char text[32 + 16];

    if (c->revision == 2) {
        memcpy(c->user, padding, 32);
        rc4(c->key, c->keylen, c->user, 32);
        return;
    }
    memcpy(text, padding, 32);
    memcpy(text + 32, c->id, 16);
    md5(text, sizeof text, c->user);
    rc4_rounds(c, c->key, c->user, 16);
    memset(c->user + 16, 0, 16);
}

void pdfcrypt_init(struct pdfcrypt *c, unsigned revision, const char *user, const char *owner)
{
    *c = (struct pdfcrypt){.revision = revision, .keylen = revision == 2 ? 5 : 16};
    memcpy(c->id, "pdfspool test id", 16);
    make_owner(c, user, owner);
    make_key(c, user);
    make_user(c);
}

void pdfcrypt_object(const struct pdfcrypt *c, unsigned num, unsigned char *bytes, size_t n)
{
    unsigned char text[16 + 5], digest[16];
    size_t keylen = c->keylen + 5 < 16 ? c->keylen + 5 : 16;

    memcpy(text, c->key, c->keylen);
    for (unsigned i = 0; i < 3; i++)
        text[c->keylen + i] = (unsigned char)(num >> 8 * i & 0xff);
    text[c->keylen + 3] = text[c->keylen + 4] = 0; /* generation 0 */
    md5(text, c->keylen + 5, digest);
    rc4(digest, keylen, bytes, n);
}

static void put_hex(char *dst, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *dst++ = digits[bytes[i] >> 4];
        *dst++ = digits[bytes[i] & 15];
    }
    *dst = '\0';
}

void pdfcrypt_trailer(const struct pdfcrypt *c, char dst[PDFCRYPT_TRAILER])
{
    char id[33], owner[65], user[65];

    put_hex(id, c->id, sizeof c->id);
    put_hex(owner, c->owner, sizeof c->owner);
    put_hex(user, c->user, sizeof c->user);
    (void)snprintf(dst, PDFCRYPT_TRAILER,
                   "/ID [<%s> <%s>] /Encrypt << /Filter /Standard /V %u /R %u /Length %zu /P %d /O "
                   "<%s> /U <%s> >>",
                   id, id, c->revision - 1, c->revision, c->keylen * 8, (int32_t)permissions, owner,
                   user);
}
