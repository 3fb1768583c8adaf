/* SPDX-License-Identifier: MIT */
/*
 * Scalar floating-point instructions, as instructions: operands, what becomes of the rest of the
 * register, flags, traps. What they compute is test_fp_arith.c's; here the host's results are held
 * against it.
 */
#include "cpu/fp_arith.h"
#include "cpu/fp_host.h"
#include "tests/cpu/insn.h"

#include <string.h>

#define ONE   0x3ff0000000000000ull
#define TWO   0x4000000000000000ull
#define QNAN  0x7ff8000000000000ull
#define S_ONE 0x3f800000ull

START_TEST(results_clear_the_rest_of_the_register)
{
    set_v(0, UINT64_MAX, UINT64_MAX);
    set_v(1, ONE, 7);
    run(enc_FADD_s(1, 1, 1, 0));
    expect_v(0, TWO, 0);
    set_v(0, UINT64_MAX, UINT64_MAX);
    set_v(1, 0xdeadbeef00000000 | S_ONE, 7);
    run(enc_FNEG_s(0, 1, 0));
    expect_v(0, 0xbf800000, 0);
    run(enc_FMOV_imm(1, 0x70, 0)); /* 1.0 */
    expect_v(0, ONE, 0);
    run(enc_FMOV_imm(0, 0xff, 0)); /* -1.9375 */
    expect_v(0, 0xbff80000, 0);
}
END_TEST

START_TEST(fmov_moves_bits)
{
    set_x(1, 0x123456789abcdef0);
    set_v(2, 1, 2);
    run(enc_FMOV_top_from_gen(1, 2));
    expect_v(2, 1, 0x123456789abcdef0);
    run(enc_FMOV_top_to_gen(2, 3));
    ck_assert_uint_eq(x(3), 0x123456789abcdef0);
    run(enc_FMOV_from_gen(0, 0, 1, 2));
    expect_v(2, 0x9abcdef0, 0);
    run(enc_FMOV_to_gen(0, 0, 2, 4));
    ck_assert_uint_eq(x(4), 0x9abcdef0);
    run(enc_FMOV_from_gen(1, 1, 31, 2)); /* XZR, not SP */
    expect_v(2, 0, 0);
    expect_undefined(enc_FMOV_from_gen(1, 0, 1, 2));
}
END_TEST

START_TEST(fcmp_sets_flags)
{
    set_v(1, ONE, 0);
    set_v(2, TWO, 0);
    set_v(3, QNAN, 0);
    run(enc_FCMP(1, 2, 1));
    ck_assert_uint_eq(flags(), N);
    run(enc_FCMP(1, 1, 2));
    ck_assert_uint_eq(flags(), C);
    run(enc_FCMP(1, 1, 1));
    ck_assert_uint_eq(flags(), Z | C);
    cpu_set_fpsr(board()->cpu, 0);
    run(enc_FCMP(1, 3, 1));
    ck_assert_uint_eq(flags(), C | V);
    ck_assert_uint_eq(cpu_get_fpsr(board()->cpu), 0);
    run(enc_FCMPE(1, 3, 1));
    ck_assert_uint_eq(cpu_get_fpsr(board()->cpu), FPSR_IOC);
    run(enc_FCMP_zero(1, 0, 1));
    ck_assert_uint_eq(flags(), C);
}
END_TEST

START_TEST(fccmp_and_fcsel_look_at_the_condition)
{
    set_v(1, ONE, 0);
    set_v(2, TWO, 0);
    set_flags(Z);
    run(enc_FCCMP(1, 1, NE, 2, N | V));
    ck_assert_uint_eq(flags(), N | V);
    set_flags(Z);
    run(enc_FCCMP(1, 1, EQ, 2, N | V));
    ck_assert_uint_eq(flags(), C);
    run(enc_FCSEL(1, 1, CS, 2, 0));
    expect_v(0, TWO, 0);
    run(enc_FCSEL(1, 1, CC, 2, 0));
    expect_v(0, ONE, 0);
}
END_TEST

