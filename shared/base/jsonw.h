/*
 * jsonw: a streaming JSON writer into a struct buf. Memory is constant beside the buffer.
 *
 * Begin with jsonw_init; open and close objects and arrays in pairs; commas are the writer's
 * business. In an object give each member's name by `key`; in an array (or at the top) pass NULL.
 * Strings must be valid UTF-8; bytes that are not become U+FFFD (file names go through jsonw_name,
 * which is reversible). Cannot fail but for memory (buf_ok of the buffer). Nesting deeper than 31
 * is a bug and aborts.
 */
#ifndef PDFSPOOL_JSONW_H
#define PDFSPOOL_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct jsonw {
    struct buf *out;
    uint32_t has_member; /* bit per depth: something was written there already */
    int depth;
    bool pretty; /* two-space indentation; else one line */
};

void jsonw_init(struct jsonw *w, struct buf *out, bool pretty);
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_end_object(struct jsonw *w);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end_array(struct jsonw *w);
void jsonw_str(struct jsonw *w, const char *key, const char *value); /* NULL writes null */
void jsonw_strn(struct jsonw *w, const char *key, const char *value, size_t n);
/* A file name or path: bytes, written by utf8_show_name. */
void jsonw_name(struct jsonw *w, const char *key, const char *name, size_t n);
/* n bytes that are a whole JSON value on one line already (of jsonr_copy, or another writer). */
void jsonw_raw(struct jsonw *w, const char *key, const char *json, size_t n);
void jsonw_int(struct jsonw *w, const char *key, int64_t value);
void jsonw_uint(struct jsonw *w, const char *key, uint64_t value);
void jsonw_double(struct jsonw *w, const char *key, double value, int decimals);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_null(struct jsonw *w, const char *key);
/* UTC, RFC 3339 with milliseconds, from milliseconds since the epoch. */
void jsonw_time(struct jsonw *w, const char *key, int64_t epoch_ms);

#endif
