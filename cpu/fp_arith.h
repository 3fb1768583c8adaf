/* SPDX-License-Identifier: MIT */
/*
 * Floating point, computed exactly in integers: the shared pseudocode of the Arm ARM (DDI 0487, J1,
 * shared/functions/float) by its names, for half, single and double precision. It is the
 * definition; fp_host.h is the short cut.
 *
 * N is the width of the operands in bits: 16, 32 or 64. A value is its bit pattern in the low bits
 * of a uint64_t. Each function takes FPCR (RMode, FZ, DN, AHP matter) and ORs the cumulative
 * exception bits into *fpsr. No traps: the trap enable bits are RES0 on a Cortex-A57.
 */
#ifndef CPU_FP_ARITH_H
#define CPU_FP_ARITH_H

#include <stdbool.h>
#include <stdint.h>

#define FPCR_AHP         (1u << 26)
#define FPCR_DN          (1u << 25)
#define FPCR_FZ          (1u << 24)
#define FPCR_RMODE_SHIFT 22

#define FPSR_IOC (1u << 0) /* invalid operation */
#define FPSR_DZC (1u << 1) /* division by zero */
#define FPSR_OFC (1u << 2) /* overflow */
#define FPSR_UFC (1u << 3) /* underflow */
#define FPSR_IXC (1u << 4) /* inexact */
#define FPSR_IDC (1u << 7) /* input denormal: a denormal operand was flushed to zero */

/* The first four in the order of FPCR.RMode. */
enum fp_rounding { FP_TIEEVEN, FP_POSINF, FP_NEGINF, FP_ZERO_MODE, FP_TIEAWAY, FP_ODD };

static inline enum fp_rounding fp_rounding_mode(uint32_t fpcr)
{
    return (enum fp_rounding)(fpcr >> FPCR_RMODE_SHIFT & 3);
}

uint64_t fp_add(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_sub(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_mul(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
/* infinity * 0 is 2 */
uint64_t fp_mulx(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_div(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_sqrt(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr);
/* addend + op1 * op2, rounded once */
uint64_t fp_mul_add(unsigned N, uint64_t addend, uint64_t op1, uint64_t op2, uint32_t fpcr,
                    uint32_t *fpsr);

uint64_t fp_max(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_min(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
/* IEEE 754-2008 maxNum, minNum: a number wins over one quiet NaN */
uint64_t fp_max_num(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_min_num(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);

/* NZCV as four bits. signal_nans: quiet NaNs are invalid operations too (FCMPE). */
unsigned fp_compare(unsigned N, uint64_t op1, uint64_t op2, bool signal_nans, uint32_t fpcr,
                    uint32_t *fpsr);
bool fp_compare_eq(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
bool fp_compare_ge(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
bool fp_compare_gt(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);

/* From N to M bits. */
uint64_t fp_convert(unsigned N, unsigned M, uint64_t op, enum fp_rounding rounding, uint32_t fpcr,
                    uint32_t *fpsr);
/* To an integer of M (32, 64) bits with fbits fraction bits; saturating. */
uint64_t fp_to_fixed(unsigned N, unsigned M, uint64_t op, unsigned fbits, bool is_unsigned,
                     enum fp_rounding rounding, uint32_t fpcr, uint32_t *fpsr);
/* From an integer with fbits fraction bits; a signed one sign-extended to 64 bits. */
uint64_t fixed_to_fp(unsigned N, uint64_t op, unsigned fbits, bool is_unsigned,
                     enum fp_rounding rounding, uint32_t fpcr, uint32_t *fpsr);
/* To an integral value in the same format; exact: an inexact result sets IXC. */
uint64_t fp_round_int(unsigned N, uint64_t op, enum fp_rounding rounding, bool exact, uint32_t fpcr,
                      uint32_t *fpsr);

/* Estimates of 8 bits, the Newton-Raphson steps that refine them, and FRECPX. N: 32 or 64. */
uint64_t fp_recip_estimate(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_rsqrt_estimate(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_recip_step_fused(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_rsqrt_step_fused(unsigned N, uint64_t op1, uint64_t op2, uint32_t fpcr, uint32_t *fpsr);
uint64_t fp_recpx(unsigned N, uint64_t op, uint32_t fpcr, uint32_t *fpsr);
uint32_t unsigned_recip_estimate(uint32_t op);
uint32_t unsigned_rsqrt_estimate(uint32_t op);

/* Sign manipulation: never an exception, NaNs included. */
static inline uint64_t fp_neg(unsigned N, uint64_t op)
{
    return op ^ (uint64_t)1 << (N - 1);
}

static inline uint64_t fp_abs(unsigned N, uint64_t op)
{
    return op & ~((uint64_t)1 << (N - 1));
}

#endif
