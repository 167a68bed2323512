/*
 * secret: the token that whoever changes anything must show. It lies in a file that its owner and a
 * group may read.
 *
 * What is kept in memory is its SHA-256; what is shown is hashed and compared in a time that does
 * not depend on how much of it is right.
 */
#ifndef PDFSPOOLD_SECRET_H
#define PDFSPOOLD_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_SHORTEST = 16, SECRET_LONGEST = 256 };

struct secret {
    char hash[65];
};

/* Read the file: one line of 16 to 256 visible ASCII characters. Returns NULL, or a sentence that
 * says what is wrong, with errno: EACCES when others than owner and group may read it or more than
 * the owner may write it, EINVAL when its content is not such a line, else as open(2) and read(2).
 */
const char *secret_load(struct secret *s, const char *file);
/* Make the file, mode 0640, with a new token of 256 random bits. -1 with errno; EEXIST when there
 * is one (which is then as it was). A failure leaves no file behind. */
int secret_make(const char *file);
/* Is it this one? NULL: no. */
bool secret_is(const struct secret *s, const char *shown, size_t n);

#endif
