/* SPDX-License-Identifier: MIT */
/*
 * The exact arithmetic. Expected values: IEEE 754, and for what it leaves open the pseudocode of
 * the Arm ARM (J1, shared/functions/float), worked out by hand.
 */
#include "cpu/fp_arith.h"
#include "tests/cpu/paging.h"

#define IOC FPSR_IOC
#define DZC FPSR_DZC
#define OFC FPSR_OFC
#define UFC FPSR_UFC
#define IXC FPSR_IXC
#define IDC FPSR_IDC

#define RN 0u
#define RP (1u << 22)
#define RM (2u << 22)
#define RZ (3u << 22)
#define FZ FPCR_FZ
#define DN FPCR_DN

/* Doubles and singles by name. */
#define D1    0x3ff0000000000000ull
#define D2    0x4000000000000000ull
#define D3    0x4008000000000000ull
#define DINF  0x7ff0000000000000ull
#define DNAN  0x7ff8000000000000ull
#define DSNAN 0x7ff0000000000001ull
#define DMAX  0x7fefffffffffffffull
#define DMIN  0x0010000000000000ull /* the smallest normal number */
#define NEG   0x8000000000000000ull
#define S1    0x3f800000ull
#define S2    0x40000000ull
#define SINF  0x7f800000ull
#define SNEG  0x80000000ull

typedef uint64_t binary_fn(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
typedef uint64_t unary_fn(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr);

struct binary_case {
    binary_fn *fn;
    unsigned N;
    uint64_t a, b;
    uint32_t fpcr;
    uint64_t result;
    uint32_t fpsr;
};

static void check_binary(const struct binary_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct binary_case *c = &cases[i];
        uint32_t fpsr = 0;
        const uint64_t result = c->fn(c->N, c->a, c->b, c->fpcr, &fpsr);
        ck_assert_msg(result == c->result && fpsr == c->fpsr, "case %zu: %llx, FPSR %x", i,
                      (unsigned long long)result, fpsr);
    }
}
#define CHECK_BINARY(cases) check_binary(cases, sizeof(cases) / sizeof((cases)[0]))

START_TEST(fp_add_rounds_by_mode)
{
    static const struct binary_case cases[] = {
        { fp_add, 64, D1, D1, RN, D2, 0 },
        { fp_add, 64, D1, 0x3c90000000000000, RN, D1, IXC }, /* 1 + 2^-54 */
        { fp_add, 64, D1, 0x3c90000000000000, RP, D1 + 1, IXC },
        { fp_add, 64, D1, 0x3ca0000000000000, RN, D1, IXC },         /* 1 + 2^-53: a tie, to even */
        { fp_add, 64, D1 + 1, 0x3ca0000000000000, RN, D1 + 2, IXC }, /* the other way */
        { fp_sub, 64, D1, 0x3c80000000000000, RM, D1 - 1, IXC },
        { fp_sub, 64, D1, 0x3c80000000000000, RZ, D1 - 1, IXC },
        { fp_sub, 64, D1, D1, RN, 0, 0 },
        { fp_sub, 64, D1, D1, RM, NEG, 0 }, /* an exact zero is negative only when rounding down */
        { fp_add, 64, NEG, NEG, RN, NEG, 0 },
        { fp_add, 64, DMAX, DMAX, RN, DINF, OFC | IXC },
        { fp_add, 64, DMAX, DMAX, RZ, DMAX, OFC | IXC },
        { fp_add, 64, DMAX | NEG, DMAX | NEG, RP, DMAX | NEG, OFC | IXC },
        { fp_add, 32, S1, 0x33800000, RN, S1, IXC }, /* 1 + 2^-24 */
        { fp_add, 32, S1, 0x33800001, RN, S1 + 1, IXC },
        { fp_add, 16, 0x3c00, 0x3c00, RN, 0x4000, 0 },
    };
    CHECK_BINARY(cases);
}
END_TEST

