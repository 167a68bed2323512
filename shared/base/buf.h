/*
 * buf: a byte buffer that grows.
 *
 * Zero-initialise (`struct buf b = {0};`), add, use data/len, buf_free. A failed allocation sets
 * `failed` and every later add is a no-op, so that callers check once, at the end: buf_ok().
 * data is always NUL-terminated after a successful add (the NUL is not counted in len).
 */
#ifndef PDFSPOOL_BUF_H
#define PDFSPOOL_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed;
};

/* Append n bytes. */
void buf_add(struct buf *b, const void *bytes, size_t n);
/* Append a NUL-terminated string. */
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
/* Append printf-style. */
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Make room for n more bytes (so that data + len may be written directly). False: out of memory. */
bool buf_room(struct buf *b, size_t n);
/* True while no allocation has failed. */
bool buf_ok(const struct buf *b);
/* Forget the content, keep the memory. Clears `failed`. */
void buf_clear(struct buf *b);
/* Forget what comes after the first n bytes (n at most len). Does not clear `failed`. */
void buf_cut(struct buf *b, size_t n);
/* Like buf_clear, but gives memory above `keep` bytes back. */
void buf_shrink(struct buf *b, size_t keep);
/* Give the memory back; the buffer is then empty and usable again. */
void buf_free(struct buf *b);

#endif
