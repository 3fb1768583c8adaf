/* SPDX-License-Identifier: MIT */
/*
 * Branches. The core has a branch in three forms - forward and backward inside a page, and out of
 * the page - so distances are chosen on both sides of every edge. Expected values: Arm ARM C6.2.
 */
#include "tests/cpu/insn.h"

#define PAGE_OFFSET (CODE & 0xfff)

/* Distances in instructions, by what they reach from CODE. */
static const int32_t distances[] = {
    1,
    2,
    -1,
    0,                               /* itself */
    (0xffc - (int)PAGE_OFFSET) / 4,  /* the last instruction of the page */
    (0x1000 - (int)PAGE_OFFSET) / 4, /* the first of the next */
    -((int)PAGE_OFFSET / 4),         /* the first of the page */
    -((int)PAGE_OFFSET / 4) - 1,     /* the last of the page before */
    0x1000,
    -0x1000,
};
#define DISTANCES (sizeof(distances) / sizeof(distances[0]))

static uint64_t target(int32_t distance)
{
    return CODE + (uint64_t)((int64_t)distance * 4);
}

START_TEST(b_and_bl_reach_forward_and_back)
{
    for (unsigned i = 0; i < DISTANCES; i++) {
        set_x(30, 7);
        ck_assert_uint_eq(run_to(enc_B((uint32_t)distances[i])), target(distances[i]));
        ck_assert_uint_eq(x(30), 7);
        ck_assert_uint_eq(run_to(enc_BL((uint32_t)distances[i])), target(distances[i]));
        ck_assert_uint_eq(x(30), CODE + 4);
    }
}
END_TEST

/* Nothing is mapped out there: an instruction abort whose address is the target. */
static void expect_far(uint32_t word, int64_t bytes)
{
    ck_assert_uint_eq(run_to(word), CODE + (uint64_t)bytes);
    run_count(1);
    ck_assert_uint_eq(cpu_get_pc(board()->cpu), VECTORS + 0x200);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE + (uint64_t)bytes);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), CODE + (uint64_t)bytes);
    ck_assert_uint_eq(board_get(board(), "ESR_EL1") >> 26, 0x21);
}

START_TEST(branches_reach_as_far_as_their_immediates)
{
    expect_far(enc_B(0x1ffffff), (1 << 27) - 4);
    expect_far(enc_B(0x2000000), -(1 << 27));
    expect_far(enc_BL(0x2000000), -(1 << 27));
    expect_far(enc_B_cond(0x40000, AL), -(1 << 20));
    expect_far(enc_CBZ(1, 0x40000, 31), -(1 << 20));
    ck_assert_uint_eq(run_to(enc_B_cond(0x4000, AL)), CODE + 0x10000);
    ck_assert_uint_eq(run_to(enc_TBZ(0, 0, 0x1fff, 31)), CODE + 0x7ffc);
    expect_far(enc_TBZ(0, 0, 0x2000, 31), -0x8000);
}
END_TEST

/* -- conditions -- */

static bool holds(unsigned cond, unsigned nzcv)
{
    bool n = nzcv & N, z = nzcv & Z, c = nzcv & C, v = nzcv & V;
    const bool table[16] = {
        z,    !z,      c,          !c,     n,      !n,           v,
        !v,   c && !z, !(c && !z), n == v, n != v, n == v && !z, !(n == v && !z),
        true, true
    };
    return table[cond];
}

START_TEST(b_cond_by_every_condition_flags_and_distance)
{
    for (unsigned cond = 0; cond < 16; cond++) {
        for (unsigned nzcv = 0; nzcv < 16; nzcv++) {
            for (unsigned i = 0; i < DISTANCES; i++) {
                set_flags(nzcv);
                uint64_t pc = run_to(enc_B_cond((uint32_t)distances[i], cond));
                ck_assert_msg(pc == (holds(cond, nzcv) ? target(distances[i]) : CODE + 4), "%u %x",
                              cond, nzcv);
                ck_assert_uint_eq(flags(), nzcv);
            }
        }
    }
}
END_TEST

