/* SPDX-License-Identifier: MIT */
#include "cpu/fp_internal.h"

/* -- unpacking -- */

static struct fp_value unpack_nonfinite(unsigned N, bool sign, uint64_t fraction)
{
    if (!fraction)
        return (struct fp_value){ .type = FP_INFINITY, .sign = sign };
    const bool quiet = fraction >> (fp_fraction_bits(N) - 1);
    return (struct fp_value){ .type = quiet ? FP_QNAN : FP_SNAN, .sign = sign };
}

static struct fp_value unpack_denormal(unsigned N, bool sign, uint64_t fraction)
{
    const int shift = __builtin_clzll(fraction);
    return (struct fp_value){
        .type = FP_NONZERO,
        .sign = sign,
        .exponent = 64 - (int)fp_fraction_bits(N) - fp_bias(N) - shift,
        .significand = fraction << shift,
    };
}

struct fp_value fp_unpack(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr)
{
    const unsigned F = fp_fraction_bits(N);
    const bool sign = op >> (N - 1) & 1;
    const unsigned exponent = (unsigned)(op >> F) & fp_exponent_max(N);
    const uint64_t fraction = op & (((uint64_t)1 << F) - 1);
    if (exponent == fp_exponent_max(N) && !(N == 16 && (fpcr & FPCR_AHP)))
        return unpack_nonfinite(N, sign, fraction);
    if (exponent == 0) {
        if (fraction && !((fpcr & FPCR_FZ) && N != 16))
            return unpack_denormal(N, sign, fraction);
        *fpsr |= fraction ? FPSR_IDC : 0;
        return (struct fp_value){ .type = FP_ZERO, .sign = sign };
    }
    return (struct fp_value){
        .type = FP_NONZERO,
        .sign = sign,
        .exponent = (int)exponent - fp_bias(N),
        .significand = (uint64_t)1 << 63 | fraction << (63 - F),
    };
}

/* -- NaNs -- */

uint64_t fp_process_nan(unsigned N, struct fp_value v, uint64_t op, uint32_t fpcr, uint32_t *fpsr)
{
    if (v.type == FP_SNAN)
        *fpsr |= FPSR_IOC;
    if (fpcr & FPCR_DN)
        return fp_default_nan(N);
    return op | (uint64_t)1 << (fp_fraction_bits(N) - 1);
}

bool fp_process_nans(unsigned N, struct fp_value v1, struct fp_value v2, uint64_t op1, uint64_t op2,
                     uint64_t *result, uint32_t fpcr, uint32_t *fpsr)
{
    if (!fp_is_nan(v1) && !fp_is_nan(v2))
        return false;
    const bool first = v1.type == FP_SNAN || (v2.type != FP_SNAN && v1.type == FP_QNAN);
    *result =
        first ? fp_process_nan(N, v1, op1, fpcr, fpsr) : fp_process_nan(N, v2, op2, fpcr, fpsr);
    return true;
}

/* FPProcessNaNs3: signalling NaNs first, each in the order of the operands. */
static bool process_nans3(unsigned N, const struct fp_value v[3], const uint64_t op[3],
                          uint64_t *result, uint32_t fpcr, uint32_t *fpsr)
{
    for (int type = FP_SNAN; type >= FP_QNAN; type--) {
        for (int i = 0; i < 3; i++) {
            if ((int)v[i].type != type)
                continue;
            *result = fp_process_nan(N, v[i], op[i], fpcr, fpsr);
            return true;
        }
    }
    return false;
}

/* -- rounding -- */

struct fp_shifted fp_shift_right(uint64_t x, unsigned by)
{
    if (by == 0)
        return (struct fp_shifted){ x, FP_EXACT };
    if (by > 64)
        return (struct fp_shifted){ 0, x ? FP_BELOW_HALF : FP_EXACT };
    const uint64_t half = (uint64_t)1 << (by - 1);
    const uint64_t lost = by == 64 ? x : x & (2 * half - 1);
    return (struct fp_shifted){
        .integer = by == 64 ? 0 : x >> by,
        .lost = lost == 0      ? FP_EXACT
                : lost < half  ? FP_BELOW_HALF
                : lost == half ? FP_HALF
                               : FP_ABOVE_HALF,
    };
}

