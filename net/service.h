/* SPDX-License-Identifier: MIT */
/*
 * A server of ONC RPC calls (RFC 5531) that lives inside the virtual network.
 *
 * The network gives it whole messages, one per UDP datagram or TCP record, and carries its answers;
 * the service knows no sockets.
 */
#ifndef NET_SERVICE_H
#define NET_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVICE_PORTS_MAX 8

/* Bounds of one message: over UDP what an IPv4 datagram can hold, over TCP an NFS READ or WRITE of
 * 64 KiB with ample room for its headers. */
#define SERVICE_UDP_MAX 65507
#define SERVICE_TCP_MAX (128 * 1024)

struct net_service {
    uint16_t ports[SERVICE_PORTS_MAX]; /* each is served over UDP and TCP at the host's address */
    size_t port_count;
    /* Answers one call that came to `port` over TCP or UDP. Returns the size of the answer, 0: none
     * is to be sent. Both buffers are only lent for the call. */
    size_t (*call)(void *ctx, uint16_t port, bool tcp, const uint8_t *request, size_t request_size,
                   uint8_t *reply, size_t reply_size);
    /* May be NULL both. While `behind` is true, answers acknowledge something that is not done yet,
     * and wait until `settle` has done it; false: it could not, and they are thrown away. */
    bool (*behind)(void *ctx);
    bool (*settle)(void *ctx);
    void *ctx;
};

#endif
