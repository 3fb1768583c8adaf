/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90, Advanced SIMD shift by immediate and its scalar form: the integer instructions.
 * r->imm is the shift: 1 to the lane's size to the right, 0 to that less one to the left.
 */
#include "cpu/simd.h"

/* immh:immb is lane size + shift to the left, or twice the lane size - shift to the right. immh 0
 * is another row. */
static unsigned shift_size(unsigned immh)
{
    return 31 - (unsigned)__builtin_clz(immh);
}

static int32_t shift_right_amount(unsigned immh, unsigned immb)
{
    return (16 << shift_size(immh)) - (int32_t)(immh << 3 | immb);
}

static int32_t shift_left_amount(unsigned immh, unsigned immb)
{
    return (int32_t)(immh << 3 | immb) - (8 << shift_size(immh));
}

#define DECODE_SHIFT(row, direction, ...)                                                          \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4][2] = __VA_ARGS__;                                        \
        handler_fn *handler = f->immh ? table[shift_size(f->immh)][f->Q] : NULL;                   \
        return handler &&                                                                          \
               emit(d, handler, f->Rd, f->Rn, 0, 0, shift_##direction##_amount(f->immh, f->immb)); \
    }
#define DECODE_SHIFT_SCALAR(row, direction, ...)                                                   \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4] = __VA_ARGS__;                                           \
        handler_fn *handler = f->immh ? table[shift_size(f->immh)] : NULL;                         \
        return handler &&                                                                          \
               emit(d, handler, f->Rd, f->Rn, 0, 0, shift_##direction##_amount(f->immh, f->immb)); \
    }

#define ROW_V(row, direction, sign, expr)                                                          \
    LANES_B(row, sign, expr)                                                                       \
    LANES_H(row, sign, expr)                                                                       \
    LANES_S(row, sign, expr)                                                                       \
    LANES_D(row, sign, expr)                                                                       \
    DECODE_SHIFT(row, direction, TABLE_BHSD(row))
