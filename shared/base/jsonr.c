#include "base/jsonr.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/utf8.h"

/* A struct jsonr is a json_t by another name; nobody else can see the difference. */
static struct jsonr *ours(json_t *j)
{
    return (struct jsonr *)j;
}

static const json_t *theirs(const struct jsonr *j)
{
    return (const json_t *)j;
}

/* The parser quotes a piece of the input, which is as hostile as the rest. */
static void show_error(const json_error_t *e, char *err, size_t cap)
{
    struct buf text = {0};

    utf8_escape(&text, e->text, strlen(e->text));
    if (e->line > 0)
        snprintf(err, cap, "line %d, column %d: %s", e->line, e->column,
                 buf_ok(&text) ? text.data : "");
    else
        snprintf(err, cap, "%s", buf_ok(&text) ? text.data : "");
    buf_free(&text);
}

struct jsonr *jsonr_parse(const char *data, size_t n, char *err, size_t cap)
{
    json_error_t e = {0};
    json_t *root = json_loadb(data ? data : "", data ? n : 0, JSON_REJECT_DUPLICATES, &e);

    if (!root && err && cap > 0)
        show_error(&e, err, cap);
    return ours(root);
}

void jsonr_free(struct jsonr *root)
{
    json_decref((json_t *)root);
}

struct jsonr *jsonr_get(const struct jsonr *j, const char *key)
{
    return ours(json_object_get(theirs(j), key));
}

size_t jsonr_count(const struct jsonr *j)
{
    return json_array_size(theirs(j));
}

struct jsonr *jsonr_at(const struct jsonr *j, size_t i)
{
    return ours(json_array_get(theirs(j), i));
}

const char *jsonr_str(const struct jsonr *j, const char *key, const char *fallback)
{
    const char *s = jsonr_text(jsonr_get(j, key));

    return s ? s : fallback;
}

int64_t jsonr_int(const struct jsonr *j, const char *key, int64_t fallback)
{
    const json_t *v = theirs(jsonr_get(j, key));

    return json_is_integer(v) ? (int64_t)json_integer_value(v) : fallback;
}

double jsonr_double(const struct jsonr *j, const char *key, double fallback)
{
    const json_t *v = theirs(jsonr_get(j, key));

    return json_is_number(v) ? json_number_value(v) : fallback;
}

bool jsonr_bool(const struct jsonr *j, const char *key, bool fallback)
{
    const json_t *v = theirs(jsonr_get(j, key));

    return json_is_boolean(v) ? json_is_true(v) : fallback;
}

const char *jsonr_text(const struct jsonr *j)
{
    return json_string_value(theirs(j));
}

enum jsonr_type jsonr_type(const struct jsonr *j)
{
    if (!j)
        return JSONR_NONE;
    switch (json_typeof(theirs(j))) {
    case JSON_OBJECT:
        return JSONR_OBJECT;
    case JSON_ARRAY:
        return JSONR_ARRAY;
    case JSON_STRING:
        return JSONR_STRING;
    case JSON_INTEGER:
        return JSONR_INTEGER;
    case JSON_REAL:
        return JSONR_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSONR_BOOL;
    default:
        return JSONR_NULL;
    }
}

void jsonr_each(const struct jsonr *object, jsonr_visit *visit, void *arg)
{
    json_t *o = (json_t *)(uintptr_t)object; /* an iterator wants it so, and changes nothing */

    for (void *at = json_object_iter(o); at; at = json_object_iter_next(o, at))
        visit(arg, json_object_iter_key(at), ours(json_object_iter_value(at)));
}

static int append(const char *bytes, size_t n, void *out)
{
    buf_add(out, bytes, n);
    return 0;
}

void jsonr_copy(const struct jsonr *j, struct buf *out)
{
    if (!j)
        buf_str(out, "null");
    else if (json_dump_callback(theirs(j), append, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
        out->failed = true;
}
