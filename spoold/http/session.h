/*
 * session: browsers that have shown the token once. Each has a random name, which its cookie holds;
 * here lies its SHA-256. Sessions live in memory: a restart ends them.
 *
 * Called from the server's thread alone.
 */
#ifndef PDFSPOOLD_SESSION_H
#define PDFSPOOLD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SESSION_COUNT = 64, SESSION_HOURS = 12, SESSION_NAME = 53 };

struct sessions {
    struct {
        char hash[65]; /* "": free */
        int64_t until; /* clock_boot_ms */
    } all[SESSION_COUNT];
};

/* A new one, its name into name[SESSION_NAME]. When all places are taken, the one that would end
 * first gives way. Cannot fail. */
void session_begin(struct sessions *s, int64_t now, char name[SESSION_NAME]);
/* Is there one of this name? It then lives on for another SESSION_HOURS. */
bool session_holds(struct sessions *s, int64_t now, const char *name, size_t n);
/* End it. False: there was none. */
bool session_end(struct sessions *s, const char *name, size_t n);

#endif
