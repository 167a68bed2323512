/*
 * post: one HTTP request with a body, by libcurl, whose only user this is. http and https alone, no
 * redirect is followed, no proxy but what the environment names.
 */
#ifndef PDFSPOOLD_POST_H
#define PDFSPOOLD_POST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POST_HEADERS = 6, POST_ANSWER = 256 };

struct post {
    const char *url;
    const char *headers[POST_HEADERS]; /* "name: value"; the first NULL ends them */
    const char *body;
    size_t n;
    int64_t timeout_ms;
    const atomic_bool *stop; /* NULL, or: give up within a second when it becomes true */
};

struct post_answer {
    int status;             /* of HTTP; 0: there was none */
    char text[POST_ANSWER]; /* the beginning of its body, or what went wrong; one line of ASCII */
};

/* Once, before any thread is there that posts. False: this machine's libcurl does not work. */
bool post_init(void);
/* Send it, and wait for the answer. True: it was taken (2xx). */
bool post_send(const struct post *p, struct post_answer *a);

#endif
