/* SPDX-License-Identifier: MIT */
/*
 * Advanced SIMD: a few instructions of each class, chosen for what can be got wrong in the class.
 * tests/diff looks at all of them. Expected values are worked out by hand from the Arm ARM (C7.2).
 */
#include "tests/cpu/insn.h"

#include <string.h>

#define QC (1u << 27)

/* What 0x0f0e...0100 looks like in a register. */
#define COUNT_LOW  0x0706050403020100
#define COUNT_HIGH 0x0f0e0d0c0b0a0908

START_TEST(lanes_wrap_and_the_upper_half_is_cleared)
{
    set_v(1, 0xff00ff00ff00ffff, 0x1111111111111111);
    set_v(2, 0x0101010101010101, 0x2222222222222222);
    run(enc_ADD_v(1, 0, 2, 1, 0));
    expect_v(0, 0x0001000100010000, 0x3333333333333333);
    run(enc_ADD_v(0, 1, 2, 1, 0));
    expect_v(0, 0x0001000100010100, 0);
    run(enc_ADD_v(1, 3, 2, 1, 0));
    expect_v(0, 0x0002000200020100, 0x3333333333333333);
    expect_undefined(enc_ADD_v(0, 3, 2, 1, 0)); /* no vector of one doubleword */
    run(enc_SUB_s(2, 1, 0));
    expect_v(0, 0xfdfffdfffdfffefe, 0);
}
END_TEST

START_TEST(saturation_sets_qc)
{
    cpu_set_fpsr(board()->cpu, 0);
    set_v(1, 0x7f80017f00000000, 0);
    set_v(2, 0x01ff010000000000, 0);
    run(enc_SQADD_v(0, 0, 2, 1, 0));
    expect_v(0, 0x7f80027f00000000, 0);
    ck_assert_uint_eq(cpu_get_fpsr(board()->cpu), QC);
    cpu_set_fpsr(board()->cpu, 0);
    set_v(1, 1, UINT64_MAX); /* the upper half takes no part */
    set_v(2, 1, UINT64_MAX);
    run(enc_UQADD_v(0, 0, 2, 1, 0));
    expect_v(0, 2, 0);
    ck_assert_uint_eq(cpu_get_fpsr(board()->cpu), 0);
    set_v(1, 0x8000, 0);
    run(enc_SQDMULH_s(1, 1, 1, 0)); /* -1 * -1 */
    expect_v(0, 0x7fff, 0);
    ck_assert_uint_eq(cpu_get_fpsr(board()->cpu), QC);
}
END_TEST

START_TEST(comparisons_give_masks)
{
    set_v(1, 0xff000000000000fe, 0);
    run(enc_CMLT_zero_v(0, 0, 1, 0));
    expect_v(0, 0xff000000000000ff, 0);
    run(enc_CMEQ_v(1, 0, 1, 0, 2));
    expect_v(2, 0xffffffffffffff00, UINT64_MAX);
    run(enc_CMHI_s(1, 0, 3)); /* d3 = d0 > d1: 0xff...ff > 0xff...fe */
    expect_v(3, UINT64_MAX, 0);
}
END_TEST

START_TEST(bsl_bit_and_bif_choose_by_bits)
{
    const uint64_t mask = 0xff00ff00ff00ff00, a = 0x1234123412341234, b = 0xabcdabcdabcdabcd;
    set_v(1, a, a);
    set_v(2, b, b);
    set_v(0, mask, mask);
    run(enc_BSL_v(1, 2, 1, 0));
    expect_v(0, (a & mask) | (b & ~mask), (a & mask) | (b & ~mask));
    set_v(2, mask, 0);
    set_v(0, b, b);
    run(enc_BIT_v(1, 2, 1, 0));
    expect_v(0, (a & mask) | (b & ~mask), b);
    set_v(0, b, b);
    run(enc_BIF_v(1, 2, 1, 0));
    expect_v(0, (b & mask) | (a & ~mask), a);
}
END_TEST

