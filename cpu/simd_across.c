/* SPDX-License-Identifier: MIT */
/* Arm ARM C4.1.90, Advanced SIMD across lanes: the integer instructions. */
#include "cpu/simd.h"

/* Folds all lanes of Vn into one: acc starts as lane 0; `expr` combines it with the next lane, a.
 */
#define SIMD_ACROSS(name, bytes, type, lane, rtype, rlane, expr)                                   \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN;                                                                  \
        rtype acc = (type)vn.lane[0];                                                              \
        for (unsigned e = 1; e < (bytes) / sizeof(type); e++) {                                    \
            const type a = (type)vn.lane[e];                                                       \
            acc = (rtype)(expr);                                                                   \
        }                                                                                          \
        union vreg result = { .d = { 0, 0 } };                                                     \
        result.rlane[0] = acc;                                                                     \
        VD = result;                                                                               \
        NEXT();                                                                                    \
    }

/* Two words would be a pairwise operation: there is no such form. */
#define TABLE_ACROSS(row)                                                                          \
    {                                                                                              \
        TABLE_B(row), TABLE_H(row), { NULL, row##_4s }, TABLE_NONE                                 \
    }

#define ROW_ACROSS(row, sign, expr)                                                                \
    SIMD_ACROSS(row##_8b, 8, sign##8_t, b, sign##8_t, b, expr)                                     \
    SIMD_ACROSS(row##_16b, 16, sign##8_t, b, sign##8_t, b, expr)                                   \
    SIMD_ACROSS(row##_4h, 8, sign##16_t, h, sign##16_t, h, expr)                                   \
    SIMD_ACROSS(row##_8h, 16, sign##16_t, h, sign##16_t, h, expr)                                  \
    SIMD_ACROSS(row##_4s, 16, sign##32_t, s, sign##32_t, s, expr)                                  \
    DECODE_2(row, TABLE_ACROSS(row))
#define ROW_ACROSS_LONG(row, sign, expr)                                                           \
    SIMD_ACROSS(row##_8b, 8, sign##8_t, b, sign##16_t, h, expr)                                    \
    SIMD_ACROSS(row##_16b, 16, sign##8_t, b, sign##16_t, h, expr)                                  \
    SIMD_ACROSS(row##_4h, 8, sign##16_t, h, sign##32_t, s, expr)                                   \
    SIMD_ACROSS(row##_8h, 16, sign##16_t, h, sign##32_t, s, expr)                                  \
    SIMD_ACROSS(row##_4s, 16, sign##32_t, s, sign##64_t, d, expr)                                  \
    DECODE_2(row, TABLE_ACROSS(row))

ROW_ACROSS(ADDV, uint, acc + a)
ROW_ACROSS(SMAXV, int, a > acc ? a : acc)
ROW_ACROSS(UMAXV, uint, a > acc ? a : acc)
ROW_ACROSS(SMINV, int, a < acc ? a : acc)
ROW_ACROSS(UMINV, uint, a < acc ? a : acc)
ROW_ACROSS_LONG(SADDLV, int, acc + a)
ROW_ACROSS_LONG(UADDLV, uint, acc + a)
