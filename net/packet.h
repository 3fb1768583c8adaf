/* SPDX-License-Identifier: MIT */
/*
 * Ethernet II frames with IPv4 in them (RFC 894, RFC 791): reading, building, and readdressing.
 *
 * Addresses and ports are numbers of the host here; frames are bytes in network order.
 */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETHER_HEADER      14
#define ETHER_MTU         1500
#define ETHERTYPE_OF_IPV4 0x0800
#define IPV4_HEADER       20 /* without options */
#define IPV4_PAYLOAD_MAX  65515
#define UDP_HEADER        8
#define TCP_HEADER        20
#define PROTOCOL_TCP      6
#define PROTOCOL_UDP      17

static inline uint16_t get_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t get_be32(const uint8_t *at)
{
    return (uint32_t)get_be16(at) << 16 | get_be16(at + 2);
}

static inline void put_be16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put_be32(uint8_t *at, uint32_t value)
{
    put_be16(at, (uint16_t)(value >> 16));
    put_be16(at + 2, (uint16_t)value);
}

/* One IPv4 packet, which may be a fragment of a larger one. */
struct ipv4_packet {
    uint32_t source, destination;
    uint16_t id;
    uint8_t protocol;
    uint32_t fragment_offset; /* bytes */
    bool more_fragments;
    const uint8_t *payload; /* inside the frame it was read from */
    size_t payload_size;
};

static inline bool ipv4_is_fragment(const struct ipv4_packet *packet)
{
    return packet->fragment_offset || packet->more_fragments;
}

/* Reads the packet in a frame; bytes behind its total length are padding. False when the frame
 * holds no IPv4, or its version, lengths or header checksum are wrong. */
bool ipv4_parse(struct ipv4_packet *packet, const uint8_t *frame, size_t size);

/* Writes Ethernet and IPv4 headers for `packet` (whose payload must be put behind them, at
 * ETHER_HEADER + IPV4_HEADER). */
void ipv4_put_headers(uint8_t *frame, const uint8_t source_mac[6], const uint8_t destination_mac[6],
                      const struct ipv4_packet *packet);

/* The sum of the pseudo header that UDP and TCP checksums begin with (RFC 768, RFC 9293
 * section 3.1). */
uint32_t ipv4_pseudo_sum(uint32_t source, uint32_t destination, uint8_t protocol, size_t size);

/* Which of the two addresses of a packet. */
enum ipv4_end { IPV4_SOURCE = 12, IPV4_DESTINATION = 16 };

/* Changes one address of an unfragmented TCP packet that ipv4_parse accepted and that holds a whole
 * TCP header, and adjusts both checksums. */
void ipv4_readdress_tcp(uint8_t *frame, enum ipv4_end end, uint32_t address);

#endif
