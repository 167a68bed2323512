#include "spoold/alert/post.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

bool post_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* The answer is hostile: its beginning, as one line of visible ASCII; the rest is thrown away. */
static size_t take(char *bytes, size_t size, size_t n, void *arg)
{
    struct post_answer *a = arg;
    size_t len = strlen(a->text);
    for (size_t i = 0; i < size * n && len < sizeof a->text - 1; i++)
        a->text[len++] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : ' ';
    a->text[len] = 0;
    return size * n;
}

static int go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct post *p = arg;
    (void)a, (void)b, (void)c, (void)d;
    return p->stop && atomic_load(p->stop);
}

/* libcurl's own would be inherited by every child. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)arg, (void)purpose;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* CURLE_OK, or the first that went wrong. */
static CURLcode describe(CURL *c, const struct post *p, struct curl_slist *headers,
                         struct post_answer *a)
{
    CURLcode bad = curl_easy_setopt(c, CURLOPT_URL, p->url);
#define SET(option, value) bad = bad ? bad : curl_easy_setopt(c, option, value)
    SET(CURLOPT_PROTOCOLS_STR, "https,http");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_TIMEOUT_MS, (long)p->timeout_ms);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDS, p->body);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->n);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_USERAGENT, "pdfspool/" PDFSPOOL_VERSION);
    SET(CURLOPT_WRITEFUNCTION, take);
    SET(CURLOPT_WRITEDATA, a);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, go_on);
    SET(CURLOPT_XFERINFODATA, (void *)(uintptr_t)p);
#undef SET
    return bad;
}

static struct curl_slist *list_headers(const struct post *p)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < POST_HEADERS && p->headers[i]; i++) {
        struct curl_slist *longer = curl_slist_append(list, p->headers[i]);
        if (!longer) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

bool post_send(const struct post *p, struct post_answer *a)
{
    long status = 0;
    CURL *c = curl_easy_init();
    struct curl_slist *headers = list_headers(p);
    CURLcode bad =
        c && (headers || !p->headers[0]) ? describe(c, p, headers, a) : CURLE_OUT_OF_MEMORY;
    *a = (struct post_answer){0};
    if (!bad)
        bad = curl_easy_perform(c);
    if (!bad)
        bad = curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    a->status = bad ? 0 : (int)status;
    if (bad)
        snprintf(a->text, sizeof a->text, "%s", curl_easy_strerror(bad));
    curl_slist_free_all(headers);
    if (c)
        curl_easy_cleanup(c);
    return status >= 200 && status < 300 && !bad;
}
