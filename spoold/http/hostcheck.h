/*
 * hostcheck: under which names may this server be asked? A page of a stranger can make its own name
 * point at 127.0.0.1 (DNS rebinding) and then talk to us as if it were ours; the browser's Host
 * header gives it away.
 *
 * Allowed are localhost, 127.0.0.1 and [::1], this machine's name, the address that is listened on,
 * and what the configuration adds. Never localhost.localdomain (CVE-2017-18190).
 */
#ifndef PDFSPOOLD_HOSTCHECK_H
#define PDFSPOOLD_HOSTCHECK_H

#include <stdbool.h>

enum { HOSTCHECK_NAMES = 32 };

struct hostcheck;

/* `own`: name of this machine; `address`: what is listened on ("10.1.2.3", "[fd00::1]"); either may
 * be NULL. `allowed`: further names, separated by commas or blanks, NULL: none; a port behind a
 * name is refused, as ports are not looked at. NULL with errno: EINVAL, and *bad is that word (to
 * be freed); E2BIG: more than HOSTCHECK_NAMES; ENOMEM. */
struct hostcheck *hostcheck_new(const char *own, const char *address, const char *allowed,
                                char **bad);
void hostcheck_free(struct hostcheck *h); /* NULL is fine */
/* `host` as request_decode leaves it: lower case, without a port. */
bool hostcheck_allows(const struct hostcheck *h, const char *host);

#endif
