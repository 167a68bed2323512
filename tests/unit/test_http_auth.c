#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/clock.h"
#include "base/jsonr.h"
#include "spoold/http/answer.h"
#include "spoold/http/auth.h"
#include "spoold/http/hostcheck.h"
#include "spoold/http/route.h"

/* A request of these lines; to be freed. */
static struct request request(const char *method, const char *target, const char *lines)
{
    struct request_header h[REQUEST_HEADERS];
    struct request_raw raw = {method, target, "HTTP/1.1", h, 0};
    struct request rq;
    const char *why;

    for (const char *s = lines; *s;) {
        size_t n = strcspn(s, "\n"), name = strcspn(s, ":");
        h[raw.count++] = (struct request_header){s, s + name + 1, name, n - name - 1};
        s += n + (s[n] == '\n');
    }
    assert_int_equal(request_decode(&rq, &raw, &why), 0);
    return rq;
}

/* ---- routes ---- */

static const struct route table[] = {
    {.method = REQUEST_GET, .pattern = "/"},
    {.method = REQUEST_GET, .pattern = "/a/{id}"},
    {.method = REQUEST_DELETE, .pattern = "/a/{id}"},
    {.method = REQUEST_GET, .pattern = "/a/{id}/b/{name}"},
    {.method = REQUEST_POST, .pattern = "/a/list"},
    {.method = REQUEST_PUT, .pattern = "/{}"},
};

static int which(const char *method, const char *target, char allow[64])
{
    struct request rq = request(method, target, "Host:a");
    const struct route *r = route_match(table, sizeof table / sizeof table[0], &rq, allow);

    request_free(&rq);
    return r ? (int)(r - table) : -1;
}

static void test_routes(void **state)
{
    char allow[64];

    (void)state;
    assert_int_equal(which("GET", "/", allow), 0);
    assert_int_equal(which("HEAD", "/?x", allow), 0);
    assert_int_equal(which("GET", "/a/1", allow), 1);
    assert_int_equal(which("DELETE", "/a/1", allow), 2);
    assert_int_equal(which("GET", "/a/1/b/2", allow), 3);
    assert_int_equal(which("POST", "/a/list", allow), 4);
    assert_int_equal(which("GET", "/a/x%2Fy", allow), 1);
    assert_int_equal(which("GET", "/a%2F1", allow), -1);
    assert_string_equal(allow, "");
    assert_int_equal(which("GET", "/a/", allow), -1);
    assert_int_equal(which("GET", "/a/1/", allow), -1);
    assert_int_equal(which("GET", "//a/1", allow), -1);
    assert_int_equal(which("GET", "/A/1", allow), -1);
    assert_int_equal(which("PUT", "/%7B%7D", allow), 5); /* too short to be a name: a word */
    assert_int_equal(which("PUT", "/x", allow), -1);
    assert_int_equal(which("PUT", "/a/list", allow), -1);
    assert_string_equal(allow, "GET, HEAD, DELETE, POST");
}

static void test_route_params(void **state)
{
    struct request rq = request("GET", "/a/x%2Fy/b/%ff", "Host:a");
    char allow[64];

    (void)state;
    assert_non_null(route_match(table, 6, &rq, allow));
    assert_int_equal(rq.params, 2);
    assert_string_equal(request_param(&rq, "id")->s, "x/y");
    assert_int_equal(request_param(&rq, "name")->len, 1);
    assert_null(request_param(&rq, "i"));
    assert_null(request_param(&rq, "names"));
    request_free(&rq);
}

/* ---- hosts ---- */

static void test_hosts(void **state)
{
    char *bad;
    struct hostcheck *h = hostcheck_new("Alpha", "[fd00::1]", "spool.example, Beta\tgamma", &bad);

    (void)state;
    assert_non_null(h);
    static const char *const good[] = {"localhost", "127.0.0.1",     "[::1]", "alpha",
                                       "[fd00::1]", "spool.example", "beta",  "gamma"};
    static const char *const strange[] = {"",           "evil.example", "localhost.localdomain",
                                          "localhost.", "127.0.0.2",    "spool.example.evil",
                                          "::1",        "alph"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(hostcheck_allows(h, good[i]));
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        assert_false(hostcheck_allows(h, strange[i]));
    hostcheck_free(h);
    h = hostcheck_new("LocalHost.LocalDomain", NULL, NULL, &bad);
    assert_non_null(h);
    assert_false(hostcheck_allows(h, "localhost.localdomain"));
    hostcheck_free(h);
}

static void test_bad_hosts(void **state)
{
    static const char *const wrong[] = {"a:80", "http://a", "*", "[::zz]", "a/b", "[::1"};
    char *bad, many[400] = "";

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(hostcheck_new(NULL, NULL, wrong[i], &bad));
        assert_string_equal(bad, wrong[i]);
        free(bad);
    }
    for (int i = 0; i < HOSTCHECK_NAMES; i++)
        sprintf(many + strlen(many), "n%d ", i);
    assert_null(hostcheck_new(NULL, NULL, many, &bad));
    assert_null(bad);
    hostcheck_free(NULL);
}

