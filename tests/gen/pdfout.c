#include "tests/gen/pdfout.h"

#include "tests/gen/pdfcrypt.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MIB = 1 << 20 };

void pdfout_begin(struct pdfout *p, struct buf *out)
{
    *p = (struct pdfout){.out = out};
    /* four bytes above 127 tell transfer programs that this is no text */
    buf_str(out, "%PDF-1.6\n%\xe2\xe3\xcf\xd3\n");
}

unsigned pdfout_reserve(struct pdfout *p)
{
    unsigned num = p->count + 1;

    if (num >= p->cap) {
        unsigned cap = p->cap ? p->cap * 2 : 64;
        size_t *grown = realloc(p->offset, cap * sizeof *grown);

        if (!grown) {
            p->out->failed = true;
            return num;
        }
        memset(grown + p->cap, 0, (cap - p->cap) * sizeof *grown);
        p->offset = grown;
        p->cap = cap;
    }
    p->count = num;
    return num;
}

/* Note where object num begins, and open it. */
static void begin_obj(struct pdfout *p, unsigned num)
{
    if (num < p->cap)
        p->offset[num] = p->out->len;
    buf_fmt(p->out, "%u 0 obj\n", num);
}

void pdfout_obj(struct pdfout *p, unsigned num, const char *fmt, ...)
{
    va_list ap;

    begin_obj(p, num);
    va_start(ap, fmt);
    buf_vfmt(p->out, fmt, ap);
    va_end(ap);
    buf_str(p->out, "\nendobj\n");
}

void pdfout_stream(struct pdfout *p, unsigned num, const char *dict, const struct buf *data)
{
    size_t start;

    if (data->failed)
        p->out->failed = true;
    begin_obj(p, num);
    buf_fmt(p->out, "<< %s%s/Length %zu >>\nstream\n", dict, *dict ? " " : "", data->len);
    start = p->out->len;
    buf_add(p->out, data->data, data->len);
    if (p->crypt && buf_ok(p->out))
        pdfcrypt_object(p->crypt, num, (unsigned char *)p->out->data + start, data->len);
    buf_str(p->out, "\nendstream\nendobj\n");
}

void pdfout_flate(struct pdfout *p, unsigned num, const char *dict, const struct buf *data)
{
    struct buf packed = {0};
    struct buf entries = {0};

    packed.failed = data->failed;
    pdfout_deflate(&packed, data->data, data->len);
    buf_fmt(&entries, "%s%s/Filter /FlateDecode", dict, *dict ? " " : "");
    if (buf_ok(&entries))
        pdfout_stream(p, num, entries.data, &packed);
    else
        p->out->failed = true;
    buf_free(&entries);
    buf_free(&packed);
}

size_t pdfout_xref(struct pdfout *p)
{
    size_t at = p->out->len;

    buf_fmt(p->out, "xref\n0 %u\n0000000000 65535 f \n", p->count + 1);
    for (unsigned i = 1; i <= p->count && buf_ok(p->out); i++) {
        if (p->offset[i])
            buf_fmt(p->out, "%010zu 00000 n \n", p->offset[i]);
        else
            buf_str(p->out, "0000000000 00000 f \n");
    }
    return at;
}

void pdfout_trailer(struct pdfout *p, unsigned root, size_t xref, const char *extra)
{
    buf_fmt(p->out, "trailer\n<< /Size %u /Root %u 0 R%s%s >>\nstartxref\n%zu\n%%%%EOF\n",
            p->count + 1, root, *extra ? " " : "", extra, xref);
}

void pdfout_end(struct pdfout *p, unsigned root, const char *extra)
{
    pdfout_trailer(p, root, pdfout_xref(p), extra);
    pdfout_free(p);
}

void pdfout_free(struct pdfout *p)
{
    free(p->offset);
    p->offset = NULL;
    p->cap = 0;
}

void pdfout_deflate(struct buf *dst, const void *bytes, size_t n)
{
    uLongf room = compressBound(n);

    if (!buf_room(dst, room))
        return;
    /* compress2 wants a pointer even for nothing */
    if (compress2((Bytef *)dst->data + dst->len, &room, n ? bytes : "", n, 6) != Z_OK) {
        dst->failed = true;
        return;
    }
    dst->len += room;
    dst->data[dst->len] = '\0';
}

/* One MiB as raw deflate blocks that end on a byte and refer to nothing before them. -1: out of
 * memory. */
static int deflate_piece(struct buf *piece, const unsigned char *mib)
{
    z_stream z = {0};
    int rc = -1;

    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return -1;
    if (!buf_room(piece, deflateBound(&z, MIB) + 16))
        goto end;
    z.next_in = (z_const Bytef *)mib;
    z.avail_in = MIB;
    z.next_out = (Bytef *)piece->data;
    z.avail_out = (uInt)piece->cap;
    if (deflate(&z, Z_FULL_FLUSH) != Z_OK || z.avail_in != 0)
        goto end;
    piece->len = piece->cap - z.avail_out;
    rc = 0;
end:
    (void)deflateEnd(&z);
    return rc;
}

void pdfout_deflate_fill(struct buf *dst, unsigned char fill, unsigned times)
{
    static const char zlib_header[2] = {0x78, (char)0xda};
    static const char last_block[2] = {0x03, 0x00};
    unsigned char *mib = malloc(MIB);
    struct buf piece = {0};
    uLong one;
    uLong sum = adler32(0, NULL, 0);

    if (!mib) {
        dst->failed = true;
        return;
    }
    memset(mib, fill, MIB);
    one = adler32(adler32(0, NULL, 0), mib, MIB);
    if (deflate_piece(&piece, mib) < 0)
        dst->failed = true;
    buf_add(dst, zlib_header, sizeof zlib_header);
    for (unsigned i = 0; i < times && buf_ok(dst); i++) {
        buf_add(dst, piece.data, piece.len);
        sum = adler32_combine(sum, one, MIB);
    }
    buf_add(dst, last_block, sizeof last_block);
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_char(dst, (char)(sum >> shift & 0xff));
    buf_free(&piece);
    free(mib);
}
