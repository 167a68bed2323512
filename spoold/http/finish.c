/* What an answer gets on its way out. */
#include "spoold/http/gzip.h"
#include "spoold/http/serve.h"

#include <string.h>

const struct mhd_header finish_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
     "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"X-Frame-Options", "DENY"},
    {NULL, NULL},
};

static void drop_body(struct answer *a)
{
    buf_free(&a->body);
    a->fixed = NULL;
    a->fixed_len = 0;
}

void finish_answer(const struct request *rq, struct answer *a)
{
    bool same = a->status == 200 && rq->safe && a->etag[0] && request_has_etag(rq, a->etag);
    bool varies = a->packed;

    if (!answer_ok(a)) {
        answer_free(a);
        answer_problem(a, 503, "too-busy", "There is no memory for the answer.");
    }
    if (same) {
        a->status = 304;
        drop_body(a);
    }
    if (a->type && gzip_pays(a->type, a->fixed ? a->fixed_len : a->body.len)) {
        varies = true;
        if (request_takes_gzip(rq))
            answer_pack(a);
    }
    if (a->type && !same)
        answer_header(a, "Content-Type", "%s", a->type);
    if (a->packed && !same)
        answer_header(a, "Content-Encoding", "gzip");
    if (varies || same)
        answer_header(a, "Vary", "Accept-Encoding");
    if (a->etag[0])
        answer_header(a, "ETag", "\"%s%s\"", a->etag, a->packed ? "-gz" : "");
    answer_header(a, "Cache-Control", "%s%s", a->keep && a->alone ? "private, " : "",
                  a->keep ? "no-cache" : "no-store");
}
