/*
 * world: a spool in a temporary folder, what users dropped into it, and a consumer that takes
 * results away.
 *
 * Everything here uses system calls of its own, never the product's rooms (but for spool_init): it
 * is the outside. A struct world lives in a shared mapping, so that all processes of a run add to
 * one list of drops.
 */
#ifndef PDFSPOOL_TEST_WORLD_H
#define PDFSPOOL_TEST_WORLD_H

#include <stdbool.h>

enum {
    WORLD_INNER = 2,
    WORLD_DROPS = 48,
    WORLD_PATH = 1024,
    WORLD_SEEN = 192,
    WORLD_CONTENT = 2048
};

struct drop {
    unsigned serial; /* identifies the content */
    bool corrupt;    /* is to end in failed/corrupt/ */
    bool cancel;     /* somebody cancels it: it may end in failed/cancelled/ instead */
    bool inner;      /* it comes out of another one, and has no file of its own before that */
    char path[WORLD_PATH];
};

/* A visible file of done/ or failed/ as it was once seen. */
struct seen_file {
    unsigned long ino;
    unsigned long hash;
    char path[WORLD_PATH];
};

struct world {
    char top[256];   /* the spool */
    char taken[280]; /* where the consumer puts what it takes, beside the spool */
    bool naive;      /* the tree of the naive protocol: results of failure do not exist */
    unsigned drops;
    struct drop drop[WORLD_DROPS];
    unsigned seen;
    struct seen_file file[WORLD_SEEN];
    unsigned takings;
};

/* A fresh spool below `base` (made anew). Exits the program on an error: the test itself is broken
 * then. */
void world_make(struct world *w, const char *base, const char *name);
void world_remove(struct world *w);
/* Expect a document that is in nobody's hands yet: whoever calls puts its content somewhere. */
const struct drop *world_expect(struct world *w, const char *path, bool corrupt);
/* Does a document of this path hold others? Its name begins with "holds"; below its folder they are
 * called so: */
bool world_holds(const char *path);
extern const char *const world_inner[WORLD_INNER];
/* Put a document there, by rename as people are told to. What it holds is expected, too. */
void world_drop(struct world *w, const char *path, bool corrupt);
/* Put a document's published triple into done/ as if it had been worked on earlier. */
void world_published(struct world *w, const char *path);
/* Write one file below the spool. */
void world_write(const struct world *w, const char *path, const char *text);
/* Note all visible files in done/ and failed/. */
void world_note(struct world *w);
/* The number of noted files that are not there any more, or are others; reported on stderr when
 * `loud`. Those that the consumer has taken since must not be noted. */
unsigned world_changed(const struct world *w, bool loud);
/* The consumer: takes each complete triple (and failed pair) away. */
void world_take(struct world *w);
/* Contents by serial. */
int world_pdf(char *dst, unsigned long cap, unsigned serial, bool corrupt);
int world_text(char *dst, unsigned long cap, unsigned serial);
/* As the real worker's, as far as spoolctl audit reads it: with the path, sizes and hashes, and
 * what it holds. */
int world_json(char *dst, unsigned long cap, unsigned serial, const char *outcome, bool corrupt,
               const char *path);
/* The same with this document id: what holds others needs its real one. */
int world_json_as(char *dst, unsigned long cap, unsigned serial, const char *outcome, bool corrupt,
                  const char *path, const char *document);

/* Call fn(arg, path below top, is a folder, name) for everything below top/`under`, folders after
 * their content. False when the folder is not there. */
typedef void world_visit(void *arg, const char *path, int type, unsigned long ino);
bool world_walk(const char *top, const char *under, world_visit *fn, void *arg);
/* A whole small file into dst (NUL-terminated); its length or -1. */
long world_read(const char *top, const char *path, char *dst, unsigned long cap);

#endif