START_TEST(nans_propagate_signalling_first_and_become_quiet)
{
    static const struct binary_case cases[] = {
        { fp_add, 64, DSNAN, D1, RN, DSNAN | DNAN, IOC },
        { fp_add, 64, DNAN | 7, DSNAN | 2, RN, DNAN | 3, IOC },
        { fp_add, 64, DNAN | 7, DNAN | 5, RN, DNAN | 7, 0 },
        { fp_add, 64, D1, NEG | DNAN | 5, RN, NEG | DNAN | 5, 0 },
        { fp_add, 64, D1, NEG | DNAN | 5, DN, DNAN, 0 },
        { fp_add, 64, DSNAN, D1, DN, DNAN, IOC },
        { fp_sub, 32, 0xff800001, S1, RN, 0xffc00001, IOC }, /* the sign stays */
        { fp_sub, 64, DINF, DINF, RN, DNAN, IOC },           /* the default NaN is positive */
        { fp_mul, 64, DINF, 0, RN, DNAN, IOC },
        { fp_mulx, 64, DINF | NEG, 0, RN, D2 | NEG, 0 },
        { fp_div, 64, 0, NEG, RN, DNAN, IOC },
        { fp_div, 64, DINF, DINF, RN, DNAN, IOC },
    };
    CHECK_BINARY(cases);
}
END_TEST

START_TEST(products_and_quotients)
{
    static const struct binary_case cases[] = {
        { fp_mul, 64, D2, D3, RN, 0x4018000000000000, 0 },
        { fp_mul, 64, D1 + 1, D1 + 1, RN, D1 + 2, IXC },
        { fp_mul, 64, D1 + 1, D1 + 1, RP, D1 + 3, IXC },
        { fp_mul, 64, DMIN, DMIN, RN, 0, UFC | IXC },
        { fp_mul, 64, DMIN, DMIN | NEG, RM, NEG | 1, UFC | IXC },
        { fp_div, 64, D1, D3, RN, 0x3fd5555555555555, IXC },
        { fp_div, 64, D1, D3, RP, 0x3fd5555555555556, IXC },
        { fp_div, 32, S1, 0x40400000, RN, 0x3eaaaaab, IXC },
        { fp_div, 64, D1, NEG, RN, DINF | NEG, DZC },
        { fp_div, 64, DINF, 0, RN, DINF, 0 },
        { fp_div, 64, D1, DINF | NEG, RN, NEG, 0 },
    };
    CHECK_BINARY(cases);
}
END_TEST

START_TEST(denormals_are_numbers_unless_flushed)
{
    static const struct binary_case cases[] = {
        { fp_div, 64, DMIN, D2, RN, DMIN / 2, 0 }, /* exact: no underflow */
        { fp_div, 64, DMIN + 1, D2, RN, DMIN / 2, UFC | IXC },
        { fp_div, 64, DMIN, D2, FZ, 0, UFC }, /* the result is flushed: not even inexact */
        { fp_add, 64, 1, D1, FZ, D1, IDC },
        { fp_add, 64, NEG | 1, NEG, FZ, NEG, IDC },
        { fp_add, 64, 1, 1, RN, 2, 0 },
        { fp_add, 16, 1, 1, FZ, 2, 0 }, /* FZ is not for half precision */
        { fp_max, 32, 1, SNEG, FZ, 0, IDC },
        { fp_sub, 64, DMIN + 1, DMIN, FZ, 0, UFC },
        /* Tiny before rounding, though it rounds to the smallest normal number. */
        { fp_mul, 64, DMIN + 1, D1 - 2, RN, DMIN, UFC | IXC },
    };
    CHECK_BINARY(cases);
}
END_TEST

START_TEST(maxima_and_minima)
{
    static const struct binary_case cases[] = {
        { fp_max, 64, 0, NEG, RN, 0, 0 },
        { fp_max, 64, NEG, NEG, RN, NEG, 0 },
        { fp_min, 64, 0, NEG, RN, NEG, 0 },
        { fp_max, 64, D1 | NEG, D2 | NEG, RN, D1 | NEG, 0 },
        { fp_max, 64, D1, DNAN, RN, DNAN, 0 },
        { fp_max_num, 64, D1, DNAN, RN, D1, 0 },
        { fp_min_num, 64, DNAN, D1, RN, D1, 0 },
        { fp_min_num, 64, DNAN, DNAN | 1, RN, DNAN, 0 },
        { fp_max_num, 64, D1, DSNAN, RN, DSNAN | DNAN, IOC },
        { fp_max_num, 64, DINF | NEG, DNAN, RN, DINF | NEG, 0 },
    };
    CHECK_BINARY(cases);
}
END_TEST

