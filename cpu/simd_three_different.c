/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90, Advanced SIMD three different and scalar three different: lanes of two sizes.
 * The second forms (SADDL2) read or write the upper half of the narrow register: field Q.
 */
#include "cpu/simd.h"
#include "cpu/crypto.h"

#define LONG_B(row, sign, expr)                                                                    \
    SIMD_LONG(row##_8b, 8, 0, sign##8_t, b, sign##16_t, h, expr)                                   \
    SIMD_LONG(row##_16b, 8, 1, sign##8_t, b, sign##16_t, h, expr)
#define LONG_H(row, sign, expr)                                                                    \
    SIMD_LONG(row##_4h, 8, 0, sign##16_t, h, sign##32_t, s, expr)                                  \
    SIMD_LONG(row##_8h, 8, 1, sign##16_t, h, sign##32_t, s, expr)
#define LONG_S(row, sign, expr)                                                                    \
    SIMD_LONG(row##_2s, 8, 0, sign##32_t, s, sign##64_t, d, expr)                                  \
    SIMD_LONG(row##_4s, 8, 1, sign##32_t, s, sign##64_t, d, expr)
#define ROW_LONG(row, sign, expr)                                                                  \
    LONG_B(row, sign, expr)                                                                        \
    LONG_H(row, sign, expr)                                                                        \
    LONG_S(row, sign, expr)                                                                        \
    DECODE_3(row, TABLE_BHS(row))

ROW_LONG(SADDL, int, a + b)
ROW_LONG(UADDL, uint, a + b)
ROW_LONG(SSUBL, int, a - b)
ROW_LONG(USUBL, uint, a - b)
ROW_LONG(SABDL, int, a > b ? a - b : b - a)
ROW_LONG(UABDL, uint, a > b ? a - b : b - a)
ROW_LONG(SABAL, int, (uint64_t)acc + (uint64_t)(a > b ? a - b : b - a))
ROW_LONG(UABAL, uint, acc + (a > b ? a - b : b - a))
ROW_LONG(SMULL_v, int, a *b)
ROW_LONG(UMULL_v, uint, a *b)
ROW_LONG(SMLAL_v, int, (uint64_t)acc + (uint64_t)(a * b))
ROW_LONG(UMLAL_v, uint, acc + a * b)
ROW_LONG(SMLSL_v, int, (uint64_t)acc - (uint64_t)(a * b))
ROW_LONG(UMLSL_v, uint, acc - a * b)

/* -- saturating doubling: twice the product saturates first, then the sum -- */
#define SQDMULL_EXPR doubled_product(cpu, a, b, BITS)
#define SQDMLAL_EXPR signed_sat_q(cpu, (__int128)acc + doubled_product(cpu, a, b, BITS), BITS)
#define SQDMLSL_EXPR signed_sat_q(cpu, (__int128)acc - doubled_product(cpu, a, b, BITS), BITS)

#define ROW_LONG_HS(row, expr)                                                                     \
    LONG_H(row, int, expr)                                                                         \
    LONG_S(row, int, expr)                                                                         \
    DECODE_3(row, TABLE_HS(row))
#define ROW_LONG_SCALAR(row, expr)                                                                 \
    SIMD_LONG(row##_h, 2, 0, int16_t, h, int32_t, s, expr)                                         \
    SIMD_LONG(row##_s, 4, 0, int32_t, s, int64_t, d, expr)                                         \
    DECODE_3_SCALAR(row, { NULL, row##_h, row##_s, NULL })

ROW_LONG_HS(SQDMULL_v, SQDMULL_EXPR)
ROW_LONG_HS(SQDMLAL_v, SQDMLAL_EXPR)
ROW_LONG_HS(SQDMLSL_v, SQDMLSL_EXPR)
ROW_LONG_SCALAR(SQDMULL_s, SQDMULL_EXPR)
ROW_LONG_SCALAR(SQDMLAL_s, SQDMLAL_EXPR)
ROW_LONG_SCALAR(SQDMLSL_s, SQDMLSL_EXPR)

/* -- wide: Vn has the wide lanes already -- */
#define ROW_WIDE(row, sign, expr)                                                                  \
    SIMD_WIDE(row##_8b, 0, sign##8_t, b, sign##16_t, h, expr)                                      \
    SIMD_WIDE(row##_16b, 1, sign##8_t, b, sign##16_t, h, expr)                                     \
    SIMD_WIDE(row##_4h, 0, sign##16_t, h, sign##32_t, s, expr)                                     \
    SIMD_WIDE(row##_8h, 1, sign##16_t, h, sign##32_t, s, expr)                                     \
    SIMD_WIDE(row##_2s, 0, sign##32_t, s, sign##64_t, d, expr)                                     \
    SIMD_WIDE(row##_4s, 1, sign##32_t, s, sign##64_t, d, expr)                                     \
    DECODE_3(row, TABLE_BHS(row))

ROW_WIDE(SADDW, int, (uint64_t)a + (uint64_t)b)
ROW_WIDE(UADDW, uint, a + b)
ROW_WIDE(SSUBW, int, (uint64_t)a - (uint64_t)b)
ROW_WIDE(USUBW, uint, a - b)

/* -- high half of a wide sum -- */
#define ROW_HIGH(row, expr)                                                                        \
    SIMD_NARROW(row##_8b, 8, 0, uint8_t, b, uint16_t, h, expr)                                     \
    SIMD_NARROW(row##_16b, 8, 1, uint8_t, b, uint16_t, h, expr)                                    \
    SIMD_NARROW(row##_4h, 8, 0, uint16_t, h, uint32_t, s, expr)                                    \
    SIMD_NARROW(row##_8h, 8, 1, uint16_t, h, uint32_t, s, expr)                                    \
    SIMD_NARROW(row##_2s, 8, 0, uint32_t, s, uint64_t, d, expr)                                    \
    SIMD_NARROW(row##_4s, 8, 1, uint32_t, s, uint64_t, d, expr)                                    \
    DECODE_3(row, TABLE_BHS(row))
#define HALF_UNIT ((uint64_t)1 << (BITS - 1))

ROW_HIGH(ADDHN, (a + b) >> BITS)
ROW_HIGH(SUBHN, (a - b) >> BITS)
ROW_HIGH(RADDHN, (a + b + HALF_UNIT) >> BITS)
ROW_HIGH(RSUBHN, (a - b + HALF_UNIT) >> BITS)

/* -- polynomials: bytes always, doublewords with the cryptographic extension -- */
static inline uint16_t polynomial_mult_16(unsigned a, unsigned b)
{
    unsigned result = 0;
    for (unsigned i = 0; i < 8; i++)
        result ^= b >> i & 1 ? a << i : 0;
    return (uint16_t)result;
}

LONG_B(PMULL, uint, polynomial_mult_16(a, b))

#define PMULL_D(name, half)                                                                        \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        VD = polynomial_mult_64(VN.d[half], VM.d[half]);                                           \
        NEXT();                                                                                    \
    }
PMULL_D(PMULL_1d, 0)
PMULL_D(PMULL_2d, 1)
DECODE_3(PMULL, { TABLE_B(PMULL), TABLE_NONE, TABLE_NONE, { PMULL_1d, PMULL_2d } })
