/* choice: a body is taken to the letter or not at all; what it says is then what the list's query
 * would have said. acts: the last hundred actions, latest first, and those that run are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonr.h"
#include "spoold/api/choice.h"
#include "spoold/http/sse.h"

static struct choice *read_as(enum act_kind kind, const char *body)
{
    struct answer a = {.status = 200};
    struct choice *c = choice_read(kind, body, strlen(body), &a);
    assert_int_equal(a.status, c ? 200 : 400);
    if (!c)
        assert_non_null(strstr(a.body.data, "\"code\":\"bad-request\""));
    answer_free(&a);
    return c;
}

static void refused(enum act_kind kind, const char *body)
{
    struct choice *c = read_as(kind, body);
    if (c)
        print_error("taken: %s\n", body);
    assert_null(c);
}

static void whatever_is_not_to_the_letter(void **state)
{
    static const char *const bodies[] = {
        "",
        " ",
        "null",
        "[]",
        "\"all\"",
        "{",
        "{}",
        "{\"dry_run\":true}",
        "{\"all\":true}x",
        "{\"all\":true,\"all\":true}",
        "{\"all\":false}",
        "{\"all\":1}",
        "{\"all\":\"true\"}",
        "{\"all\":null}",
        "{\"All\":true}",
        "{\"all\":true,\"ids\":[\"abc\"]}",
        "{\"all\":true,\"more\":1}",
        "{\"all\":true,\"dry_run\":null}",
        "{\"all\":true,\"dry_run\":0}",
        "{\"all\":true,\"expect\":-1}",
        "{\"all\":true,\"expect\":1.0}",
        "{\"all\":true,\"expect\":\"1\"}",
        "{\"all\":true,\"expect\":null}",
        "{\"all\":true,\"expect\":9223372036854775808}",
        "{\"ids\":[]}",
        "{\"ids\":{}}",
        "{\"ids\":null}",
        "{\"ids\":\"abc\"}",
        "{\"ids\":[1]}",
        "{\"ids\":[\"ab\"]}",
        "{\"ids\":[\"-abc\"]}",
        "{\"ids\":[\"a/../b\"]}",
        "{\"ids\":[\"a\\u0000b\"]}",
        "{\"ids\":[\"0123456789012345678901234567890123456789\"]}",
        "{\"ids\":[\"abc\",\"abd\",\"abc\"]}",
        "{\"group\":\"\"}",
        "{\"group\":[\"g-00000000\"]}",
        "{\"filter\":{}}",
        "{\"filter\":[]}",
        "{\"filter\":null}",
        "{\"filter\":{\"state\":[]}}",
        "{\"filter\":{\"state\":\"failed\"}}",
        "{\"filter\":{\"state\":[\"failed,done\"]}}",
        "{\"filter\":{\"state\":[1]}}",
        "{\"filter\":{\"state\":[\"\"]}}",
        "{\"filter\":{\"prefix\":\"\"}}",
        "{\"filter\":{\"text\":\" \"}}",
        "{\"filter\":{\"prefix\":[\"a\"]}}",
        "{\"filter\":{\"prefix\":\"a\",\"prefix\":\"b\"}}",
        "{\"filter\":{\"older_ms\":-1}}",
        "{\"filter\":{\"older_ms\":1.5}}",
        "{\"filter\":{\"all\":true}}",
        "{\"filter\":{\"sort\":\"path\"}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        refused(ACT_RETRY, bodies[i]);
        refused(ACT_CANCEL, bodies[i]);
    }
    refused(ACT_CANCEL, "{\"all\":true}");
    refused(ACT_CANCEL, "{\"group\":\"g-00000000\"}");
}

static char *many(unsigned n)
{
    struct buf b = {0};
    buf_str(&b, "{\"ids\":[");
    for (unsigned i = 0; i < n; i++)
        buf_fmt(&b, "%s\"doc-%u\"", i ? "," : "", i);
    buf_str(&b, "]}");
    assert_true(buf_ok(&b));
    return b.data;
}

static void no_more_than_may_be(void **state)
{
    static const struct {
        enum act_kind kind;
        unsigned most;
    } kinds[] = {{ACT_RETRY, 1000}, {ACT_CANCEL, 256}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char *all = many(kinds[i].most), *too_many = many(kinds[i].most + 1);
        struct choice *c = read_as(kinds[i].kind, all);
        assert_non_null(c);
        assert_int_equal(c->n_ids, kinds[i].most);
        for (size_t k = 1; k < c->n_ids; k++)
            assert_true(strcmp(c->ids[k - 1].key, c->ids[k].key) < 0);
        choice_free(c);
        refused(kinds[i].kind, too_many);
        free(all);
        free(too_many);
    }
}

static void what_it_says(void **state)
{
    (void)state;
    struct choice *c = read_as(ACT_RETRY, " {\"all\":true,\"dry_run\":true}");
    assert_non_null(c);
    assert_true(c->all && c->dry && !c->has_expect && c->older_ms < 0);
    choice_free(c);
    c = read_as(ACT_RETRY, "{\"group\":\"g-0123abcd\",\"expect\":0}");
    assert_non_null(c);
    assert_true(c->has_expect && c->expect == 0 && !c->dry && !c->all);
    assert_string_equal(request_query(&c->filter, "group"), "g-0123abcd");
    choice_free(c);
    c = read_as(ACT_CANCEL,
                "{\"filter\":{\"state\":[\"pending\",\"waiting\"],\"prefix\":\"a/%FF b\","
                "\"text\":\"x y\",\"older_ms\":60000,\"host\":[\"one\"]},\"expect\":7}");
    assert_non_null(c);
    assert_string_equal(request_query(&c->filter, "state"), "pending,waiting");
    assert_string_equal(request_query(&c->filter, "prefix"), "a/%FF b");
    assert_string_equal(request_query(&c->filter, "text"), "x y");
    assert_string_equal(request_query(&c->filter, "host"), "one");
    assert_null(request_query(&c->filter, "class"));
    assert_int_equal(c->older_ms, 60000);
    assert_int_equal(c->expect, 7);
    choice_free(c);
}

/* ---- acts ---- */

