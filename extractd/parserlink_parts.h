/*
 * parserlink_parts: what the files of parserlink share: parserlink.c works with a parser,
 * parserlink_say.c puts into words how that ended.
 */
#ifndef PDFSPOOL_PARSERLINK_PARTS_H
#define PDFSPOOL_PARSERLINK_PARTS_H

#include "extractd/accept.h"
#include "extractd/parserlink.h"
#include "extractd/parserproc.h"

enum {
    STDERR_KEPT = 2048,
    STDERR_BREACH = 1024 * 1024 /* a parser says a line when it dies; this much is an attack */
};

struct parserlink {
    struct parserproc proc;
    unsigned slot;
    int status_fd;
    const struct wire_status *status; /* hostile: clamp */
    struct accept accept;
    uint32_t told; /* of accept.pages, so many have been told of */
    struct parse_limits spawned_with;
    enum wire_whole whole; /* once a page, or files, needed all engines, the slot's parsers have
                              them */
    uint32_t served;
    int64_t busy_ms; /* of this parser, over all its documents */
    const char *breach;
    int error;              /* our own trouble with what it sent: errno; 0: none */
    const char *what;       /* and a word on it */
    char said[STDERR_KEPT]; /* the beginning of its stderr */
    size_t said_len;
    size_t have; /* bytes in `in` */
    uint8_t in[FRAME_BYTES_MAX];
};

/* This machine, or the share, failed: `what`, and the errno. */
void parserlink_environment(struct parse_result *r, const char *what, int err);
void parserlink_no_models(struct parse_result *r, const char *languages);
/* It broke the rules (l->breach), or we could not take what it sent (l->error): it is dead now. */
void parserlink_report_breach(struct parserlink *l, struct parse_result *r);
/* It has died, or is lost. */
void parserlink_report_death(struct parserlink *l, struct parse_result *r);

#endif
