/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90, Advanced SIMD vector x indexed element and its scalar form: the integer
 * instructions. r->ra is the lane of Vm.
 */
#include "cpu/simd.h"

/* Halfwords: index H:L:M, Vm one of V0-V15. Words: index H:L, M is the top bit of Vm. */
#define DECODE_ELEMENT(row, Q, ...)                                                                \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4][2] = __VA_ARGS__;                                        \
        handler_fn *handler = table[f->size][Q];                                                   \
        const unsigned HL = (unsigned)f->H << 1 | f->L;                                            \
        if (!handler)                                                                              \
            return false;                                                                          \
        return f->size == 1 ? emit(d, handler, f->Rd, f->Rn, f->Rm, HL << 1 | f->M, 0)             \
                            : emit(d, handler, f->Rd, f->Rn, (unsigned)f->M << 4 | f->Rm, HL, 0);  \
    }

#define ROW_V(row, sign, expr)                                                                     \
    SIMD_LANES_INDEXED(row##_4h, 8, sign##16_t, h, r->ra, expr)                                    \
    SIMD_LANES_INDEXED(row##_8h, 16, sign##16_t, h, r->ra, expr)                                   \
    SIMD_LANES_INDEXED(row##_2s, 8, sign##32_t, s, r->ra, expr)                                    \
    SIMD_LANES_INDEXED(row##_4s, 16, sign##32_t, s, r->ra, expr)                                   \
    DECODE_ELEMENT(row, f->Q, TABLE_HS(row))
#define ROWS(name, sign, expr)                                                                     \
    ROW_V(name##_elem_v, sign, expr)                                                               \
    SIMD_LANES_INDEXED(name##_elem_h, 2, sign##16_t, h, r->ra, expr)                               \
    SIMD_LANES_INDEXED(name##_elem_s_s, 4, sign##32_t, s, r->ra, expr)                             \
    DECODE_ELEMENT(name##_elem_s, 0,                                                               \
                   { TABLE_NONE, { name##_elem_h }, { name##_elem_s_s }, TABLE_NONE })

ROW_V(MUL_elem_v, uint, (uint32_t)a *b)
ROW_V(MLA_elem_v, uint, acc + (uint32_t)a * b)
ROW_V(MLS_elem_v, uint, acc - (uint32_t)a * b)
ROWS(SQDMULH, int, signed_sat_q(cpu, ((int64_t)a * b) >> (BITS - 1), BITS))
ROWS(SQRDMULH, int,
     signed_sat_q(cpu, ((int64_t)a * b + ((int64_t)1 << (BITS - 2))) >> (BITS - 1), BITS))

/* -- long -- */
#define ROW_LONG_V(row, sign, expr)                                                                \
    SIMD_LONG_INDEXED(row##_4h, 8, 0, sign##16_t, h, sign##32_t, s, r->ra, expr)                   \
    SIMD_LONG_INDEXED(row##_8h, 8, 1, sign##16_t, h, sign##32_t, s, r->ra, expr)                   \
    SIMD_LONG_INDEXED(row##_2s, 8, 0, sign##32_t, s, sign##64_t, d, r->ra, expr)                   \
    SIMD_LONG_INDEXED(row##_4s, 8, 1, sign##32_t, s, sign##64_t, d, r->ra, expr)                   \
    DECODE_ELEMENT(row, f->Q, TABLE_HS(row))
#define ROWS_LONG(name, sign, expr)                                                                \
    ROW_LONG_V(name##_elem_v, sign, expr)                                                          \
    SIMD_LONG_INDEXED(name##_elem_h, 2, 0, sign##16_t, h, sign##32_t, s, r->ra, expr)              \
    SIMD_LONG_INDEXED(name##_elem_s_s, 4, 0, sign##32_t, s, sign##64_t, d, r->ra, expr)            \
    DECODE_ELEMENT(name##_elem_s, 0,                                                               \
                   { TABLE_NONE, { name##_elem_h }, { name##_elem_s_s }, TABLE_NONE })

ROW_LONG_V(SMULL_elem_v, int, a *b)
ROW_LONG_V(UMULL_elem_v, uint, a *b)
ROW_LONG_V(SMLAL_elem_v, int, (uint64_t)acc + (uint64_t)(a * b))
ROW_LONG_V(UMLAL_elem_v, uint, acc + a * b)
ROW_LONG_V(SMLSL_elem_v, int, (uint64_t)acc - (uint64_t)(a * b))
ROW_LONG_V(UMLSL_elem_v, uint, acc - a * b)
ROWS_LONG(SQDMULL, int, doubled_product(cpu, a, b, BITS))
ROWS_LONG(SQDMLAL, int, signed_sat_q(cpu, (__int128)acc + doubled_product(cpu, a, b, BITS), BITS))
ROWS_LONG(SQDMLSL, int, signed_sat_q(cpu, (__int128)acc - doubled_product(cpu, a, b, BITS), BITS))