START_TEST(fused_multiply_add_rounds_once)
{
    uint32_t fpsr = 0;
    /* (1 + 2^-52)^2 - (1 + 2^-51) is 2^-104. */
    ck_assert_uint_eq(fp_mul_add(64, (D1 + 2) | NEG, D1 + 1, D1 + 1, RN, &fpsr),
                      0x3970000000000000);
    ck_assert_uint_eq(fpsr, 0);
    /* The addend is far below the last place, and still decides. */
    ck_assert_uint_eq(fp_mul_add(64, 1, D1, D1, RP, &fpsr), D1 + 1);
    ck_assert_uint_eq(fp_mul_add(64, 1 | NEG, D1, D1, RZ, &fpsr), D1 - 1);
    ck_assert_uint_eq(fpsr, IXC);
    ck_assert_uint_eq(fp_mul_add(32, SNEG | S1, S1, S1, RM, &fpsr), SNEG);
}
END_TEST

START_TEST(infinity_times_zero_is_invalid_even_with_a_quiet_addend)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fp_mul_add(64, DNAN | 9, DINF, 0, RN, &fpsr), DNAN);
    ck_assert_uint_eq(fpsr, IOC);
    fpsr = 0;
    ck_assert_uint_eq(fp_mul_add(64, DNAN | 9, D1, D1, RN, &fpsr), DNAN | 9);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fp_mul_add(64, DNAN | 9, D1, DSNAN | 4, RN, &fpsr), DNAN | 5);
    ck_assert_uint_eq(fpsr, IOC);
}
END_TEST

START_TEST(square_roots)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fp_sqrt(64, 0x4010000000000000, RN, &fpsr), D2);
    ck_assert_uint_eq(fp_sqrt(64, 1, RN, &fpsr), 0x1e60000000000000); /* 2^-1074 */
    ck_assert_uint_eq(fp_sqrt(64, NEG, RN, &fpsr), NEG);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fp_sqrt(64, D2, RN, &fpsr), 0x3ff6a09e667f3bcd);
    ck_assert_uint_eq(fp_sqrt(64, D2, RZ, &fpsr), 0x3ff6a09e667f3bcc);
    ck_assert_uint_eq(fp_sqrt(32, S2, RN, &fpsr), 0x3fb504f3);
    ck_assert_uint_eq(fpsr, IXC);
    ck_assert_uint_eq(fp_sqrt(64, D1 | NEG, RN, &fpsr), DNAN);
    ck_assert_uint_eq(fpsr, IXC | IOC);
}
END_TEST

START_TEST(comparisons_give_nzcv)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fp_compare(64, D1, D1, false, RN, &fpsr), 6);
    ck_assert_uint_eq(fp_compare(64, 0, NEG, false, RN, &fpsr), 6);
    ck_assert_uint_eq(fp_compare(64, D1 | NEG, D1, false, RN, &fpsr), 8);
    ck_assert_uint_eq(fp_compare(64, DINF, D1, false, RN, &fpsr), 2);
    ck_assert_uint_eq(fp_compare(64, DNAN, D1, false, RN, &fpsr), 3);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fp_compare(64, DNAN, D1, true, RN, &fpsr), 3);
    ck_assert_uint_eq(fpsr, IOC);
    fpsr = 0;
    ck_assert(!fp_compare_eq(32, 0x7fc00000, S1, RN, &fpsr));
    ck_assert_uint_eq(fpsr, 0);
    ck_assert(!fp_compare_ge(32, 0x7fc00000, S1, RN, &fpsr));
    ck_assert_uint_eq(fpsr, IOC);
    fpsr = 0;
    ck_assert(fp_compare_eq(32, 1, SNEG, FZ, &fpsr));
    ck_assert_uint_eq(fpsr, IDC);
}
END_TEST

struct integer_case {
    unsigned N, M;
    uint64_t op;
    unsigned fbits;
    bool is_unsigned;
    enum fp_rounding rounding;
    uint64_t result;
    uint32_t fpsr;
};

