/* SPDX-License-Identifier: MIT */
/* Reciprocal and reciprocal square root: estimates of 8 bits, and the steps that refine them. */
#include "cpu/fp_internal.h"

/* -- tables, as formulas: the operand and the result are 9-bit numbers, 1/256 to 511/256 -- */

static unsigned recip_estimate(unsigned a)
{
    const unsigned b = (1u << 19) / (a * 2 + 1);
    return (b + 1) / 2;
}

static unsigned recip_sqrt_estimate(unsigned a)
{
    const unsigned centre = a < 256 ? a * 2 + 1 : ((a >> 1 << 1) + 1) * 2;
    unsigned b = 512;
    while (centre * (b + 1) * (b + 1) < 1u << 28)
        b++;
    return (b + 1) / 2;
}

uint32_t unsigned_recip_estimate(uint32_t op)
{
    return op >> 31 ? recip_estimate(op >> 23) << 23 : UINT32_MAX;
}

uint32_t unsigned_rsqrt_estimate(uint32_t op)
{
    return op >> 30 ? recip_sqrt_estimate(op >> 23) << 23 : UINT32_MAX;
}

/* -- estimates -- */

#define FRACTION_52 (((uint64_t)1 << 52) - 1)

/* The pseudocode works on a fraction of 52 bits in both formats. */
static uint64_t fraction_52(unsigned N, uint64_t op)
{
    return op << (52 - fp_fraction_bits(N)) & FRACTION_52;
}

static int exponent_field(unsigned N, uint64_t op)
{
    return (int)(op >> fp_fraction_bits(N) & fp_exponent_max(N));
}

static uint64_t pack_52(unsigned N, bool sign, unsigned exponent, uint64_t fraction)
{
    return fp_pack(N, sign, exponent, fraction >> (52 - fp_fraction_bits(N)));
}

/* 1/x is too large when |x| < 2^-(bias + 1). */
static uint64_t recip_overflow(unsigned N, bool sign, uint32_t fpcr, uint32_t *fpsr)
{
    const enum fp_rounding rounding = fp_rounding_mode(fpcr);
    const bool to_infinity = rounding == FP_TIEEVEN || (rounding == FP_POSINF && !sign) ||
                             (rounding == FP_NEGINF && sign);
    *fpsr |= FPSR_OFC | FPSR_IXC;
    return to_infinity ? fp_infinity(N, sign) : fp_max_normal(N, sign);
}

static uint64_t recip_estimate_number(unsigned N, uint64_t op, bool sign)
{
    uint64_t fraction = fraction_52(N, op);
    int exponent = exponent_field(N, op);
    if (exponent == 0 && !(fraction >> 51)) {
        exponent = -1;
        fraction = fraction << 2 & FRACTION_52;
    } else if (exponent == 0) {
        fraction = fraction << 1 & FRACTION_52;
    }
    int result_exponent = 2 * fp_bias(N) - 1 - exponent;
    const unsigned estimate = recip_estimate(256 | (unsigned)(fraction >> 44));
    fraction = (uint64_t)(estimate & 255) << 44;
    if (result_exponent == 0) {
        fraction = (uint64_t)1 << 51 | fraction >> 1;
    } else if (result_exponent == -1) {
        fraction = (uint64_t)1 << 50 | fraction >> 2;
        result_exponent = 0;
    }
    return pack_52(N, sign, (unsigned)result_exponent, fraction);
}

uint64_t fp_recip_estimate(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (fp_is_nan(v))
        return fp_process_nan(N, v, op, fpcr, fpsr);
    if (v.type == FP_INFINITY)
        return fp_zero(N, v.sign);
    if (v.type == FP_ZERO) {
        *fpsr |= FPSR_DZC;
        return fp_infinity(N, v.sign);
    }
    if (v.exponent < -(fp_bias(N) + 1))
        return recip_overflow(N, v.sign, fpcr, fpsr);
    if ((fpcr & FPCR_FZ) && v.exponent >= fp_bias(N) - 1) {
        *fpsr |= FPSR_UFC;
        return fp_zero(N, v.sign);
    }
    return recip_estimate_number(N, op, v.sign);
}

