/* SPDX-License-Identifier: MIT */
/*
 * User-mode networking: a virtual network behind a link, with libslirp as its router, DHCP, DNS and
 * TFTP server, and the built-in NFS server (net/nfs/) at the host's address when folders are
 * exported.
 *
 * Everything runs on the caller's thread. The machine's event loop drives the host's side:
 *
 *     set.count = 0;
 *     net_user_poll_prepare(net, &set, &timeout_ms);
 *     poll(set.fds, set.count, timeout_ms);
 *     net_user_poll_done(net, &set);
 *
 * Re-entrancy: frames for the guest collect in a queue and are handed to link->receive at the end
 * of link->send, in link->ready and at the end of net_user_poll_done, never from deeper inside. So
 * receive can be called from within send (an ARP or NFS answer comes at once), but a receive never
 * leads to a send. What the guest has no room for waits in the queue; beyond its bounds the newest
 * are lost, as on a wire.
 *
 * Pace: guest time stands still while frames are handed over, and no real wire delivers a hundred
 * frames in no time: kernels drop what overflows a socket's backlog, and TCP then stalls for
 * seconds. So between two calls of net_user_poll_done the guest gets at most NET_USER_BURST frames;
 * the rest waits in the queue for the next turns of the loop, which are at once when it is idle.
 *
 * The process must ignore SIGPIPE: libslirp writes to sockets that the other side may have closed.
 *
 * Nothing here is part of a snapshot: to the guest it is the outside world.
 */
#ifndef NET_USER_H
#define NET_USER_H

#include <stdint.h>

#include "net/error.h"
#include "net/link.h"
#include "net/pollfds.h"
#include "net/service.h"
#include "net/user_options.h"

/* Frames that the guest gets in one turn of the event loop. */
#define NET_USER_BURST 32

struct net_user;

/* What the machine lends to the network; it must outlive it. */
struct net_env {
    uint64_t (*now_ns)(void *ctx);            /* guest time in nanoseconds, never backwards */
    void (*log)(void *ctx, const char *text); /* one line about a guest's misuse; NULL: unheard */
    void *ctx;
};

/* Opens the forwarded ports and exported folders. NULL and an error that names the rule, port or
 * folder when one of them can't be had. `config` is needed for the call only. */
struct net_user *net_user_create(const struct net_user_config *config, const struct net_env *env,
                                 struct net_error *error);

/* The same with a service of the caller's in place of the NFS server (tests); NULL: none. */
struct net_user *net_user_create_with(const struct net_user_config *config,
                                      const struct net_env *env, const struct net_service *service,
                                      struct net_error *error);

/* Closes every connection and forwarded port. The link dies with it: unplug the device first. */
void net_user_destroy(struct net_user *net);

/* The machine was reset or went back to a snapshot: frames on their way are gone, connections to
 * NFS are closed, and the NFS server forgets the calls it has answered. */
void net_user_reset(struct net_user *net);

/* The wire, for a device to plug into. Owned by `net`. */
struct link *net_user_link(struct net_user *net);

/* Adds the descriptors to wait for, and lowers *timeout_ms (guest milliseconds; -1: for ever) to
 * the moment at which net_user_poll_done is next needed anyway. */
void net_user_poll_prepare(struct net_user *net, struct net_pollfds *set, int *timeout_ms);

/* Acts on the revents of the set that the last net_user_poll_prepare added to, and runs what is due
 * by the clock. Revents of 0 (nothing was polled) are fine. May deliver frames. */
void net_user_poll_done(struct net_user *net, const struct net_pollfds *set);

/* Guest time in ns of the next timer, UINT64_MAX: none. TCP's own timers are known only to
 * net_user_poll_prepare. */
uint64_t net_user_deadline(const struct net_user *net);

#endif
