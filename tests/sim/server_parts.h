/*
 * server_parts: the tree (server_tree.c), as the operations (server.c) change it. For server*.c
 * alone.
 *
 * Inodes, entries and names live until the schedule ends; nobody frees them. Nothing here fails: a
 * schedule that makes more files than there is room for ends the simulation (sim_broken).
 */
#ifndef PDFSPOOL_SIM_SERVER_PARTS_H
#define PDFSPOOL_SIM_SERVER_PARTS_H

#include "server.h"

/* The server's clock now, in whole ticks. */
sim_us server_tick(void);
/* A new inode, which has no name yet. */
struct inode *server_inode(mode_t mode);
/* The entry of this name, until the folder is next changed; NULL: there is none. */
struct entry *server_entry(const struct inode *dir, const char *name);
/* Give an inode a name, which must be free; take one away. The folder has changed then. */
void server_add_entry(struct inode *dir, const char *name, struct inode *i);
void server_drop_entry(struct inode *dir, struct entry *e);
/* One name less: the inode has changed, and with its last name its number is free. */
void server_unlink(struct inode *i);
void server_set_content(struct inode *i, size_t offset, const void *from, size_t n);

#endif
