/*
 * server: the file server: a tree of inodes in memory, and the operations of NFS on it.
 *
 * Handles are inodes, never paths: an operation on a handle works wherever the object is, and
 * answers ESTALE once it is removed. RENAME, REMOVE and LOOKUP name their object by folder and
 * name. Each operation is atomic. Times are the server's clock in ticks; a folder's change
 * attribute is a counter (NFSv4) or the tick of its last change (NFSv3): the reader of struct attrs
 * chooses.
 */
#ifndef PDFSPOOL_SIM_SERVER_H
#define PDFSPOOL_SIM_SERVER_H

#include <sys/types.h>

#include "sim.h"

enum { SERVER_INODES = 16384, SERVER_TICK = 4 * SIM_MS };

/* Where in the tree a folder is: the law depends on it. */
enum zone {
    ZONE_OUTSIDE, /* the users' own folders, beside the spool */
    ZONE_TAKEN,   /* where the consumer puts what it takes */
    ZONE_ROOT,
    ZONE_PENDING,
    ZONE_RETRY,
    ZONE_UNPACK, /* and all below it */
    ZONE_CLAIMED,
    ZONE_HOST,
    ZONE_LEASE,
    ZONE_WORK,
    ZONE_DONE,
    ZONE_FAILED,
    ZONE_CLASS,
    ZONE_CONTROL,
    ZONE_NAMES,
    ZONE_PATHS,
    ZONE_ARCHIVES,
    ZONE_JOURNAL
};

struct inode;

struct entry {
    const char *name;
    uint64_t hash;
    struct inode *inode;
};

struct inode {
    unsigned index;  /* the handle: never used again */
    uint64_t number; /* st_ino: may be used again by a later file, as on ext4 */
    mode_t mode;
    unsigned links;
    enum zone zone;       /* of a folder */
    struct inode *parent; /* of its (last) name */
    const char *name;
    sim_us mtime, ctime; /* virtual, in ticks */
    sim_us made;
    uint64_t change; /* counter */
    char *content;   /* of a file or link */
    size_t size, cap;
    struct entry *entries; /* of a folder; in no order */
    unsigned n_entries, cap_entries;
    bool of_copy;  /* made by a copy of a CREATE that had been executed before */
    int drop;      /* which document that a user dropped; -1: none */
    uint64_t seen; /* the law: hash of the content when it became visible */
};

struct attrs {
    struct inode *inode;
    mode_t mode;
    unsigned links;
    uint64_t number, size, change;
    sim_us mtime, ctime, tick; /* tick: of the last change, NFSv3's change attribute */
};

enum rpc_op {
    RPC_GETATTR,
    RPC_LOOKUP,
    RPC_OPEN, /* by name, making the file if RPC_MAKE */
    RPC_READ,
    RPC_WRITE,
    RPC_TOUCH, /* SETATTR, both times to the server's now */
    RPC_TRUNCATE,
    RPC_RENAME,
    RPC_REMOVE,
    RPC_RMDIR,
    RPC_MKDIR,
    RPC_SYMLINK,
    RPC_READLINK,
    RPC_READDIR,
    RPC_FSSTAT,
    RPC_LINK,
    RPC_OPS
};

enum { RPC_MAKE = 1, RPC_EXCL = 2 };

struct rpc {
    enum rpc_op op;
    struct inode *dir, *to_dir, *object;
    const char *name, *to_name; /* to_name: a link's target, too */
    const void *from;           /* WRITE */
    void *to;                   /* READ, READLINK */
    size_t offset, n;
    unsigned flags;
    uint64_t cookie;           /* READDIR: hash after which to go on; 0: from the start */
    unsigned most;             /* READDIR: entries wanted */
    bool outside;              /* by a user, not by the protocol */
    unsigned times;            /* how often it has been executed before */
    struct inode *first_moved; /* RENAME: what the first execution moved */
    struct inode *meant;       /* REMOVE: what had the name when the call was sent */
    /* Results. */
    int error; /* 0 or errno */
    size_t done;
    struct attrs attrs, dir_before, dir_after, to_before, to_after;
    struct entry *listing;
    unsigned listed;
    bool end;
};

void server_reset(bool numbers_again);
struct inode *server_root(void); /* its children are the users' folders and the spool */
/* Execute once, now. */
void server_execute(struct rpc *r);
const char *server_op_name(enum rpc_op op);
/* True for operations after which the tree differs. */
bool server_changes(enum rpc_op op);

/* Straight access, for the outside and the law: no time passes. */
struct inode *server_find(const struct inode *dir, const char *name);
struct inode *server_mkdir(struct inode *dir, const char *name);
/* A folder, and all below it, has come to another part of the tree. */
void server_rezone(struct inode *dir, enum zone zone);
struct inode *server_file(struct inode *dir, const char *name, const char *content, size_t n);
int server_rename(struct inode *from, const char *name, struct inode *to, const char *to_name);
/* "done/a/b.pdf", for messages; in a static buffer. */
const char *server_path(const struct inode *i);
uint64_t server_hash(const char *name);
/* The disk is full until then: WRITE says ENOSPC or EDQUOT. */
extern sim_us server_full_until;
extern int server_full_error;
extern unsigned server_inodes;

#endif
