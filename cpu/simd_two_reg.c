/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90, Advanced SIMD two-register miscellaneous, its scalar form, and the integer
 * scalar pairwise: the integer instructions.
 */
#include "cpu/simd.h"

#define ROW_BHSD(row, sign, expr)                                                                  \
    LANES_B(row, sign, expr)                                                                       \
    LANES_H(row, sign, expr)                                                                       \
    LANES_S(row, sign, expr)                                                                       \
    LANES_D(row, sign, expr)                                                                       \
    DECODE_2(row, TABLE_BHSD(row))
#define ROW_BHS(row, sign, expr)                                                                   \
    LANES_B(row, sign, expr)                                                                       \
    LANES_H(row, sign, expr)                                                                       \
    LANES_S(row, sign, expr)                                                                       \
    DECODE_2(row, TABLE_BHS(row))

#define SCALAR_B(row, sign, expr) SIMD_LANES(row##_b, 1, sign##8_t, b, expr)
#define SCALAR_H(row, sign, expr) SIMD_LANES(row##_h, 2, sign##16_t, h, expr)
#define SCALAR_S(row, sign, expr) SIMD_LANES(row##_s, 4, sign##32_t, s, expr)
#define SCALAR_D(row, sign, expr) SIMD_LANES(row##_d, 8, sign##64_t, d, expr)

