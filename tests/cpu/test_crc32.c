/* SPDX-License-Identifier: MIT */
/*
 * The checksums behind CRC32 and CRC32C. The check values are those of the CRC catalogues for
 * "123456789": CRC-32/ISO-HDLC and CRC-32/ISCSI, which invert the accumulator before and after.
 */
#include "cpu/crc32.h"
#include "tests/cpu/paging.h"

#include <string.h>

typedef uint32_t update(uint32_t crc, uint64_t value, unsigned bytes);

/* In pieces of at most `piece` bytes. */
static uint32_t checksum(update *crc_update, const char *text, unsigned piece)
{
    uint32_t crc = UINT32_MAX;
    size_t left = strlen(text);
    while (left) {
        unsigned n = piece;
        while (n > left)
            n /= 2;
        uint64_t value = 0;
        memcpy(&value, text, n);
        crc = crc_update(crc, value, n);
        text += n;
        left -= n;
    }
    return ~crc;
}

START_TEST(the_check_string_in_pieces_of_every_size)
{
    for (unsigned piece = 1; piece <= 8; piece *= 2) {
        ck_assert_uint_eq(checksum(crc32_update, "123456789", piece), 0xcbf43926);
        ck_assert_uint_eq(checksum(crc32c_update, "123456789", piece), 0xe3069283);
    }
}
END_TEST

START_TEST(nothing_is_inverted_implicitly)
{
    ck_assert_uint_eq(crc32_update(0, 0, 8), 0);
    ck_assert_uint_eq(crc32c_update(0, 0, 8), 0);
    ck_assert_uint_eq(crc32_update(0, 1, 1), 0x77073096);
    ck_assert_uint_eq(crc32c_update(0, 1, 1), 0xf26b8303);
}
END_TEST

START_TEST(bytes_above_the_size_do_not_count)
{
    for (unsigned bytes = 1; bytes < 8; bytes *= 2) {
        uint64_t value = 0x1122334455667788, above = UINT64_MAX << 8 * bytes;
        ck_assert_uint_eq(crc32_update(5, value | above, bytes),
                          crc32_update(5, value & ~above, bytes));
        ck_assert_uint_eq(crc32c_update(5, value | above, bytes),
                          crc32c_update(5, value & ~above, bytes));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crc32");
    TCase *tc = tcase_create("crc32");
    tcase_add_test(tc, the_check_string_in_pieces_of_every_size);
    tcase_add_test(tc, nothing_is_inverted_implicitly);
    tcase_add_test(tc, bytes_above_the_size_do_not_count);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
