/*
 * pdfout: writes the bones of a PDF file: numbered objects, streams, the cross-reference table, the
 * trailer.
 *
 * Order of calls: pdfout_begin, then pdfout_reserve / pdfout_obj / pdfout_stream in any order, then
 * pdfout_end (or pdfout_xref and pdfout_trailer apart, for a file that shall lie). An object may be
 * referred to as soon as it is reserved, and is written once. A number that is reserved but never
 * written is a free entry.
 *
 * The bytes go into a buffer that the caller owns. Nothing here reports an error: running out of
 * memory marks that buffer as failed, so that the caller asks once, at the end (buf_ok).
 */
#ifndef PDFSPOOL_GEN_PDFOUT_H
#define PDFSPOOL_GEN_PDFOUT_H

#include "base/buf.h"

#include <stddef.h>

struct pdfcrypt;

struct pdfout {
    struct buf *out; /* borrowed */
    size_t *offset;  /* by object number; 0: not written */
    unsigned count;  /* numbers given away; 0 is never one */
    unsigned cap;    /* room in offset */
    const struct pdfcrypt
        *crypt; /* borrowed; when set, streams are encrypted; strings never are, so use none */
};

/* Write the header line. out is borrowed until pdfout_end and should be empty. */
void pdfout_begin(struct pdfout *p, struct buf *out);
/* A new object number, 1 or above. */
unsigned pdfout_reserve(struct pdfout *p);
/* Write object num with the body that the format gives. */
void pdfout_obj(struct pdfout *p, unsigned num, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Write object num as a stream of exactly these bytes. dict: the entries of its dictionary but
 * /Length; "" for none. */
void pdfout_stream(struct pdfout *p, unsigned num, const char *dict, const struct buf *data);
/* The same, deflated, with its /Filter. */
void pdfout_flate(struct pdfout *p, unsigned num, const char *dict, const struct buf *data);
/* Write the cross-reference table; its offset. */
size_t pdfout_xref(struct pdfout *p);
/* Write the trailer and the end. extra: further entries of the trailer; "" for none. */
void pdfout_trailer(struct pdfout *p, unsigned root, size_t xref, const char *extra);
/* pdfout_xref and pdfout_trailer, then pdfout_free. */
void pdfout_end(struct pdfout *p, unsigned root, const char *extra);
/* Give the table back; the output stays. Safe twice. */
void pdfout_free(struct pdfout *p);

/* Append the zlib form of n bytes to dst. */
void pdfout_deflate(struct buf *dst, const void *bytes, size_t n);
/*
 * Append the zlib form of `times` MiB of the byte `fill`, without ever holding or compressing that
 * much: one MiB is deflated on its own, and its blocks are repeated. 1 GiB takes milliseconds.
 */
void pdfout_deflate_fill(struct buf *dst, unsigned char fill, unsigned times);

#endif
