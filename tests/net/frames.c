/* SPDX-License-Identifier: MIT */
#include "tests/net/frames.h"

#include <string.h>

const uint8_t guest_mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
const uint8_t host_mac[6] = { 0x52, 0x55, 0x0a, 0x00, 0x02, 0x02 };

uint16_t frame_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] * 256 + at[1]);
}

uint32_t frame_be32(const uint8_t *at)
{
    return frame_be16(at) * 65536u + frame_be16(at + 2);
}

void frame_set16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value / 256);
    at[1] = (uint8_t)(value % 256);
}

void frame_set32(uint8_t *at, uint32_t value)
{
    frame_set16(at, value / 65536);
    frame_set16(at + 2, value % 65536);
}

static uint32_t add_words(uint32_t sum, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum += i % 2 ? data[i] : data[i] * 256u;
    return sum;
}

uint16_t frame_checksum(uint32_t sum, const uint8_t *data, size_t size)
{
    sum = add_words(sum, data, size);
    while (sum > 0xffff)
        sum = sum % 65536 + sum / 65536;
    return (uint16_t)(0xffff - sum);
}

/* From the addresses on, the header is the pseudo header; what is missing are protocol and length.
 */
static uint32_t pseudo_sum(const uint8_t *addresses, uint8_t protocol, size_t size)
{
    return add_words(protocol + (uint32_t)size, addresses, 8);
}

void frame_ipv4(struct frame *f, uint32_t destination, uint8_t protocol, uint16_t id,
                unsigned fragment, const void *payload, size_t size)
{
    uint8_t *ip = f->bytes + 14;

    memset(f->bytes, 0, 34);
    memcpy(f->bytes, host_mac, 6);
    memcpy(f->bytes + 6, guest_mac, 6);
    frame_set16(f->bytes + 12, 0x0800);
    ip[0] = 0x45;
    frame_set16(ip + 2, (unsigned)(20 + size));
    frame_set16(ip + 4, id);
    frame_set16(ip + 6, fragment);
    ip[8] = 64;
    ip[9] = protocol;
    frame_set32(ip + 12, GUEST_IP);
    frame_set32(ip + 16, destination);
    frame_set16(ip + 10, frame_checksum(0, ip, 20));
    memmove(ip + 20, payload, size);
    f->size = 34 + size;
}

static void set_checksum(uint8_t *field, uint32_t destination, uint8_t protocol,
                         const uint8_t *segment, size_t size)
{
    uint8_t addresses[8];

    frame_set32(addresses, GUEST_IP);
    frame_set32(addresses + 4, destination);
    frame_set16(field, 0);
    frame_set16(field, frame_checksum(pseudo_sum(addresses, protocol, size), segment, size));
}

size_t udp_datagram(uint8_t *out, uint32_t destination, uint16_t from, uint16_t to,
                    const void *data, size_t size)
{
    frame_set16(out, from);
    frame_set16(out + 2, to);
    frame_set16(out + 4, (unsigned)(8 + size));
    memcpy(out + 8, data, size);
    set_checksum(out + 6, destination, 17, out, 8 + size);
    return 8 + size;
}

void frame_udp(struct frame *f, uint32_t destination, uint16_t from, uint16_t to, const void *data,
               size_t size)
{
    uint8_t datagram[65515];

    frame_ipv4(f, destination, 17, 1, 0, datagram,
               udp_datagram(datagram, destination, from, to, data, size));
}

void frame_tcp(struct frame *f, uint32_t destination, uint16_t from, uint16_t to, uint32_t sequence,
               uint32_t acknowledged, unsigned flags, const void *data, size_t size)
{
    uint8_t segment[1500] = { 0 };

    frame_set16(segment, from);
    frame_set16(segment + 2, to);
    frame_set32(segment + 4, sequence);
    frame_set32(segment + 8, acknowledged);
    segment[12] = 5 << 4;
    segment[13] = (uint8_t)flags;
    frame_set16(segment + 14, 32768);
    if (size)
        memcpy(segment + 20, data, size);
    set_checksum(segment + 16, destination, 6, segment, 20 + size);
    frame_ipv4(f, destination, 6, 1, 0x4000, segment, 20 + size);
}

void frame_arp(struct frame *f, bool answer, const uint8_t target_mac[6], uint32_t target)
{
    static const uint8_t ethernet_ipv4[6] = { 0, 1, 8, 0, 6, 4 };
    uint8_t *arp = f->bytes + 14;

    memset(f->bytes, 0, 60);
    if (answer)
        memcpy(f->bytes, target_mac, 6);
    else
        memset(f->bytes, 0xff, 6);
    memcpy(f->bytes + 6, guest_mac, 6);
    frame_set16(f->bytes + 12, 0x0806);
    memcpy(arp, ethernet_ipv4, 6);
    frame_set16(arp + 6, answer ? 2 : 1);
    memcpy(arp + 8, guest_mac, 6);
    frame_set32(arp + 14, GUEST_IP);
    if (answer)
        memcpy(arp + 18, target_mac, 6);
    frame_set32(arp + 24, target);
    f->size = 60;
}

bool frame_ipv4_valid(const uint8_t *frame, size_t size)
{
    const uint8_t *ip = frame + 14;

    if (size < 34 || frame_be16(frame + 12) != 0x0800 || ip[0] != 0x45 ||
        frame_checksum(0, ip, 20) || frame_be16(ip + 2) < 20 || frame_be16(ip + 2) > size - 14)
        return false;
    if (frame_be16(ip + 6) & 0x3fff)
        return true;

    size_t payload = frame_be16(ip + 2) - 20u;
    if (ip[9] == 17 && (payload < 8 || frame_be16(ip + 24) != payload))
        return false;
    return (ip[9] != 17 && ip[9] != 6) ||
           !frame_checksum(pseudo_sum(ip + 12, ip[9], payload), ip + 20, payload);
}

uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