bool fp_rounds_up(struct fp_shifted x, bool sign, enum fp_rounding rounding)
{
    switch (rounding) {
    case FP_TIEEVEN:
        return x.lost == FP_ABOVE_HALF || (x.lost == FP_HALF && (x.integer & 1));
    case FP_TIEAWAY:
        return x.lost >= FP_HALF;
    case FP_POSINF:
        return x.lost != FP_EXACT && !sign;
    case FP_NEGINF:
        return x.lost != FP_EXACT && sign;
    default:
        return false;
    }
}

static uint64_t overflow(unsigned N, bool sign, enum fp_rounding rounding, uint32_t *fpsr)
{
    const bool to_infinity = rounding == FP_TIEEVEN || rounding == FP_TIEAWAY ||
                             (rounding == FP_POSINF && !sign) || (rounding == FP_NEGINF && sign);
    *fpsr |= FPSR_OFC | FPSR_IXC;
    return to_infinity ? fp_infinity(N, sign) : fp_max_normal(N, sign);
}

/* Alternative half precision has no infinities: too large is invalid. */
static uint64_t overflow_alternative(bool sign, uint32_t *fpsr)
{
    *fpsr |= FPSR_IOC;
    return fp_pack(16, sign, 0, 0x7fff);
}

uint64_t fp_round(unsigned N, bool sign, int exponent, uint64_t significand,
                  enum fp_rounding rounding, uint32_t fpcr, uint32_t *fpsr)
{
    const unsigned F = fp_fraction_bits(N);
    const int minimum = 1 - fp_bias(N);
    if ((fpcr & FPCR_FZ) && N != 16 && exponent < minimum) {
        *fpsr |= FPSR_UFC;
        return fp_zero(N, sign);
    }
    const unsigned denormalize = exponent < minimum ? (unsigned)(minimum - exponent) : 0;
    unsigned biased = denormalize ? 0 : (unsigned)(exponent - minimum + 1);
    struct fp_shifted x = fp_shift_right(significand, 63 - F + denormalize);
    if (biased == 0 && x.lost != FP_EXACT)
        *fpsr |= FPSR_UFC;
    if (fp_rounds_up(x, sign, rounding))
        x.integer++;
    if (rounding == FP_ODD && x.lost != FP_EXACT)
        x.integer |= 1;
    if (x.integer >> (F + 1)) {
        x.integer >>= 1;
        biased++;
    } else if (biased == 0 && x.integer >> F) {
        biased = 1;
    }
    const bool alternative = N == 16 && (fpcr & FPCR_AHP);
    if (alternative && biased > fp_exponent_max(N))
        return overflow_alternative(sign, fpsr);
    if (!alternative && biased >= fp_exponent_max(N))
        return overflow(N, sign, rounding, fpsr);
    if (x.lost != FP_EXACT)
        *fpsr |= FPSR_IXC;
    return fp_pack(N, sign, biased, x.integer & (((uint64_t)1 << F) - 1));
}

/* -- exact sums and products -- */

/* A right shift that leaves in bit 0 whether anything was lost. */
static fp_wide shift_right_jam(fp_wide x, unsigned by)
{
    if (by > 127)
        return x != 0;
    return x >> by | ((x & (((fp_wide)1 << by) - 1)) != 0);
}

struct fp_real fp_real(struct fp_value v)
{
    return (struct fp_real){ v.sign, v.exponent, (fp_wide)v.significand << 62 };
}

/* At most 106 bits of a product are not zero: the shift loses none. */
struct fp_real fp_real_product(struct fp_value v1, struct fp_value v2)
{
    return (struct fp_real){
        .sign = v1.sign != v2.sign,
        .exponent = v1.exponent + v2.exponent,
        .magnitude = ((fp_wide)v1.significand * v2.significand) >> 1,
    };
}

