/* SPDX-License-Identifier: MIT */
/*
 * How SIMD handlers are made: one template per shape of an operation, instantiated for each lane
 * size and vector length.
 *
 * An instruction is then one line: its row, its lane sizes and an expression for one lane, which
 * may use
 *
 *   a, b, acc   the lane of Vn, Vm and (the old) Vd, in the lane's C type: signed or unsigned, wide
 * in long forms vn, vm, vd  the whole source registers, and e, the number of the lane BITS the
 * lane's size, and r->imm, the record's constant
 *
 * The expression is truncated to the lane. Lanes that the instruction does not write become zero.
 * The loops have constant counts and operate on copies, so the compiler turns most of them into one
 * or two vector instructions of the host; cpu/meson.build compiles these files with the loop
 * vectoriser on.
 */
#ifndef CPU_SIMD_H
#define CPU_SIMD_H

#include "cpu/decode.h"
#include "cpu/exec.h"

#define VD (cpu->v[r->rd])
#define VN (cpu->v[r->rn])
#define VM (cpu->v[r->rm])
#define VA (cpu->v[r->ra])

#define FPSR_QC (1u << 27)

/* The low `bytes` (1, 2, 4, 8, 16) of a vector, the rest zero. */
static inline union vreg simd_low(union vreg v, unsigned bytes)
{
    if (bytes < 16)
        v.d[1] = 0;
    if (bytes < 8)
        v.d[0] &= ((uint64_t)1 << (8 * (bytes & 7))) - 1;
    return v;
}

/* Arm ARM J1, SignedSatQ and UnsignedSatQ, which set FPSR.QC when they saturate. */
static inline int64_t signed_sat_q(struct cpu *cpu, __int128 i, unsigned bits)
{
    const int64_t max = (int64_t)(UINT64_MAX >> (65 - bits)), min = -max - 1;
    if (likely(i >= min && i <= max))
        return (int64_t)i;
    cpu->fpsr |= FPSR_QC;
    return i < 0 ? min : max;
}

static inline uint64_t unsigned_sat_q(struct cpu *cpu, __int128 i, unsigned bits)
{
    const uint64_t max = UINT64_MAX >> (64 - bits);
    if (likely(i >= 0 && i <= max))
        return (uint64_t)i;
    cpu->fpsr |= FPSR_QC;
    return i < 0 ? 0 : max;
}

/* SQDMULL: twice the product saturates before it is accumulated. */
static inline int64_t doubled_product(struct cpu *cpu, int64_t a, int64_t b, unsigned bits)
{
    return signed_sat_q(cpu, (__int128)2 * a * b, bits);
}

/* Arm ARM J1, VFPExpandImm: sign, three bits of exponent, four of fraction. */
static inline uint32_t vfp_expand_imm_32(unsigned imm8)
{
    return imm8 >> 7 << 31 | (imm8 & 0x40 ? 0x3e000000u : 0x40000000u) | (imm8 & 0x3f) << 19;
}

static inline uint64_t vfp_expand_imm_64(unsigned imm8)
{
    const uint64_t exponent = (imm8 & 0x40 ? 0x3fc : 0x400) | (imm8 >> 4 & 3);
    return (uint64_t)(imm8 >> 7) << 63 | exponent << 52 | (uint64_t)(imm8 & 15) << 48;
}

/* Shifts right by 1 to the lane's size; the rounding ones add half of the last place first. */
#define SHIFT_RIGHT(x, n)         ((x) >> ((n)-1) >> 1)
#define SHIFT_RIGHT_ROUNDED(x, n) (SHIFT_RIGHT(x, n) + ((x) >> ((n)-1) & 1))

/* -- lane by lane. m_index: the lane of Vm, e or r->ra -- */
#define SIMD_LANES_INDEXED(name, bytes, type, lane, m_index, expr)                                 \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        enum { BITS = 8 * sizeof(type) };                                                          \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vm = VM, vd = VD;                                                \
        union vreg result;                                                                         \
        for (unsigned e = 0; e < (bytes) / sizeof(type); e++) {                                    \
            const type a = (type)vn.lane[e], b = (type)vm.lane[m_index], acc = (type)vd.lane[e];   \
            (void)a, (void)b, (void)acc;                                                           \
            result.lane[e] = (type)(expr);                                                         \
        }                                                                                          \
        VD = simd_low(result, bytes);                                                              \
        NEXT();                                                                                    \
    }
#define SIMD_LANES(name, bytes, type, lane, expr)                                                  \
    SIMD_LANES_INDEXED(name, bytes, type, lane, e, expr)

/* -- adjacent pairs of Vn, then those of Vm: a and b are a pair -- */
#define SIMD_PAIRS(name, bytes, type, lane, expr)                                                  \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        enum { BITS = 8 * sizeof(type), HALF = (bytes) / sizeof(type) / 2 };                       \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vm = VM;                                                         \
        union vreg result;                                                                         \
        for (unsigned e = 0; e < HALF; e++) {                                                      \
            const type a = (type)vn.lane[2 * e], b = (type)vn.lane[2 * e + 1];                     \
            result.lane[e] = (type)(expr);                                                         \
        }                                                                                          \
        for (unsigned e = 0; e < HALF; e++) {                                                      \
            const type a = (type)vm.lane[2 * e], b = (type)vm.lane[2 * e + 1];                     \
            result.lane[HALF + e] = (type)(expr);                                                  \
        }                                                                                          \
        VD = simd_low(result, bytes);                                                              \
        NEXT();                                                                                    \
    }

/* -- narrow lanes in, wide lanes out (`bytes` of narrow ones; part 1: the upper half). a, b, acc
 * are wide -- */
