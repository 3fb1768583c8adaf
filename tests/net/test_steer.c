/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "net/steer.h"
#include "tests/net/frames.h"
#include "tests/net/suites.h"

#define ALIAS 0x0a0002feu /* 10.0.2.254 */

static struct steer *s;
static unsigned calls, complaints, to_router, to_guest;
static struct frame routed, received, f;

static size_t call(void *ctx, uint16_t port, bool tcp, const uint8_t *request, size_t size,
                   uint8_t *reply, size_t reply_size)
{
    calls++;
    memcpy(reply, "answer", 6);
    return 6;
}

static void put(struct frame *to, const uint8_t *frame, size_t size)
{
    ck_assert_uint_le(size, sizeof to->bytes);
    to->size = size;
    memcpy(to->bytes, frame, size);
}

static void on_router(void *ctx, const uint8_t *frame, size_t size)
{
    to_router++;
    put(&routed, frame, size);
}

static void on_guest(void *ctx, const uint8_t *frame, size_t size)
{
    to_guest++;
    put(&received, frame, size);
}

static void complain(void *ctx, const char *why)
{
    complaints++;
}

static const struct net_service service = { .ports = { 111, 2049, 20048 },
                                            .port_count = 3,
                                            .call = call };

static void start(void)
{
    struct steer_config config = { .service = &service,
                                   .host = HOST_IP,
                                   .alias = ALIAS,
                                   .to_router = on_router,
                                   .to_guest = on_guest,
                                   .complain = complain };

    memcpy(config.host_mac, host_mac, 6);
    calls = complaints = to_router = to_guest = 0;
    s = steer_create(&config);
    ck_assert_ptr_nonnull(s);
}

static void stop(void)
{
    steer_destroy(s);
}

static void from_guest(void)
{
    uint8_t *copy = malloc(f.size ? f.size : 1);

    memcpy(copy, f.bytes, f.size);
    steer_from_guest(s, copy, f.size, 0);
    free(copy);
}

START_TEST(udp_to_a_service_is_answered_here)
{
    static const uint16_t ports[] = { 111, 2049, 20048 };

    frame_udp(&f, HOST_IP, 800, ports[_i], "call", 4);
    from_guest();
    ck_assert_uint_eq(calls, 1);
    ck_assert_uint_eq(to_router, 0);
    ck_assert_uint_eq(to_guest, 1);
    ck_assert(frame_ipv4_valid(received.bytes, received.size));
    ck_assert_mem_eq(received.bytes + 42, "answer", 6);
}
END_TEST

START_TEST(udp_to_other_ports_goes_on_unchanged)
{
    frame_udp(&f, HOST_IP, 800, 53, "call", 4);
    from_guest();
    ck_assert_uint_eq(calls, 0);
    ck_assert_uint_eq(to_router, 1);
    ck_assert_mem_eq(routed.bytes, f.bytes, f.size);
}
END_TEST

START_TEST(udp_to_other_hosts_goes_on_unchanged)
{
    frame_udp(&f, HOST_IP + 1, 800, 2049, "call", 4);
    from_guest();
    ck_assert_uint_eq(calls, 0);
    ck_assert_uint_eq(to_router, 1);
}
END_TEST

START_TEST(fragmented_udp_to_a_service_is_answered_here)
{
    static uint8_t datagram[4096];
    size_t size = udp_datagram(datagram, HOST_IP, 800, 2049, f.bytes, 3000);

    frame_ipv4(&f, HOST_IP, 17, 5, 0x2000, datagram, 1480);
    from_guest();
    frame_ipv4(&f, HOST_IP, 17, 5, 2960 / 8, datagram + 2960, size - 2960);
    from_guest();
    ck_assert_uint_eq(calls, 0);
    frame_ipv4(&f, HOST_IP, 17, 5, 0x2000 | 1480 / 8, datagram + 1480, 1480);
    from_guest();
    ck_assert_uint_eq(calls, 1);
    ck_assert_uint_eq(to_router, 0);
}
END_TEST

START_TEST(tcp_to_a_service_goes_on_to_the_alias)
{
    frame_tcp(&f, HOST_IP, 800, 2049, 1, 0, TCP_SYN, NULL, 0);
    from_guest();
    ck_assert_uint_eq(to_router, 1);
    ck_assert_uint_eq(frame_be32(routed.bytes + 30), ALIAS);
    ck_assert(frame_ipv4_valid(routed.bytes, routed.size));
}
END_TEST

START_TEST(tcp_to_other_ports_goes_on_unchanged)
{
    frame_tcp(&f, HOST_IP, 800, 80, 1, 0, TCP_SYN, NULL, 0);
    from_guest();
    ck_assert_uint_eq(to_router, 1);
    ck_assert_mem_eq(routed.bytes, f.bytes, f.size);
}
END_TEST

START_TEST(tcp_from_the_alias_comes_from_the_host)
{
    frame_tcp(&f, GUEST_IP, 2049, 800, 1, 2, TCP_SYN | TCP_ACK, NULL, 0);
    frame_set32(f.bytes + 26, ALIAS);
    /* Make the checksums right for the source that the guest's builder does not use. */
    static struct frame built;
    frame_tcp(&built, ALIAS, 2049, 800, 1, 2, TCP_SYN | TCP_ACK, NULL, 0);
    uint16_t tcp = frame_be16(built.bytes + 50), ip = frame_be16(built.bytes + 24);
    frame_set16(f.bytes + 50, tcp);
    frame_set16(f.bytes + 24, ip);
    ck_assert(frame_ipv4_valid(f.bytes, f.size));
    steer_from_router(s, f.bytes, f.size);
    ck_assert_uint_eq(to_guest, 1);
    ck_assert_uint_eq(frame_be32(received.bytes + 26), HOST_IP);
    ck_assert(frame_ipv4_valid(received.bytes, received.size));
}
END_TEST

