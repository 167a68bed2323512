/*
 * request: what a client asks, checked and taken apart. The decoder of foreign bytes; it knows no
 * socket and no library.
 *
 * The library below us (libmicrohttpd 0.9.75) is lenient, and another program may stand between
 * client and us that reads the same bytes otherwise. So whatever can be read in two ways is refused
 * here, before anybody acts on it:
 *
 *   method      GET, HEAD, POST, PUT, DELETE; else 501
 *   version     HTTP/1.0 or HTTP/1.1; else 505
 *   target      "/path?query" alone, 4,096 bytes at most (414), visible ASCII without '#'; no
 *               absolute form. Each segment of the path and each name and value of the query is
 *               decoded (%XX; '+' in the query) for itself: %2F in a segment is no separator. NUL,
 *               a segment "." or "..", a name that comes twice: 400
 *   headers     64 at most (431); names are tokens; no control characters but tab in a value; those
 *               of the table in request.c come once at most
 *   Host        exactly one, also in HTTP/1.0; a name, an IPv4 or a [IPv6] address, and a port
 *   body        Content-Length alone, digits alone; a Transfer-Encoding is refused (411; 400 when
 *               both came). None with GET and HEAD
 *   Expect      100-continue or nothing; else 417
 *
 * Nothing here ever becomes part of a path of the file system.
 */
#ifndef PDFSPOOLD_REQUEST_H
#define PDFSPOOLD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    REQUEST_TARGET_MAX = 4096,
    REQUEST_SEGMENTS = 16,
    REQUEST_QUERIES = 32,
    REQUEST_PARAMS = 8,
    REQUEST_HEADERS = 64,
    REQUEST_HOST_MAX = 255
};

enum request_method { REQUEST_GET, REQUEST_HEAD, REQUEST_POST, REQUEST_PUT, REQUEST_DELETE };

/* Bytes that may hold anything but NUL, and a NUL behind them. */
struct request_text {
    const char *s;
    size_t len;
};

struct request_header {
    const char *name, *value;
    size_t name_len, len;
};

/* As it came from the wire. */
struct request_raw {
    const char *method, *target, *version;
    const struct request_header *headers;
    size_t count;
};

struct request {
    enum request_method method;
    bool safe;        /* GET or HEAD: changes nothing */
    const char *path; /* as it came, still encoded, without the query */
    size_t segments;  /* of the path; "/" has none, "/a/" has "a" and "" */
    struct request_text segment[REQUEST_SEGMENTS];
    size_t queries;
    struct request_text query_name[REQUEST_QUERIES], query_value[REQUEST_QUERIES];
    char host[REQUEST_HOST_MAX + 1]; /* lower case, without port; [::1] keeps its brackets */
    uint64_t port;                   /* named in Host; 0: none */
    /* Headers that came, else NULL; as they were. */
    const char *authorization, *content_type, *cookie, *expect, *if_none_match, *last_event_id;
    const char *origin, *sec_fetch_dest, *sec_fetch_mode, *sec_fetch_site;
    const char *accept, *accept_encoding;
    const char *host_header; /* Host as it was */
    uint64_t content_length; /* 0: no body */
    bool sized;              /* Content-Length came, be it 0 */
    bool doubtful; /* after a refusal: where the next request begins is not certain: close */
    /* Set by route_match: what the pattern's names stood for. */
    size_t params;
    const char *param_name[REQUEST_PARAMS]; /* up to the '}' of the pattern */
    struct request_text param_value[REQUEST_PARAMS];
    struct buf body; /* what has come of it; of routes that take JSON */
    uint64_t ticket; /* set by the server: what later_complete wants to know */
    struct buf text; /* where all of the above lies */
};

/* Decode. 0, or the status to refuse it with; then *why is a sentence for the client (never its own
 * bytes). The request is to be freed in either case, and then knows its method and `doubtful` where
 * they could be told. 503: out of memory. What `raw` points to is copied. */
int request_decode(struct request *rq, const struct request_raw *raw, const char **why);
/* Gives back what it holds, not *rq itself. */
void request_free(struct request *rq);

/* A value of the query or of the pattern, or NULL. The second form: as bytes. */
const char *request_query(const struct request *rq, const char *name);
const struct request_text *request_query_text(const struct request *rq, const char *name);
const struct request_text *request_param(const struct request *rq, const char *name);

/* Is the body of this type ("application/json")? Parameters (charset) are not looked at; a charset
 * other than UTF-8 then fails as JSON. */
bool request_is_type(const struct request *rq, const char *type);
/* The token of "Authorization: Bearer TOKEN", or NULL. */
const char *request_bearer(const struct request *rq);
/* The nth (from 0) cookie of this name: its value's length, and *value; false when there are not so
 * many. */
bool request_cookie(const struct request *rq, const char *name, size_t nth,
                    struct request_text *value);
/* Does Accept name this type ("text/plain"; a wildcard names none)? A quality of 0 means no. */
bool request_asks_for(const struct request *rq, const char *type);
/* Does the client take gzip? (A quality of 0 means no.) */
bool request_takes_gzip(const struct request *rq);
/* Is this entity tag (without quotes) among those of If-None-Match? Compared weakly, and without a
 * "-gz" at its end, which is how an answer's compressed form is told from its plain one. */
bool request_has_etag(const struct request *rq, const char *etag);
/* Does Origin name this Host? Scheme http or https, and the rest equal to the Host header, in any
 * case. "null" and none: no. */
bool request_origin_is_host(const struct request *rq);

extern const char *const request_method_names[5];

#endif
