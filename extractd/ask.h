/*
 * ask: run a program for a few words, and wait for it step by step, without ever being held up.
 */
#ifndef PDFSPOOL_ASK_H
#define PDFSPOOL_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ASK_CAP = 600 };

struct ask {
    pid_t pid;          /* 0: none runs */
    int answer;         /* its stdout and stderr; -1: closed */
    int64_t until;      /* boot clock, ms: then it is killed */
    int code;           /* once it is over: its exit code, or -1: killed, or never run */
    size_t len;         /* of text */
    char text[ASK_CAP]; /* what it said at first, ended by NUL, without blanks at its end */
};

/* Start the program of this path, with at most so many ms to live. 0, or -1 with errno. It is
 * killed with the process that asks. */
int ask_begin(struct ask *a, const char *path, char *const argv[], int64_t ms);
/* Take what it says. True: it has ended, and code and text are there. To be called again and again;
 * does not wait. */
bool ask_over(struct ask *a);
/* The same, at once. */
int ask_wait(struct ask *a, const char *path, char *const argv[], int64_t ms);

#endif