static void show(struct acts *s, struct act *a)
{
    struct buf json = {0};
    acts_show(s, a, &json);
    assert_true(buf_ok(&json));
    buf_free(&json);
}

static struct jsonr *list(struct acts *s)
{
    struct buf b = {0};
    acts_list(s, &b);
    struct jsonr *j = jsonr_parse(b.data, b.len, NULL, 0);
    assert_non_null(j);
    buf_free(&b);
    return j;
}

static void the_last_hundred(void **state)
{
    struct acts s;
    struct act running = {.kind = ACT_RETRY}, a = {.kind = ACT_PAUSE, .ended = true};
    struct buf b = {0};
    char id[16];
    (void)state;
    acts_init(&s);
    running.number = acts_number(&s);
    show(&s, &running);
    for (unsigned i = 2; i <= 250; i++) {
        a.number = acts_number(&s);
        assert_int_equal(a.number, i);
        show(&s, &a);
    }
    running.done = 5;
    running.ended = true;
    show(&s, &running); /* in its old place, though a hundred and more came since */
    struct jsonr *j = list(&s);
    const struct jsonr *items = jsonr_get(j, "items");
    assert_int_equal(jsonr_count(items), ACTS_KEPT);
    for (unsigned i = 0; i < ACTS_KEPT - 1; i++) {
        snprintf(id, sizeof id, "a%u", 250 - i);
        assert_string_equal(jsonr_str(jsonr_at(items, i), "id", ""), id);
    }
    assert_string_equal(jsonr_str(jsonr_at(items, ACTS_KEPT - 1), "id", ""), "a1");
    assert_int_equal(jsonr_int(jsonr_at(items, ACTS_KEPT - 1), "done", 0), 5);
    jsonr_free(j);
    assert_false(acts_one(&s, 2, &b));
    assert_false(acts_one(&s, 0, &b));
    assert_true(acts_one(&s, 250, &b));
    buf_free(&b);
    show(&s, &(struct act){.kind = ACT_RETRY, .dry = true, .ended = true});
    j = list(&s);
    assert_string_equal(jsonr_str(jsonr_at(jsonr_get(j, "items"), 0), "id", ""), "a250");
    jsonr_free(j);
    acts_free(&s);
}

