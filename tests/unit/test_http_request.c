#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spoold/http/request.h"

/* Decode a header written as lines. */
static int decode(struct request *rq, const char *method, const char *target, const char *version,
                  const char *lines)
{
    struct request_header h[REQUEST_HEADERS + 1];
    struct request_raw raw = {method, target, version, h, 0};
    const char *why = NULL;

    for (const char *s = lines; *s && raw.count <= REQUEST_HEADERS;) {
        size_t n = strcspn(s, "\n"), name = strcspn(s, ":");
        h[raw.count++] = (struct request_header){s, s + name + 1, name, n - name - 1};
        s += n + (s[n] == '\n');
    }
    int status = request_decode(rq, &raw, &why);
    assert_true((status == 0) == (*why == '\0'));
    return status;
}

#define HOST "Host:localhost"

static int status_of(const char *method, const char *target, const char *lines)
{
    struct request rq;
    int status = decode(&rq, method, target, "HTTP/1.1", lines);
    request_free(&rq);
    return status;
}

static void test_takes_apart(void **state)
{
    struct request rq;

    (void)state;
    assert_int_equal(decode(&rq, "GET", "/api/a%2Fb/%c3%a4?x=1+2&y=%26&flag&z==", "HTTP/1.1",
                            "hOsT:LocalHost:8090\nAccept-Encoding:br, gzip;q=0.5\n"
                            "Authorization:bearer  abc\nX-Other:1\nX-Other:2"),
                     0);
    assert_int_equal(rq.method, REQUEST_GET);
    assert_true(rq.safe);
    assert_string_equal(rq.path, "/api/a%2Fb/%c3%a4");
    assert_int_equal(rq.segments, 3);
    assert_string_equal(rq.segment[1].s, "a/b");
    assert_int_equal(rq.segment[1].len, 3);
    assert_string_equal(rq.segment[2].s, "\xc3\xa4");
    assert_string_equal(request_query(&rq, "x"), "1 2");
    assert_string_equal(request_query(&rq, "y"), "&");
    assert_string_equal(request_query(&rq, "flag"), "");
    assert_string_equal(request_query(&rq, "z"), "=");
    assert_null(request_query(&rq, "w"));
    assert_string_equal(rq.host, "localhost");
    assert_int_equal(rq.port, 8090);
    assert_string_equal(rq.host_header, "LocalHost:8090");
    assert_string_equal(request_bearer(&rq), "abc");
    assert_true(request_takes_gzip(&rq));
    assert_false(rq.doubtful);
    request_free(&rq);
}

static void test_root_and_empty_segments(void **state)
{
    struct request rq;

    (void)state;
    assert_int_equal(decode(&rq, "HEAD", "/", "HTTP/1.0", HOST), 0);
    assert_int_equal(rq.segments, 0);
    request_free(&rq);
    assert_int_equal(decode(&rq, "DELETE", "//a/?", "HTTP/1.1", HOST), 0);
    assert_int_equal(rq.segments, 3);
    assert_int_equal(rq.segment[0].len, 0);
    assert_int_equal(rq.segment[2].len, 0);
    assert_int_equal(rq.queries, 0);
    assert_false(rq.safe);
    request_free(&rq);
}

