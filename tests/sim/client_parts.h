/*
 * client_parts: what one host's client has cached (client_known.c), as its calls (client.c) use it.
 * For client*.c alone.
 *
 * All of it lives until the schedule ends; nobody frees it. No time passes here, and nothing fails.
 */
#ifndef PDFSPOOL_SIM_CLIENT_PARTS_H
#define PDFSPOOL_SIM_CLIENT_PARTS_H

#include "client.h"

struct cached_name {
    const char *name;
    uint64_t hash;
    struct inode *inode; /* NULL: absent */
    unsigned generation; /* of the folder, when it was looked up */
};

/* What the client knows of an inode. */
struct known {
    bool have;
    struct attrs attrs;
    sim_us fresh_until, lives;
    /* of a folder */
    uint64_t change;     /* as last heard of */
    unsigned generation; /* counts the changes heard of: names of an older one are not trusted */
    bool removed_here;   /* this client has removed it: everything in it is ENOENT, locally */
    struct cached_name *names;
    unsigned n, cap;
    struct client_entry *pages; /* the listing, if it is current */
    unsigned listed;
    bool have_pages;
    bool have_link; /* the content of a symbolic link is cached */
};

/* What is known of an inode: never NULL, the same until client_reset. */
struct known *client_know(struct host *h, const struct inode *i);
/* Attributes have come from the server. */
void client_learn(struct host *h, const struct attrs *a);
/* This client has changed the folder itself: nothing else is doubted, unless somebody else had
 * changed it, too, since. */
void client_own_change(struct host *h, const struct attrs *before, const struct attrs *after);
/* The cached name, believed or not, until a name is next set or dropped; NULL: there is none. */
struct cached_name *client_cached_name(struct known *k, const char *name);
/* Cache a name (inode NULL: as absent) as of that generation of the folder. */
void client_set_name(struct known *k, const char *name, struct inode *inode, unsigned generation);
void client_drop_name(struct known *k, const char *name);

#endif