struct fp_real fp_real_sum(struct fp_real a, struct fp_real b)
{
    if (!a.magnitude || (b.magnitude && b.exponent > a.exponent)) {
        const struct fp_real swap = a;
        a = b;
        b = swap;
    }
    if (!b.magnitude)
        return a;
    const fp_wide low = shift_right_jam(b.magnitude, (unsigned)(a.exponent - b.exponent));
    if (a.sign == b.sign)
        a.magnitude += low;
    else if (a.magnitude >= low)
        a.magnitude -= low;
    else
        a = (struct fp_real){ b.sign, a.exponent, low - a.magnitude };
    return a;
}

uint64_t fp_round_real(unsigned N, struct fp_real x, enum fp_rounding rounding, uint32_t fpcr,
                       uint32_t *fpsr)
{
    const uint64_t high = (uint64_t)(x.magnitude >> 64);
    const int top =
        high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)x.magnitude);
    const uint64_t significand = top >= 63
                                     ? (uint64_t)shift_right_jam(x.magnitude, (unsigned)(top - 63))
                                     : (uint64_t)x.magnitude << (63 - top);
    return fp_round(N, x.sign, x.exponent + top - 125, significand, rounding, fpcr, fpsr);
}

/* -- addition -- */

static uint64_t add_numbers(unsigned N, struct fp_value v1, struct fp_value v2, uint32_t fpcr,
                            uint32_t *fpsr)
{
    const bool inf1 = v1.type == FP_INFINITY, inf2 = v2.type == FP_INFINITY;
    if (inf1 && inf2 && v1.sign != v2.sign)
        return fp_invalid(N, fpsr);
    if (inf1 || inf2)
        return fp_infinity(N, inf1 ? v1.sign : v2.sign);
    if (v1.type == FP_ZERO && v2.type == FP_ZERO && v1.sign == v2.sign)
        return fp_zero(N, v1.sign);
    const struct fp_real sum = fp_real_sum(fp_real(v1), fp_real(v2));
    if (!sum.magnitude)
        return fp_zero(N, fp_zero_sum_sign(fpcr));
    return fp_round_real(N, sum, fp_rounding_mode(fpcr), fpcr, fpsr);
}

uint64_t fp_add(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    return add_numbers(N, v1, v2, fpcr, fpsr);
}

uint64_t fp_sub(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr);
    struct fp_value v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    v2.sign = !v2.sign;
    return add_numbers(N, v1, v2, fpcr, fpsr);
}

/* -- multiplication -- */

static bool infinity_times_zero(struct fp_value v1, struct fp_value v2)
{
    return (v1.type == FP_INFINITY && v2.type == FP_ZERO) ||
           (v1.type == FP_ZERO && v2.type == FP_INFINITY);
}

static uint64_t mul_numbers(unsigned N, struct fp_value v1, struct fp_value v2, uint32_t fpcr,
                            uint32_t *fpsr)
{
    const bool sign = v1.sign != v2.sign;
    if (v1.type == FP_INFINITY || v2.type == FP_INFINITY)
        return fp_infinity(N, sign);
    if (v1.type == FP_ZERO || v2.type == FP_ZERO)
        return fp_zero(N, sign);
    return fp_round_real(N, fp_real_product(v1, v2), fp_rounding_mode(fpcr), fpcr, fpsr);
}

uint64_t fp_mul(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (infinity_times_zero(v1, v2))
        return fp_invalid(N, fpsr);
    return mul_numbers(N, v1, v2, fpcr, fpsr);
}

uint64_t fp_mulx(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (infinity_times_zero(v1, v2))
        return fp_two(N, v1.sign != v2.sign);
    return mul_numbers(N, v1, v2, fpcr, fpsr);
}

/* -- fused multiply-add -- */

