/* SPDX-License-Identifier: MIT */
/*
 * Steering: which frames of the guest reach a service inside the virtual network, and how.
 *
 * A service answers at the address of the virtual host. libslirp would carry what is sent there to
 * the real host's loopback, so frames to a service's ports are taken out before libslirp sees them:
 *
 * - UDP is answered here (udp_service, reassembly).
 * - TCP is left to libslirp, but under another address: libslirp leads connections to an alias
 * address inside the virtual network to sockets of ours, and refuses to do so for the host's own
 * address. The host's address becomes the alias on the way in and the alias the host's address on
 * the way out.
 *
 * The guest does not see the alias; frames that it sends there by itself are dropped. So are TCP
 * packets to the host in fragments, because all but the first could not be steered (TCP never needs
 * them).
 */
#ifndef NET_STEER_H
#define NET_STEER_H

#include <stddef.h>
#include <stdint.h>

#include "net/service.h"

struct steer;

struct steer_config {
    const struct net_service *service; /* kept by the caller */
    uint32_t host;                     /* IPv4 address of the virtual host, a number of this host */
    uint32_t alias;
    uint8_t host_mac[6];
    /* Frames that go on: to libslirp, and to the guest. Lent for the call. */
    void (*to_router)(void *ctx, const uint8_t *frame, size_t size);
    void (*to_guest)(void *ctx, const uint8_t *frame, size_t size);
    void (*complain)(void *ctx, const char *why); /* one line about a guest's misuse */
    void *ctx;
};

/* NULL: out of memory. */
struct steer *steer_create(const struct steer_config *config);
void steer_destroy(struct steer *steer);

/* A frame that the guest sends, at most LINK_FRAME_MAX bytes. */
void steer_from_guest(struct steer *steer, const uint8_t *frame, size_t size, uint64_t now_ns);

/* A frame that libslirp sends, at most LINK_FRAME_MAX bytes. */
void steer_from_router(struct steer *steer, const uint8_t *frame, size_t size);

#endif
