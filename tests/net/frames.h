/* SPDX-License-Identifier: MIT */
/*
 * Frames as a guest would make them, built and checked independently of net/: straight from RFC
 * 791, 768, 826 and 9293.
 */
#ifndef TESTS_NET_FRAMES_H
#define TESTS_NET_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_IP 0x0a00020fu /* 10.0.2.15 */
#define HOST_IP  0x0a000202u /* 10.0.2.2 */

extern const uint8_t guest_mac[6], host_mac[6];

struct frame {
    size_t size;
    uint8_t bytes[65600];
};

uint16_t frame_be16(const uint8_t *at);
uint32_t frame_be32(const uint8_t *at);
void frame_set16(uint8_t *at, unsigned value);
void frame_set32(uint8_t *at, uint32_t value);

/* The checksum of RFC 1071, section 4.1, over data that goes on from `sum`. */
uint16_t frame_checksum(uint32_t sum, const uint8_t *data, size_t size);

/* An IPv4 packet from the guest; fragment is the header's 16 bit field (flags and offset / 8). */
void frame_ipv4(struct frame *f, uint32_t destination, uint8_t protocol, uint16_t id,
                unsigned fragment, const void *payload, size_t size);

/* The UDP header and data of a datagram from the guest, with its checksum. Returns its size. */
size_t udp_datagram(uint8_t *out, uint32_t destination, uint16_t from, uint16_t to,
                    const void *data, size_t size);

/* A whole UDP datagram from the guest in one frame. */
void frame_udp(struct frame *f, uint32_t destination, uint16_t from, uint16_t to, const void *data,
               size_t size);

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10

/* A TCP segment from the guest. */
void frame_tcp(struct frame *f, uint32_t destination, uint16_t from, uint16_t to, uint32_t sequence,
               uint32_t acknowledged, unsigned flags, const void *data, size_t size);

/* An ARP request of the guest for `target`, or its answer to one. */
void frame_arp(struct frame *f, bool answer, const uint8_t target_mac[6], uint32_t target);

/* Does the frame hold an IPv4 packet with right lengths and checksums, also of a TCP segment or an
 * unfragmented UDP datagram in it? */
bool frame_ipv4_valid(const uint8_t *frame, size_t size);

/* A generator of repeatable hostile input (xorshift). */
uint32_t next_random(uint32_t *state);

#endif
