/* Encrypted documents: with an empty user password everybody may read them, with another one nobody
 * here can. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"
#include "tests/gen/pdfcrypt.h"

static void locked(struct buf *out, const struct genopt *opt, unsigned revision, const char *user)
{
    char trailer[PDFCRYPT_TRAILER];
    struct buf content = {0};
    struct pdfcrypt crypt;
    struct doc d;

    pdfcrypt_init(&crypt, revision, user, "the owner");
    pdfcrypt_trailer(&crypt, trailer);
    doc_begin(&d, out);
    d.pdf.crypt = &crypt;
    buf_str(&d.trailer_extra, trailer);
    doc_text(&content, 72, 720, 16, "An encrypted page");
    doc_para(&content, 72, 690, 11, 84, opt->words);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

static void make_emptypw(struct buf *out, const struct genopt *opt)
{
    locked(out, opt, 3, "");
}

static void make_emptypw40(struct buf *out, const struct genopt *opt)
{
    locked(out, opt, 2, "");
}

static void make_password(struct buf *out, const struct genopt *opt)
{
    locked(out, opt, 3, "secret");
}

const struct kind kinds_locked[] = {
    {"emptypw", "ok", "encrypted (RC4, 128 bits), with an empty user password", make_emptypw},
    {"emptypw40", "ok", "encrypted (RC4, 40 bits), with an empty user password", make_emptypw40},
    {"password", "encrypted", "encrypted, the user password is 'secret'", make_password},
    {NULL, NULL, NULL, NULL},
};