#define ROWS_D(name, direction, sign, expr)                                                        \
    ROW_V(name##_v, direction, sign, expr)                                                         \
    SIMD_LANES(name##_s_d, 8, sign##64_t, d, expr)                                                 \
    DECODE_SHIFT_SCALAR(name##_s, direction, { NULL, NULL, NULL, name##_s_d })
#define ROWS_BHSD(name, direction, sign, expr)                                                     \
    ROW_V(name##_v, direction, sign, expr)                                                         \
    SIMD_LANES(name##_s_b, 1, sign##8_t, b, expr)                                                  \
    SIMD_LANES(name##_s_h, 2, sign##16_t, h, expr)                                                 \
    SIMD_LANES(name##_s_s, 4, sign##32_t, s, expr)                                                 \
    SIMD_LANES(name##_s_d, 8, sign##64_t, d, expr)                                                 \
    DECODE_SHIFT_SCALAR(name##_s, direction, { name##_s_b, name##_s_h, name##_s_s, name##_s_d })

/* -- to the right -- */
ROWS_D(SSHR, right, int, SHIFT_RIGHT(a, r->imm))
ROWS_D(USHR, right, uint, SHIFT_RIGHT(a, r->imm))
ROWS_D(SRSHR, right, int, SHIFT_RIGHT_ROUNDED(a, r->imm))
ROWS_D(URSHR, right, uint, SHIFT_RIGHT_ROUNDED(a, r->imm))
ROWS_D(SSRA, right, int, (uint64_t)acc + (uint64_t)SHIFT_RIGHT(a, r->imm))
ROWS_D(USRA, right, uint, acc + SHIFT_RIGHT(a, r->imm))
ROWS_D(SRSRA, right, int, (uint64_t)acc + (uint64_t)SHIFT_RIGHT_ROUNDED(a, r->imm))
ROWS_D(URSRA, right, uint, acc + SHIFT_RIGHT_ROUNDED(a, r->imm))

/* -- and insert: the bits shifted out of the lane's mask stay as they were -- */
#define ONES (UINT64_MAX >> (64 - BITS))
ROWS_D(SRI, right, uint, (acc & ~SHIFT_RIGHT(ONES, r->imm)) | SHIFT_RIGHT(a, r->imm))
ROWS_D(SLI, left, uint, (acc & ~(ONES << r->imm)) | (uint64_t)a << r->imm)

/* -- to the left -- */
ROWS_D(SHL, left, uint, a << r->imm)
ROWS_BHSD(SQSHL_imm, left, int, signed_sat_q(cpu, a *((__int128)1 << r->imm), BITS))
ROWS_BHSD(UQSHL_imm, left, uint, unsigned_sat_q(cpu, (__int128)a << r->imm, BITS))
ROWS_BHSD(SQSHLU, left, int, unsigned_sat_q(cpu, a *((__int128)1 << r->imm), BITS))

/* -- narrowing to the right; immh gives the size of the narrow lane -- */
#define NARROW_V(row, nsign, wsign, expr)                                                          \
    SIMD_NARROW(row##_8b, 8, 0, nsign##8_t, b, wsign##16_t, h, expr)                               \
    SIMD_NARROW(row##_16b, 8, 1, nsign##8_t, b, wsign##16_t, h, expr)                              \
    SIMD_NARROW(row##_4h, 8, 0, nsign##16_t, h, wsign##32_t, s, expr)                              \
    SIMD_NARROW(row##_8h, 8, 1, nsign##16_t, h, wsign##32_t, s, expr)                              \
    SIMD_NARROW(row##_2s, 8, 0, nsign##32_t, s, wsign##64_t, d, expr)                              \
    SIMD_NARROW(row##_4s, 8, 1, nsign##32_t, s, wsign##64_t, d, expr)                              \
    DECODE_SHIFT(row, right, TABLE_BHS(row))
#define ROWS_NARROW(name, nsign, wsign, expr)                                                      \
    NARROW_V(name##_v, nsign, wsign, expr)                                                         \
    SIMD_NARROW(name##_s_b, 1, 0, nsign##8_t, b, wsign##16_t, h, expr)                             \
    SIMD_NARROW(name##_s_h, 2, 0, nsign##16_t, h, wsign##32_t, s, expr)                            \
    SIMD_NARROW(name##_s_s, 4, 0, nsign##32_t, s, wsign##64_t, d, expr)                            \
    DECODE_SHIFT_SCALAR(name##_s, right, { name##_s_b, name##_s_h, name##_s_s, NULL })

NARROW_V(SHRN, uint, uint, a >> r->imm)
NARROW_V(RSHRN, uint, uint, SHIFT_RIGHT_ROUNDED(a, r->imm))
ROWS_NARROW(SQSHRN, int, int, signed_sat_q(cpu, a >> r->imm, BITS))
ROWS_NARROW(SQRSHRN, int, int, signed_sat_q(cpu, SHIFT_RIGHT_ROUNDED((__int128)a, r->imm), BITS))
ROWS_NARROW(UQSHRN, uint, uint, unsigned_sat_q(cpu, a >> r->imm, BITS))
ROWS_NARROW(UQRSHRN, uint, uint,
            unsigned_sat_q(cpu, SHIFT_RIGHT_ROUNDED((__int128)a, r->imm), BITS))
ROWS_NARROW(SQSHRUN, uint, int, unsigned_sat_q(cpu, a >> r->imm, BITS))
ROWS_NARROW(SQRSHRUN, uint, int,
            unsigned_sat_q(cpu, SHIFT_RIGHT_ROUNDED((__int128)a, r->imm), BITS))

/* -- widening to the left -- */
#define ROW_LONG(row, sign)                                                                        \
    SIMD_LONG(row##_8b, 8, 0, sign##8_t, b, sign##16_t, h, (uint64_t)a << r->imm)                  \
    SIMD_LONG(row##_16b, 8, 1, sign##8_t, b, sign##16_t, h, (uint64_t)a << r->imm)                 \
    SIMD_LONG(row##_4h, 8, 0, sign##16_t, h, sign##32_t, s, (uint64_t)a << r->imm)                 \
    SIMD_LONG(row##_8h, 8, 1, sign##16_t, h, sign##32_t, s, (uint64_t)a << r->imm)                 \
    SIMD_LONG(row##_2s, 8, 0, sign##32_t, s, sign##64_t, d, (uint64_t)a << r->imm)                 \
    SIMD_LONG(row##_4s, 8, 1, sign##32_t, s, sign##64_t, d, (uint64_t)a << r->imm)                 \
    DECODE_SHIFT(row, left, TABLE_BHS(row))

ROW_LONG(SSHLL, int)
ROW_LONG(USHLL, uint)
