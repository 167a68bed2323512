/*
 * sign: Standard Webhooks (standardwebhooks.com): a message is signed with a secret that its
 * receiver has, too: "v1," and the base64 of the HMAC-SHA256 of "ID.TIMESTAMP.BODY".
 */
#ifndef PDFSPOOLD_SIGN_H
#define PDFSPOOLD_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGN_KEY = 64, SIGN_KEY_LEAST = 16, SIGN_CAP = 64 };

struct sign_key {
    unsigned char bytes[SIGN_KEY];
    size_t n; /* 0: there is none */
};

/* The secret's text: base64 of 16 to 64 bytes, with or without "whsec_" before it. NULL, or a
 * sentence that says what is wrong. */
const char *sign_key_of(struct sign_key *key, const char *text, size_t n);
/* The same out of the first line of a file that others than owner and group may not read. NULL, or
 * what is wrong. */
const char *sign_load(struct sign_key *key, const char *file);
/* The value of the header webhook-signature. seconds: since the epoch, as in webhook-timestamp.
 * False: no memory. */
bool sign_message(const struct sign_key *key, const char *id, int64_t seconds, const char *body,
                  size_t n, char signature[SIGN_CAP]);

#endif
