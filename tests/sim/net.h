/*
 * net: how a call gets to the server and its answer back: time, cuts, outages, faults.
 */
#ifndef PDFSPOOL_SIM_NET_H
#define PDFSPOOL_SIM_NET_H

#include "host.h"
#include "server.h"

void net_reset(void);
/* One round trip of the running task. 0, or errno: the server's answer, or what was put in its
 * place. *final (may be NULL): put there by a fault: the client must not try again. */
int net_call(struct rpc *r, bool *final);
/* The server goes down now and comes back after `down`; with `grace` before it opens, renames and
 * removes for v4 clients. Calls under way are executed, perhaps, and their replies lost. */
void net_restart_server(sim_us down, sim_us grace);
/* All is well again: the server up, no host cut off. */
void net_calm(void);

#endif
