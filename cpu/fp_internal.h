/* SPDX-License-Identifier: MIT */
/* What the files of the exact arithmetic share: formats, unpacking, NaNs, rounding. */
#ifndef CPU_FP_INTERNAL_H
#define CPU_FP_INTERNAL_H

#include "cpu/fp_arith.h"

typedef unsigned __int128 fp_wide;

enum fp_type { FP_ZERO, FP_NONZERO, FP_INFINITY, FP_QNAN, FP_SNAN };

/* A number is (-1)^sign * significand * 2^(exponent - 63); bit 63 of the significand is set. */
struct fp_value {
    enum fp_type type;
    bool sign;
    int exponent;
    uint64_t significand;
};

static inline unsigned fp_fraction_bits(unsigned N)
{
    return N == 16 ? 10 : N == 32 ? 23 : 52;
}

static inline int fp_bias(unsigned N)
{
    return N == 16 ? 15 : N == 32 ? 127 : 1023;
}

/* The exponent field of infinities and NaNs. */
static inline unsigned fp_exponent_max(unsigned N)
{
    return 2 * (unsigned)fp_bias(N) + 1;
}

static inline uint64_t fp_pack(unsigned N, bool sign, unsigned exponent, uint64_t fraction)
{
    return (uint64_t)sign << (N - 1) | (uint64_t)exponent << fp_fraction_bits(N) | fraction;
}

static inline uint64_t fp_zero(unsigned N, bool sign)
{
    return fp_pack(N, sign, 0, 0);
}

static inline uint64_t fp_infinity(unsigned N, bool sign)
{
    return fp_pack(N, sign, fp_exponent_max(N), 0);
}

static inline uint64_t fp_max_normal(unsigned N, bool sign)
{
    return fp_infinity(N, sign) - 1;
}

static inline uint64_t fp_two(unsigned N, bool sign)
{
    return fp_pack(N, sign, (unsigned)fp_bias(N) + 1, 0);
}

static inline uint64_t fp_default_nan(unsigned N)
{
    return fp_pack(N, false, fp_exponent_max(N), (uint64_t)1 << (fp_fraction_bits(N) - 1));
}

static inline bool fp_is_nan(struct fp_value v)
{
    return v.type >= FP_QNAN;
}

/* The sign of an exact zero sum. */
static inline bool fp_zero_sum_sign(uint32_t fpcr)
{
    return fp_rounding_mode(fpcr) == FP_NEGINF;
}

static inline uint64_t fp_invalid(unsigned N, uint32_t *fpsr)
{
    *fpsr |= FPSR_IOC;
    return fp_default_nan(N);
}

struct fp_value fp_unpack(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr);

uint64_t fp_process_nan(unsigned N, struct fp_value v, uint64_t op, uint32_t fpcr, uint32_t *fpsr);
/* True when an operand is a NaN; *result is then the answer. */
bool fp_process_nans(unsigned N, struct fp_value v1, struct fp_value v2, uint64_t op1, uint64_t op2,
                     uint64_t *result, uint32_t fpcr, uint32_t *fpsr);

/* The bits of `x` that a right shift loses, as rounding sees them. */
struct fp_shifted {
    uint64_t integer;
    enum fp_lost { FP_EXACT, FP_BELOW_HALF, FP_HALF, FP_ABOVE_HALF } lost;
};
struct fp_shifted fp_shift_right(uint64_t x, unsigned by);
/* Does rounding increment the magnitude? */
bool fp_rounds_up(struct fp_shifted x, bool sign, enum fp_rounding rounding);

/* FPRound of (-1)^sign * significand * 2^(exponent - 63). Bit 63 of the significand is set; its bit
 * 0 is sticky: it stands for everything below. */
uint64_t fp_round(unsigned N, bool sign, int exponent, uint64_t significand,
                  enum fp_rounding rounding, uint32_t fpcr, uint32_t *fpsr);

/* A real number with room for exact products: (-1)^sign * magnitude * 2^(exponent - 125). The
 * magnitude is below 2^127. */
struct fp_real {
    bool sign;
    int exponent;
    fp_wide magnitude;
};
struct fp_real fp_real(struct fp_value v); /* v: zero or a number */
struct fp_real fp_real_product(struct fp_value v1, struct fp_value v2);
struct fp_real fp_real_sum(struct fp_real a, struct fp_real b); /* bit 0 sticky */
uint64_t fp_round_real(unsigned N, struct fp_real x, enum fp_rounding rounding, uint32_t fpcr,
                       uint32_t *fpsr);

#endif