START_TEST(shifts_by_register_go_both_ways)
{
    set_v(1, 0x8001800180018001, 0);
    set_v(2, 0x00ff55010010aaf0, 0); /* by the low byte: -1, 1, 16, -16 */
    run(enc_SSHL_v(0, 1, 2, 1, 0));
    expect_v(0, 0xc00000020000ffff, 0);
    run(enc_URSHL_v(0, 1, 2, 1, 0));
    expect_v(0, 0x4001000200000001, 0);
}
END_TEST

START_TEST(immediate_shifts_reach_the_whole_lane)
{
    set_v(1, 0x80ff7f0180ff7f01, 0x8000000000000000);
    run(enc_USHR_v(1, 1, 0, 1, 0)); /* 8 bits of 8 */
    expect_v(0, 0, 0);
    run(enc_SSHR_v(1, 8, 0, 1, 0)); /* 64 of 64 */
    expect_v(0, UINT64_MAX, UINT64_MAX);
    run(enc_SHL_v(0, 1, 7, 1, 0)); /* 7 of 8 */
    expect_v(0, 0x0080808000808080, 0);
    set_v(0, UINT64_MAX, UINT64_MAX);
    run(enc_SRI_v(1, 1, 0, 1, 0)); /* by 8: nothing is inserted */
    expect_v(0, UINT64_MAX, UINT64_MAX);
    set_v(1, 0x00017fff0000ffff, 0x1234567890abcdef);
    run(enc_SHRN(0, 1, 0, 1, 0)); /* by 8, to bytes */
    expect_v(0, 0x125690cd007f00ff, 0);
    run(enc_USHLL(1, 1, 0, 0, 2)); /* USHLL2: the zeros of the upper half */
    expect_v(2, 0, 0);
}
END_TEST

START_TEST(widening_and_narrowing_use_halves)
{
    set_v(1, COUNT_LOW, COUNT_HIGH);
    run(enc_UADDL(1, 0, 1, 1, 0)); /* UADDL2 */
    expect_v(0, 0x0016001400120010, 0x001e001c001a0018);
    set_v(0, 0x1111111111111111, 0x2222222222222222);
    run(enc_XTN(1, 0, 1, 0)); /* XTN2 keeps the lower half */
    expect_v(0, 0x1111111111111111, 0x0e0c0a0806040200);
    run(enc_XTN(0, 0, 1, 0)); /* XTN clears the upper */
    expect_v(0, 0x0e0c0a0806040200, 0);
}
END_TEST

START_TEST(reductions_and_pairs)
{
    set_v(1, COUNT_LOW, COUNT_HIGH);
    run(enc_ADDV(1, 0, 1, 0));
    expect_v(0, 120, 0);
    run(enc_UMAXV(0, 0, 1, 0));
    expect_v(0, 7, 0);
    run(enc_ADDP_v(1, 0, 1, 1, 0));
    expect_v(0, 0x1d1915110d090501, 0x1d1915110d090501);
    run(enc_ADDP_s(1, 0));
    expect_v(0, COUNT_LOW + COUNT_HIGH, 0);
    run(enc_CNT_v(1, 1, 0));
    expect_v(0, 0x0302020102010100, 0x0403030203020201);
    run(enc_REV64_v(1, 1, 1, 0));
    expect_v(0, 0x0100030205040706, 0x09080b0a0d0c0f0e);
}
END_TEST

