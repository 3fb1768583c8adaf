/* SPDX-License-Identifier: MIT */
/* Comparison, maximum and minimum. */
#include "cpu/fp_internal.h"

/* -1, 0 or 1; neither is a NaN. */
static int compare_magnitudes(struct fp_value v1, struct fp_value v2)
{
    if (v1.type != v2.type)
        return v1.type < v2.type ? -1 : 1; /* zero < number < infinity */
    if (v1.type != FP_NONZERO)
        return 0;
    if (v1.exponent != v2.exponent)
        return v1.exponent < v2.exponent ? -1 : 1;
    return v1.significand < v2.significand ? -1 : v1.significand > v2.significand;
}

static int compare_values(struct fp_value v1, struct fp_value v2)
{
    if (v1.type == FP_ZERO && v2.type == FP_ZERO)
        return 0;
    if (v1.sign != v2.sign)
        return v1.sign ? -1 : 1;
    const int magnitudes = compare_magnitudes(v1, v2);
    return v1.sign ? -magnitudes : magnitudes;
}

/* True when one is a NaN, after signalling it. */
static bool unordered(struct fp_value v1, struct fp_value v2, bool signal_nans, uint32_t *fpsr)
{
    if (!fp_is_nan(v1) && !fp_is_nan(v2))
        return false;
    if (signal_nans || v1.type == FP_SNAN || v2.type == FP_SNAN)
        *fpsr |= FPSR_IOC;
    return true;
}

unsigned fp_compare(unsigned N, uint64_t op1, uint64_t op2, bool signal_nans, uint32_t fpcr,
                    uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    if (unordered(v1, v2, signal_nans, fpsr))
        return 3;
    const int order = compare_values(v1, v2);
    return order == 0 ? 6 : order < 0 ? 8 : 2;
}

bool fp_compare_eq(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    return !unordered(v1, v2, false, fpsr) && compare_values(v1, v2) == 0;
}

bool fp_compare_ge(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    return !unordered(v1, v2, true, fpsr) && compare_values(v1, v2) >= 0;
}

bool fp_compare_gt(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    return !unordered(v1, v2, true, fpsr) && compare_values(v1, v2) > 0;
}

/* The operand itself, but a flushed denormal is zero. */
static uint64_t pick(unsigned N, struct fp_value v, uint64_t op)
{
    return v.type == FP_ZERO ? fp_zero(N, v.sign) : op;
}

uint64_t fp_max(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (v1.type == FP_ZERO && v2.type == FP_ZERO)
        return fp_zero(N, v1.sign && v2.sign);
    return compare_values(v1, v2) > 0 ? pick(N, v1, op1) : pick(N, v2, op2);
}

uint64_t fp_min(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    const struct fp_value v1 = fp_unpack(N, op1, fpcr, fpsr), v2 = fp_unpack(N, op2, fpcr, fpsr);
    uint64_t nan;
    if (fp_process_nans(N, v1, v2, op1, op2, &nan, fpcr, fpsr))
        return nan;
    if (v1.type == FP_ZERO && v2.type == FP_ZERO)
        return fp_zero(N, v1.sign || v2.sign);
    return compare_values(v1, v2) < 0 ? pick(N, v1, op1) : pick(N, v2, op2);
}

/* FPMaxNum and FPMinNum replace the one quiet NaN by the infinity that cannot win. */
static void replace_quiet_nan(unsigned N, uint64_t *op1, uint64_t *op2, bool sign, uint32_t fpcr)
{
    uint32_t unused = 0;
    const bool quiet1 = fp_unpack(N, *op1, fpcr, &unused).type == FP_QNAN;
    const bool quiet2 = fp_unpack(N, *op2, fpcr, &unused).type == FP_QNAN;
    if (quiet1 && !quiet2)
        *op1 = fp_infinity(N, sign);
    else if (quiet2 && !quiet1)
        *op2 = fp_infinity(N, sign);
}

uint64_t fp_max_num(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    replace_quiet_nan(N, &op1, &op2, true, fpcr);
    return fp_max(N, op1, op2, fpcr, fpsr);
}

uint64_t fp_min_num(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr)
{
    replace_quiet_nan(N, &op1, &op2, false, fpcr);
    return fp_min(N, op1, op2, fpcr, fpsr);
}
