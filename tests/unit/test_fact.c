/* fact: what is written is read; hostile bytes never are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "spoold/model/fact.h"

#define LEASE "abcdefghjkmn.12.34.01234567-89abcdef.4026531836"

static struct fact event(void)
{
    return (struct fact){.type = FACT_EVENT,
                         .event = {.what = EVENT_FAILED,
                                   .outcome = OUTCOME_CRASHED,
                                   .known_tiers = true,
                                   .host = "alpha",
                                   .lease = "abcdefghjkmn",
                                   .offset = 77,
                                   .length = 300,
                                   .time_ms = 1790000000123,
                                   .took_ms = 4000,
                                   .path = "a/b\xff\n.pdf",
                                   .document = "abcdefghjkmn-1f",
                                   .history = "cs",
                                   .claim = "abcdefghjkmn-20",
                                   .version = "0.4.0",
                                   .load_ms = -1,
                                   .parse_ms = 7,
                                   .message = "gr\xc3\xb6\xc3\x9f",
                                   .stage = "text",
                                   .as = "failed/crashed/a/b\xff\n.pdf",
                                   .attempt = 3,
                                   .pages = 9,
                                   .size = UINT64_C(1) << 40,
                                   .tiers = {[PAGES_TEXT] = 5, [PAGES_BAD] = 4}}};
}

static struct fact entry(enum doc_state state)
{
    bool flight = state == DOC_WAITING || state == DOC_CLAIMED || state == DOC_SEALED;
    return (struct fact){.type = FACT_ENTRY,
                         .entry = {.state = (uint8_t)state,
                                   .outcome = state == DOC_FAILED ? OUTCOME_LIMIT : OUTCOME_COUNT,
                                   .path = "x/y.pdf",
                                   .document = flight ? "abcdefghjkmn-2" : "",
                                   .history = "",
                                   .claim = "",
                                   .host = state == DOC_CLAIMED ? "beta" : "",
                                   .attempt = 1,
                                   .since_ms = 1790000000000}};
}

/* One of each type. */
static unsigned samples(struct fact out[24])
{
    unsigned n = 0;
    out[n++] = (struct fact){.type = FACT_TICK, .tick = {-1, 5, 6, true}};
    out[n++] = event();
    out[n++] =
        (struct fact){.type = FACT_JOURNAL, .journal = {"alpha", "abcdefghjkmn", 12, 900, 77, 377}};
    out[n++] = (struct fact){
        .type = FACT_HOST,
        .host = {"alpha", LEASE, true, false, 1790000000000, 900, 3, "{\"host\":\"alpha\"}\n"}};
    out[n++] = (struct fact){.type = FACT_HOST_GONE, .gone = {"alpha", LEASE}};
    for (int s = 0; s < DOC_STATES; s++)
        out[n++] = entry((enum doc_state)s);
    out[n++] = (struct fact){.type = FACT_ROUND_BEGIN, .round = {.state = 1, .begun_ms = 9}};
    out[n++] = (struct fact){.type = FACT_ROUND_END, .round = {2, true, 9, 10, 11, 12}};
    out[n++] = (struct fact){.type = FACT_SPACE, .space = {1, 2, 3, 4}};
    out[n++] = (struct fact){.type = FACT_CONTROL, .control = {true, 2, "alpha\nbeta\n"}};
    out[n++] = (struct fact){.type = FACT_TROUBLE, .trouble = {5, "the journal", "a\xff"}};
    return n;
}

static void what_is_written_is_read(void **state)
{
    struct fact all[24], f;
    struct buf b = {0};
    size_t used;
    (void)state;
    unsigned n = samples(all);
    for (unsigned i = 0; i < n; i++)
        assert_true(fact_encode(&all[i], &b));
    const uint8_t *p = (const uint8_t *)b.data;
    size_t left = b.len;
    for (unsigned i = 0; i < n; i++) {
        struct buf again = {0};
        assert_int_equal(fact_decode(p, left, &f, &used), FACT_WHOLE);
        assert_int_equal(f.type, all[i].type);
        assert_true(fact_encode(&f, &again)); /* and says the same */
        assert_int_equal(again.len, used);
        assert_memory_equal(again.data, p, used);
        buf_free(&again);
        p += used;
        left -= used;
    }
    assert_int_equal(left, 0);
    assert_int_equal(fact_decode((const uint8_t *)b.data + FACT_HEADER + 25, b.len - 30, &f, &used),
                     FACT_WHOLE);
    assert_string_equal(f.event.path, "a/b\xff\n.pdf");
    assert_string_equal(f.event.as, "failed/crashed/a/b\xff\n.pdf");
    assert_int_equal(f.event.tiers[PAGES_BAD], 4);
    assert_int_equal(f.event.size, UINT64_C(1) << 40);
    buf_free(&b);
}

