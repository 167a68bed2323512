/*
 * record: a table of file operations that notes every change of a spool, by identity and not by
 * path.
 *
 * record_start takes a snapshot of a tree (all of it counts as durable) and puts the table into
 * `fs`; it passes everything on to fsop_posix and appends each change that has happened to the log.
 * Files and folders are numbered (nodes): a folder that is renamed stays the same node. One process
 * at a time records; the log lives in a shared mapping, so that another process can read it.
 *
 * The table can also lie about fsync, which is what the negative controls need.
 */
#ifndef PDFSPOOL_TEST_RECORD_H
#define PDFSPOOL_TEST_RECORD_H

#include <stdbool.h>

enum { RECORD_NODES = 1024, RECORD_OPS = 2048, RECORD_NAME = 256, RECORD_BYTES = 256 * 1024 };

enum record_kind {
    /* changes of entries */
    REC_CREATE,
    REC_MKDIR,
    REC_SYMLINK,
    REC_RENAME,
    REC_UNLINK, /* of a folder, too */
    /* changes of a file's bytes */
    REC_TRUNCATE,
    REC_WRITE,
    /* what makes things durable */
    REC_FSYNC,
    REC_FSYNC_LOST, /* it failed: what was written to that file before is gone for good */
    REC_CLOSE,      /* of a file that was open for writing */
    /* of no consequence, or outside the spool */
    REC_TOUCH,
    REC_SOURCE_GONE /* unlink() of a user's own file, outside fsop */
};

enum record_lie {
    RECORD_HONEST,
    RECORD_FSYNC_NOTHING,      /* every fsync answers 0 and does nothing */
    RECORD_FSYNC_FAILS,        /* the Nth fsync fails, and says so */
    RECORD_FSYNC_FAILS_SILENT, /* the Nth fsync fails; whoever called it never hears of it */
    RECORD_FSYNC_SKIPPED       /* the Nth fsync answers 0 and does nothing */
};

enum record_type { NODE_NONE, NODE_FOLDER, NODE_FILE, NODE_LINK };

/* A file, folder or link that has ever been there. */
struct record_node {
    enum record_type type;
    unsigned long ino;
    bool old; /* part of the snapshot: there, with these bytes, before the first operation */
    int parent;
    char name[RECORD_NAME];
    unsigned at, len; /* its first bytes, or a link's target, in log->bytes */
};

struct record_op {
    enum record_kind kind;
    int node, dir, to_dir; /* -1: none, or outside the tree */
    unsigned offset;       /* REC_WRITE: where in the file */
    unsigned at, len;      /* REC_WRITE: the bytes, in log->bytes */
    char name[RECORD_NAME], to[RECORD_NAME];
};

struct record_log {
    enum record_lie lie;
    unsigned lie_at;                       /* which fsync, from 1 */
    unsigned fsyncs, lies;                 /* counted */
    bool full;                             /* something did not fit: the log is void */
    unsigned nodes, ops, filled;           /* filled: of bytes */
    struct record_node node[RECORD_NODES]; /* 0 is the root */
    struct record_op op[RECORD_OPS];
    char bytes[RECORD_BYTES];
};

/* A log in a shared mapping. Never NULL. */
struct record_log *record_new(void);
/* Snapshot of `top`, and the table into `fs`. */
void record_start(struct record_log *log, const char *top, enum record_lie lie, unsigned lie_at);
void record_stop(void);
const char *record_kind_name(enum record_kind kind);
/* Does it change entries (of folders)? */
bool record_changes_entries(enum record_kind kind);

#endif
