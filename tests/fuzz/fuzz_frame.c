/*
 * The frames of an evil parser: frame.c decides what is a frame, accept.c what may come when.
 *
 * Laws: a frame is the same frame however its bytes arrive; what is broken early stays broken; what
 * was believed keeps its bounds and gives an x.json that can be read. With -DPLANT the decoder is
 * one that reads a byte too far: the control that shows that this harness bites.
 */
#include <string.h>

#include "extractd/accept.h"
#include "fuzz.h"

static enum frame_verdict decode(const uint8_t *data, size_t n, struct frame *f, size_t *used)
{
    enum frame_verdict v = frame_decode(data, n, f, used);
#ifdef PLANT
    if (v == FRAME_MORE && n >= FRAME_HEADER && frame_u32(data + 5) == n - FRAME_HEADER + 1) {
        *f = (struct frame){data[0], frame_u32(data + 1), frame_u32(data + 5), data + FRAME_HEADER};
        *used = n;
        return FRAME_WHOLE;
    }
#endif
    return v;
}

/* The first k bytes alone, in memory that ends behind them. */
static void prefix_law(const uint8_t *data, size_t n, size_t k, enum frame_verdict whole)
{
    struct frame f;
    size_t used = 0;
    uint8_t *alone = malloc(k ? k : 1);
    if (!alone)
        abort();
    memcpy(alone, data, k);
    enum frame_verdict v = frame_decode(alone, k, &f, &used);
    FUZZ_LAW(v == FRAME_MORE || v == whole);
    FUZZ_LAW(v != FRAME_WHOLE || (used <= k && f.length == used - FRAME_HEADER));
    FUZZ_LAW(v != FRAME_MORE || k < n || whole == FRAME_MORE);
    free(alone);
}

static const struct page_order all = {0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct parse_limits limits = {
        .max_page_text = 5000, .max_text = 20000, .max_pages = 40, .documents = 3};
    struct parse_result r = {0};
    struct accept a = {0};
    const char *why = "";
    if (n == 0)
        return 0;
    uint8_t pieces = *data++;
    n--;
    accept_begin(&a, &r, &limits, &all);
    for (size_t used = 0; n > 0; data += used, n -= used) {
        struct frame f;
        enum frame_verdict v = decode(data, n, &f, &used);
        prefix_law(data, n, pieces % (n < 64 ? n : 64), v);
        if (v != FRAME_WHOLE)
            break;
        FUZZ_LAW(used <= n && f.length <= frame_payload_max(f.type));
        enum accept_verdict got = accept_frame(&a, &f, &why);
        FUZZ_LAW(got != ACCEPT_BREACH || *why);
        fuzz_result_law(&r, &limits, got == ACCEPT_END);
        if (got == ACCEPT_BREACH || got == ACCEPT_NO_MEMORY)
            break;
        if (got == ACCEPT_END) {
            parse_result_clear(&r);
            accept_begin(&a, &r, &limits, &all);
        }
    }
    parse_result_free(&r);
    return 0;
}