static void what_is_cut_off_is_waited_for(void **state)
{
    struct fact all[24], f;
    size_t used;
    (void)state;
    unsigned n = samples(all);
    for (unsigned i = 0; i < n; i++) {
        struct buf b = {0};
        assert_true(fact_encode(&all[i], &b));
        for (size_t cut = 0; cut < b.len; cut++) {
            uint8_t *exact = malloc(cut ? cut : 1); /* so that a sanitizer sees a byte too far */
            memcpy(exact, b.data, cut);
            assert_int_equal(fact_decode(exact, cut, &f, &used), FACT_MORE);
            free(exact);
        }
        buf_free(&b);
    }
}

static void lengths_that_are_not_allowed_are_not_waited_for(void **state)
{
    uint8_t frame[FACT_HEADER] = {0};
    struct fact f;
    size_t used;
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        uint32_t most = fact_payload_max(type);
        frame[0] = (uint8_t)type;
        memset(frame + 1, 0xff, 4);
        assert_int_equal(fact_decode(frame, FACT_HEADER, &f, &used), FACT_BROKEN);
        if (most == 0) {
            assert_int_equal(fact_decode(frame, 1, &f, &used), FACT_BROKEN);
            continue;
        }
        for (uint32_t more = 0; more < 2; more++) {
            for (int i = 0; i < 4; i++)
                frame[1 + i] = (uint8_t)((most + more) >> (8 * i));
            assert_int_equal(fact_decode(frame, FACT_HEADER, &f, &used),
                             more ? FACT_BROKEN : FACT_MORE);
        }
    }
}

static bool sends(struct fact f)
{
    struct buf b = {0};
    bool ok = fact_encode(&f, &b);
    assert_int_equal(b.len > 0, ok);
    buf_free(&b);
    return ok;
}

static void values_out_of_range_are_refused(void **state)
{
    struct fact f;
    (void)state;
#define REFUSED(make, change)                                                                      \
    do {                                                                                           \
        f = make;                                                                                  \
        assert_true(sends(f));                                                                     \
        f.change;                                                                                  \
        assert_false(sends(f));                                                                    \
    } while (0)
    REFUSED(event(), event.what = EVENTS);
    REFUSED(event(), event.outcome = OUTCOME_COUNT);
    REFUSED(event(), event.path = "/etc/passwd");
    REFUSED(event(), event.path = "a/../b");
    REFUSED(event(), event.path = "");
    REFUSED(event(), event.document = "");
    REFUSED(event(), event.document = "ABC-1");
    REFUSED(event(), event.claim = "x/1");
    REFUSED(event(), event.version = "1.0 <b>");
    REFUSED(event(), event.version = "123456789012345678901234");
    REFUSED(event(), event.load_ms = -2);
    REFUSED(event(), event.wait_ms = INT64_MAX);
    REFUSED(event(), event.history = "c1");
    REFUSED(event(), event.message = "\xff");
    REFUSED(event(), event.host = "a/b");
    REFUSED(event(), event.lease = "..");
    REFUSED(event(), event.as = "done/a/b.pdf");
    REFUSED(event(), event.as = "failed/limit/a/b.pdf");
    REFUSED(event(), event.as = "failed/crashed/../b.pdf");
    REFUSED(event(), event.as = "failed/crashed");
    REFUSED(event(), event.time_ms = -1);
    REFUSED(event(), event.took_ms = INT64_MAX);
    REFUSED(event(), event.length = 0);
    REFUSED(event(), event.offset = UINT64_MAX - 3);
    REFUSED(entry(DOC_PENDING), entry.document = "abc-1");
    REFUSED(entry(DOC_PENDING), entry.claim = "abc-1");
    REFUSED(entry(DOC_CLAIMED), entry.claim = "..");
    REFUSED(entry(DOC_CLAIMED), entry.document = "");
    REFUSED(entry(DOC_CLAIMED), entry.outcome = OUTCOME_LIMIT);
    REFUSED(entry(DOC_FAILED), entry.outcome = OUTCOME_OK);
    REFUSED(entry(DOC_FAILED), entry.outcome = OUTCOME_COUNT);
    REFUSED(entry(DOC_DONE), entry.state = DOC_STATES);
    REFUSED(entry(DOC_CLAIMED), entry.host = "-\n");
#undef REFUSED
    f = (struct fact){.type = FACT_CONTROL, .control = {false, 0, "alpha"}};
    assert_false(sends(f));
    f = (struct fact){.type = FACT_JOURNAL, .journal = {"alpha", "abcdefghjkmn", 1, 10, 5, 11}};
    assert_false(sends(f));
    f = (struct fact){.type = FACT_HOST_GONE, .gone = {"alpha", "no lease"}};
    assert_false(sends(f));
}