#define SIMD_LONG_INDEXED(name, bytes, part, narrow, nlane, wide, wlane, m_index, expr)            \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        enum { BITS = 8 * sizeof(wide), FIRST = (part)*8 / sizeof(narrow) };                       \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vm = VM, vd = VD;                                                \
        union vreg result;                                                                         \
        for (unsigned e = 0; e < (bytes) / sizeof(narrow); e++) {                                  \
            const wide a = (narrow)vn.nlane[FIRST + e], b = (narrow)vm.nlane[m_index];             \
            const wide acc = (wide)vd.wlane[e];                                                    \
            (void)b, (void)acc;                                                                    \
            result.wlane[e] = (wide)(expr);                                                        \
        }                                                                                          \
        VD = simd_low(result, 2 * (bytes));                                                        \
        NEXT();                                                                                    \
    }
#define SIMD_LONG(name, bytes, part, narrow, nlane, wide, wlane, expr)                             \
    SIMD_LONG_INDEXED(name, bytes, part, narrow, nlane, wide, wlane, FIRST + e, expr)

/* -- a is a wide lane, b a narrow one made wide -- */
#define SIMD_WIDE(name, part, narrow, nlane, wide, wlane, expr)                                    \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vm = VM;                                                         \
        union vreg result;                                                                         \
        for (unsigned e = 0; e < 16 / sizeof(wide); e++) {                                         \
            const wide a = (wide)vn.wlane[e];                                                      \
            const wide b = (narrow)vm.nlane[(part)*8 / sizeof(narrow) + e];                        \
            result.wlane[e] = (wide)(expr);                                                        \
        }                                                                                          \
        VD = result;                                                                               \
        NEXT();                                                                                    \
    }

/* -- wide lanes in, narrow lanes out; part 1 fills the upper half of Vd and keeps the lower. BITS:
 * of the narrow -- */
#define SIMD_NARROW(name, bytes, part, narrow, nlane, wide, wlane, expr)                           \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        enum { BITS = 8 * sizeof(narrow), FIRST = (part)*8 / sizeof(narrow) };                     \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vm = VM;                                                         \
        union vreg result = VD;                                                                    \
        for (unsigned e = 0; e < (bytes) / sizeof(narrow); e++) {                                  \
            const wide a = (wide)vn.wlane[e], b = (wide)vm.wlane[e];                               \
            (void)b;                                                                               \
            result.nlane[FIRST + e] = (narrow)(expr);                                              \
        }                                                                                          \
        VD = simd_low(result, (part) ? 16 : (bytes));                                              \
        NEXT();                                                                                    \
    }

/* -- each of the above for the sizes that an instruction has; `sign` is int or uint -- */
#define LANES_B(row, sign, expr)                                                                   \
    SIMD_LANES(row##_8b, 8, sign##8_t, b, expr)                                                    \
    SIMD_LANES(row##_16b, 16, sign##8_t, b, expr)
#define LANES_H(row, sign, expr)                                                                   \
    SIMD_LANES(row##_4h, 8, sign##16_t, h, expr)                                                   \
    SIMD_LANES(row##_8h, 16, sign##16_t, h, expr)
#define LANES_S(row, sign, expr)                                                                   \
    SIMD_LANES(row##_2s, 8, sign##32_t, s, expr)                                                   \
    SIMD_LANES(row##_4s, 16, sign##32_t, s, expr)
#define LANES_D(row, sign, expr) SIMD_LANES(row##_2d, 16, sign##64_t, d, expr)

/* Tables by size and Q. */
#define TABLE_B(row)                                                                               \
    {                                                                                              \
        row##_8b, row##_16b                                                                        \
    }
#define TABLE_H(row)                                                                               \
    {                                                                                              \
        row##_4h, row##_8h                                                                         \
    }
#define TABLE_S(row)                                                                               \
    {                                                                                              \
        row##_2s, row##_4s                                                                         \
    }
#define TABLE_D(row)                                                                               \
    {                                                                                              \
        NULL, row##_2d                                                                             \
    }
#define TABLE_NONE                                                                                 \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
#define TABLE_BHSD(row)                                                                            \
    {                                                                                              \
        TABLE_B(row), TABLE_H(row), TABLE_S(row), TABLE_D(row)                                     \
    }
#define TABLE_BHS(row)                                                                             \
    {                                                                                              \
        TABLE_B(row), TABLE_H(row), TABLE_S(row), TABLE_NONE                                       \
    }
#define TABLE_HS(row)                                                                              \
    {                                                                                              \
        TABLE_NONE, TABLE_H(row), TABLE_S(row), TABLE_NONE                                         \
    }

/* decode_ROW for a row with the fields size, Q, Rm, Rn, Rd; without Q; without Rm. `table` stands
 * in braces. */
#define DECODE_3(row, ...)                                                                         \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4][2] = __VA_ARGS__;                                        \
        handler_fn *handler = table[f->size][f->Q];                                                \
        return handler && emit(d, handler, f->Rd, f->Rn, f->Rm, 0, 0);                             \
    }
#define DECODE_3_SCALAR(row, ...)                                                                  \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4] = __VA_ARGS__;                                           \
        return table[f->size] && emit(d, table[f->size], f->Rd, f->Rn, f->Rm, 0, 0);               \
    }
#define DECODE_2(row, ...)                                                                         \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4][2] = __VA_ARGS__;                                        \
        handler_fn *handler = table[f->size][f->Q];                                                \
        return handler && emit(d, handler, f->Rd, f->Rn, 0, 0, 0);                                 \
    }
#define DECODE_2_SCALAR(row, ...)                                                                  \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        static handler_fn *const table[4] = __VA_ARGS__;                                           \
        return table[f->size] && emit(d, table[f->size], f->Rd, f->Rn, 0, 0, 0);                   \
    }

#endif