/* Flags that an instruction made, not ones that were set: the core keeps them in another form. */
START_TEST(b_cond_sees_the_flags_of_the_last_comparison)
{
    static const uint64_t values[] = { 0,          1,         0x7fffffff,          0x80000000,
                                       0xffffffff, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX };
    for (unsigned i = 0; i < 8 * 8 * 2; i++) {
        uint64_t a = values[i & 7], b = values[i >> 3 & 7];
        bool sf = i >> 6;
        int64_t sa = sf ? (int64_t)a : (int32_t)a, sb = sf ? (int64_t)b : (int32_t)b;
        uint64_t ua = sf ? a : (uint32_t)a, ub = sf ? b : (uint32_t)b;
        const bool expected[16] = { [EQ] = ua == ub,
                                    [NE] = ua != ub,
                                    [CS] = ua >= ub,
                                    [CC] = ua<ub, [HI] = ua> ub,
                                    [LS] = ua <= ub,
                                    [GE] = sa >= sb,
                                    [LT] = sa<sb, [GT] = sa> sb,
                                    [LE] = sa <= sb,
                                    [AL] = true,
                                    [NV] = true };
        for (unsigned cond = 0; cond < 16; cond++) {
            if (cond >= MI && cond <= VC)
                continue;
            set_x(1, a);
            set_x(2, b);
            run(enc_SUBS_shift(sf, 0, 2, 0, 1, 31));
            ck_assert_uint_eq(run_to(enc_B_cond(4, cond)) == CODE + 16, expected[cond]);
        }
    }
}
END_TEST

START_TEST(cbz_and_cbnz_look_at_their_width)
{
    static const uint64_t values[] = { 0, 1, 0x80000000, 0x100000000, UINT64_MAX };
    for (unsigned i = 0; i < 5 * 2 * DISTANCES; i++) {
        uint64_t value = values[i % 5];
        unsigned sf = i / 5 % 2;
        int32_t distance = distances[i / 10];
        bool zero = sf ? value == 0 : (uint32_t)value == 0;
        set_x(3, value);
        ck_assert_uint_eq(run_to(enc_CBZ(sf, (uint32_t)distance, 3)),
                          zero ? target(distance) : CODE + 4);
        ck_assert_uint_eq(run_to(enc_CBNZ(sf, (uint32_t)distance, 3)),
                          zero ? CODE + 4 : target(distance));
    }
    set_x(SP, 8);
    ck_assert_uint_eq(run_to(enc_CBZ(1, 4, 31)), CODE + 16); /* XZR */
}
END_TEST

START_TEST(tbz_and_tbnz_test_one_bit_of_64)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        for (unsigned i = 0; i < DISTANCES; i++) {
            int32_t distance = distances[i];
            set_x(3, 1ull << bit);
            ck_assert_uint_eq(run_to(enc_TBNZ(bit >> 5, bit, (uint32_t)distance, 3)),
                              target(distance));
            ck_assert_uint_eq(run_to(enc_TBZ(bit >> 5, bit, (uint32_t)distance, 3)), CODE + 4);
            set_x(3, ~(1ull << bit));
            ck_assert_uint_eq(run_to(enc_TBNZ(bit >> 5, bit, (uint32_t)distance, 3)), CODE + 4);
            ck_assert_uint_eq(run_to(enc_TBZ(bit >> 5, bit, (uint32_t)distance, 3)),
                              target(distance));
        }
    }
}
END_TEST

/* -- to a register -- */

START_TEST(br_blr_and_ret_go_to_a_register)
{
    for (unsigned i = 0; i < DISTANCES; i++) {
        set_x(30, 7);
        set_x(3, target(distances[i]));
        ck_assert_uint_eq(run_to(enc_BR(3)), target(distances[i]));
        ck_assert_uint_eq(run_to(enc_RET(3)), target(distances[i]));
        ck_assert_uint_eq(x(30), 7);
        ck_assert_uint_eq(run_to(enc_BLR(3)), target(distances[i]));
        ck_assert_uint_eq(x(30), CODE + 4);
    }
}
END_TEST

START_TEST(blr_x30_reads_its_target_before_it_writes_the_link)
{
    set_x(30, CODE + 0x40);
    ck_assert_uint_eq(run_to(enc_BLR(30)), CODE + 0x40);
    ck_assert_uint_eq(x(30), CODE + 4);
}
END_TEST

START_TEST(a_misaligned_target_is_a_pc_alignment_fault_at_the_target)
{
    for (unsigned low = 1; low < 4; low++) {
        set_x(3, CODE + 0x100 + low);
        ck_assert_uint_eq(run_to(enc_BR(3)), CODE + 0x100 + low);
        run_count(1);
        ck_assert_uint_eq(cpu_get_pc(board()->cpu), VECTORS + 0x200);
        ck_assert_uint_eq(board_get(board(), "ESR_EL1") >> 26, 0x22);
        ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE + 0x100 + low);
        ck_assert_uint_eq(board_get(board(), "FAR_EL1"), CODE + 0x100 + low);
    }
}
END_TEST

