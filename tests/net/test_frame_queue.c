/* SPDX-License-Identifier: MIT */
#include "net/frame_queue.h"
#include "tests/net/suites.h"

START_TEST(frames_come_out_as_they_went_in)
{
    struct frame_queue q = { 0 };

    ck_assert(frame_queue_put(&q, (const uint8_t *)"one", 3));
    ck_assert(frame_queue_put(&q, (const uint8_t *)"second", 6));
    ck_assert_uint_eq(q.head->size, 3);
    ck_assert_mem_eq(q.head->bytes, "one", 3);
    frame_queue_drop(&q);
    ck_assert_mem_eq(q.head->bytes, "second", 6);
    frame_queue_drop(&q);
    ck_assert_ptr_null(q.head);
    ck_assert(frame_queue_put(&q, (const uint8_t *)"again", 5));
    ck_assert_mem_eq(q.head->bytes, "again", 5);
    frame_queue_clear(&q);
}
END_TEST

START_TEST(the_newest_frame_beyond_the_count_is_lost)
{
    struct frame_queue q = { 0 };

    for (unsigned i = 0; i < FRAME_QUEUE_FRAMES; i++)
        ck_assert(frame_queue_put(&q, (const uint8_t *)&i, sizeof i));
    ck_assert(!frame_queue_put(&q, (const uint8_t *)"x", 1));
    ck_assert_uint_eq(q.lost, 1);
    frame_queue_drop(&q);
    ck_assert(frame_queue_put(&q, (const uint8_t *)"x", 1));
    frame_queue_clear(&q);
    ck_assert_uint_eq(q.frames, 0);
    ck_assert_uint_eq(q.bytes, 0);
}
END_TEST

START_TEST(the_newest_frame_beyond_the_bytes_is_lost)
{
    static const uint8_t frame[65536];
    struct frame_queue q = { 0 };

    for (unsigned i = 0; i < FRAME_QUEUE_BYTES / sizeof frame; i++)
        ck_assert(frame_queue_put(&q, frame, sizeof frame));
    ck_assert(!frame_queue_put(&q, frame, 1));
    frame_queue_clear(&q);
}
END_TEST

TCase *frame_queue_tests(void)
{
    TCase *c = tcase_create("frame queue");

    tcase_add_test(c, frames_come_out_as_they_went_in);
    tcase_add_test(c, the_newest_frame_beyond_the_count_is_lost);
    tcase_add_test(c, the_newest_frame_beyond_the_bytes_is_lost);
    return c;
}
