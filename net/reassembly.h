/* SPDX-License-Identifier: MIT */
/*
 * UDP datagrams of the guest that come as IP fragments (RFC 791, "Fragmentation and Reassembly").
 *
 * Only the first fragment carries ports. Until it is seen the others are held; then either all of
 * them are put together for a service, or all are passed on to the router in the order in which
 * they came.
 *
 * Bounded against a hostile guest: REASSEMBLY_SLOTS datagrams at a time (the oldest gives way),
 * REASSEMBLY_FRAGMENTS pieces each, REASSEMBLY_TIMEOUT_NS from the first piece on. A datagram whose
 * pieces overlap or contradict each other's lengths is dropped whole, with what still comes of it.
 */
#ifndef NET_REASSEMBLY_H
#define NET_REASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/packet.h"

#define REASSEMBLY_SLOTS      16
#define REASSEMBLY_FRAGMENTS  256
#define REASSEMBLY_TIMEOUT_NS 30000000000u

struct reassembly;

/* Where the pieces go. All of it is only lent for the calls. */
struct reassembly_sink {
    /* Is there a service at this UDP port? */
    bool (*wants)(void *ctx, uint16_t port);
    /* A fragment that belongs to no service. */
    void (*pass)(void *ctx, const uint8_t *frame, size_t size);
    /* A whole datagram, from the UDP header on, at most IPV4_PAYLOAD_MAX bytes. `mac` is the
     * sender's. */
    void (*deliver)(void *ctx, const uint8_t mac[6], const struct ipv4_packet *datagram);
    void *ctx;
    /* A datagram was dropped; `why` is one line. */
    void (*complain)(void *complain_ctx, const char *why);
    void *complain_ctx;
};

/* NULL: out of memory. */
struct reassembly *reassembly_create(const struct reassembly_sink *sink);
void reassembly_destroy(struct reassembly *reassembly);

/* Takes a UDP fragment: `packet` is what ipv4_parse found in the frame. */
void reassembly_input(struct reassembly *reassembly, const uint8_t *frame, size_t size,
                      const struct ipv4_packet *packet, uint64_t now_ns);

#endif