START_TEST(other_frames_of_the_router_pass_unchanged)
{
    frame_arp(&f, true, guest_mac, GUEST_IP);
    steer_from_router(s, f.bytes, f.size);
    ck_assert_uint_eq(to_guest, 1);
    ck_assert_mem_eq(received.bytes, f.bytes, f.size);
}
END_TEST

START_TEST(the_alias_is_not_there_for_the_guest)
{
    frame_tcp(&f, ALIAS, 800, 2049, 1, 0, TCP_SYN, NULL, 0);
    from_guest();
    frame_udp(&f, ALIAS, 800, 2049, "call", 4);
    from_guest();
    ck_assert_uint_eq(to_router, 0);
    ck_assert_uint_eq(complaints, 2);
}
END_TEST

START_TEST(tcp_in_fragments_never_reaches_the_hosts_own_ports)
{
    frame_ipv4(&f, HOST_IP, 6, 1, 0x2000, f.bytes, 24);
    from_guest();
    frame_ipv4(&f, HOST_IP, 6, 1, 24 / 8, f.bytes, 24);
    from_guest();
    ck_assert_uint_eq(to_router, 0);
    ck_assert_uint_eq(complaints, 2);
}
END_TEST

START_TEST(segments_and_datagrams_without_a_whole_header_are_dropped)
{
    frame_ipv4(&f, HOST_IP, 6, 1, 0, f.bytes, 19);
    from_guest();
    frame_ipv4(&f, HOST_IP, 17, 1, 0, f.bytes, 7);
    from_guest();
    ck_assert_uint_eq(to_router, 0);
    ck_assert_uint_eq(complaints, 2);
}
END_TEST

START_TEST(what_is_not_ipv4_goes_on)
{
    frame_arp(&f, false, guest_mac, HOST_IP);
    from_guest();
    ck_assert_uint_eq(to_router, 1);
    frame_udp(&f, HOST_IP, 1, 2049, "x", 1);
    f.bytes[24] ^= 1; /* the header checksum: libslirp drops it */
    from_guest();
    ck_assert_uint_eq(to_router, 2);
    ck_assert_uint_eq(calls, 0);
}
END_TEST

/* A frame of any kind to the host or the alias, then a few of its bytes changed. */
static void make_hostile(uint32_t *seed)
{
    static const uint16_t ports[] = { 111, 2049, 20048, 53 };
    uint32_t to = next_random(seed) % 8 ? HOST_IP : ALIAS;
    uint16_t port = ports[next_random(seed) % 4];

    switch (next_random(seed) % 3) {
    case 0:
        frame_udp(&f, to, 800, port, f.bytes, next_random(seed) % 1400);
        break;
    case 1:
        frame_tcp(&f, to, 800, port, 1, 1, next_random(seed) % 32, f.bytes, next_random(seed) % 99);
        break;
    default:
        frame_ipv4(&f, to, next_random(seed) % 4 ? 17 : 6, next_random(seed) % 8,
                   next_random(seed) & 0x2007, f.bytes, next_random(seed) % 64);
    }
    for (unsigned i = next_random(seed) % 4; i; i--)
        f.bytes[next_random(seed) % f.size] = (uint8_t)next_random(seed);
    if (!(next_random(seed) % 8))
        f.size = next_random(seed) % f.size;
    if (f.size >= 34 && next_random(seed) % 4) { /* past the header checksum */
        size_t header = (f.bytes[14] & 15u) * 4;
        frame_set16(f.bytes + 24, 0);
        if (14 + header <= f.size)
            frame_set16(f.bytes + 24, frame_checksum(0, f.bytes + 14, header));
    }
}

START_TEST(hostile_frames_break_nothing)
{
    uint32_t seed = 0x5eed1234;

    for (int i = 0; i < 50000; i++) {
        make_hostile(&seed);
        from_guest();
        steer_from_router(s, f.bytes, f.size);
    }
    ck_assert_uint_gt(calls, 0);
    ck_assert_uint_gt(to_router, 0);
    ck_assert_uint_gt(complaints, 0);
}
END_TEST

TCase *steer_tests(void)
{
    TCase *c = tcase_create("steering");

    tcase_add_checked_fixture(c, start, stop);
    tcase_add_loop_test(c, udp_to_a_service_is_answered_here, 0, 3);
    tcase_add_test(c, udp_to_other_ports_goes_on_unchanged);
    tcase_add_test(c, udp_to_other_hosts_goes_on_unchanged);
    tcase_add_test(c, fragmented_udp_to_a_service_is_answered_here);
    tcase_add_test(c, tcp_to_a_service_goes_on_to_the_alias);
    tcase_add_test(c, tcp_to_other_ports_goes_on_unchanged);
    tcase_add_test(c, tcp_from_the_alias_comes_from_the_host);
    tcase_add_test(c, other_frames_of_the_router_pass_unchanged);
    tcase_add_test(c, the_alias_is_not_there_for_the_guest);
    tcase_add_test(c, tcp_in_fragments_never_reaches_the_hosts_own_ports);
    tcase_add_test(c, segments_and_datagrams_without_a_whole_header_are_dropped);
    tcase_add_test(c, what_is_not_ipv4_goes_on);
    tcase_add_test(c, hostile_frames_break_nothing);
    return c;
}