/* Vector form of all sizes, scalar form of doublewords or of all sizes. */
#define ROWS_D(name, sign, expr)                                                                   \
    ROW_BHSD(name##_v, sign, expr)                                                                 \
    SCALAR_D(name##_s, sign, expr)                                                                 \
    bool decode_##name##_s(struct decode *d, const struct a64_##name##_s *f)                       \
    {                                                                                              \
        return emit(d, name##_s_d, f->Rd, f->Rn, 0, 0, 0);                                         \
    }
#define ROWS_BHSD(name, sign, expr)                                                                \
    ROW_BHSD(name##_v, sign, expr)                                                                 \
    SCALAR_B(name##_s, sign, expr)                                                                 \
    SCALAR_H(name##_s, sign, expr)                                                                 \
    SCALAR_S(name##_s, sign, expr)                                                                 \
    SCALAR_D(name##_s, sign, expr)                                                                 \
    DECODE_2_SCALAR(name##_s, { name##_s_b, name##_s_h, name##_s_s, name##_s_d })

/* -- one lane each -- */
ROWS_D(ABS, uint, a >> (BITS - 1) ? -(uint64_t)a : a)
ROWS_D(NEG, uint, -(uint64_t)a)
ROWS_D(CMGT_zero, int, -(a > 0))
ROWS_D(CMGE_zero, int, -(a >= 0))
ROWS_D(CMEQ_zero, int, -(a == 0))
ROWS_D(CMLE_zero, int, -(a <= 0))
ROWS_D(CMLT_zero, int, -(a < 0))

ROWS_BHSD(SQABS, int, signed_sat_q(cpu, a < 0 ? -(__int128)a : a, BITS))
ROWS_BHSD(SQNEG, int, signed_sat_q(cpu, -(__int128)a, BITS))

/* The addend and the accumulator are of different signs. */
#define UNSIGNED(x) ((uint64_t)(x) << (64 - BITS) >> (64 - BITS))
#define SIGNED(x)   ((int64_t)((uint64_t)(x) << (64 - BITS)) >> (64 - BITS))
ROWS_BHSD(SUQADD, int, signed_sat_q(cpu, (__int128)acc + UNSIGNED(a), BITS))
ROWS_BHSD(USQADD, uint, unsigned_sat_q(cpu, (__int128)acc + SIGNED(a), BITS))

/* Leading zeros of a lane that stands in the low bits of x. */
static inline unsigned count_leading_zero_bits(uint64_t x, unsigned bits)
{
    return x ? (unsigned)__builtin_clzll(x) - (64 - bits) : bits;
}

/* Arm ARM J1, CountLeadingSignBits: those after the sign itself that equal it. */
static inline unsigned count_leading_sign_bits(int64_t x, unsigned bits)
{
    return count_leading_zero_bits((uint64_t)(x ^ (x >> 63)), bits) - 1;
}

ROW_BHS(CLZ_v, uint, count_leading_zero_bits(a, BITS))
ROW_BHS(CLS_v, int, count_leading_sign_bits(a, BITS))

/* -- bytes -- */
static inline uint8_t reverse_bits(uint8_t x)
{
    x = (uint8_t)((x & 0xf0) >> 4 | (x & 0x0f) << 4);
    x = (uint8_t)((x & 0xcc) >> 2 | (x & 0x33) << 2);
    return (uint8_t)((x & 0xaa) >> 1 | (x & 0x55) << 1);
}

static inline uint8_t bit_count(uint8_t x)
{
    x = (uint8_t)(x - (x >> 1 & 0x55));
    x = (uint8_t)((x & 0x33) + (x >> 2 & 0x33));
    return (uint8_t)((x + (x >> 4)) & 0x0f);
}

#define ROW_BYTES(row, expr)                                                                       \
    LANES_B(row, uint, expr)                                                                       \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit(d, f->Q ? row##_16b : row##_8b, f->Rd, f->Rn, 0, 0, 0);                        \
    }
ROW_BYTES(CNT_v, bit_count(a))
ROW_BYTES(NOT_v, ~a)
ROW_BYTES(RBIT_v, reverse_bits(a))

/* -- reversal within containers: lane e comes from lane e with some bits of its number flipped --
 */
LANES_B(REV64_v, uint, vn.b[e ^ 7])
LANES_H(REV64_v, uint, vn.h[e ^ 3])
LANES_S(REV64_v, uint, vn.s[e ^ 1])
DECODE_2(REV64_v, TABLE_BHS(REV64_v))
LANES_B(REV32_v, uint, vn.b[e ^ 3])
LANES_H(REV32_v, uint, vn.h[e ^ 1])
DECODE_2(REV32_v, { TABLE_B(REV32_v), TABLE_H(REV32_v), TABLE_NONE, TABLE_NONE })
LANES_B(REV16_v, uint, vn.b[e ^ 1])
DECODE_2(REV16_v, { TABLE_B(REV16_v), TABLE_NONE, TABLE_NONE, TABLE_NONE })

/* -- pairs of neighbours, added into lanes of twice the size -- */
#define SIMD_PAIRS_LONG(name, bytes, narrow, nlane, wide, wlane, accumulate)                       \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vd = VD;                                                         \
        union vreg result;                                                                         \
        for (unsigned e = 0; e < (bytes) / sizeof(wide); e++) {                                    \
            const wide a = (narrow)vn.nlane[2 * e], b = (narrow)vn.nlane[2 * e + 1];               \
            result.wlane[e] = (wide)((accumulate ? vd.wlane[e] : 0) + (uint64_t)(a + b));          \
        }                                                                                          \
        VD = simd_low(result, bytes);                                                              \
        NEXT();                                                                                    \
    }
#define ROW_PAIRS_LONG(row, sign, accumulate)                                                      \
    SIMD_PAIRS_LONG(row##_8b, 8, sign##8_t, b, sign##16_t, h, accumulate)                          \
    SIMD_PAIRS_LONG(row##_16b, 16, sign##8_t, b, sign##16_t, h, accumulate)                        \
    SIMD_PAIRS_LONG(row##_4h, 8, sign##16_t, h, sign##32_t, s, accumulate)                         \
    SIMD_PAIRS_LONG(row##_8h, 16, sign##16_t, h, sign##32_t, s, accumulate)                        \
    SIMD_PAIRS_LONG(row##_2s, 8, sign##32_t, s, sign##64_t, d, accumulate)                         \
    SIMD_PAIRS_LONG(row##_4s, 16, sign##32_t, s, sign##64_t, d, accumulate)                        \
    DECODE_2(row, TABLE_BHS(row))

ROW_PAIRS_LONG(SADDLP, int, false)
ROW_PAIRS_LONG(UADDLP, uint, false)
ROW_PAIRS_LONG(SADALP, int, true)
ROW_PAIRS_LONG(UADALP, uint, true)

/* -- narrowing; the second forms fill the upper half -- */
#define NARROW_ALL(row, nsign, wsign, expr)                                                        \
    SIMD_NARROW(row##_8b, 8, 0, nsign##8_t, b, wsign##16_t, h, expr)                               \
    SIMD_NARROW(row##_16b, 8, 1, nsign##8_t, b, wsign##16_t, h, expr)                              \
    SIMD_NARROW(row##_4h, 8, 0, nsign##16_t, h, wsign##32_t, s, expr)                              \
    SIMD_NARROW(row##_8h, 8, 1, nsign##16_t, h, wsign##32_t, s, expr)                              \
    SIMD_NARROW(row##_2s, 8, 0, nsign##32_t, s, wsign##64_t, d, expr)                              \
    SIMD_NARROW(row##_4s, 8, 1, nsign##32_t, s, wsign##64_t, d, expr)                              \
    DECODE_2(row, TABLE_BHS(row))
#define NARROW_SCALAR(row, nsign, wsign, expr)                                                     \
    SIMD_NARROW(row##_b, 1, 0, nsign##8_t, b, wsign##16_t, h, expr)                                \
    SIMD_NARROW(row##_h, 2, 0, nsign##16_t, h, wsign##32_t, s, expr)                               \
    SIMD_NARROW(row##_s, 4, 0, nsign##32_t, s, wsign##64_t, d, expr)                               \
    DECODE_2_SCALAR(row, { row##_b, row##_h, row##_s, NULL })
#define ROWS_NARROW(name, nsign, wsign, expr)                                                      \
    NARROW_ALL(name##_v, nsign, wsign, expr)                                                       \
    NARROW_SCALAR(name##_s, nsign, wsign, expr)

NARROW_ALL(XTN, uint, uint, a)
ROWS_NARROW(SQXTN, int, int, signed_sat_q(cpu, a, BITS))
ROWS_NARROW(UQXTN, uint, uint, unsigned_sat_q(cpu, a, BITS))
ROWS_NARROW(SQXTUN, uint, int, unsigned_sat_q(cpu, a, BITS))

/* SHLL shifts by the size of the narrow lane. */
SIMD_LONG(SHLL_8b, 8, 0, uint8_t, b, uint16_t, h, a << 8)
SIMD_LONG(SHLL_16b, 8, 1, uint8_t, b, uint16_t, h, a << 8)
SIMD_LONG(SHLL_4h, 8, 0, uint16_t, h, uint32_t, s, a << 16)
SIMD_LONG(SHLL_8h, 8, 1, uint16_t, h, uint32_t, s, a << 16)
SIMD_LONG(SHLL_2s, 8, 0, uint32_t, s, uint64_t, d, a << 32)
SIMD_LONG(SHLL_4s, 8, 1, uint32_t, s, uint64_t, d, a << 32)
DECODE_2(SHLL, TABLE_BHS(SHLL))

/* -- scalar pairwise -- */
static HANDLER(ADDP_2d)
{
    FP_ENABLED();
    VD = (union vreg){ .d = { VN.d[0] + VN.d[1], 0 } };
    NEXT();
}

bool decode_ADDP_s(struct decode *d, const struct a64_ADDP_s *f)
{
    return emit(d, ADDP_2d, f->Rd, f->Rn, 0, 0, 0);
}
