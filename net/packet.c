/* SPDX-License-Identifier: MIT */
#include "net/packet.h"

#include <string.h>

#include "net/checksum.h"

/* Offsets in the IPv4 header (RFC 791, "Internet Header Format"). */
enum { TOTAL_LENGTH = 2, IDENTIFICATION = 4, FRAGMENT = 6, TTL = 8, PROTOCOL = 9, CHECKSUM = 10 };
#define FLAG_MORE_FRAGMENTS 0x2000
#define FRAGMENT_UNIT       8

#define TCP_CHECKSUM 16

bool ipv4_parse(struct ipv4_packet *packet, const uint8_t *frame, size_t size)
{
    if (size < ETHER_HEADER + IPV4_HEADER || get_be16(frame + 12) != ETHERTYPE_OF_IPV4)
        return false;

    const uint8_t *header = frame + ETHER_HEADER;
    size_t header_size = (header[0] & 15u) * 4;
    size_t total = get_be16(header + TOTAL_LENGTH);

    if (header[0] >> 4 != 4 || header_size < IPV4_HEADER || total < header_size ||
        total > size - ETHER_HEADER || checksum_finish(checksum_add(0, header, header_size)))
        return false;

    uint16_t fragment = get_be16(header + FRAGMENT);
    *packet = (struct ipv4_packet){
        .source = get_be32(header + IPV4_SOURCE),
        .destination = get_be32(header + IPV4_DESTINATION),
        .id = get_be16(header + IDENTIFICATION),
        .protocol = header[PROTOCOL],
        .fragment_offset = (fragment & 0x1fffu) * FRAGMENT_UNIT,
        .more_fragments = fragment & FLAG_MORE_FRAGMENTS,
        .payload = header + header_size,
        .payload_size = total - header_size,
    };
    return true;
}

void ipv4_put_headers(uint8_t *frame, const uint8_t source_mac[6], const uint8_t destination_mac[6],
                      const struct ipv4_packet *packet)
{
    uint8_t *header = frame + ETHER_HEADER;

    memcpy(frame, destination_mac, 6);
    memcpy(frame + 6, source_mac, 6);
    put_be16(frame + 12, ETHERTYPE_OF_IPV4);
    memset(header, 0, IPV4_HEADER);
    header[0] = 4 << 4 | IPV4_HEADER / 4;
    put_be16(header + TOTAL_LENGTH, (uint16_t)(IPV4_HEADER + packet->payload_size));
    put_be16(header + IDENTIFICATION, packet->id);
    put_be16(header + FRAGMENT, (uint16_t)((packet->more_fragments ? FLAG_MORE_FRAGMENTS : 0) |
                                           packet->fragment_offset / FRAGMENT_UNIT));
    header[TTL] = 64;
    header[PROTOCOL] = packet->protocol;
    put_be32(header + IPV4_SOURCE, packet->source);
    put_be32(header + IPV4_DESTINATION, packet->destination);
    put_be16(header + CHECKSUM, checksum_finish(checksum_add(0, header, IPV4_HEADER)));
}

uint32_t ipv4_pseudo_sum(uint32_t source, uint32_t destination, uint8_t protocol, size_t size)
{
    return (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) +
           protocol + (uint32_t)size;
}

static void update_checksum(uint8_t *at, uint32_t old_address, uint32_t new_address)
{
    uint16_t sum = get_be16(at);

    sum = checksum_update(sum, (uint16_t)(old_address >> 16), (uint16_t)(new_address >> 16));
    sum = checksum_update(sum, (uint16_t)old_address, (uint16_t)new_address);
    put_be16(at, sum);
}

void ipv4_readdress_tcp(uint8_t *frame, enum ipv4_end end, uint32_t address)
{
    uint8_t *header = frame + ETHER_HEADER;
    uint8_t *tcp = header + (header[0] & 15u) * 4;
    uint32_t old = get_be32(header + end);

    put_be32(header + end, address);
    update_checksum(header + CHECKSUM, old, address);
    update_checksum(tcp + TCP_CHECKSUM, old, address);
}
