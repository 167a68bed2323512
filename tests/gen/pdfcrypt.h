/*
 * pdfcrypt: the standard security handler of PDF, revisions 2 (RC4, 40 bits) and 3 (RC4, 128 bits),
 * ISO 32000-1 section 7.6, with the MD5 and RC4 that it needs. It makes test files; it protects
 * nothing.
 */
#ifndef PDFSPOOL_GEN_PDFCRYPT_H
#define PDFSPOOL_GEN_PDFCRYPT_H

#include <stddef.h>

struct pdfcrypt {
    unsigned revision;       /* 2 or 3 */
    size_t keylen;           /* bytes: 5 or 16 */
    unsigned char id[16];    /* the first string of the trailer's /ID */
    unsigned char key[16];   /* the file's key; keylen bytes of it */
    unsigned char owner[32]; /* /O */
    unsigned char user[32];  /* /U */
};

/* Everything from the two passwords. revision: 2 or 3. An empty user password opens for everybody.
 */
void pdfcrypt_init(struct pdfcrypt *c, unsigned revision, const char *user, const char *owner);
/* Encrypt n bytes of object num (generation 0) in place. */
void pdfcrypt_object(const struct pdfcrypt *c, unsigned num, unsigned char *bytes, size_t n);
/* Write "/ID [...] /Encrypt << ... >>" for the trailer into dst (size at least PDFCRYPT_TRAILER).
 */
enum { PDFCRYPT_TRAILER = 512 };
void pdfcrypt_trailer(const struct pdfcrypt *c, char dst[PDFCRYPT_TRAILER]);

#endif
