/*
 * daemon: spoold itself: it reads its settings once, then serves, and never touches the share again:
 * the scanner does.
 */
#ifndef PDFSPOOLD_DAEMON_H
#define PDFSPOOLD_DAEMON_H

struct daemon_options {
    const char *spool, *config, *listen, *www, *parser; /* all but the spool may be NULL */
};

/* Serve until SIGTERM or SIGINT. The exit code; what is wrong is said on stderr. */
int daemon_run(const struct daemon_options *o);

#endif
