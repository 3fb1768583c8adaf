/* SPDX-License-Identifier: MIT */
/*
 * Internet checksums: the sum of RFC 1071, TCP's and UDP's pseudo-headers.
 */
#include "devices/virtio_net_csum.h"

#define ETHERNET_HEADER 14
#define ETHERTYPE_IPV4  0x0800
#define ETHERTYPE_IPV6  0x86dd
#define IPPROTO_TCP     6
#define IPPROTO_UDP     17
#define IPV4_FRAGMENT   0x3fff /* more fragments, or an offset */
#define IPV6_HEADER     40

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Adds big-endian 16-bit words; a last odd byte is the high half of one. 64 KiB do not overflow 64
 * bits. */
static uint64_t sum(uint64_t total, const uint8_t *data, size_t size)
{
    size_t i = 0;
    for (; i + 1 < size; i += 2)
        total += be16(data + i);
    return i < size ? total + ((uint64_t)data[i] << 8) : total;
}

static uint16_t fold(uint64_t total)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return total;
}

bool virtio_net_csum_complete(uint8_t *frame, size_t size, size_t start, size_t offset)
{
    if (start > size || offset > size - start || size - start - offset < 2)
        return false;
    uint16_t checksum = ~fold(sum(0, frame + start, size - start));
    /* 0 would say "no checksum" in UDP; 0xffff is the other zero of one's complement. */
    checksum = checksum ? checksum : 0xffff;
    frame[start + offset] = checksum >> 8;
    frame[start + offset + 1] = checksum & 0xff;
    return true;
}

/* The transport datagram with its pseudo-header sums up to minus zero when the checksum is right.
 */
static bool transport_good(const uint8_t *data, size_t size, unsigned protocol,
                           const uint8_t *addresses, size_t addresses_size)
{
    bool udp = protocol == IPPROTO_UDP;
    if (!udp && protocol != IPPROTO_TCP)
        return false;
    if (size < (udp ? 8 : 20) || (udp && (be16(data + 4) != size || !be16(data + 6))))
        return false;
    return fold(sum(sum(protocol + size, addresses, addresses_size), data, size)) == 0xffff;
}

static bool ipv4_good(const uint8_t *ip, size_t size)
{
    if (size < 20 || ip[0] >> 4 != 4)
        return false;
    size_t header = 4 * (ip[0] & 15), total = be16(ip + 2);
    if (header < 20 || total < header || total > size || (be16(ip + 6) & IPV4_FRAGMENT))
        return false;
    return transport_good(ip + header, total - header, ip[9], ip + 12, 8);
}

static bool ipv6_good(const uint8_t *ip, size_t size)
{
    if (size < IPV6_HEADER || ip[0] >> 4 != 6 || be16(ip + 4) > size - IPV6_HEADER)
        return false;
    return transport_good(ip + IPV6_HEADER, be16(ip + 4), ip[6], ip + 8, 32);
}

bool virtio_net_csum_good(const uint8_t *frame, size_t size)
{
    if (size < ETHERNET_HEADER)
        return false;
    const uint8_t *ip = frame + ETHERNET_HEADER;
    size -= ETHERNET_HEADER;
    switch (be16(frame + 12)) {
    case ETHERTYPE_IPV4:
        return ipv4_good(ip, size);
    case ETHERTYPE_IPV6:
        return ipv6_good(ip, size);
    default:
        return false;
    }
}