/* Each single byte of each frame in a few other ways: whatever is still taken is within its bounds
 * (it can be written again), and nothing is read that is not there. */
static void harmed_frames_do_no_harm(void **state)
{
    struct fact all[24], f;
    static const uint8_t harm[] = {0x00, 0xff, 0x80, 0x2f, 0x01};
    size_t used;
    unsigned broken = 0, n = samples(all);
    (void)state;
    for (unsigned i = 0; i < n; i++) {
        struct buf b = {0};
        assert_true(fact_encode(&all[i], &b));
        for (size_t at = 0; at < b.len; at++)
            for (unsigned k = 0; k < sizeof harm; k++) {
                uint8_t *copy = malloc(b.len);
                memcpy(copy, b.data, b.len);
                copy[at] = harm[k];
                enum fact_verdict v = fact_decode(copy, b.len, &f, &used);
                broken += v == FACT_BROKEN;
                if (v == FACT_WHOLE) {
                    assert_true(used <= b.len);
                    assert_true(sends(f));
                }
                free(copy);
            }
        buf_free(&b);
    }
    assert_true(broken > 1000);
}

/* Bytes behind the last field, and NULs within a string. */
static void what_the_encoder_does_not_write_is_refused(void **state)
{
    struct fact all[24], f;
    size_t used;
    unsigned n = samples(all), strings = 0;
    (void)state;
    for (unsigned i = 0; i < n; i++) {
        struct buf b = {0};
        assert_true(fact_encode(&all[i], &b));
        uint32_t length = (uint32_t)b.len - FACT_HEADER + 1;
        buf_char(&b, 0);
        for (int k = 0; k < 4; k++)
            b.data[1 + k] = (char)(length >> (8 * k));
        assert_int_equal(fact_decode((uint8_t *)b.data, b.len, &f, &used), FACT_BROKEN);
        char *path = memmem(b.data, b.len, "/y.pdf", 6);
        if (path) {
            length--;
            memcpy(b.data + 1, &(uint8_t){(uint8_t)length}, 1);
            assert_int_equal(fact_decode((uint8_t *)b.data, b.len, &f, &used), FACT_WHOLE);
            path[2] = 0; /* "x/y" would pass */
            assert_int_equal(fact_decode((uint8_t *)b.data, b.len, &f, &used), FACT_BROKEN);
            strings++;
        }
        buf_free(&b);
    }
    assert_int_equal(strings, DOC_STATES);
}

static void noise_is_no_fact(void **state)
{
    uint32_t seed = 12345;
    uint8_t noise[400];
    struct fact f;
    size_t used;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        noise[0] = (uint8_t)(1 + noise[0] % (FACT_TYPE_END - 1));
        noise[1] = (uint8_t)(noise[1] % 250);
        noise[2] = noise[3] = noise[4] = 0;
        if (fact_decode(noise, sizeof noise, &f, &used) == FACT_WHOLE)
            assert_true(sends(f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_cut_off_is_waited_for),
        cmocka_unit_test(lengths_that_are_not_allowed_are_not_waited_for),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(harmed_frames_do_no_harm),
        cmocka_unit_test(what_the_encoder_does_not_write_is_refused),
        cmocka_unit_test(noise_is_no_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
