/*
 * Facts on the scanner's pipe: model/fact.c decodes them, and the model takes what it says.
 *
 * Laws: a fact that was decoded has one form only (encoded again, it is the same bytes); of its
 * frame no part is a whole one; whatever facts come, in whatever order, the model's counts are those
 * of its documents, and each of these is found by its key.
 */
#include <string.h>

#include "fuzz.h"
#include "spoold/model/key.h"
#include "spoold/model/model.h"
#include "spoold/model/search.h"

/* The law of one frame of n bytes. */
static void check_frame(const uint8_t *frame, size_t n, const struct fact *f)
{
    struct buf again = {0};
    struct fact part;
    size_t used;
    FUZZ_LAW(fact_encode(f, &again));
    FUZZ_LAW(again.len == n && memcmp(again.data, frame, n) == 0);
    for (size_t cut = 0; cut < n; cut += 1 + n / 8)
        FUZZ_LAW(fact_decode(frame, cut, &part, &used) == FACT_MORE);
    buf_free(&again);
}

static void check_model(const struct snapshot *s)
{
    struct catalog_at at = {0};
    struct doc_row d, found;
    uint64_t states[DOC_STATES] = {0}, rows = 0;
    char key[KEY_CAP];
    for (; catalog_next(&s->documents, &at, &d); rows++) {
        states[d.state]++;
        FUZZ_LAW(search_one(s, d.path, d.id, &found) && found.path == d.path);
        key_of(&d, key);
        FUZZ_LAW(catalog_find_key(&s->documents, key, &found));
    }
    FUZZ_LAW(rows == s->documents.rows);
    FUZZ_LAW(memcmp(states, s->states, sizeof states) == 0);
}

static void publish(struct model *m)
{
    FUZZ_LAW(model_publish(m, 2) == 0);
    const struct snapshot *s = model_hold(m);
    check_model(s);
    snapshot_drop(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct model *m = model_new();
    struct fact f;
    enum fact_verdict v = FACT_MORE;
    FUZZ_LAW(m);
    for (size_t at = 0, used, count = 0; at < n; at += used, count++) {
        /* memory that ends behind the bytes */
        uint8_t *rest = malloc(n - at);
        FUZZ_LAW(rest);
        memcpy(rest, data + at, n - at);
        v = fact_decode(rest, n - at, &f, &used);
        if (v == FACT_WHOLE) {
            FUZZ_LAW(used >= FACT_HEADER && used <= n - at);
            check_frame(rest, used, &f);
            FUZZ_LAW(model_take(m, &f, 1) == 0);
        }
        free(rest);
        if (v != FACT_WHOLE)
            break;
        if (count == 4)
            publish(m);
    }
    publish(m);
    model_free(m);
    return 0;
}