START_TEST(conversion_to_integers_rounds_and_saturates)
{
    static const struct integer_case cases[] = {
        { 64, 32, 0x4004000000000000, 0, false, FP_TIEEVEN, 2, IXC }, /* 2.5 */
        { 64, 32, 0x4004000000000000, 0, false, FP_TIEAWAY, 3, IXC },
        { 64, 32, 0xc004000000000000, 0, false, FP_TIEAWAY, 0xfffffffd, IXC },
        { 64, 64, 0xc004000000000000, 0, false, FP_NEGINF, (uint64_t)-3, IXC },
        { 64, 64, 0xc004000000000000, 0, false, FP_POSINF, (uint64_t)-2, IXC },
        { 64, 64, DNAN, 0, false, FP_ZERO_MODE, 0, IOC },
        { 64, 32, 0x41e0000000000000, 0, false, FP_ZERO_MODE, 0x7fffffff, IOC }, /* 2^31 */
        { 64, 32, 0xc1e0000000000000, 0, false, FP_ZERO_MODE, 0x80000000, 0 },
        { 64, 32, 0xc1e0000000100000, 0, false, FP_ZERO_MODE, 0x80000000, IXC }, /* -2^31 - 0.5 */
        { 64, 32, 0xc1e0000000100000, 0, false, FP_NEGINF, 0x80000000, IOC },
        { 64, 64, DINF | NEG, 0, false, FP_ZERO_MODE, NEG, IOC },
        { 64, 64, DINF, 0, true, FP_ZERO_MODE, UINT64_MAX, IOC },
        { 64, 64, D1 | NEG, 0, true, FP_ZERO_MODE, 0, IOC },
        { 64, 64, 0xbfe0000000000000, 0, true, FP_ZERO_MODE, 0, IXC }, /* -0.5 */
        { 32, 64, 0x3fc00000, 4, false, FP_ZERO_MODE, 24, 0 }, /* 1.5 with four fraction bits */
        { 32, 32, 1, 0, false, FP_POSINF, 1, IXC },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct integer_case *c = &cases[i];
        uint32_t fpsr = 0;
        const uint64_t result =
            fp_to_fixed(c->N, c->M, c->op, c->fbits, c->is_unsigned, c->rounding, 0, &fpsr);
        ck_assert_msg(result == c->result && fpsr == c->fpsr, "case %zu: %llx, FPSR %x", i,
                      (unsigned long long)result, fpsr);
    }
}
END_TEST

START_TEST(conversion_from_integers)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fixed_to_fp(64, (uint64_t)-3, 0, false, FP_TIEEVEN, 0, &fpsr), D3 | NEG);
    ck_assert_uint_eq(fixed_to_fp(64, NEG, 0, true, FP_TIEEVEN, 0, &fpsr), 0x43e0000000000000);
    ck_assert_uint_eq(fixed_to_fp(64, 3, 1, false, FP_TIEEVEN, 0, &fpsr), 0x3ff8000000000000);
    ck_assert_uint_eq(fixed_to_fp(32, 0, 7, false, FP_NEGINF, 0, &fpsr), 0);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fixed_to_fp(32, 0x1000001, 0, false, FP_TIEEVEN, 0, &fpsr), 0x4b800000);
    ck_assert_uint_eq(fixed_to_fp(32, 0x1000001, 0, false, FP_POSINF, 0, &fpsr), 0x4b800001);
    ck_assert_uint_eq(fpsr, IXC);
}
END_TEST

START_TEST(rounding_to_integral_flags_only_when_asked)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fp_round_int(64, 0x4004000000000000, FP_TIEEVEN, false, 0, &fpsr), D2);
    ck_assert_uint_eq(fp_round_int(64, 0xbfd0000000000000, FP_TIEEVEN, false, 0, &fpsr),
                      NEG); /* -0.25 */
    ck_assert_uint_eq(fp_round_int(64, DMAX, FP_TIEEVEN, true, 0, &fpsr), DMAX);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fp_round_int(32, 0x3f000000, FP_TIEAWAY, true, 0, &fpsr), S1); /* 0.5 */
    ck_assert_uint_eq(fpsr, IXC);
}
END_TEST

START_TEST(half_precision_and_its_alternative)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fp_convert(32, 16, 0x477fe000, FP_TIEEVEN, 0, &fpsr), 0x7bff); /* 65504 */
    ck_assert_uint_eq(fp_convert(16, 64, 0x0001, FP_TIEEVEN, 0, &fpsr), 0x3e70000000000000);
    ck_assert_uint_eq(fp_convert(16, 32, 0xfc00, FP_TIEEVEN, 0, &fpsr), SNEG | SINF);
    ck_assert_uint_eq(fp_convert(16, 32, 0xfc00, FP_TIEEVEN, FPCR_AHP, &fpsr),
                      0xc7800000); /* -65536 */
    ck_assert_uint_eq(fp_convert(32, 16, 0x47800000, FP_TIEEVEN, FPCR_AHP, &fpsr), 0x7c00);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fp_convert(32, 16, 0x477ff000, FP_TIEEVEN, 0, &fpsr), 0x7c00); /* 65520 */
    ck_assert_uint_eq(fpsr, OFC | IXC);
    fpsr = 0;
    ck_assert_uint_eq(fp_convert(32, 16, 0xffc00001, FP_TIEEVEN, FPCR_AHP, &fpsr), 0x8000);
    ck_assert_uint_eq(fp_convert(64, 16, DINF, FP_TIEEVEN, FPCR_AHP, &fpsr), 0x7fff);
    ck_assert_uint_eq(fpsr, IOC);
    fpsr = 0;
    ck_assert_uint_eq(fp_convert(64, 32, 0xfff0000000000001, FP_TIEEVEN, 0, &fpsr), 0xffc00000);
    ck_assert_uint_eq(fpsr, IOC);
}
END_TEST

