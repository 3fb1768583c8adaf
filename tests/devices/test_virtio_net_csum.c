/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "devices/virtio_net_csum.h"
#include "tests/devices/rig.h"

/* A UDP datagram of 10 bytes, 10.0.2.15:32768 to 10.0.2.3:53. By hand: 0a00 + 020f + 0a00 + 0203 +
 * 0011 + 0012
 * + 8000 + 0035 + 0012 + 1234 + 5678 + 9abc + c0c0 + c0c0 = 31d64, folded 1d67, inverted e298. */
static const uint8_t udp4[] = {
    0x52, 0x55, 0x0a, 0x00, 0x02, 0x02, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56,
    0x08, 0x00,                                                             /* Ethernet */
    0x45, 0x00, 0x00, 0x26, 0x00, 0x01, 0x40, 0x00, 0x40, 0x11, 0x00, 0x00, /* IPv4 */
    0x0a, 0x00, 0x02, 0x0f, 0x0a, 0x00, 0x02, 0x03,                         /* addresses */
    0x80, 0x00, 0x00, 0x35, 0x00, 0x12, 0x00, 0x00,                         /* UDP */
    0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xc0, 0xc0, 0xc0, 0xc0,             /* data */
};
#define IP      14
#define UDP     34
#define UDP_SUM 40

static uint8_t frame[256];

static void setup(void)
{
    memset(frame, 0, sizeof frame);
    memcpy(frame, udp4, sizeof udp4);
}

/* What the driver leaves: the sum of the pseudo-header, not inverted. */
static void put_pseudo_sum(uint16_t sum)
{
    frame[UDP_SUM] = sum >> 8;
    frame[UDP_SUM + 1] = sum & 0xff;
}

START_TEST(completed_checksum_is_that_of_rfc_1071)
{
    put_pseudo_sum(0x0a00 + 0x020f + 0x0a00 + 0x0203 + 0x0011 + 0x0012);
    ck_assert(virtio_net_csum_complete(frame, sizeof udp4, UDP, 6));
    ck_assert_uint_eq(frame[UDP_SUM] << 8 | frame[UDP_SUM + 1], 0xe298);
    ck_assert(virtio_net_csum_good(frame, sizeof udp4));
}
END_TEST

START_TEST(zero_becomes_minus_zero)
{
    memset(frame, 0, sizeof frame);
    memset(frame + 20, 0xff, 2);
    ck_assert(virtio_net_csum_complete(frame, 24, 20, 2));
    ck_assert_mem_eq(frame + 22, "\xff\xff", 2);
}
END_TEST

START_TEST(odd_byte_counts_as_high_half)
{
    memset(frame, 0, sizeof frame);
    frame[4] = 0x12;
    ck_assert(virtio_net_csum_complete(frame, 5, 0, 0));
    ck_assert_mem_eq(frame, "\xed\xff", 2);
}
END_TEST

START_TEST(field_outside_of_the_frame_is_refused)
{
    ck_assert(!virtio_net_csum_complete(frame, 60, 61, 0));
    ck_assert(!virtio_net_csum_complete(frame, 60, 60, 0));
    ck_assert(!virtio_net_csum_complete(frame, 60, 34, 25));
    ck_assert(!virtio_net_csum_complete(frame, 60, 34, 65535));
    ck_assert(virtio_net_csum_complete(frame, 60, 34, 24));
}
END_TEST

static void complete(void)
{
    put_pseudo_sum(0x0a00 + 0x020f + 0x0a00 + 0x0203 + 0x0011 + 0x0012);
    virtio_net_csum_complete(frame, sizeof udp4, UDP, 6);
}

START_TEST(padding_behind_the_datagram_does_not_matter)
{
    complete();
    memset(frame + sizeof udp4, 0x77, 8);
    ck_assert(virtio_net_csum_good(frame, sizeof udp4 + 8));
}
END_TEST

START_TEST(any_changed_byte_is_noticed)
{
    complete();
    for (size_t i = UDP; i < sizeof udp4; i++) {
        frame[i] ^= 4;
        ck_assert_msg(!virtio_net_csum_good(frame, sizeof udp4), "byte %zu", i);
        frame[i] ^= 4;
    }
}
END_TEST

START_TEST(every_cut_is_not_good)
{
    complete();
    for (size_t size = 0; size < sizeof udp4; size++)
        ck_assert(!virtio_net_csum_good(frame, size));
}
END_TEST

START_TEST(fragments_and_udp_without_checksum_are_not_known_good)
{
    ck_assert(!virtio_net_csum_good(frame, sizeof udp4));
    complete();
    frame[IP + 6] = 0x20;
    ck_assert(!virtio_net_csum_good(frame, sizeof udp4));
    frame[IP + 6] = 0;
    frame[IP + 7] = 1;
    ck_assert(!virtio_net_csum_good(frame, sizeof udp4));
}
END_TEST

/* TCP over IPv6, ::1 to ::1, header only: pseudo 1 + 1 + 6 + 20, ports 1 and 2, data offset 0x5000.
 */
START_TEST(tcp_over_ipv6_is_checked)
{
    memset(frame, 0, sizeof frame);
    memcpy(frame + 12, "\x86\xdd", 2);
    frame[14] = 0x60;
    frame[19] = 20;
    frame[20] = 6;
    frame[22 + 15] = frame[38 + 15] = 1;
    frame[54 + 1] = 1;
    frame[54 + 3] = 2;
    frame[54 + 12] = 0x50;
    uint16_t sum = ~(1 + 1 + 6 + 20 + 1 + 2 + 0x5000);
    frame[54 + 16] = sum >> 8;
    frame[54 + 17] = sum & 0xff;
    ck_assert(virtio_net_csum_good(frame, 74));
    frame[54 + 5] = 1;
    ck_assert(!virtio_net_csum_good(frame, 74));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("virtio_net_csum");
    TCase *tests = tcase_create("checksums");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, completed_checksum_is_that_of_rfc_1071);
    tcase_add_test(tests, zero_becomes_minus_zero);
    tcase_add_test(tests, odd_byte_counts_as_high_half);
    tcase_add_test(tests, field_outside_of_the_frame_is_refused);
    tcase_add_test(tests, padding_behind_the_datagram_does_not_matter);
    tcase_add_test(tests, any_changed_byte_is_noticed);
    tcase_add_test(tests, every_cut_is_not_good);
    tcase_add_test(tests, fragments_and_udp_without_checksum_are_not_known_good);
    tcase_add_test(tests, tcp_over_ipv6_is_checked);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
