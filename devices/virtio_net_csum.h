/* SPDX-License-Identifier: MIT */
/*
 * Internet checksums of whole Ethernet frames (RFC 1071), for virtio-net's offload.
 */
#ifndef DEVICES_VIRTIO_NET_CSUM_H
#define DEVICES_VIRTIO_NET_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Virtio 1.2, "Packet Transmission": sums the frame from byte `start` to its end, and stores the
 * checksum `offset` bytes behind `start`, where the sum of the pseudo-header waits. false: that
 * lies outside of the frame. */
bool virtio_net_csum_complete(uint8_t *frame, size_t size, size_t start, size_t offset);

/* The frame is a whole TCP or UDP datagram over IPv4 or IPv6 (no extension headers) and its
 * checksum is right. Anything else, a UDP datagram without a checksum too, is "not known to be
 * good": false. */
bool virtio_net_csum_good(const uint8_t *frame, size_t size);

#endif