static void problems_and_sample_are_bounded(void **state)
{
    struct act a = {.number = 7, .kind = ACT_RETRY};
    struct buf b = {0};
    (void)state;
    for (int i = 0; i < 50; i++) {
        act_sample(&a, "a/\xff\".pdf");
        act_problem(&a, "doc-1", "a/\xff\".pdf", "No space \"left\"");
    }
    act_write(&a, &b);
    struct jsonr *j = jsonr_parse(b.data, b.len, NULL, 0);
    assert_non_null(j);
    assert_int_equal(jsonr_int(j, "failed", 0), 50);
    assert_int_equal(jsonr_count(jsonr_get(j, "sample")), ACT_SAMPLE);
    assert_int_equal(jsonr_count(jsonr_get(j, "problems")), ACT_PROBLEMS);
    const struct jsonr *p = jsonr_at(jsonr_get(j, "problems"), 0);
    assert_string_equal(jsonr_str(p, "path", ""), "a/%FF\".pdf");
    assert_string_equal(jsonr_str(p, "message", ""), "No space \"left\"");
    assert_string_equal(jsonr_str(j, "state", ""), "running");
    jsonr_free(j);
    buf_free(&b);
    act_free(&a);
}

/* Paths as long as they can be, all of it to be escaped: an event must not be longer than a stream
 * takes. */
static void an_action_is_an_event(void **state)
{
    struct act a = {.number = 7, .kind = ACT_RETRY};
    struct buf b = {0};
    char path[PATH_CAP], why[ACT_WHY];
    (void)state;
    memset(path, 0xff, sizeof path - 1);
    path[sizeof path - 1] = 0;
    memset(why, '"', sizeof why - 1);
    why[sizeof why - 1] = 0;
    for (int i = 0; i < 30; i++)
        act_sample(&a, i ? path : "short.pdf");
    for (int i = 0; i < 30; i++)
        act_problem(&a, "doc-1", i % 2 ? path : "short.pdf", why);
    act_write(&a, &b);
    assert_true(buf_ok(&b) && b.len < SSE_EVENT_BYTES);
    assert_true(a.samples > 1 && a.problems > 10 && a.failed == 30);
    buf_free(&b);
    act_free(&a);
}

static void promises(void **state)
{
    struct acts s;
    struct act a;
    (void)state;
    acts_init(&s);
    for (uint64_t i = 1; i <= ACT_PROMISES + 1; i++)
        acts_promise(&s, i, ACT_DRAIN, "one");
    assert_true(acts_promised(&s, 1, &a));
    assert_true(a.kind == ACT_DRAIN && a.ended && a.number == 0);
    assert_string_equal(a.host, "one");
    assert_false(acts_promised(&s, 1, &a)); /* it was answered */
    assert_false(acts_promised(&s, ACT_PROMISES + 1, &a));
    assert_false(acts_promised(&s, 0, &a));
    acts_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_not_to_the_letter),
        cmocka_unit_test(no_more_than_may_be),
        cmocka_unit_test(what_it_says),
        cmocka_unit_test(the_last_hundred),
        cmocka_unit_test(problems_and_sample_are_bounded),
        cmocka_unit_test(an_action_is_an_event),
        cmocka_unit_test(promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