/* ---- rights ---- */

static const char token[] = "0123456789abcdef";

static struct auth *auth_new(bool with_token)
{
    struct auth *a = calloc(1, sizeof *a);

    assert_non_null(a);
    strcpy(a->cookie, "sid");
    if (with_token) {
        char file[] = "/tmp/test_http_auth.XXXXXX";
        int fd = mkstemp(file);
        FILE *f = fdopen(fd, "w");
        assert_non_null(f);
        fputs(token, f);
        fclose(f);
        assert_null(secret_load(&a->secret, file));
        remove(file);
    }
    return a;
}

static enum auth_verdict verdict(struct auth *a, const char *method, enum auth_need need,
                                 const char *lines)
{
    char all[500] = "Host:a:1\n";

    strcat(all, lines);
    struct request rq = request(method, "/", all);
    enum auth_verdict v = auth_check(a, &rq, need, 5);
    request_free(&rq);
    return v;
}

static void test_what_is_needed(void **state)
{
    struct auth *a = auth_new(true);
    static const char good[] = "Authorization:Bearer 0123456789abcdef";
    static const char bad[] = "Authorization:Bearer 0123456789abcdeF";

    (void)state;
    assert_int_equal(verdict(a, "GET", AUTH_OPEN, ""), AUTH_OK);
    assert_int_equal(verdict(a, "GET", AUTH_READ, ""), AUTH_OK);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, ""), AUTH_MISSING);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, good), AUTH_OK);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, bad), AUTH_WRONG);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, "Authorization:Basic x"), AUTH_MISSING);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, "Authorization:Bearer "), AUTH_MISSING);
    a->token_to_read = true;
    assert_int_equal(verdict(a, "GET", AUTH_OPEN, ""), AUTH_OK);
    assert_int_equal(verdict(a, "GET", AUTH_READ, ""), AUTH_MISSING);
    assert_int_equal(verdict(a, "GET", AUTH_READ, bad), AUTH_WRONG);
    assert_int_equal(verdict(a, "GET", AUTH_READ, good), AUTH_OK);
    a->read_only = true;
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, good), AUTH_READ_ONLY);
    assert_int_equal(verdict(a, "GET", AUTH_READ, good), AUTH_OK);
    free(a);
}

static void test_no_token_lets_nobody_operate(void **state)
{
    struct auth *a = auth_new(false);

    (void)state;
    assert_int_equal(verdict(a, "GET", AUTH_READ, ""), AUTH_OK);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, ""), AUTH_NO_TOKEN);
    assert_int_equal(verdict(a, "POST", AUTH_OPERATE, "Authorization:Bearer "), AUTH_NO_TOKEN);
    free(a);
}

/* Method, need, cookie (1) or bearer (0) and what the browser says: may it? */
static void test_other_sites(void **state)
{
    static const struct {
        bool cookie;
        const char *method, *lines;
        enum auth_verdict v;
    } all[] = {
        {true, "POST", "Origin:http://a:1\nSec-Fetch-Site:same-origin", AUTH_OK},
        {true, "POST", "Origin:http://a:1", AUTH_OK},
        {true, "POST", "", AUTH_CROSS},
        {true, "POST", "Sec-Fetch-Site:same-origin", AUTH_CROSS},
        {true, "POST", "Origin:null\nSec-Fetch-Site:same-origin", AUTH_CROSS},
        {true, "POST", "Origin:http://a:2", AUTH_CROSS},
        {true, "POST", "Origin:http://evil", AUTH_CROSS},
        {true, "POST", "Origin:http://a:1\nSec-Fetch-Site:same-site", AUTH_CROSS},
        {true, "POST", "Origin:http://a:1\nSec-Fetch-Site:cross-site", AUTH_CROSS},
        {true, "POST",
         "Origin:http://a:1\nSec-Fetch-Site:cross-site\nSec-Fetch-Mode:navigate\n"
         "Sec-Fetch-Dest:document",
         AUTH_CROSS},
        {true, "DELETE", "Origin:http://evil", AUTH_CROSS},
        {true, "GET", "", AUTH_OK},
        {true, "GET", "Origin:http://evil", AUTH_OK}, /* reads nothing: no CORS header is sent */
        {true, "GET", "Sec-Fetch-Site:cross-site", AUTH_CROSS},
        {true, "GET", "Sec-Fetch-Site:same-site\nSec-Fetch-Mode:cors", AUTH_CROSS},
        {true, "GET", "Sec-Fetch-Site:cross-site\nSec-Fetch-Mode:navigate\nSec-Fetch-Dest:document",
         AUTH_OK},
        {true, "GET", "Sec-Fetch-Site:cross-site\nSec-Fetch-Mode:navigate\nSec-Fetch-Dest:iframe",
         AUTH_CROSS},
        {true, "GET", "Sec-Fetch-Site:none", AUTH_OK},
        {true, "GET", "Sec-Fetch-Site:nonsense", AUTH_CROSS},
        {false, "POST", "", AUTH_OK},
        {false, "POST", "Origin:http://evil", AUTH_CROSS},
        {false, "POST", "Sec-Fetch-Site:cross-site", AUTH_CROSS},
    };
    struct auth *a = auth_new(true);
    char name[SESSION_NAME], lines[400];

    (void)state;
    session_begin(&a->sessions, 0, name);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].cookie)
            snprintf(lines, sizeof lines, "Cookie:sid=other; sid=%s\n%s", name, all[i].lines);
        else
            snprintf(lines, sizeof lines, "Authorization:Bearer %s\n%s", token, all[i].lines);
        enum auth_verdict v = verdict(a, all[i].method, AUTH_OPERATE, lines);
        if (v != all[i].v)
            fail_msg("%s %s: %d, not %d", all[i].method, all[i].lines, (int)v, (int)all[i].v);
    }
    free(a);
}

