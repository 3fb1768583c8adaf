/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "net/udp_service.h"
#include "tests/net/frames.h"
#include "tests/net/suites.h"

static struct udp_service udp;
static size_t answer_size, request_size;
static uint16_t request_port;
static unsigned calls, complaints, frames;
static struct frame sent[64];

/* Answers with answer_size bytes that count up in 7s. */
static size_t call(void *ctx, uint16_t port, bool tcp, const uint8_t *request, size_t size,
                   uint8_t *reply, size_t reply_size)
{
    ck_assert(!tcp);
    calls++;
    request_port = port;
    request_size = size;
    ck_assert_uint_ge(reply_size, answer_size);
    for (size_t i = 0; i < answer_size; i++)
        reply[i] = (uint8_t)(i * 7);
    return answer_size;
}

static void emit(void *ctx, const uint8_t *frame, size_t size)
{
    ck_assert(frame_ipv4_valid(frame, size));
    ck_assert_uint_le(size, 1514);
    sent[frames].size = size;
    memcpy(sent[frames++].bytes, frame, size);
}

static void complain(void *ctx, const char *why)
{
    complaints++;
}

static const struct net_service service = { .ports = { 111, 2049 }, .port_count = 2, .call = call };

static void start(void)
{
    calls = complaints = frames = 0;
    answer_size = 0;
    udp.service = &service;
    memcpy(udp.mac, host_mac, 6);
    udp.emit = emit;
    udp.complain = complain;
}

/* Gives the datagram in `bytes`, which are from the UDP header on. */
static void input(const uint8_t *bytes, size_t size)
{
    struct ipv4_packet packet = { .source = GUEST_IP,
                                  .destination = HOST_IP,
                                  .protocol = 17,
                                  .payload = bytes,
                                  .payload_size = size };

    udp_service_input(&udp, guest_mac, &packet);
}

static uint8_t question[64];

static size_t ask(void)
{
    return udp_datagram(question, HOST_IP, 700, 111, "question", 8);
}

START_TEST(an_answer_goes_back_where_the_question_came_from)
{
    answer_size = 100;
    input(question, ask());
    ck_assert_uint_eq(request_port, 111);
    ck_assert_uint_eq(request_size, 8);
    ck_assert_uint_eq(frames, 1);
    ck_assert_uint_eq(sent[0].size, 14 + 20 + 8 + 100);
    const uint8_t *b = sent[0].bytes;
    ck_assert_mem_eq(b, guest_mac, 6);
    ck_assert_mem_eq(b + 6, host_mac, 6);
    ck_assert_uint_eq(frame_be32(b + 26), HOST_IP);
    ck_assert_uint_eq(frame_be32(b + 30), GUEST_IP);
    ck_assert_uint_eq(frame_be16(b + 34), 111);
    ck_assert_uint_eq(frame_be16(b + 36), 700);
    ck_assert_uint_ne(frame_be16(b + 40), 0);
    ck_assert_uint_eq(b[42 + 99], (uint8_t)(99 * 7));
}
END_TEST

START_TEST(no_answer_sends_nothing)
{
    input(question, ask());
    ck_assert_uint_eq(calls, 1);
    ck_assert_uint_eq(frames, 0);
}
END_TEST

START_TEST(a_datagram_without_checksum_is_taken)
{
    size_t size = ask();

    frame_set16(question + 6, 0);
    input(question, size);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(a_datagram_with_a_wrong_checksum_is_dropped)
{
    size_t size = ask();

    question[9] ^= 0x10;
    input(question, size);
    ck_assert_uint_eq(calls, 0);
    ck_assert_uint_eq(complaints, 1);
}
END_TEST

START_TEST(a_datagram_with_a_wrong_length_is_dropped)
{
    size_t size = ask();

    frame_set16(question + 6, 0);
    frame_set16(question + 4, (unsigned)size + 1);
    input(question, size);
    frame_set16(question + 4, 7);
    input(question, size);
    ck_assert_uint_eq(calls, 0);
    ck_assert_uint_eq(complaints, 2);
}
END_TEST

START_TEST(bytes_behind_the_udp_length_are_no_data)
{
    size_t size = ask();

    input(question, size + 3);
    ck_assert_uint_eq(calls, 1);
    ck_assert_uint_eq(request_size, 8);
}
END_TEST

/* Puts the frames together by their offsets, as a receiver does. Returns the datagram's size. */
static size_t collect(uint8_t *out)
{
    size_t total = 0;

    for (unsigned i = 0; i < frames; i++) {
        const uint8_t *b = sent[i].bytes;
        size_t offset = (frame_be16(b + 20) & 0x1fffu) * 8u, size = frame_be16(b + 16) - 20u;
        bool more = frame_be16(b + 20) & 0x2000;
        ck_assert_uint_eq(frame_be16(b + 18), frame_be16(sent[0].bytes + 18));
        ck_assert_int_eq(more, i + 1 < frames);
        if (more)
            ck_assert_uint_eq(size % 8, 0);
        memcpy(out + offset, b + 34, size);
        total += size;
    }
    return total;
}

START_TEST(an_answer_that_fills_the_mtu_is_no_fragment)
{
    answer_size = 1472;
    input(question, ask());
    ck_assert_uint_eq(frames, 1);
    ck_assert_uint_eq(frame_be16(sent[0].bytes + 20), 0);
}
END_TEST

START_TEST(long_answers_are_fragmented)
{
    static const size_t sizes[] = { 1473, 2952, 2953, 4096 + 132, 32768 + 140, SERVICE_UDP_MAX };
    static uint8_t out[65536];
    uint8_t pseudo[12] = { 10, 0, 2, 2, 10, 0, 2, 15, 0, 17 };

    answer_size = sizes[_i];
    input(question, ask());
    ck_assert_uint_eq(frames, (answer_size + 8 + 1479) / 1480);
    ck_assert_uint_eq(collect(out), answer_size + 8);
    ck_assert_uint_eq(frame_be16(out + 4), answer_size + 8);
    for (size_t i = 0; i < answer_size; i++)
        ck_assert_uint_eq(out[8 + i], (uint8_t)(i * 7));
    frame_set16(pseudo + 10, (unsigned)(answer_size + 8));
    uint32_t sum = (uint16_t)~frame_checksum(0, pseudo, sizeof pseudo);
    ck_assert_uint_eq(frame_checksum(sum, out, answer_size + 8), 0);
}
END_TEST

START_TEST(answers_have_different_ids)
{
    answer_size = 1;
    input(question, ask());
    input(question, ask());
    ck_assert_uint_ne(frame_be16(sent[0].bytes + 18), frame_be16(sent[1].bytes + 18));
}
END_TEST

TCase *udp_service_tests(void)
{
    TCase *c = tcase_create("UDP service");

    tcase_add_checked_fixture(c, start, NULL);
    tcase_add_test(c, an_answer_goes_back_where_the_question_came_from);
    tcase_add_test(c, no_answer_sends_nothing);
    tcase_add_test(c, a_datagram_without_checksum_is_taken);
    tcase_add_test(c, a_datagram_with_a_wrong_checksum_is_dropped);
    tcase_add_test(c, a_datagram_with_a_wrong_length_is_dropped);
    tcase_add_test(c, bytes_behind_the_udp_length_are_no_data);
    tcase_add_test(c, an_answer_that_fills_the_mtu_is_no_fragment);
    tcase_add_loop_test(c, long_answers_are_fragmented, 0, 6);
    tcase_add_test(c, answers_have_different_ids);
    return c;
}
