/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "net/reassembly.h"
#include "tests/net/frames.h"
#include "tests/net/suites.h"

#define SERVICE_PORT 2049
#define MORE         0x2000u

static struct reassembly *r;
static uint64_t now;

/* What came out: the last datagram, and the ids of the frames that were passed on. */
static uint8_t datagram[65535];
static size_t datagram_size;
static unsigned delivered, complaints, passed;
static uint8_t passed_first_byte[512];

static bool wants(void *ctx, uint16_t port)
{
    return port == SERVICE_PORT;
}

static void pass(void *ctx, const uint8_t *frame, size_t size)
{
    ck_assert_uint_ge(size, 34);
    ck_assert_uint_eq(frame_checksum(0, frame + 14, 20), 0);
    passed_first_byte[passed++ % 512] = frame[34];
}

static void deliver(void *ctx, const uint8_t mac[6], const struct ipv4_packet *packet)
{
    ck_assert_mem_eq(mac, guest_mac, 6);
    ck_assert_uint_le(packet->payload_size, IPV4_PAYLOAD_MAX);
    memcpy(datagram, packet->payload, packet->payload_size);
    datagram_size = packet->payload_size;
    delivered++;
}

static void complain(void *ctx, const char *why)
{
    complaints++;
}

static void start(void)
{
    now = 0;
    datagram_size = delivered = complaints = passed = 0;
    r = reassembly_create(&(struct reassembly_sink){
        .wants = wants, .pass = pass, .deliver = deliver, .complain = complain });
    ck_assert_ptr_nonnull(r);
}

static void stop(void)
{
    reassembly_destroy(r);
}

static void input(uint16_t id, size_t offset, unsigned more, const void *data, size_t size)
{
    static struct frame f;
    struct ipv4_packet packet;

    frame_ipv4(&f, HOST_IP, 17, id, (unsigned)(more | offset / 8), data, size);
    /* From the heap, so that a read beyond the frame is seen. */
    uint8_t *copy = malloc(f.size);
    memcpy(copy, f.bytes, f.size);
    ck_assert(ipv4_parse(&packet, copy, f.size));
    reassembly_input(r, copy, f.size, &packet, now);
    free(copy);
}

/* 40 bytes: a UDP header to `port` and 32 bytes that count up; sent as pieces of 16, 16 and 8. */
static uint8_t whole[40];

static void make(uint16_t port)
{
    for (size_t i = 0; i < sizeof whole; i++)
        whole[i] = (uint8_t)i;
    frame_set16(whole + 2, port);
}

static void piece(uint16_t id, unsigned index)
{
    input(id, index * 16, index < 2 ? MORE : 0, whole + index * 16, index < 2 ? 16 : 8);
}