static void test_sessions_end(void **state)
{
    struct sessions *s = calloc(1, sizeof *s);
    char first[SESSION_NAME], second[SESSION_NAME], name[SESSION_NAME];
    const int64_t hour = 3600 * 1000;

    (void)state;
    assert_non_null(s);
    session_begin(s, 1, first);
    session_begin(s, 2, second);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), SESSION_NAME - 1);
    assert_true(session_holds(s, hour, first, strlen(first))); /* from now, again */
    assert_false(session_holds(s, SESSION_HOURS * hour + 2, second, strlen(second)));
    assert_true(session_holds(s, SESSION_HOURS * hour + 2, first, strlen(first)));
    assert_false(session_holds(s, 3, first, strlen(first) - 1));
    assert_false(session_holds(s, 3, "", 0));
    assert_true(session_end(s, first, strlen(first)));
    assert_false(session_end(s, first, strlen(first)));
    assert_false(session_holds(s, 3, first, strlen(first)));
    /* One more than there are places: the one that would end first gives way. */
    memset(s, 0, sizeof *s);
    session_begin(s, 1, first);
    session_begin(s, 2, second);
    for (int i = 2; i <= SESSION_COUNT; i++)
        session_begin(s, 10 + i, name);
    assert_false(session_holds(s, 100, first, strlen(first)));
    assert_true(session_holds(s, 100, second, strlen(second)));
    free(s);
}

/* ---- answers ---- */

static void test_problems(void **state)
{
    struct answer a = {.status = 200};

    (void)state;
    buf_str(&a.body, "half an answer");
    strcpy(a.etag, "x");
    a.keep = true;
    answer_problem(&a, 421, "host-not-allowed", "no \"%s\"\n\xff", "h");
    struct jsonr *j = jsonr_parse(a.body.data, a.body.len, NULL, 0);
    assert_non_null(j);
    assert_string_equal(jsonr_str(j, "type", ""), "urn:pdfspool:problem:host-not-allowed");
    assert_string_equal(jsonr_str(j, "title", ""), "Misdirected Request");
    assert_int_equal(jsonr_int(j, "status", 0), 421);
    assert_string_equal(jsonr_str(j, "detail", ""), "no \"h\"\n\xef\xbf\xbd");
    assert_string_equal(a.type, "application/problem+json");
    assert_string_equal(a.etag, "");
    assert_false(a.keep);
    jsonr_free(j);
    answer_header(&a, "X", "a\r\nSet-Cookie: b\x7f%d", 1);
    assert_string_equal(a.header[0].value.data, "a??Set-Cookie: b?1");
    assert_true(answer_ok(&a));
    a.header[0].value.failed = true;
    assert_false(answer_ok(&a));
    answer_free(&a);
    assert_int_equal(a.headers, 0);
    assert_string_equal(answer_title(599), "Error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),         cmocka_unit_test(test_route_params),
        cmocka_unit_test(test_hosts),          cmocka_unit_test(test_bad_hosts),
        cmocka_unit_test(test_what_is_needed), cmocka_unit_test(test_no_token_lets_nobody_operate),
        cmocka_unit_test(test_other_sites),    cmocka_unit_test(test_sessions_end),
        cmocka_unit_test(test_problems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