START_TEST(copies_and_immediates)
{
    set_v(1, COUNT_LOW, COUNT_HIGH);
    run(enc_DUP_elem_v(1, 0x17, 1, 0)); /* byte 11 */
    expect_v(0, 0x0b0b0b0b0b0b0b0b, 0x0b0b0b0b0b0b0b0b);
    set_x(3, 0xfffffff8);
    run(enc_INS_gen(0x1c, 3, 0)); /* word 3 */
    expect_v(0, 0x0b0b0b0b0b0b0b0b, 0xfffffff80b0b0b0b);
    run(enc_SMOV(1, 0x1c, 0, 4));
    ck_assert_uint_eq(x(4), 0xfffffffffffffff8);
    run(enc_UMOV(0, 0x1c, 0, 4));
    ck_assert_uint_eq(x(4), 0xfffffff8);
    run(enc_MOVI_64(1, 5, 5, 0)); /* 10100101 */
    expect_v(0, 0xff00ff0000ff00ff, 0xff00ff0000ff00ff);
    run(enc_MVNI_msl(0, 0, 0, 1, 0));
    expect_v(0, 0xfffffe00fffffe00, 0);
    run(enc_BIC_imm32(1, 7, 3, 31, 0)); /* keeps the upper half of a Q register */
    expect_v(0, 0x00fffe0000fffe00, 0);
    run(enc_FMOV_imm_v_d(3, 16, 0)); /* 1.0 */
    expect_v(0, 0x3ff0000000000000, 0x3ff0000000000000);
}
END_TEST

START_TEST(permutations)
{
    set_v(1, COUNT_LOW, COUNT_HIGH);
    set_v(2, COUNT_LOW | 0x1010101010101010, COUNT_HIGH | 0x1010101010101010);
    run(enc_ZIP1(1, 0, 2, 1, 0));
    expect_v(0, 0x1303120211011000, 0x1707160615051404);
    run(enc_UZP2(1, 0, 2, 1, 0));
    expect_v(0, 0x0f0d0b0907050301, 0x1f1d1b1917151311);
    run(enc_TRN1(1, 2, 2, 1, 0));
    expect_v(0, 0x1312111003020100, 0x1b1a19180b0a0908);
    run(enc_EXT(1, 2, 3, 1, 0));
    expect_v(0, 0x0a09080706050403, 0x1211100f0e0d0c0b);
    expect_undefined(enc_EXT(0, 2, 8, 1, 0));
}
END_TEST

START_TEST(tables_wrap_round_the_registers)
{
    set_v(31, COUNT_LOW, COUNT_HIGH);
    set_v(0, 0xa7a6a5a4a3a2a1a0, 0);
    set_v(1, 0xff20171f10000f07, 0);
    run(enc_TBL(0, 1, 1, 31, 2)); /* V31, V0 */
    expect_v(2, 0x0000a700a0000f07, 0);
    set_v(2, 0x8877665544332211, 0);
    run(enc_TBX(0, 1, 0, 31, 2)); /* V31 only */
    expect_v(2, 0x8877665544000f07, 0);
}
END_TEST

START_TEST(elements_of_the_index_forms)
{
    set_v(1, 0x0004000300020001, 0);
    set_v(15, 0, 0x0007000000000000);
    run(enc_MUL_elem_v(0, 1, 1, 1, 15, 1, 1, 0)); /* halfword 7 */
    expect_v(0, 0x001c0015000e0007, 0);
    set_v(17, 0, 0x0000000300000002);
    run(enc_UMULL_elem_v(0, 2, 1, 1, 1, 1, 1, 0)); /* word 3 of V17 */
    expect_v(0, 0x0000000000060003, 0x00000000000c0009);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, lanes_wrap_and_the_upper_half_is_cleared);
    tcase_add_test(tc, saturation_sets_qc);
    tcase_add_test(tc, comparisons_give_masks);
    tcase_add_test(tc, bsl_bit_and_bif_choose_by_bits);
    tcase_add_test(tc, shifts_by_register_go_both_ways);
    tcase_add_test(tc, immediate_shifts_reach_the_whole_lane);
    tcase_add_test(tc, widening_and_narrowing_use_halves);
    tcase_add_test(tc, reductions_and_pairs);
    tcase_add_test(tc, copies_and_immediates);
    tcase_add_test(tc, permutations);
    tcase_add_test(tc, tables_wrap_round_the_registers);
    tcase_add_test(tc, elements_of_the_index_forms);
}

int main(void)
{
    return insn_run_suite("simd", add_tests);
}
