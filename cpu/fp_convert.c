/* SPDX-License-Identifier: MIT */
/* Between formats, to and from integers, to integral values. */
#include "cpu/fp_internal.h"

/* -- between formats -- */

/* FPConvertNaN: the fraction keeps its most significant bits and becomes quiet. */
static uint64_t convert_nan(unsigned N, unsigned M, uint64_t op)
{
    const unsigned from = fp_fraction_bits(N), to = fp_fraction_bits(M);
    const bool sign = op >> (N - 1) & 1;
    uint64_t fraction = op & (((uint64_t)1 << from) - 1);
    fraction = to > from ? fraction << (to - from) : fraction >> (from - to);
    return fp_pack(M, sign, fp_exponent_max(M), fraction | (uint64_t)1 << (to - 1));
}

/* What alternative half precision cannot hold: zero for NaNs, the largest number for infinities. */
static uint64_t convert_to_alternative(struct fp_value v, uint32_t *fpsr)
{
    *fpsr |= FPSR_IOC;
    return fp_is_nan(v) ? fp_zero(16, v.sign) : fp_pack(16, v.sign, 0, 0x7fff);
}

uint64_t fp_convert(unsigned N, unsigned M, uint64_t op, enum fp_rounding rounding, uint32_t fpcr,
                    uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (v.type == FP_ZERO)
        return fp_zero(M, v.sign);
    if (v.type == FP_NONZERO)
        return fp_round(M, v.sign, v.exponent, v.significand, rounding, fpcr, fpsr);
    if (M == 16 && (fpcr & FPCR_AHP))
        return convert_to_alternative(v, fpsr);
    if (v.type == FP_INFINITY)
        return fp_infinity(M, v.sign);
    *fpsr |= v.type == FP_SNAN ? FPSR_IOC : 0;
    return fpcr & FPCR_DN ? fp_default_nan(M) : convert_nan(N, M, op);
}

/* -- to integers -- */

static uint64_t low_bits(uint64_t x, unsigned bits)
{
    return bits == 64 ? x : x & (((uint64_t)1 << bits) - 1);
}

static uint64_t saturated(unsigned M, bool is_unsigned, bool sign, uint32_t *fpsr)
{
    const uint64_t top = (uint64_t)1 << (M - 1);
    *fpsr |= FPSR_IOC;
    if (is_unsigned)
        return sign ? 0 : low_bits(UINT64_MAX, M);
    return sign ? top : top - 1;
}

/* |magnitude| in range for the sign? */
static bool fits(uint64_t magnitude, unsigned M, bool is_unsigned, bool sign)
{
    const uint64_t top = (uint64_t)1 << (M - 1);
    if (is_unsigned)
        return sign ? magnitude == 0 : magnitude <= low_bits(UINT64_MAX, M);
    return sign ? magnitude <= top : magnitude < top;
}

uint64_t fp_to_fixed(unsigned N, unsigned M, uint64_t op, unsigned fbits, bool is_unsigned,
                     enum fp_rounding rounding, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (v.type == FP_ZERO)
        return 0;
    if (fp_is_nan(v)) {
        *fpsr |= FPSR_IOC;
        return 0;
    }
    const int exponent = v.exponent + (int)fbits;
    if (v.type == FP_INFINITY || exponent > 63)
        return saturated(M, is_unsigned, v.sign, fpsr);
    struct fp_shifted x =
        fp_shift_right(v.significand, exponent < -1 ? 65 : (unsigned)(63 - exponent));
    const bool up = fp_rounds_up(x, v.sign, rounding);
    if ((up && x.integer == UINT64_MAX) || !fits(x.integer + up, M, is_unsigned, v.sign))
        return saturated(M, is_unsigned, v.sign, fpsr);
    if (x.lost != FP_EXACT)
        *fpsr |= FPSR_IXC;
    return low_bits(v.sign ? -(x.integer + up) : x.integer + up, M);
}

/* -- from integers -- */

uint64_t fixed_to_fp(unsigned N, uint64_t op, unsigned fbits, bool is_unsigned,
                     enum fp_rounding rounding, uint32_t fpcr, uint32_t *fpsr)
{
    if (!op)
        return fp_zero(N, false);
    const bool sign = !is_unsigned && op >> 63;
    const uint64_t magnitude = sign ? -op : op;
    const int zeros = __builtin_clzll(magnitude);
    return fp_round(N, sign, 63 - zeros - (int)fbits, magnitude << zeros, rounding, fpcr, fpsr);
}

/* -- to integral values -- */

uint64_t fp_round_int(unsigned N, uint64_t op, enum fp_rounding rounding, bool exact, uint32_t fpcr,
                      uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (fp_is_nan(v))
        return fp_process_nan(N, v, op, fpcr, fpsr);
    if (v.type == FP_ZERO)
        return fp_zero(N, v.sign);
    if (v.type == FP_INFINITY || v.exponent >= (int)fp_fraction_bits(N))
        return op;
    struct fp_shifted x =
        fp_shift_right(v.significand, v.exponent < -1 ? 65 : (unsigned)(63 - v.exponent));
    const bool up = fp_rounds_up(x, v.sign, rounding);
    if (exact && x.lost != FP_EXACT)
        *fpsr |= FPSR_IXC;
    const uint64_t integer = x.integer + up;
    if (!integer)
        return fp_zero(N, v.sign);
    const int zeros = __builtin_clzll(integer);
    return fp_round(N, v.sign, 63 - zeros, integer << zeros, FP_ZERO_MODE, fpcr, fpsr);
}
