/*
 * What comes out of a parser's pipe: frames that are none, frames at the wrong time, and the good
 * ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/accept.h"
#include "extractd/frame.h"
#include "extractd/wire.h"

/* ---- frame ---- */

static size_t put(uint8_t *to, uint8_t type, uint32_t page, const void *payload, uint32_t n)
{
    frame_header(to, type, page, n);
    if (n)
        memcpy(to + FRAME_HEADER, payload, n);
    return FRAME_HEADER + n;
}

static void round_trip(void **state)
{
    uint8_t bytes[64];
    struct frame f;
    size_t used, n = put(bytes, FRAME_TEXT, 0x01020304, "hello", 5);
    (void)state;
    assert_int_equal(frame_decode(bytes, n, &f, &used), FRAME_WHOLE);
    assert_int_equal(used, n);
    assert_int_equal(f.type, FRAME_TEXT);
    assert_int_equal(f.page, 0x01020304);
    assert_int_equal(f.length, 5);
    assert_memory_equal(f.bytes, "hello", 5);
}

static void every_prefix_asks_for_more(void **state)
{
    uint8_t bytes[64];
    struct frame f;
    size_t used, n = put(bytes, FRAME_END, 0, "message", 7);
    (void)state;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(frame_decode(bytes, i, &f, &used), FRAME_MORE);
}

static void unknown_types_break_at_the_first_byte(void **state)
{
    struct frame f;
    size_t used;
    (void)state;
    for (int t = 0; t < 256; t++) {
        uint8_t byte = (uint8_t)t;
        bool known = t >= FRAME_CAGED && t < FRAME_TYPE_END;
        assert_int_equal(frame_decode(&byte, 1, &f, &used), known ? FRAME_MORE : FRAME_BROKEN);
    }
}

static void too_long_breaks_at_the_header(void **state)
{
    uint8_t header[FRAME_HEADER];
    struct frame f;
    size_t used;
    (void)state;
    for (uint8_t t = FRAME_CAGED; t < FRAME_TYPE_END; t++) {
        uint32_t most = frame_payload_max(t);
        frame_header(header, t, 0, most);
        assert_int_equal(frame_decode(header, sizeof header, &f, &used),
                         most ? FRAME_MORE : FRAME_WHOLE);
        frame_header(header, t, 0, most + 1);
        assert_int_equal(frame_decode(header, sizeof header, &f, &used), FRAME_BROKEN);
        frame_header(header, t, 0, UINT32_MAX);
        assert_int_equal(frame_decode(header, sizeof header, &f, &used), FRAME_BROKEN);
    }
}

static void no_frame_exceeds_the_buffer(void **state)
{
    (void)state;
    for (uint8_t t = FRAME_CAGED; t < FRAME_TYPE_END; t++)
        assert_true(FRAME_HEADER + frame_payload_max(t) <= FRAME_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(every_prefix_asks_for_more),
        cmocka_unit_test(unknown_types_break_at_the_first_byte),
        cmocka_unit_test(too_long_breaks_at_the_header),
        cmocka_unit_test(no_frame_exceeds_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