/* AArch64.BranchAddr: where TCR_EL1.TBI says that the top byte is a tag, bit 55 replaces it. */
START_TEST(a_tagged_target_loses_its_tag)
{
    board_set(board(), "TCR_EL1", TCR_T0SZ(25) | TCR_T1SZ(25));
    set_x(3, 0x5a00000000000000 | (CODE + 0x40));
    ck_assert_uint_eq(run_to(enc_BR(3)), 0x5a00000000000000 | (CODE + 0x40));
    board_set(board(), "TCR_EL1", TCR_T0SZ(25) | TCR_T1SZ(25) | TCR_TBI0);
    for (unsigned again = 0; again < 2; again++) {
        ck_assert_uint_eq(run_to(enc_BR(3)), CODE + 0x40);
        ck_assert_uint_eq(run_to(enc_BLR(3)), CODE + 0x40);
        ck_assert_uint_eq(run_to(enc_RET(3)), CODE + 0x40);
    }
    set_x(3, 0xa5ffff8000000040); /* TBI1 is 0 */
    ck_assert_uint_eq(run_to(enc_BR(3)), 0xa5ffff8000000040);
    board_set(board(), "TCR_EL1", TCR_T0SZ(25) | TCR_T1SZ(25) | TCR_TBI1);
    ck_assert_uint_eq(run_to(enc_BR(3)), 0xffffff8000000040);
}
END_TEST

/* An instruction that falls through at the end of a page, and one that returns there. */
START_TEST(a_link_address_can_be_on_the_next_page)
{
    const uint64_t last = (CODE | 0xfff) - 3;
    const uint32_t call = enc_BL(0x40);
    put_code(last, &call, 1);
    cpu_set_pc(board()->cpu, last);
    run_count(1);
    ck_assert_uint_eq(cpu_get_pc(board()->cpu), last + 0x100);
    ck_assert_uint_eq(x(30), last + 4);
    ck_assert_uint_eq(run_to(enc_RET(30)), last + 4);
}
END_TEST

/* Every kind of taken branch costs one, so does one that falls through. */
START_TEST(a_branch_counts_one)
{
    const uint32_t ring[] = {
        enc_B(2),              /* 0: to 2 */
        enc_B_cond(0x400, AL), /* 1: to the next page */
        enc_BL((uint32_t)-1),  /* 2: to 1 */
    };
    const uint32_t ring_next[] = { enc_CBNZ(1, 5, 31), enc_CBZ(1, (uint32_t)-0x402, 31) };
    put_code(CODE, ring, 3);
    put_code(CODE + 4 + 0x1000, ring_next, 2);
    cpu_set_pc(board()->cpu, CODE);
    for (unsigned turn = 0; turn < 100; turn++) {
        uint64_t count = cpu_count(board()->cpu);
        cpu_run(board()->cpu, count + 5);
        ck_assert_uint_eq(cpu_get_pc(board()->cpu), CODE);
        ck_assert_uint_eq(cpu_count(board()->cpu), count + 5);
    }
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, b_and_bl_reach_forward_and_back);
    tcase_add_test(tc, branches_reach_as_far_as_their_immediates);
    tcase_add_test(tc, b_cond_by_every_condition_flags_and_distance);
    tcase_add_test(tc, b_cond_sees_the_flags_of_the_last_comparison);
    tcase_add_test(tc, cbz_and_cbnz_look_at_their_width);
    tcase_add_test(tc, tbz_and_tbnz_test_one_bit_of_64);
    tcase_add_test(tc, br_blr_and_ret_go_to_a_register);
    tcase_add_test(tc, blr_x30_reads_its_target_before_it_writes_the_link);
    tcase_add_test(tc, a_misaligned_target_is_a_pc_alignment_fault_at_the_target);
    tcase_add_test(tc, a_tagged_target_loses_its_tag);
    tcase_add_test(tc, a_link_address_can_be_on_the_next_page);
    tcase_add_test(tc, a_branch_counts_one);
}

int main(void)
{
    return insn_run_suite("branch", add_tests);
}