START_TEST(conversions_use_general_registers_of_both_sizes)
{
    set_v(1, 0xc004000000000000, 0); /* -2.5 */
    run(enc_FCVTZS_gen(1, 1, 1, 0));
    ck_assert_uint_eq(x(0), (uint64_t)-2);
    run(enc_FCVTZS_gen(0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0xfffffffe);
    run(enc_FCVTMS_gen(0, 1, 1, 0));
    ck_assert_uint_eq(x(0), 0xfffffffd);
    set_x(2, 0xffffffff00000003);
    run(enc_SCVTF_gen(0, 1, 2, 0));
    expect_v(0, 0x4008000000000000, 0);
    run(enc_SCVTF_gen_fix(0, 1, 63, 2, 0)); /* 1 fraction bit: 1.5 */
    expect_v(0, 0x3ff8000000000000, 0);
    run(enc_FCVT(1, 0, 0, 0));
    expect_v(0, 0x3fc00000, 0);
    expect_undefined(enc_SCVTF_gen_fix(0, 1, 31, 2, 0));
}
END_TEST

START_TEST(half_precision_does_not_compute)
{
    expect_undefined(enc_FADD_s(3, 1, 1, 0));
    expect_undefined(enc_FMADD(3, 1, 1, 1, 0));
    expect_undefined(enc_FCMP(3, 1, 1));
    expect_undefined(enc_FRINTX_s(3, 1, 0));
    expect_undefined(enc_FADD_s(2, 1, 1, 0));
    expect_undefined(enc_FCVT(0, 0, 1, 0)); /* to the same format */
}
END_TEST

START_TEST(cpacr_traps_fp_accesses)
{
    for (unsigned fpen = 0; fpen <= 2; fpen += 2) {
        board_set(board(), "CPACR_EL1", fpen << 20);
        expect_exception(enc_FADD_s(1, 1, 1, 0), 7, 0x1e00000);
        expect_exception(enc_ADD_v(1, 0, 1, 1, 0), 7, 0x1e00000);
        expect_exception(enc_LD1_1reg(1, 0, 0, 0), 7, 0x1e00000);
    }
    board_set(board(), "CPACR_EL1", 1u << 20); /* EL0 only */
    run(enc_FADD_s(1, 1, 1, 0));
}
END_TEST

/* -- the host's results are the calculated ones: result and FPSR, random operands, all FPCR -- */

static uint64_t seed = 1;

static uint64_t random_64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Many exponents at the edges, many fractions of a few bits. */
static uint64_t random_float(unsigned N)
{
    const unsigned F = N == 32 ? 23 : 52, top = N == 32 ? 0xff : 0x7ff;
    const unsigned near[] = { 0,           1,       2,
                              top / 2 - 1, top / 2, top / 2 + 1,
                              top - 1,     top,     (unsigned)random_64() & top };
    const uint64_t exponent = near[random_64() % 9];
    const uint64_t fraction = random_64() >> (64 - F) >> (random_64() & 1 ? 0 : F - 4);
    return (random_64() & 1) << (N - 1) | exponent << F |
           (random_64() & 1 ? fraction : fraction << (F - 4) & ((1ull << F) - 1));
}

struct environment {
    struct cpu *cpu; /* only FPCR and FPSR matter to the lane operations */
    uint32_t fpcr, before;
};

static struct environment random_environment(struct cpu *cpu)
{
    const struct environment e = {
        .cpu = cpu,
        .fpcr = random_64() & 1 ? 0 : (uint32_t)random_64() & 0x07c00000,
        .before = random_64() & 1 ? FPSR_IXC : (uint32_t)random_64() & 0x9f,
    };
    cpu->fpcr = e.fpcr;
    cpu->fpsr = e.before;
    return e;
}

#define HOLD_AGAINST(host, exact)                                                                  \
    do {                                                                                           \
        const struct environment e = random_environment(cpu);                                      \
        uint32_t fpsr = e.before;                                                                  \
        const uint64_t expected = (exact), result = (host);                                        \
        ck_assert_msg(result == expected && cpu->fpsr == fpsr,                                     \
                      "%s: %llx, %llx: %llx, FPSR %x; calculated %llx, %x", #host,                 \
                      (unsigned long long)a, (unsigned long long)b, (unsigned long long)result,    \
                      cpu->fpsr, (unsigned long long)expected, fpsr);                              \
    } while (0)

#define HOLD_2(function, N)                                                                        \
    HOLD_AGAINST(function##_##N(cpu, a, b), function(N, a, b, e.fpcr, &fpsr))

#define HOLD_ALL(N)                                                                                \
    do {                                                                                           \
        const uint64_t a = random_float(N), b = random_float(N), c = random_float(N);              \
        HOLD_2(fp_add, N);                                                                         \
        HOLD_2(fp_sub, N);                                                                         \
        HOLD_2(fp_mul, N);                                                                         \
        HOLD_2(fp_mulx, N);                                                                        \
        HOLD_2(fp_div, N);                                                                         \
        HOLD_2(fp_max, N);                                                                         \
        HOLD_2(fp_min, N);                                                                         \
        HOLD_2(fp_max_num, N);                                                                     \
        HOLD_2(fp_min_num, N);                                                                     \
        HOLD_AGAINST(fp_sqrt_##N(cpu, a), fp_sqrt(N, a, e.fpcr, &fpsr));                           \
        HOLD_AGAINST(fp_mul_add_##N(cpu, a, b, c), fp_mul_add(N, a, b, c, e.fpcr, &fpsr));         \
        HOLD_AGAINST(fp_compare_gt_##N(cpu, a, b) & 1, fp_compare_gt(N, a, b, e.fpcr, &fpsr));     \
        HOLD_AGAINST(fp_compare_eq_##N(cpu, a, b) & 1, fp_compare_eq(N, a, b, e.fpcr, &fpsr));     \
    } while (0)

START_TEST(the_host_agrees_with_the_calculation)
{
    static struct cpu fake;
    struct cpu *cpu = &fake;
    for (unsigned i = 0; i < 100000; i++) {
        HOLD_ALL(32);
        HOLD_ALL(64);
    }
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, results_clear_the_rest_of_the_register);
    tcase_add_test(tc, fmov_moves_bits);
    tcase_add_test(tc, fcmp_sets_flags);
    tcase_add_test(tc, fccmp_and_fcsel_look_at_the_condition);
    tcase_add_test(tc, conversions_use_general_registers_of_both_sizes);
    tcase_add_test(tc, half_precision_does_not_compute);
    tcase_add_test(tc, cpacr_traps_fp_accesses);
    tcase_add_test(tc, the_host_agrees_with_the_calculation);
}

int main(void)
{
    return insn_run_suite("fp", add_tests);
}
