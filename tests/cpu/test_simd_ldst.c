/* SPDX-License-Identifier: MIT */
/* Loads and stores of structures: the order of elements, writeback, and faults that leave
 * everything as it was. */
#include "tests/cpu/insn.h"

#include <string.h>

/* Bytes 0, 1, 2, ... at `pa`. */
static void count_bytes(uint64_t pa, unsigned size)
{
    for (unsigned i = 0; i < size; i += 8) {
        uint64_t value = 0;
        for (unsigned j = 0; j < 8; j++)
            value |= (uint64_t)(uint8_t)(i + j) << 8 * j;
        board_write(board(), pa + i, value);
    }
}

START_TEST(ld1_fills_registers_and_wraps)
{
    count_bytes(DATA, 64);
    set_x(0, DATA);
    run(enc_LD1_2regs(1, 0, 0, 31));
    expect_v(31, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
    expect_v(0, 0x1716151413121110, 0x1f1e1d1c1b1a1918);
    set_x(0, DATA);
    run(enc_LD1_1reg(0, 3, 0, 31));
    expect_v(31, 0x0706050403020100, 0);
    ck_assert_uint_eq(x(0), DATA);
}
END_TEST

START_TEST(structures_are_taken_apart_and_put_together)
{
    count_bytes(DATA, 64);
    set_x(0, DATA);
    run(enc_LD3_post(0, 31, 0, 0, 1)); /* 24 bytes: R, G, B */
    expect_v(1, 0x15120f0c09060300, 0);
    expect_v(2, 0x1613100d0a070401, 0);
    expect_v(3, 0x1714110e0b080502, 0);
    ck_assert_uint_eq(x(0), DATA + 24);
    set_x(0, DATA + 64);
    set_x(9, 100);
    run(enc_ST3_post(0, 9, 0, 0, 1));
    ck_assert_uint_eq(x(0), DATA + 164);
    for (unsigned i = 0; i < 24; i += 8)
        ck_assert_uint_eq(board_read(board(), DATA + 64 + i), board_read(board(), DATA + i));
    set_x(0, DATA);
    run(enc_LD4(1, 3, 0, 4));
    expect_v(4, 0x0706050403020100, 0x2726252423222120);
    expect_v(7, 0x1f1e1d1c1b1a1918, 0x3f3e3d3c3b3a3938);
    expect_undefined(enc_LD4(0, 3, 0, 4)); /* structures of one doubleword */
    expect_undefined(enc_ST2_post(0, 31, 3, 0, 4));
}
END_TEST

START_TEST(single_lanes_leave_the_others)
{
    count_bytes(DATA, 16);
    set_x(0, DATA);
    set_v(1, UINT64_MAX, UINT64_MAX);
    set_v(2, 0, 0);
    run(enc_LD2_single_post(1, 31, 1, 0, 2, 0, 1)); /* halfword 5: Q:S:size<1> = 1:0:1 */
    expect_v(1, UINT64_MAX, 0xffffffff0100ffff);
    expect_v(2, 0, 0x0000000003020000);
    ck_assert_uint_eq(x(0), DATA + 4);
    set_x(0, DATA + 8);
    expect_undefined(enc_ST1_single(0, 2, 1, 1, 0, 1)); /* doublewords have no S */
    expect_undefined(enc_ST1_single(0, 2, 0, 2, 0, 1));
}
END_TEST

START_TEST(replication)
{
    count_bytes(DATA, 16);
    set_x(0, DATA + 4);
    run(enc_LD1R(1, 2, 0, 1));
    expect_v(1, 0x0706050407060504, 0x0706050407060504);
    run(enc_LD2R_post(0, 31, 0, 0, 1));
    expect_v(1, 0x0404040404040404, 0);
    expect_v(2, 0x0505050505050505, 0);
    ck_assert_uint_eq(x(0), DATA + 6);
}
END_TEST

START_TEST(blocks_may_cross_pages)
{
    const uint64_t at = DATA + 0x1000 - 24;
    count_bytes(at, 64);
    set_x(0, at);
    run(enc_LD1_4regs(1, 3, 0, 1));
    expect_v(1, 0x0706050403020100, 0x0f0e0d0c0b0a0908);
    expect_v(4, 0x3736353433323130, 0x3f3e3d3c3b3a3938);
    set_x(0, at + 8);
    run(enc_ST1_4regs(1, 3, 0, 1));
    ck_assert_uint_eq(board_read(board(), at + 8 + 16), 0x1716151413121110);
    ck_assert_uint_eq(board_read(board(), at + 8 + 56), 0x3f3e3d3c3b3a3938);
}
END_TEST

/* The memory ends; behind it nobody answers. */
START_TEST(a_fault_changes_nothing)
{
    const uint64_t end = BOARD_RAM + BOARD_RAM_SIZE;
    board_write(board(), end - 8, 0x1122334455667788);
    for (unsigned i = 1; i < 5; i++)
        set_v(i, i, i);
    set_x(0, end - 32);
    run_to(enc_LD1_4regs_post(1, 31, 3, 0, 1));
    ck_assert_uint_eq(board_get(board(), "ESR_EL1") >> 26, 0x25);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), end);
    ck_assert_uint_eq(x(0), end - 32);
    for (unsigned i = 1; i < 5; i++)
        expect_v(i, i, i);
}
END_TEST

START_TEST(a_misaligned_stack_pointer_is_noticed_after_writeback)
{
    set_x(SP, DATA);
    set_x(1, 8);
    board_set(board(), "SCTLR_EL1", board_get(board(), "SCTLR_EL1") | 1u << 3);
    run(enc_LD1_1reg_post(1, 1, 0, 31, 0));
    ck_assert_uint_eq(x(SP), DATA + 8);
    expect_exception(enc_LD1_1reg(1, 0, 31, 0), 0x26, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, ld1_fills_registers_and_wraps);
    tcase_add_test(tc, structures_are_taken_apart_and_put_together);
    tcase_add_test(tc, single_lanes_leave_the_others);
    tcase_add_test(tc, replication);
    tcase_add_test(tc, blocks_may_cross_pages);
    tcase_add_test(tc, a_fault_changes_nothing);
    tcase_add_test(tc, a_misaligned_stack_pointer_is_noticed_after_writeback);
}

int main(void)
{
    return insn_run_suite("simd_ldst", add_tests);
}
