/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "net/packet.h"
#include "tests/net/frames.h"
#include "tests/net/suites.h"

static struct frame f;
static struct ipv4_packet packet;

START_TEST(a_packet_is_read_field_by_field)
{
    frame_ipv4(&f, HOST_IP, 17, 0x1234, 0x2000 | 185, "abcdefgh", 8);
    ck_assert(ipv4_parse(&packet, f.bytes, f.size));
    ck_assert_uint_eq(packet.source, GUEST_IP);
    ck_assert_uint_eq(packet.destination, HOST_IP);
    ck_assert_uint_eq(packet.id, 0x1234);
    ck_assert_uint_eq(packet.protocol, 17);
    ck_assert_uint_eq(packet.fragment_offset, 1480);
    ck_assert(packet.more_fragments);
    ck_assert_uint_eq(packet.payload_size, 8);
    ck_assert_mem_eq(packet.payload, "abcdefgh", 8);
}
END_TEST

START_TEST(dont_fragment_does_not_make_a_fragment)
{
    frame_ipv4(&f, HOST_IP, 6, 1, 0x4000, "", 0);
    ck_assert(ipv4_parse(&packet, f.bytes, f.size));
    ck_assert(!ipv4_is_fragment(&packet));
}
END_TEST

START_TEST(bytes_behind_the_total_length_are_padding)
{
    frame_ipv4(&f, HOST_IP, 17, 1, 0, "abc", 3);
    memset(f.bytes + f.size, 0, 60 - f.size);
    ck_assert(ipv4_parse(&packet, f.bytes, 60));
    ck_assert_uint_eq(packet.payload_size, 3);
}
END_TEST

START_TEST(options_are_not_payload)
{
    uint8_t *ip = f.bytes + 14;

    frame_ipv4(&f, HOST_IP, 17, 1, 0, "\1\1\1\1data", 8);
    ip[0] = 0x46;
    frame_set16(ip + 10, 0);
    frame_set16(ip + 10, frame_checksum(0, ip, 24));
    ck_assert(ipv4_parse(&packet, f.bytes, f.size));
    ck_assert_uint_eq(packet.payload_size, 4);
    ck_assert_mem_eq(packet.payload, "data", 4);
}
END_TEST

/* One byte of the header set to a wrong value, with the checksum made right again. */
static bool parses_with(size_t at, uint8_t value)
{
    uint8_t *ip = f.bytes + 14;

    frame_ipv4(&f, HOST_IP, 17, 1, 0, "12345678", 8);
    ip[at] = value;
    frame_set16(ip + 10, 0);
    frame_set16(ip + 10, frame_checksum(0, ip, (ip[0] & 15u) * 4));
    return ipv4_parse(&packet, f.bytes, f.size);
}

START_TEST(wrong_versions_and_lengths_are_refused)
{
    ck_assert(parses_with(0, 0x45));
    ck_assert(!parses_with(0, 0x65)); /* IPv6 */
    ck_assert(!parses_with(0, 0x44)); /* a header of 16 bytes */
    ck_assert(!parses_with(0, 0x4f)); /* a header of 60 bytes in a packet of 28 */
    ck_assert(!parses_with(3, 19));   /* a packet shorter than its header */
    ck_assert(!parses_with(3, 29));   /* a packet longer than its frame */
}
END_TEST

START_TEST(a_wrong_header_checksum_is_refused)
{
    frame_ipv4(&f, HOST_IP, 17, 1, 0, "12345678", 8);
    f.bytes[14 + 10] ^= 1;
    ck_assert(!ipv4_parse(&packet, f.bytes, f.size));
}
END_TEST

START_TEST(a_truncated_frame_is_refused_at_every_length)
{
    frame_ipv4(&f, HOST_IP, 17, 1, 0, "12345678", 8);
    for (size_t size = 0; size < f.size; size++)
        ck_assert(!ipv4_parse(&packet, f.bytes, size));
}
END_TEST

START_TEST(headers_that_are_written_can_be_read)
{
    struct ipv4_packet out = { .source = HOST_IP,
                               .destination = GUEST_IP,
                               .id = 7,
                               .protocol = 17,
                               .fragment_offset = 2960,
                               .more_fragments = true,
                               .payload_size = 1480 };

    memset(&f, 0, sizeof f);
    ipv4_put_headers(f.bytes, host_mac, guest_mac, &out);
    ck_assert_mem_eq(f.bytes, guest_mac, 6);
    ck_assert_mem_eq(f.bytes + 6, host_mac, 6);
    ck_assert(frame_ipv4_valid(f.bytes, 1514));
    ck_assert_uint_eq(frame_be16(f.bytes + 14 + 6), 0x2000 | 2960 / 8);
    ck_assert_uint_eq(frame_be32(f.bytes + 14 + 12), HOST_IP);
    ck_assert_uint_eq(frame_be32(f.bytes + 14 + 16), GUEST_IP);
}
END_TEST

START_TEST(readdressing_keeps_both_checksums_right)
{
    static const uint32_t addresses[] = { 0x0a0002fe, 0xffffffff, 0, 0x0a000202, 0x0000ffff };

    frame_tcp(&f, HOST_IP, 1023, 2049, 0x12345678, 0, TCP_SYN, "data", 4);
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        ipv4_readdress_tcp(f.bytes, IPV4_DESTINATION, addresses[i]);
        ck_assert_uint_eq(frame_be32(f.bytes + 30), addresses[i]);
        ck_assert(frame_ipv4_valid(f.bytes, f.size));
        ipv4_readdress_tcp(f.bytes, IPV4_SOURCE, addresses[i]);
        ck_assert_uint_eq(frame_be32(f.bytes + 26), addresses[i]);
        ck_assert(frame_ipv4_valid(f.bytes, f.size));
    }
}
END_TEST

TCase *packet_tests(void)
{
    TCase *c = tcase_create("packet");

    tcase_add_test(c, a_packet_is_read_field_by_field);
    tcase_add_test(c, dont_fragment_does_not_make_a_fragment);
    tcase_add_test(c, bytes_behind_the_total_length_are_padding);
    tcase_add_test(c, options_are_not_payload);
    tcase_add_test(c, wrong_versions_and_lengths_are_refused);
    tcase_add_test(c, a_wrong_header_checksum_is_refused);
    tcase_add_test(c, a_truncated_frame_is_refused_at_every_length);
    tcase_add_test(c, headers_that_are_written_can_be_read);
    tcase_add_test(c, readdressing_keeps_both_checksums_right);
    return c;
}
