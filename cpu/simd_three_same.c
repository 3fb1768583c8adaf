/* SPDX-License-Identifier: MIT */
/* Arm ARM C4.1.90, Advanced SIMD three same and scalar three same: the integer instructions. */
#include "cpu/simd.h"

#define ROW_BHSD(row, sign, expr)                                                                  \
    LANES_B(row, sign, expr)                                                                       \
    LANES_H(row, sign, expr)                                                                       \
    LANES_S(row, sign, expr)                                                                       \
    LANES_D(row, sign, expr)                                                                       \
    DECODE_3(row, TABLE_BHSD(row))
#define ROW_BHS(row, sign, expr)                                                                   \
    LANES_B(row, sign, expr)                                                                       \
    LANES_H(row, sign, expr)                                                                       \
    LANES_S(row, sign, expr)                                                                       \
    DECODE_3(row, TABLE_BHS(row))
#define ROW_HS(row, sign, expr)                                                                    \
    LANES_H(row, sign, expr)                                                                       \
    LANES_S(row, sign, expr)                                                                       \
    DECODE_3(row, TABLE_HS(row))

/* The scalar forms. */
#define SCALAR_B(row, sign, expr) SIMD_LANES(row##_b, 1, sign##8_t, b, expr)
#define SCALAR_H(row, sign, expr) SIMD_LANES(row##_h, 2, sign##16_t, h, expr)
#define SCALAR_S(row, sign, expr) SIMD_LANES(row##_s, 4, sign##32_t, s, expr)
#define SCALAR_D(row, sign, expr) SIMD_LANES(row##_d, 8, sign##64_t, d, expr)
#define ROW_SCALAR_BHSD(row, sign, expr)                                                           \
    SCALAR_B(row, sign, expr)                                                                      \
    SCALAR_H(row, sign, expr)                                                                      \
    SCALAR_S(row, sign, expr)                                                                      \
    SCALAR_D(row, sign, expr)                                                                      \
    DECODE_3_SCALAR(row, { row##_b, row##_h, row##_s, row##_d })
#define ROW_SCALAR_HS(row, sign, expr)                                                             \
    SCALAR_H(row, sign, expr)                                                                      \
    SCALAR_S(row, sign, expr)                                                                      \
    DECODE_3_SCALAR(row, { NULL, row##_h, row##_s, NULL })
#define ROW_SCALAR_D(row, sign, expr)                                                              \
    SCALAR_D(row, sign, expr)                                                                      \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit(d, row##_d, f->Rd, f->Rn, f->Rm, 0, 0);                                        \
    }

/* Vector and scalar form alike. */
#define ROWS_D(name, sign, expr)                                                                   \
    ROW_BHSD(name##_v, sign, expr)                                                                 \
    ROW_SCALAR_D(name##_s, sign, expr)
#define ROWS_BHSD(name, sign, expr)                                                                \
    ROW_BHSD(name##_v, sign, expr)                                                                 \
    ROW_SCALAR_BHSD(name##_s, sign, expr)
#define ROWS_HS(name, sign, expr)                                                                  \
    ROW_HS(name##_v, sign, expr)                                                                   \
    ROW_SCALAR_HS(name##_s, sign, expr)

/* -- arithmetic -- */
ROWS_D(ADD, uint, a + b)
ROWS_D(SUB, uint, a - b)
ROW_BHS(MUL_v, uint, (uint32_t)a *b)
ROW_BHS(MLA_v, uint, acc + (uint32_t)a * b)
ROW_BHS(MLS_v, uint, acc - (uint32_t)a * b)

ROW_BHS(SHADD_v, int, ((int64_t)a + b) >> 1)
ROW_BHS(UHADD_v, uint, ((uint64_t)a + b) >> 1)
ROW_BHS(SRHADD_v, int, ((int64_t)a + b + 1) >> 1)
ROW_BHS(URHADD_v, uint, ((uint64_t)a + b + 1) >> 1)
ROW_BHS(SHSUB_v, int, ((int64_t)a - b) >> 1)
ROW_BHS(UHSUB_v, uint, ((uint64_t)a - b) >> 1)

ROW_BHS(SMAX_v, int, a > b ? a : b)
ROW_BHS(UMAX_v, uint, a > b ? a : b)
ROW_BHS(SMIN_v, int, a < b ? a : b)
ROW_BHS(UMIN_v, uint, a < b ? a : b)

ROW_BHS(SABD_v, int, a > b ? (int64_t)a - b : (int64_t)b - a)
ROW_BHS(UABD_v, uint, a > b ? a - b : b - a)
ROW_BHS(SABA_v, int, acc + (a > b ? (int64_t)a - b : (int64_t)b - a))
ROW_BHS(UABA_v, uint, acc + (a > b ? a - b : b - a))

/* -- comparisons: all ones or zero -- */
ROWS_D(CMGT, int, -(a > b))
ROWS_D(CMHI, uint, -(a > b))
ROWS_D(CMGE, int, -(a >= b))
ROWS_D(CMHS, uint, -(a >= b))
ROWS_D(CMEQ, uint, -(a == b))
ROWS_D(CMTST, uint, -((a & b) != 0))

/* -- saturating arithmetic -- */
ROWS_BHSD(SQADD, int, signed_sat_q(cpu, (__int128)a + b, BITS))
ROWS_BHSD(UQADD, uint, unsigned_sat_q(cpu, (__int128)a + b, BITS))
ROWS_BHSD(SQSUB, int, signed_sat_q(cpu, (__int128)a - b, BITS))
ROWS_BHSD(UQSUB, uint, unsigned_sat_q(cpu, (__int128)a - b, BITS))
/* (2 * a * b) >> BITS, in a form that fits 64 bits. */
ROWS_HS(SQDMULH, int, signed_sat_q(cpu, ((int64_t)a * b) >> (BITS - 1), BITS))
ROWS_HS(SQRDMULH, int,
        signed_sat_q(cpu, ((int64_t)a * b + ((int64_t)1 << (BITS - 2))) >> (BITS - 1), BITS))

/* -- shifts by a signed byte: negative shifts right -- */
#define MAX_SHIFT 100 /* no lane has that many bits, and 128-bit intermediates still hold it */

static inline __int128 shift_right(__int128 x, int by, bool rounding)
{
    by = by > MAX_SHIFT ? MAX_SHIFT : by;
    return rounding ? (x + ((__int128)1 << (by - 1))) >> by : x >> by;
}

static inline uint64_t shift(__int128 x, int by, bool rounding)
{
    if (by < 0)
        return (uint64_t)shift_right(x, -by, rounding);
    return by > 63 ? 0 : (uint64_t)x << by;
}

/* A left shift by 64 or more overflows any lane unless x is 0, as 64 does. */
static inline __int128 shift_exact(__int128 x, int by, bool rounding)
{
    if (by < 0)
        return shift_right(x, -by, rounding);
    return x * ((__int128)1 << (by > 64 ? 64 : by));
}

ROWS_D(SSHL, int, shift(a, (int8_t)b, false))
ROWS_D(USHL, uint, shift(a, (int8_t)b, false))
ROWS_D(SRSHL, int, shift(a, (int8_t)b, true))
ROWS_D(URSHL, uint, shift(a, (int8_t)b, true))

/* An unsigned 64-bit lane shifted left by up to 64 needs all of 128 bits: compare before shifting.
 */
static inline uint64_t unsigned_shift_sat(struct cpu *cpu, uint64_t x, int by, bool rounding,
                                          unsigned bits)
{
    if (by > 0 && x && (by >= (int)bits || x > UINT64_MAX >> (64 - bits) >> by)) {
        cpu->fpsr |= FPSR_QC;
        return UINT64_MAX;
    }
    return shift(x, by, rounding);
}

ROWS_BHSD(SQSHL, int, signed_sat_q(cpu, shift_exact(a, (int8_t)b, false), BITS))
ROWS_BHSD(UQSHL, uint, unsigned_shift_sat(cpu, a, (int8_t)b, false, BITS))
ROWS_BHSD(SQRSHL, int, signed_sat_q(cpu, shift_exact(a, (int8_t)b, true), BITS))
ROWS_BHSD(UQRSHL, uint, unsigned_shift_sat(cpu, a, (int8_t)b, true, BITS))

/* -- pairs -- */
#define PAIRS_B(row, sign, expr)                                                                   \
    SIMD_PAIRS(row##_8b, 8, sign##8_t, b, expr)                                                    \
    SIMD_PAIRS(row##_16b, 16, sign##8_t, b, expr)
#define PAIRS_H(row, sign, expr)                                                                   \
    SIMD_PAIRS(row##_4h, 8, sign##16_t, h, expr)                                                   \
    SIMD_PAIRS(row##_8h, 16, sign##16_t, h, expr)
#define PAIRS_S(row, sign, expr)                                                                   \
    SIMD_PAIRS(row##_2s, 8, sign##32_t, s, expr)                                                   \
    SIMD_PAIRS(row##_4s, 16, sign##32_t, s, expr)
#define ROW_PAIRS_BHS(row, sign, expr)                                                             \
    PAIRS_B(row, sign, expr)                                                                       \
    PAIRS_H(row, sign, expr)                                                                       \
    PAIRS_S(row, sign, expr)                                                                       \
    DECODE_3(row, TABLE_BHS(row))

ROW_PAIRS_BHS(SMAXP_v, int, a > b ? a : b)
ROW_PAIRS_BHS(UMAXP_v, uint, a > b ? a : b)
ROW_PAIRS_BHS(SMINP_v, int, a < b ? a : b)
ROW_PAIRS_BHS(UMINP_v, uint, a < b ? a : b)
PAIRS_B(ADDP_v, uint, a + b)
PAIRS_H(ADDP_v, uint, a + b)
PAIRS_S(ADDP_v, uint, a + b)
SIMD_PAIRS(ADDP_v_2d, 16, uint64_t, d, a + b)
DECODE_3(ADDP_v, TABLE_BHSD(ADDP_v))

/* -- polynomials over {0,1} -- */
static inline uint8_t polynomial_mult_8(uint8_t a, uint8_t b)
{
    unsigned result = 0;
    for (unsigned i = 0; i < 8; i++)
        result ^= b >> i & 1 ? (unsigned)a << i : 0;
    return (uint8_t)result;
}

LANES_B(PMUL_v, uint, polynomial_mult_8(a, b))
bool decode_PMUL_v(struct decode *d, const struct a64_PMUL_v *f)
{
    return emit(d, f->Q ? PMUL_v_16b : PMUL_v_8b, f->Rd, f->Rn, f->Rm, 0, 0);
}

/* -- bitwise: the lane size is ours to choose -- */
#define ROW_BITWISE(row, expr)                                                                     \
    LANES_S(row, uint, expr)                                                                       \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit(d, f->Q ? row##_4s : row##_2s, f->Rd, f->Rn, f->Rm, 0, 0);                     \
    }

ROW_BITWISE(AND_v, a &b)
ROW_BITWISE(BIC_v, a & ~b)
ROW_BITWISE(ORR_v, a | b)
ROW_BITWISE(ORN_v, a | ~b)
ROW_BITWISE(EOR_v, a ^ b)
ROW_BITWISE(BSL_v, (acc & a) | (~acc & b))
ROW_BITWISE(BIT_v, (acc & ~b) | (a & b))
ROW_BITWISE(BIF_v, (acc & b) | (a & ~b))
