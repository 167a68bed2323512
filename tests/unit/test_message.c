/* message: the three forms, and that hostile names and texts are harmless in each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "spoold/alert/message.h"

enum { MANY = 10000 };

static struct event events[MANY];
static struct buf body;

static int tear_down(void **state)
{
    (void)state;
    buf_free(&body);
    return 0;
}

static struct jsonr *make(size_t n, enum webhook_format format)
{
    const struct message m = {events, n, 1790000000000, "/srv/spool"};
    char err[160];
    buf_clear(&body);
    message_body(&m, format, &body);
    assert_true(buf_ok(&body));
    struct jsonr *j = jsonr_parse(body.data, body.len, err, sizeof err);
    if (!j)
        fail_msg("%s: %.200s", err, body.data);
    return j;
}

static void folder(struct event *e, const char *name, const char *message)
{
    memset(e, 0, sizeof *e);
    snprintf(e->id, sizeof e->id, "msg_1");
    e->kind = ALERT_FOLDER_DONE;
    e->time_ms = 1790000000000;
    e->done = 12;
    e->failed = 3;
    snprintf(e->folder, sizeof e->folder, "%s", name);
    snprintf(e->message, sizeof e->message, "%s", message);
}

static void generic(void **state)
{
    (void)state;
    folder(&events[0], "a\"b\xff\n", "folder is done");
    struct jsonr *j = make(1, WEBHOOK_GENERIC), *data = jsonr_get(j, "data");
    struct jsonr *e = jsonr_at(jsonr_get(data, "events"), 0);
    assert_string_equal(jsonr_str(j, "type", ""), "folder_done");
    assert_string_equal(jsonr_str(j, "timestamp", ""), "2026-09-21T14:13:20.000Z");
    assert_string_equal(jsonr_str(data, "spool", ""), "/srv/spool");
    assert_int_equal(jsonr_int(data, "count", 0), 1);
    assert_string_equal(jsonr_str(e, "folder", ""), "a\"b%FF%0A"); /* as the API shows names */
    assert_int_equal(jsonr_int(jsonr_get(e, "documents"), "failed", 0), 3);
    assert_null(jsonr_get(e, "time_ms")); /* what is kept is ours */
    jsonr_free(j);
}

static void an_end_has_a_type_of_its_own(void **state)
{
    (void)state;
    memset(&events[0], 0, sizeof events[0]);
    events[0].kind = ALERT_HOST_SILENT;
    events[0].over = true;
    events[0].since_ms = 1790000000000;
    memcpy(events[0].host, "alpha", 6);
    struct jsonr *j = make(1, WEBHOOK_GENERIC);
    assert_string_equal(jsonr_str(j, "type", ""), "host_silent.over");
    struct jsonr *e = jsonr_at(jsonr_get(jsonr_get(j, "data"), "events"), 0);
    assert_string_equal(jsonr_str(e, "host", ""), "alpha");
    assert_string_equal(jsonr_str(e, "since", ""), "2026-09-21T14:13:20.000Z");
    jsonr_free(j);
}

/* <!channel>, a link, a mention, an entity that would be one. */
static void slack(void **state)
{
    (void)state;
    folder(&events[0], "x", "<!channel> <http://evil|good> &lt; *x*\x1b[31m\u202e");
    struct jsonr *j = make(1, WEBHOOK_SLACK);
    const char *text = jsonr_str(j, "text", "");
    assert_string_equal(text, "pdfspool /srv/spool: &lt;!channel&gt; &lt;http://evil|good&gt; "
                              "&amp;lt; *x* [31m ");
    assert_false(jsonr_bool(j, "mrkdwn", true));
    assert_false(jsonr_bool(j, "unfurl_links", true));
    jsonr_free(j);
}

static void discord(void **state)
{
    (void)state;
    folder(&events[0], "x", "@everyone <@1> **x** `y` ||z|| [a](http://evil) \\ # - _u_ ~s~ > q");
    struct jsonr *j = make(1, WEBHOOK_DISCORD);
    const char *text = jsonr_str(j, "content", "");
    struct jsonr *mentions = jsonr_get(jsonr_get(j, "allowed_mentions"), "parse");
    assert_non_null(mentions);
    assert_int_equal(jsonr_count(mentions), 0);
    for (const char *c = text; *c; c++) { /* every mark has a backslash before it */
        if (*c == '\\') {
            c++;
            assert_non_null(strchr("\\*_~`|<>()[]{}#@:+-=!.", *c));
        } else {
            assert_null(strchr("*_~`|<>()[]{}#@:", *c));
        }
    }
    assert_null(strstr(text, "http:"));
    jsonr_free(j);
}

/* 10,000 events are one message, as long as its receiver takes. */
static void many(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        folder(&events[i], "x",
               "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
    struct jsonr *j = make(MANY, WEBHOOK_GENERIC), *data = jsonr_get(j, "data");
    assert_int_equal(jsonr_int(data, "count", 0), MANY);
    assert_int_equal(jsonr_count(jsonr_get(data, "events")), 100);
    jsonr_free(j);
    j = make(MANY, WEBHOOK_DISCORD);
    const char *text = jsonr_str(j, "content", "");
    assert_in_range(strlen(text), 1500, 2000);
    unsigned long more = 0, lines = 0;
    const char *and = strstr(text, "\nand ");
    assert_non_null(and);
    assert_int_equal(sscanf(and, "\nand %lu more", &more), 1);
    for (const char *c = text; c < and; c++)
        lines += *c == '\n';
    assert_int_equal(lines + more, MANY);
    jsonr_free(j);
    j = make(MANY, WEBHOOK_SLACK);
    assert_non_null(strstr(jsonr_str(j, "text", ""), "\nand 9980 more"));
    jsonr_free(j);
}

/* A single event that is too long for Discord when each of its marks is escaped is still sent. */
static void one_long(void **state)
{
    char text[ALERT_TEXT];
    (void)state;
    memset(text, '*', sizeof text - 1);
    text[sizeof text - 1] = 0;
    folder(&events[0], "x", text);
    struct jsonr *j = make(1, WEBHOOK_DISCORD);
    assert_in_range(strlen(jsonr_str(j, "content", "")), 2 * (ALERT_TEXT - 1), 2000);
    jsonr_free(j);
}

static void a_folder_for_the_command(void **state)
{
    char err[160];
    (void)state;
    folder(&events[0], "$(rm -rf /)\n", "x");
    buf_clear(&body);
    message_folder(&events[0], "/srv/spool", &body);
    struct jsonr *j = jsonr_parse(body.data, body.len, err, sizeof err);
    assert_non_null(j);
    assert_string_equal(jsonr_str(j, "folder", ""), "$(rm -rf /)%0A");
    assert_int_equal(jsonr_int(jsonr_get(j, "documents"), "done", 0), 12);
    jsonr_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generic),
        cmocka_unit_test(an_end_has_a_type_of_its_own),
        cmocka_unit_test(slack),
        cmocka_unit_test(discord),
        cmocka_unit_test(many),
        cmocka_unit_test(one_long),
        cmocka_unit_test(a_folder_for_the_command),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