static uint64_t rsqrt_estimate_number(unsigned N, uint64_t op)
{
    uint64_t fraction = fraction_52(N, op);
    int exponent = exponent_field(N, op);
    if (exponent == 0) {
        const int zeros = __builtin_clzll(fraction) - 12;
        exponent = -zeros;
        fraction = fraction << (zeros + 1) & FRACTION_52;
    }
    const unsigned scaled =
        exponent & 1 ? 128 | (unsigned)(fraction >> 45) : 256 | (unsigned)(fraction >> 44);
    const int result_exponent = (3 * fp_bias(N) - 1 - exponent) / 2;
    const unsigned estimate = recip_sqrt_estimate(scaled);
    return pack_52(N, false, (unsigned)result_exponent, (uint64_t)(estimate & 255) << 44);
}

uint64_t fp_rsqrt_estimate(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (fp_is_nan(v))
        return fp_process_nan(N, v, op, fpcr, fpsr);
    if (v.type == FP_ZERO) {
        *fpsr |= FPSR_DZC;
        return fp_infinity(N, v.sign);
    }
    if (v.sign)
        return fp_invalid(N, fpsr);
    if (v.type == FP_INFINITY)
        return fp_zero(N, false);
    return rsqrt_estimate_number(N, op);
}

/* FRECPX: the exponent inverted, so that the product of both is near 1. */
uint64_t fp_recpx(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (fp_is_nan(v))
        return fp_process_nan(N, v, op, fpcr, fpsr);
    const unsigned exponent = (unsigned)exponent_field(N, op), ones = fp_exponent_max(N);
    return fp_pack(N, v.sign, exponent ? ones ^ exponent : ones - 1, 0);
}

/* -- steps: 2 - op1 * op2 and (3 - op1 * op2) / 2 -- */

static bool infinity_times_zero(struct fp_value v1, struct fp_value v2)
{
    return (v1.type == FP_INFINITY && v2.type == FP_ZERO) ||
           (v1.type == FP_ZERO && v2.type == FP_INFINITY);
}

/* (constant + v1 * v2) / 2^halve */
static uint64_t step(unsigned N, struct fp_value constant, struct fp_value v1, struct fp_value v2,
                     int halve, uint32_t fpcr, uint32_t *fpsr)
{
    struct fp_real sum = fp_real_sum(fp_real(constant), fp_real_product(v1, v2));
    if (!sum.magnitude)
        return fp_zero(N, fp_zero_sum_sign(fpcr));
    sum.exponent -= halve;
    return fp_round_real(N, sum, fp_rounding_mode(fpcr), fpcr, fpsr);
}

uint64_t fp_recip_step_fused(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    static const struct fp_value two = { FP_NONZERO, false, 1, (uint64_t)1 << 63 };
    op1 = fp_neg(N, op1);
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (infinity_times_zero(v1, v2))
        return fp_two(N, false);
    if (v1.type == FP_INFINITY || v2.type == FP_INFINITY)
        return fp_infinity(N, v1.sign != v2.sign);
    return step(N, two, v1, v2, 0, fpcr, fpsr);
}

uint64_t fp_rsqrt_step_fused(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    static const struct fp_value three = { FP_NONZERO, false, 1, (uint64_t)3 << 62 };
    op1 = fp_neg(N, op1);
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (infinity_times_zero(v1, v2)) /* 1.5 */
        return fp_pack(N, false, (unsigned)fp_bias(N), (uint64_t)1 << (fp_fraction_bits(N) - 1));
    if (v1.type == FP_INFINITY || v2.type == FP_INFINITY)
        return fp_infinity(N, v1.sign != v2.sign);
    return step(N, three, v1, v2, 1, fpcr, fpsr);
}