START_TEST(round_to_odd_keeps_inexactness_in_the_last_bit)
{
    uint32_t fpsr = 0;
    ck_assert_uint_eq(fp_convert(64, 32, D1 + 1, FP_ODD, 0, &fpsr), S1 | 1);
    ck_assert_uint_eq(fp_convert(64, 32, 0x3ff0000020000001, FP_ODD, 0, &fpsr), S1 | 1);
    ck_assert_uint_eq(fpsr, IXC);
    ck_assert_uint_eq(fp_convert(64, 32, DMAX, FP_ODD, 0, &fpsr), SINF - 1);
    ck_assert_uint_eq(fpsr, IXC | OFC);
}
END_TEST

START_TEST(estimates_and_steps)
{
    uint32_t fpsr = 0;
    /* 1/1: the table's entry for 256 is 511/512. */
    ck_assert_uint_eq(fp_recip_estimate(32, S1, 0, &fpsr), 0x3f7f8000);
    ck_assert_uint_eq(fp_rsqrt_estimate(64, D1, 0, &fpsr), 0x3feff00000000000);
    ck_assert_uint_eq(unsigned_recip_estimate(0x7fffffff), UINT32_MAX);
    ck_assert_uint_eq(unsigned_recip_estimate(0x80000000), 0xff800000);
    ck_assert_uint_eq(unsigned_rsqrt_estimate(0x3fffffff), UINT32_MAX);
    ck_assert_uint_eq(fp_recip_step_fused(32, S1, S1, 0, &fpsr), S1);
    ck_assert_uint_eq(fp_recip_step_fused(32, SINF, 0, 0, &fpsr), S2);
    ck_assert_uint_eq(fp_rsqrt_step_fused(64, D1, D1, 0, &fpsr), D1);
    ck_assert_uint_eq(fp_rsqrt_step_fused(64, 0, DINF, 0, &fpsr), 0x3ff8000000000000);
    ck_assert_uint_eq(fp_recpx(32, S1, 0, &fpsr), S2);
    ck_assert_uint_eq(fp_recpx(32, SNEG, 0, &fpsr), 0xff000000);
    ck_assert_uint_eq(fpsr, 0);
    ck_assert_uint_eq(fp_recip_estimate(32, SNEG, 0, &fpsr), SNEG | SINF);
    ck_assert_uint_eq(fpsr, DZC);
    ck_assert_uint_eq(fp_recip_estimate(32, 1, 0, &fpsr), SINF);
    ck_assert_uint_eq(fpsr, DZC | OFC | IXC);
    ck_assert_uint_eq(fp_rsqrt_estimate(64, D1 | NEG, 0, &fpsr), DNAN);
    ck_assert_uint_eq(fpsr, DZC | OFC | IXC | IOC);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fp_arith");
    TCase *tc = tcase_create("fp_arith");
    tcase_add_test(tc, fp_add_rounds_by_mode);
    tcase_add_test(tc, nans_propagate_signalling_first_and_become_quiet);
    tcase_add_test(tc, products_and_quotients);
    tcase_add_test(tc, denormals_are_numbers_unless_flushed);
    tcase_add_test(tc, maxima_and_minima);
    tcase_add_test(tc, fused_multiply_add_rounds_once);
    tcase_add_test(tc, infinity_times_zero_is_invalid_even_with_a_quiet_addend);
    tcase_add_test(tc, square_roots);
    tcase_add_test(tc, comparisons_give_nzcv);
    tcase_add_test(tc, conversion_to_integers_rounds_and_saturates);
    tcase_add_test(tc, conversion_from_integers);
    tcase_add_test(tc, rounding_to_integral_flags_only_when_asked);
    tcase_add_test(tc, half_precision_and_its_alternative);
    tcase_add_test(tc, round_to_odd_keeps_inexactness_in_the_last_bit);
    tcase_add_test(tc, estimates_and_steps);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