static uint64_t mul_add_numbers(unsigned N, struct fp_value a, struct fp_value v1,
                                struct fp_value v2, uint32_t fpcr, uint32_t *fpsr)
{
    const bool sign = v1.sign != v2.sign;
    const bool infinite = v1.type == FP_INFINITY || v2.type == FP_INFINITY;
    const bool zero = v1.type == FP_ZERO || v2.type == FP_ZERO;
    if (infinity_times_zero(v1, v2) || (a.type == FP_INFINITY && infinite && a.sign != sign))
        return fp_invalid(N, fpsr);
    if (a.type == FP_INFINITY || infinite)
        return fp_infinity(N, infinite ? sign : a.sign);
    if (a.type == FP_ZERO && zero && a.sign == sign)
        return fp_zero(N, sign);
    const struct fp_real sum = fp_real_sum(fp_real(a), fp_real_product(v1, v2));
    if (!sum.magnitude)
        return fp_zero(N, fp_zero_sum_sign(fpcr));
    return fp_round_real(N, sum, fp_rounding_mode(fpcr), fpcr, fpsr);
}

uint64_t fp_mul_add(unsigned N, uint64_t addend, uint64_t op1, uint64_t op2, uint32_t fpcr,
                    uint32_t *fpsr)
{
    const uint64_t op[3] = { addend, op1, op2 };
    const struct fp_value v[3] = { fp_unpack(N, addend, fpcr, fpsr), fp_unpack(N, op1, fpcr, fpsr),
                                   fp_unpack(N, op2, fpcr, fpsr) };
    uint64_t nan;
    if (process_nans3(N, v, op, &nan, fpcr, fpsr)) {
        /* A quiet addend does not hide that the product is invalid. */
        if (v[0].type == FP_QNAN && infinity_times_zero(v[1], v[2]))
            return fp_invalid(N, fpsr);
        return nan;
    }
    return mul_add_numbers(N, v[0], v[1], v[2], fpcr, fpsr);
}

/* -- division and square root -- */

static uint64_t div_numbers(unsigned N, struct fp_value v1, struct fp_value v2, uint32_t fpcr,
                            uint32_t *fpsr)
{
    const fp_wide dividend = (fp_wide)v1.significand << 63;
    uint64_t quotient = (uint64_t)(dividend / v2.significand);
    int exponent = v1.exponent - v2.exponent;
    quotient |= dividend % v2.significand != 0;
    if (!(quotient >> 63)) {
        quotient <<= 1;
        exponent--;
    }
    return fp_round(N, v1.sign != v2.sign, exponent, quotient, fp_rounding_mode(fpcr), fpcr, fpsr);
}

uint64_t fp_div(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    const bool sign = v1.sign != v2.sign;
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (v1.type == v2.type && v1.type != FP_NONZERO)
        return fp_invalid(N, fpsr);
    if (v1.type == FP_INFINITY || v2.type == FP_ZERO) {
        *fpsr |= v1.type != FP_INFINITY ? FPSR_DZC : 0;
        return fp_infinity(N, sign);
    }
    if (v1.type == FP_ZERO || v2.type == FP_INFINITY)
        return fp_zero(N, sign);
    return div_numbers(N, v1, v2, fpcr, fpsr);
}

/* The integer part of the square root of x, which is at least 2^126; bit 0 sticky. */
static uint64_t square_root_jam(fp_wide x)
{
    uint64_t root = 0;
    for (int bit = 63; bit >= 0; bit--) {
        const uint64_t candidate = root | (uint64_t)1 << bit;
        if ((fp_wide)candidate * candidate <= x)
            root = candidate;
    }
    return root | ((fp_wide)root * root != x);
}

uint64_t fp_sqrt(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v = fp_unpack(N, op, fpcr, fpsr);
    if (fp_is_nan(v))
        return fp_process_nan(N, v, op, fpcr, fpsr);
    if (v.type == FP_ZERO)
        return fp_zero(N, v.sign);
    if (v.sign)
        return fp_invalid(N, fpsr);
    if (v.type == FP_INFINITY)
        return fp_infinity(N, false);
    const unsigned odd = (unsigned)v.exponent & 1;
    const uint64_t root = square_root_jam((fp_wide)v.significand << (63 + odd));
    return fp_round(N, false, (v.exponent - (int)odd) / 2, root, fp_rounding_mode(fpcr), fpcr,
                    fpsr);
}
