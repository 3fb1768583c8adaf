/* SPDX-License-Identifier: MIT */
/*
 * A service's UDP end (RFC 768): checks datagrams that the guest sent to it, and sends its answers
 * in frames of at most ETHER_MTU bytes, as IP fragments where they are longer.
 */
#ifndef NET_UDP_SERVICE_H
#define NET_UDP_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/packet.h"
#include "net/service.h"

struct udp_service {
    /* Set by the owner, who keeps what they point to. */
    const struct net_service *service;
    uint8_t mac[6];                                             /* of the virtual host */
    void (*emit)(void *ctx, const uint8_t *frame, size_t size); /* a frame for the guest */
    void (*complain)(void *ctx, const char *why);               /* a line about a bad datagram */
    void *ctx;
    /* Its own. */
    uint16_t next_id; /* IPv4 identification of the next answer */
    uint8_t datagram[UDP_HEADER + SERVICE_UDP_MAX];
};

/* Is there a service at this port? (A frame to any other is not for it.) */
bool service_has_port(const struct net_service *service, uint16_t port);

/* Takes a whole datagram to one of the service's ports, from its UDP header on (at least that is
 * there), and sends the answer to its sender at `mac` before it returns. */
void udp_service_input(struct udp_service *udp, const uint8_t mac[6],
                       const struct ipv4_packet *datagram);

#endif