START_TEST(pieces_in_any_order_make_the_datagram)
{
    static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                          { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    make(SERVICE_PORT);
    for (unsigned i = 0; i < 3; i++)
        piece((uint16_t)_i, orders[_i][i]);
    ck_assert_uint_eq(delivered, 1);
    ck_assert_uint_eq(datagram_size, 40);
    ck_assert_mem_eq(datagram, whole, 40);
    ck_assert_uint_eq(passed, 0);
}
END_TEST

START_TEST(pieces_for_other_ports_go_on_in_their_order)
{
    make(53);
    piece(7, 2);
    piece(7, 1);
    ck_assert_uint_eq(passed, 0);
    piece(7, 0);
    ck_assert_uint_eq(passed, 3);
    ck_assert_uint_eq(passed_first_byte[0], 32);
    ck_assert_uint_eq(passed_first_byte[1], 16);
    ck_assert_uint_eq(passed_first_byte[2], 0);
    ck_assert_uint_eq(delivered, 0);
}
END_TEST

START_TEST(pieces_behind_the_first_go_on_at_once)
{
    make(53);
    for (unsigned i = 0; i < 3; i++) {
        piece(7, i);
        ck_assert_uint_eq(passed, i + 1);
    }
}
END_TEST

START_TEST(datagrams_with_different_ids_do_not_mix)
{
    make(SERVICE_PORT);
    for (unsigned i = 0; i < 3; i++) {
        piece(1, i);
        piece(2, 2 - i);
    }
    ck_assert_uint_eq(delivered, 2);
}
END_TEST

START_TEST(an_id_can_be_used_again)
{
    make(SERVICE_PORT);
    for (unsigned i = 0; i < 30; i++)
        piece(1, i % 3);
    ck_assert_uint_eq(delivered, 10);
}
END_TEST

START_TEST(the_largest_datagram)
{
    static uint8_t big[IPV4_PAYLOAD_MAX];

    frame_set16(big + 2, SERVICE_PORT);
    big[sizeof big - 1] = 0x5a;
    for (size_t at = 0; at < sizeof big; at += 1480) {
        size_t left = sizeof big - at;
        input(9, at, left > 1480 ? MORE : 0, big + at, left > 1480 ? 1480 : left);
    }
    ck_assert_uint_eq(delivered, 1);
    ck_assert_uint_eq(datagram_size, sizeof big);
    ck_assert_mem_eq(datagram, big, sizeof big);
}
END_TEST

START_TEST(a_piece_beyond_the_largest_datagram_breaks_it)
{
    make(SERVICE_PORT);
    piece(1, 0);
    input(1, 65512, 0, whole, 8);
    ck_assert_uint_eq(complaints, 1);
    piece(1, 1);
    piece(1, 2);
    ck_assert_uint_eq(delivered, 0);
}
END_TEST

START_TEST(overlapping_pieces_break_the_datagram)
{
    make(SERVICE_PORT);
    piece(1, 0);
    input(1, 8, MORE, whole, 16);
    piece(1, 1);
    piece(1, 2);
    ck_assert_uint_eq(complaints, 1);
    ck_assert_uint_eq(delivered, 0);
    ck_assert_uint_eq(passed, 0);
}
END_TEST

START_TEST(a_piece_that_comes_twice_breaks_the_datagram)
{
    make(SERVICE_PORT);
    piece(1, 0);
    piece(1, 0);
    piece(1, 1);
    piece(1, 2);
    ck_assert_uint_eq(delivered, 0);
}
END_TEST

START_TEST(two_ends_break_the_datagram)
{
    make(SERVICE_PORT);
    piece(1, 2);
    input(1, 48, 0, whole, 8);
    piece(1, 0);
    piece(1, 1);
    ck_assert_uint_eq(complaints, 1);
    ck_assert_uint_eq(delivered, 0);
}
END_TEST

START_TEST(an_end_before_what_came_breaks_the_datagram)
{
    make(SERVICE_PORT);
    input(1, 80, MORE, whole, 16);
    piece(1, 2);
    ck_assert_uint_eq(complaints, 1);
}
END_TEST

START_TEST(odd_sized_and_empty_pieces_break_the_datagram)
{
    make(SERVICE_PORT);
    input(1, 0, MORE, whole, 15);
    input(2, 8, MORE, whole, 0);
    input(3, 0, 0, whole, 4);
    ck_assert_uint_eq(complaints, 3);
}
END_TEST

START_TEST(a_datagram_is_given_up_after_the_timeout)
{
    make(SERVICE_PORT);
    piece(1, 0);
    piece(1, 1);
    now = REASSEMBLY_TIMEOUT_NS - 1;
    piece(2, 0);
    piece(1, 2);
    ck_assert_uint_eq(delivered, 1);
    now = 2 * REASSEMBLY_TIMEOUT_NS;
    piece(2, 1);
    piece(2, 2);
    ck_assert_uint_eq(delivered, 1);
}
END_TEST

START_TEST(the_oldest_datagram_gives_way)
{
    make(SERVICE_PORT);
    for (uint16_t id = 0; id <= REASSEMBLY_SLOTS; id++) {
        now++;
        piece(id, 0);
        piece(id, 1);
    }
    piece(1, 2);
    ck_assert_uint_eq(delivered, 1);
    piece(0, 2);
    ck_assert_uint_eq(delivered, 1);
}
END_TEST

START_TEST(too_many_pieces_break_the_datagram)
{
    make(SERVICE_PORT);
    for (size_t i = 0; i <= REASSEMBLY_FRAGMENTS; i++)
        input(1, i * 8, MORE, whole, 8);
    ck_assert_uint_eq(complaints, 1);
}
END_TEST

START_TEST(hostile_pieces_break_nothing)
{
    uint32_t seed = 0x1badcafe;
    static uint8_t data[2048];

    for (int i = 0; i < 60000; i++) {
        size_t size = next_random(&seed) % 8 * 8 + (next_random(&seed) % 16 ? 0 : 3);
        size_t offset = next_random(&seed) % (next_random(&seed) % 8 ? 12 : 8192);
        frame_set16(data + 2, next_random(&seed) % 4 ? SERVICE_PORT : 53);
        input((uint16_t)(next_random(&seed) % 40), offset * 8, next_random(&seed) % 4 ? MORE : 0,
              data, size);
        now += next_random(&seed) % 100000000;
    }
    ck_assert_uint_gt(delivered, 0);
    ck_assert_uint_gt(passed, 0);
    ck_assert_uint_gt(complaints, 0);
}
END_TEST

TCase *reassembly_tests(void)
{
    TCase *c = tcase_create("reassembly");

    tcase_add_checked_fixture(c, start, stop);
    tcase_add_loop_test(c, pieces_in_any_order_make_the_datagram, 0, 6);
    tcase_add_test(c, pieces_for_other_ports_go_on_in_their_order);
    tcase_add_test(c, pieces_behind_the_first_go_on_at_once);
    tcase_add_test(c, datagrams_with_different_ids_do_not_mix);
    tcase_add_test(c, an_id_can_be_used_again);
    tcase_add_test(c, the_largest_datagram);
    tcase_add_test(c, a_piece_beyond_the_largest_datagram_breaks_it);
    tcase_add_test(c, overlapping_pieces_break_the_datagram);
    tcase_add_test(c, a_piece_that_comes_twice_breaks_the_datagram);
    tcase_add_test(c, two_ends_break_the_datagram);
    tcase_add_test(c, an_end_before_what_came_breaks_the_datagram);
    tcase_add_test(c, odd_sized_and_empty_pieces_break_the_datagram);
    tcase_add_test(c, a_datagram_is_given_up_after_the_timeout);
    tcase_add_test(c, the_oldest_datagram_gives_way);
    tcase_add_test(c, too_many_pieces_break_the_datagram);
    tcase_add_test(c, hostile_pieces_break_nothing);
    return c;
}
