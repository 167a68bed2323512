/*
 * jsonr: reading JSON that others wrote, or that lay on disk (hostile until checked). The only user
 * of jansson.
 *
 * A struct jsonr is a borrowed view: everything below belongs to the root that jsonr_parse gave;
 * free that once. Duplicate keys, bad UTF-8, trailing bytes and absurd depth are refused by the
 * parser.
 */
#ifndef PDFSPOOL_JSONR_H
#define PDFSPOOL_JSONR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct jsonr; /* a JSON value */

/* Parse n bytes. NULL on an error; then, when err is not NULL, a line of what and where is in
 * err[cap]. */
struct jsonr *jsonr_parse(const char *data, size_t n, char *err, size_t cap);
void jsonr_free(struct jsonr *root); /* NULL is fine */
/* Member of an object; NULL when absent or j is NULL or no object. Borrowed. */
struct jsonr *jsonr_get(const struct jsonr *j, const char *key);
/* Array access; 0 / NULL when j is no array or i is beyond it. Borrowed. */
size_t jsonr_count(const struct jsonr *j);
struct jsonr *jsonr_at(const struct jsonr *j, size_t i);
/* Values of members, with a default for absent or of another type. jsonr_str is borrowed. */
const char *jsonr_str(const struct jsonr *j, const char *key, const char *fallback);
int64_t jsonr_int(const struct jsonr *j, const char *key, int64_t fallback);
double jsonr_double(const struct jsonr *j, const char *key, double fallback);
bool jsonr_bool(const struct jsonr *j, const char *key, bool fallback);
/* The string of j itself, or NULL. Borrowed. */
const char *jsonr_text(const struct jsonr *j);
/* Append j as JSON on one line; "null" for NULL. Without memory the buffer says so. */
void jsonr_copy(const struct jsonr *j, struct buf *out);
/* What j is; JSONR_NONE for NULL. */
enum jsonr_type {
    JSONR_NONE,
    JSONR_OBJECT,
    JSONR_ARRAY,
    JSONR_STRING,
    JSONR_INTEGER,
    JSONR_REAL, /* with a point or an exponent, whatever its value */
    JSONR_BOOL,
    JSONR_NULL
};
enum jsonr_type jsonr_type(const struct jsonr *j);
/* Call visit for each member of an object, in the file's order; nothing for any other value. */
typedef void jsonr_visit(void *arg, const char *key, const struct jsonr *value);
void jsonr_each(const struct jsonr *object, jsonr_visit *visit, void *arg);

#endif
