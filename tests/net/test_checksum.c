/* SPDX-License-Identifier: MIT */
#include "net/checksum.h"
#include "tests/net/suites.h"

START_TEST(the_example_of_rfc_1071_section_3)
{
    static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

    ck_assert_uint_eq(checksum_finish(checksum_add(0, data, sizeof data)), 0xffff - 0xddf2);
}
END_TEST

START_TEST(an_odd_last_byte_counts_as_the_upper_half_of_a_word)
{
    static const uint8_t data[] = { 0x12, 0x34, 0x56 };

    ck_assert_uint_eq(checksum_finish(checksum_add(0, data, 3)), 0xffff - (0x1234 + 0x5600));
}
END_TEST

START_TEST(pieces_add_up_to_the_whole)
{
    static const uint8_t data[] = { 0xff, 0xff, 0x80, 0x01, 0x80, 0x01, 0x00, 0x07 };
    uint32_t pieces = checksum_add(checksum_add(0, data, 2), data + 2, 6);

    ck_assert_uint_eq(checksum_finish(pieces), checksum_finish(checksum_add(0, data, sizeof data)));
}
END_TEST

START_TEST(the_largest_message_does_not_overflow_the_sum)
{
    static uint8_t data[131072];

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = 0xff;
    ck_assert_uint_eq(checksum_finish(checksum_add(0, data, sizeof data)), 0);
}
END_TEST

START_TEST(the_example_of_rfc_1624_section_4)
{
    ck_assert_uint_eq(checksum_update(0xdd2f, 0x5555, 0x3285), 0x0000);
}
END_TEST

START_TEST(an_update_equals_a_new_checksum)
{
    uint8_t data[] = { 0xab, 0xcd, 0x00, 0x00, 0xfe, 0x01 };
    uint16_t before = checksum_finish(checksum_add(0, data, sizeof data));

    data[2] = 0x12;
    data[3] = 0x34;
    ck_assert_uint_eq(checksum_update(before, 0x0000, 0x1234),
                      checksum_finish(checksum_add(0, data, sizeof data)));
}
END_TEST

TCase *checksum_tests(void)
{
    TCase *c = tcase_create("checksum");

    tcase_add_test(c, the_example_of_rfc_1071_section_3);
    tcase_add_test(c, an_odd_last_byte_counts_as_the_upper_half_of_a_word);
    tcase_add_test(c, pieces_add_up_to_the_whole);
    tcase_add_test(c, the_largest_message_does_not_overflow_the_sum);
    tcase_add_test(c, the_example_of_rfc_1624_section_4);
    tcase_add_test(c, an_update_equals_a_new_checksum);
    return c;
}