static void test_refuses_bad_targets(void **state)
{
    static const struct {
        int status;
        const char *target;
    } all[] = {
        {400, ""},
        {400, "a"},
        {400, "*"},
        {400, "http://localhost/"},
        {400, "/a b"},
        {400, "/a#b"},
        {400, "/\x01"},
        {400, "/\xc3\xa4"},
        {400, "/%"},
        {400, "/%2"},
        {400, "/%2x"},
        {400, "/%00"},
        {400, "/a/../b"},
        {400, "/.."},
        {400, "/."},
        {400, "/%2e%2E/etc/passwd"},
        {400, "/a/%2e"},
        {400, "/a?x=%00"},
        {400, "/a?x=%zz"},
        {400, "/a?x=1&x=2"},
        {400, "/a?x&%78=1"},
        {0, "/..."},
        {0, "/a/..b"},
        {0, "/%2e%2e%2fetc"},
        {0, "/a?x=../.."},
        {414, "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7"},
        {0, "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int status = status_of("GET", all[i].target, HOST);
        if (status != all[i].status)
            fail_msg("%s: %d, not %d", all[i].target, status, all[i].status);
    }
}

static void test_refuses_long_targets(void **state)
{
    char target[REQUEST_TARGET_MAX + 2];

    (void)state;
    memset(target, 'a', sizeof target);
    target[0] = '/';
    target[REQUEST_TARGET_MAX] = '\0';
    assert_int_equal(status_of("GET", target, HOST), 0);
    target[REQUEST_TARGET_MAX] = 'a';
    target[REQUEST_TARGET_MAX + 1] = '\0';
    assert_int_equal(status_of("GET", target, HOST), 414);
    strcpy(target, "/?");
    for (int i = 0; i < REQUEST_QUERIES; i++)
        sprintf(target + strlen(target), "a%d=&&", i);
    assert_int_equal(status_of("GET", target, HOST), 0);
    strcat(target, "more");
    assert_int_equal(status_of("GET", target, HOST), 414);
}

/* The text is made large enough at the beginning: nothing that was handed out may move. Many parts
 * with nothing in them need the most room. */
static void test_text_does_not_move(void **state)
{
    char target[REQUEST_TARGET_MAX + 1] = "/x?";
    struct request rq;

    (void)state;
    for (int i = 0; i < REQUEST_QUERIES; i++)
        sprintf(target + strlen(target), "%c&", 'A' + i);
    assert_int_equal(decode(&rq, "GET", target, "HTTP/1.1", HOST "\nCookie:\nOrigin:"), 0);
    assert_ptr_equal(rq.path, rq.text.data + (rq.path - rq.text.data));
    assert_true(rq.path >= rq.text.data && rq.path < rq.text.data + rq.text.len);
    for (size_t i = 0; i < rq.queries; i++) {
        assert_true(rq.query_value[i].s > rq.text.data);
        assert_true(rq.query_value[i].s < rq.text.data + rq.text.len);
    }
    assert_true(rq.origin >= rq.text.data && rq.origin < rq.text.data + rq.text.len);
    request_free(&rq);
}

static void test_refuses_bad_hosts(void **state)
{
    static const struct {
        int status;
        const char *lines;
    } all[] = {
        {400, ""},          {400, "Host:"},          {400, "Host:a\nHost:a"},
        {400, "Host:a b"},  {400, "Host:a,b"},       {400, "Host:a:x"},
        {400, "Host:a:0"},  {400, "Host:a:65536"},   {400, "Host:a:80:80"},
        {400, "Host::80"},  {400, "Host:a@b"},       {400, "Host:a/b"},
        {400, "Host:[::1"}, {400, "Host:[::1]a"},    {400, "Host:::1"},
        {400, "Host:a\\b"}, {400, "Host:[a]b]"},     {0, "Host:a.b-c_d"},
        {0, "Host:[::1]"},  {0, "Host:[::1]:65535"}, {0, "Host:1.2.3.4:1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int status = status_of("GET", "/", all[i].lines);
        if (status != all[i].status)
            fail_msg("%s: %d, not %d", all[i].lines, status, all[i].status);
    }
}

static void test_refuses_what_can_be_read_in_two_ways(void **state)
{
    static const struct {
        int status;
        const char *method, *lines;
    } all[] = {
        {411, "POST", HOST "\nTransfer-Encoding:chunked"},
        {411, "GET", HOST "\nTRANSFER-ENCODING:identity"},
        {400, "POST", HOST "\nTransfer-Encoding:chunked\nContent-Length:5"},
        {400, "POST", HOST "\nContent-Length:5\nTransfer-Encoding:xchunked"},
        {400, "POST", HOST "\nContent-Length:5\nContent-Length:5"},
        {400, "POST", HOST "\nContent-Length:5, 5"},
        {400, "POST", HOST "\nContent-Length:+5"},
        {400, "POST", HOST "\nContent-Length:-5"},
        {400, "POST", HOST "\nContent-Length:0x5"},
        {400, "POST", HOST "\nContent-Length:5 5"},
        {0, "POST", HOST " \t\nContent-Length: \t5 "},
        {400, "POST", HOST "\nContent-Length:"},
        {400, "POST", HOST "\nContent-Length:18446744073709551616"},
        {0, "POST", HOST "\nContent-Length:18446744073709551615"},
        {0, "POST", HOST "\nContent-Length:0"},
        {400, "GET", HOST "\nContent-Length:5"},
        {0, "GET", HOST "\nContent-Length:0"},
        {400, "GET", HOST "\nContent-Length :5"},
        {400, "GET", HOST "\n Content-Length:5"},
        {400, "POST", HOST "\nTransfer-Encodingchunked:"},
        {400, "POST", HOST "\ncontent-length5:0"},
        {400, "GET", HOST "\nX Y:5"},
        {400, "GET", HOST "\n:5"},
        {400, "GET", HOST "\nX:a\rb"},
        {400, "GET", HOST "\nX:a\x01"},
        {400, "GET", HOST "\nX:a\x7f"},
        {0, "GET", HOST "\nX:a\tb\xc3\xa4"},
        {400, "GET", HOST "\nCookie:a=1\nCookie:b=2"},
        {400, "GET", HOST "\nOrigin:null\norigin:null"},
        {400, "GET", HOST "\nAuthorization:Bearer a\nAuthorization:Bearer b"},
        {417, "POST", HOST "\nExpect:200-ok"},
        {0, "POST", HOST "\nExpect:100-Continue"},
        {501, "OPTIONS", HOST},
        {501, "get", HOST},
        {501, "CONNECT", HOST},
        {400, "", HOST},
        {400, "GE T", HOST},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int status = status_of(all[i].method, "/", all[i].lines);
        if (status != all[i].status)
            fail_msg("%s %s: %d, not %d", all[i].method, all[i].lines, status, all[i].status);
    }
}

/* A connection may go on only after a refusal that says nothing about where a request ends. */
static void test_knows_when_the_end_is_doubtful(void **state)
{
    struct request rq;

    (void)state;
    assert_int_equal(decode(&rq, "POST", "/%", "HTTP/1.1", HOST "\nContent-Length:5"), 400);
    assert_false(rq.doubtful);
    assert_int_equal(rq.content_length, 5);
    request_free(&rq);
    decode(&rq, "POST", "/", "HTTP/1.1", HOST "\nContent-Length:5\nContent-Length:6");
    assert_true(rq.doubtful);
    request_free(&rq);
    assert_int_equal(decode(&rq, "GET", "/", "HTTP/2.0", HOST), 505);
    assert_true(rq.doubtful);
    request_free(&rq);
    assert_int_equal(decode(&rq, "GET", "/", "HTTP/1.10", HOST), 505);
    request_free(&rq);
}

static void test_refuses_many_headers(void **state)
{
    char lines[2000] = HOST;

    (void)state;
    for (int i = 1; i < REQUEST_HEADERS; i++)
        sprintf(lines + strlen(lines), "\nX%d:", i);
    assert_int_equal(status_of("GET", "/", lines), 0);
    strcat(lines, "\nY:");
    assert_int_equal(status_of("GET", "/", lines), 431);
}

static void test_finds_cookies(void **state)
{
    struct request rq;
    struct request_text v;

    (void)state;
    decode(&rq, "GET", "/", "HTTP/1.1", HOST "\nCookie:a=1; sid2=x;sid=one;  sid=two=2; sid=; b");
    assert_true(request_cookie(&rq, "sid", 0, &v));
    assert_int_equal(v.len, 3);
    assert_memory_equal(v.s, "one", 3);
    assert_true(request_cookie(&rq, "sid", 1, &v));
    assert_memory_equal(v.s, "two=2", v.len);
    assert_true(request_cookie(&rq, "sid", 2, &v));
    assert_int_equal(v.len, 0);
    assert_false(request_cookie(&rq, "sid", 3, &v));
    assert_false(request_cookie(&rq, "b", 0, &v));
    request_free(&rq);
}

static bool gzip_of(const char *value)
{
    char lines[200] = HOST "\nAccept-Encoding:";
    struct request rq;

    strcat(lines, value);
    assert_int_equal(decode(&rq, "GET", "/", "HTTP/1.1", lines), 0);
    bool takes = request_takes_gzip(&rq);
    request_free(&rq);
    return takes;
}

static void test_gzip_is_taken_or_not(void **state)
{
    (void)state;
    assert_true(gzip_of("gzip"));
    assert_true(gzip_of("deflate, GZIP ;q=0.001"));
    assert_false(gzip_of(""));
    assert_false(gzip_of("x-gzipped, br"));
    assert_false(gzip_of("gzip;q=0"));
    assert_false(gzip_of("gzip; q=0.000, br"));
    assert_false(gzip_of("identity"));
}

static bool etag_of(const char *value)
{
    char lines[200] = HOST "\nIf-None-Match:";
    struct request rq;

    strcat(lines, value);
    assert_int_equal(decode(&rq, "GET", "/", "HTTP/1.1", lines), 0);
    bool has = request_has_etag(&rq, "abc");
    request_free(&rq);
    return has;
}

static void test_entity_tags(void **state)
{
    (void)state;
    assert_true(etag_of("\"abc\""));
    assert_true(etag_of("W/\"abc\""));
    assert_true(etag_of("\"abc-gz\""));
    assert_true(etag_of("\"x\", W/\"y\" , \"abc\""));
    assert_true(etag_of("*"));
    assert_false(etag_of("abc"));
    assert_false(etag_of("\"abcd\""));
    assert_false(etag_of("\"ab\""));
    assert_false(etag_of("\"abc"));
    assert_false(etag_of("\"-gz\""));
    assert_false(etag_of(""));
}

static bool origin_of(const char *lines)
{
    struct request rq;

    assert_int_equal(decode(&rq, "POST", "/", "HTTP/1.1", lines), 0);
    bool is = request_origin_is_host(&rq);
    request_free(&rq);
    return is;
}

static void test_origins(void **state)
{
    (void)state;
    assert_true(origin_of("Host:a:80\nOrigin:http://a:80"));
    assert_true(origin_of("Host:a\nOrigin:HTTPS://A"));
    assert_false(origin_of("Host:a"));
    assert_false(origin_of("Host:a\nOrigin:null"));
    assert_false(origin_of("Host:a\nOrigin:http://a:80"));
    assert_false(origin_of("Host:a\nOrigin:http://a.evil"));
    assert_false(origin_of("Host:a\nOrigin:http://a@evil"));
    assert_false(origin_of("Host:a\nOrigin:a"));
    assert_false(origin_of("Host:a\nOrigin:ftp://a"));
}

static void test_types(void **state)
{
    struct request rq;

    (void)state;
    decode(&rq, "POST", "/", "HTTP/1.1", HOST "\nContent-Type:Application/JSON ; charset=utf-8");
    assert_true(request_is_type(&rq, "application/json"));
    assert_false(request_is_type(&rq, "application/jso"));
    assert_false(request_is_type(&rq, "application/json5"));
    request_free(&rq);
    decode(&rq, "POST", "/", "HTTP/1.1", HOST);
    assert_false(request_is_type(&rq, "application/json"));
    request_free(&rq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_apart),
        cmocka_unit_test(test_root_and_empty_segments),
        cmocka_unit_test(test_refuses_bad_targets),
        cmocka_unit_test(test_refuses_long_targets),
        cmocka_unit_test(test_text_does_not_move),
        cmocka_unit_test(test_refuses_bad_hosts),
        cmocka_unit_test(test_refuses_what_can_be_read_in_two_ways),
        cmocka_unit_test(test_knows_when_the_end_is_doubtful),
        cmocka_unit_test(test_refuses_many_headers),
        cmocka_unit_test(test_finds_cookies),
        cmocka_unit_test(test_gzip_is_taken_or_not),
        cmocka_unit_test(test_entity_tags),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
