#include "spoold/model/placekey.h"

#include <stdio.h>

#include "base/sha256.h"

enum { DIGITS = 24 };

void placekey(const char *place, size_t n, char key[PLACEKEY_CAP])
{
    char hex[SHA256_HEX];
    sha256_hex(place, n, hex);
    snprintf(key, PLACEKEY_CAP, "t-%.*s", DIGITS, hex);
}
