/*
 * client: what one host's NFS client believes: names, attributes, listings (docs/NFS.md; measured).
 *
 * A name, present or absent, is trusted until the client knows that its folder's change attribute
 * has moved; a folder's attributes live 30 to 60 s, a file's 3 to 60 s; opening a folder asks the
 * server. A rename moves the *cached* name: the client may go on to read the old file under the new
 * name. Functions return 0 or an errno; those that ask the server take time, and the tree may
 * change meanwhile.
 */
#ifndef PDFSPOOL_SIM_CLIENT_H
#define PDFSPOOL_SIM_CLIENT_H

#include "host.h"
#include "server.h"

/* Forget everything: the machine was started anew. */
void client_reset(struct host *h);
/* A name in a folder. `again`: ask the server in any case. *cached: it did not. */
int client_lookup(struct host *h, struct inode *dir, const char *name, bool again,
                  struct inode **out, bool *cached);
enum client_how { CLIENT_CACHED, CLIENT_ANY_AGE, CLIENT_FORCED };
int client_attrs(struct host *h, struct inode *i, enum client_how how, struct attrs *out);
int client_stat(struct host *h, struct inode *dir, const char *name, bool forced,
                struct attrs *out);
/* Open a folder or a file by name ("." for the folder itself): always asks the server, but not for
 * a name that is cached as absent. */
int client_open(struct host *h, struct inode *dir, const char *name, struct inode **out);
int client_create(struct host *h, struct inode *dir, const char *name, bool exclusive,
                  bool truncate, struct inode **out);
int client_rename(struct host *h, struct inode *from, const char *name, struct inode *to,
                  const char *to_name);
int client_remove(struct host *h, struct inode *dir, const char *name, bool folder);
int client_make(struct host *h, struct inode *dir, const char *name, const char *link_target);
int client_readlink(struct host *h, struct inode *dir, const char *name, char *to, size_t n,
                    size_t *got);
int client_touch(struct host *h, struct inode *dir, const char *name);
int client_link(struct host *h, struct inode *file, struct inode *dir, const char *name);

struct client_entry {
    const char *name;
    uint64_t number;
    mode_t mode;
};
/* The listing of a folder; *out lives as long as the schedule. */
int client_list(struct host *h, struct inode *dir, struct client_entry **out, unsigned *n);
void client_forget(struct host *h, struct inode *dir);

#endif
