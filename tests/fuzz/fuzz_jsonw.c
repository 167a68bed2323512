/*
 * The JSON writer as a machine that the bytes drive: whatever is written, in whatever order, our
 * own reader takes it, and names come back as they were.
 */
#include <string.h>

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "fuzz.h"

enum { STEPS = 200, DEPTH = 30 };

struct machine {
    const uint8_t *at, *end;
    struct jsonw w;
    bool object[DEPTH + 2]; /* what is open at each depth */
    int depth;
    unsigned keys;
    char key[64];
};

static uint8_t byte(struct machine *m)
{
    return m->at < m->end ? *m->at++ : 0;
}

/* A string of up to 40 bytes, owned by the caller. */
static char *string(struct machine *m)
{
    size_t left = (size_t)(m->end - m->at), n = byte(m) % 40u, used;
    left = left ? left - 1 : 0;
    char *s = fuzz_string(m->at, n < left ? n : left, &used);
    m->at += used;
    return s;
}

static const char *key(struct machine *m)
{
    if (!m->object[m->depth])
        return NULL;
    char *s = string(m);
    snprintf(m->key, sizeof m->key, "%u.%s", m->keys++, s); /* no key twice */
    free(s);
    return m->key;
}

static void open_level(struct machine *m, bool object)
{
    const char *k = key(m);
    if (m->depth == DEPTH)
        jsonw_bool(&m->w, k, object);
    else if (object)
        jsonw_object(&m->w, k);
    else
        jsonw_array(&m->w, k);
    if (m->depth < DEPTH)
        m->object[++m->depth] = object;
}

static void close_level(struct machine *m)
{
    if (m->object[m->depth--])
        jsonw_end_object(&m->w);
    else
        jsonw_end_array(&m->w);
}

static void write_number(struct machine *m, unsigned kind, const char *k)
{
    uint8_t raw[8];
    int64_t i;
    double d;
    for (size_t j = 0; j < sizeof raw; j++)
        raw[j] = byte(m);
    memcpy(&i, raw, sizeof i);
    memcpy(&d, raw, sizeof d);
    if (kind == 0)
        jsonw_int(&m->w, k, i);
    else if (kind == 1)
        jsonw_uint(&m->w, k, (uint64_t)i & INT64_MAX); /* readers have no more */
    else if (kind == 2)
        jsonw_double(&m->w, k, d > 1e18 || d < -1e18 ? 1 : d, (int)(raw[0] % 20) - 1);
    else
        jsonw_time(&m->w, k, i % INT64_C(200000000000000));
}

static void write_text(struct machine *m, bool name)
{
    const char *k = key(m);
    char *s = string(m);
    if (name)
        jsonw_name(&m->w, k, s, strlen(s));
    else
        jsonw_str(&m->w, k, s);
    free(s);
}

static void step(struct machine *m)
{
    unsigned op = byte(m) % 12u;
    if (op < 2)
        open_level(m, op == 0);
    else if (op < 4 && m->depth > 1)
        close_level(m);
    else if (op < 6)
        write_text(m, op == 5);
    else if (op < 10)
        write_number(m, op - 6, key(m));
    else if (op == 10)
        jsonw_null(&m->w, key(m));
    else
        jsonw_bool(&m->w, key(m), m->keys % 2);
}

static void name_law(const uint8_t *data, size_t n)
{
    struct buf line = {0}, back = {0};
    struct jsonw w;
    char *name = fuzz_string(data, n, NULL);

    jsonw_init(&w, &line, false);
    jsonw_object(&w, NULL);
    jsonw_name(&w, "name", name, strlen(name));
    jsonw_end_object(&w);
    struct jsonr *j = jsonr_parse(line.data, line.len, NULL, 0);
    const char *shown = jsonr_str(j, "name", NULL);
    FUZZ_LAW(shown && utf8_unshow_name(&back, shown, strlen(shown)));
    FUZZ_LAW(strcmp(back.data, name) == 0);
    jsonr_free(j);
    buf_free(&line);
    buf_free(&back);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char err[200] = "";
    struct buf out = {0};
    struct machine m = {.at = data, .end = data + n};
    jsonw_init(&m.w, &out, byte(&m) % 2);
    jsonw_object(&m.w, NULL);
    m.object[++m.depth] = true;
    for (int i = 0; i < STEPS && m.at < m.end; i++)
        step(&m);
    while (m.depth > 0)
        close_level(&m);
    FUZZ_LAW(utf8_valid(out.data, out.len));
    struct jsonr *j = jsonr_parse(out.data, out.len, err, sizeof err);
    if (!j)
        fprintf(stderr, "%s\n%s\n", err, out.data);
    FUZZ_LAW(j);
    jsonr_free(j);
    name_law(data, n);
    buf_free(&out);
    return 0;
}
