/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "net/record.h"
#include "tests/net/frames.h"
#include "tests/net/suites.h"

static struct record_reader r;

static void start(void)
{
    r = (struct record_reader){ .limit = 1000 };
}

static void stop(void)
{
    record_free(&r);
}

/* Feeds at most `step` bytes at a time up to the end of the first record. Returns the bytes it
 * took, 0: no record ended, SIZE_MAX: the stream can't be read on. */
static size_t feed(const void *stream, size_t size, size_t step)
{
    const uint8_t *from = stream;

    for (size_t done = 0; done < size;) {
        size_t wanted;
        uint8_t *space = record_space(&r, &wanted);
        if (!space)
            return SIZE_MAX;
        ck_assert_uint_gt(wanted, 0);
        if (wanted > step)
            wanted = step;
        if (wanted > size - done)
            wanted = size - done;
        memcpy(space, from + done, wanted);
        done += wanted;
        if (record_advance(&r, wanted))
            return done;
    }
    return 0;
}

static const char one[] = "\x80\0\0\5hello";
static const char three[] = "\0\0\0\3abc\0\0\0\0\x80\0\0\4defg";

START_TEST(a_record_of_one_fragment)
{
    ck_assert_uint_eq(feed(one, 9, 100), 9);
    ck_assert_uint_eq(r.size, 5);
    ck_assert_mem_eq(r.data, "hello", 5);
}
END_TEST

START_TEST(fragments_make_one_record_whatever_the_reads)
{
    for (size_t step = 1; step < sizeof three; step++) {
        ck_assert_uint_eq(feed(three, sizeof three - 1, step), sizeof three - 1);
        ck_assert_uint_eq(r.size, 7);
        ck_assert_mem_eq(r.data, "abcdefg", 7);
        record_clear(&r);
    }
}
END_TEST

START_TEST(reading_stops_at_the_end_of_a_record)
{
    char stream[sizeof one + sizeof three];

    memcpy(stream, one, 9);
    memcpy(stream + 9, three, sizeof three - 1);
    ck_assert_uint_eq(feed(stream, 9 + sizeof three - 1, 100), 9);
    record_clear(&r);
    ck_assert_uint_eq(feed(stream + 9, sizeof three - 1, 100), sizeof three - 1);
    ck_assert_mem_eq(r.data, "abcdefg", 7);
}
END_TEST

START_TEST(a_last_fragment_of_no_bytes_ends_the_record)
{
    ck_assert_uint_eq(feed("\0\0\0\2hi\x80\0\0\0", 10, 100), 10);
    ck_assert_uint_eq(r.size, 2);
    record_clear(&r);
    ck_assert_uint_eq(feed("\x80\0\0\0", 4, 100), 4);
    ck_assert_uint_eq(r.size, 0);
}
END_TEST

START_TEST(a_record_may_reach_the_limit)
{
    static uint8_t stream[4 + 1000] = { 0x80, 0, 1000 / 256, 1000 % 256 };

    ck_assert_uint_eq(feed(stream, sizeof stream, 300), sizeof stream);
    ck_assert_uint_eq(r.size, 1000);
}
END_TEST

START_TEST(a_record_beyond_the_limit_ends_the_stream)
{
    ck_assert_uint_eq(feed("\x80\0\3\xe9x", 5, 100), SIZE_MAX);
    record_clear(&r);
    r = (struct record_reader){ .limit = 1000, .data = r.data, .capacity = r.capacity };
    ck_assert_uint_eq(feed("\xff\xff\xff\xffx", 5, 100), SIZE_MAX);
    record_free(&r);
    ck_assert_uint_eq(feed("\0\0\0\1a\0\0\3\xe8x", 10, 100), SIZE_MAX);
}
END_TEST

START_TEST(an_announced_size_reserves_no_memory)
{
    ck_assert_uint_eq(feed("\x80\0\3\xe8", 4, 100), 0);
    ck_assert_uint_eq(r.capacity, 0);
}
END_TEST

START_TEST(the_header_of_an_answer)
{
    uint8_t header[4];

    record_put_header(header, 0x12345);
    ck_assert_mem_eq(header, "\x80\x01\x23\x45", 4);
}
END_TEST

START_TEST(hostile_streams_stay_within_the_limit)
{
    uint32_t seed = 0x2468ace1;

    for (int run = 0; run < 2000; run++) {
        uint8_t stream[256];
        for (size_t i = 0; i < sizeof stream; i++)
            stream[i] = next_random(&seed) % 4 ? 0 : (uint8_t)next_random(&seed);
        for (size_t done = 0; done < sizeof stream;) {
            size_t took = feed(stream + done, sizeof stream - done, 1 + next_random(&seed) % 64);
            ck_assert_uint_le(r.size, 1000);
            if (took == 0 || took == SIZE_MAX)
                break;
            record_clear(&r);
            done += took;
        }
        record_free(&r);
    }
}
END_TEST

TCase *record_tests(void)
{
    TCase *c = tcase_create("record marking");

    tcase_add_checked_fixture(c, start, stop);
    tcase_add_test(c, a_record_of_one_fragment);
    tcase_add_test(c, fragments_make_one_record_whatever_the_reads);
    tcase_add_test(c, reading_stops_at_the_end_of_a_record);
    tcase_add_test(c, a_last_fragment_of_no_bytes_ends_the_record);
    tcase_add_test(c, a_record_may_reach_the_limit);
    tcase_add_test(c, a_record_beyond_the_limit_ends_the_stream);
    tcase_add_test(c, an_announced_size_reserves_no_memory);
    tcase_add_test(c, the_header_of_an_answer);
    tcase_add_test(c, hostile_streams_stay_within_the_limit);
    return c;
}
