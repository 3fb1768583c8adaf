/* SPDX-License-Identifier: MIT */
/*
 * Floating point on the host's hardware where that gives the architecture's answer, else by
 * fp_arith.h.
 *
 * The host computes IEEE 754 results in round to nearest with denormals. That is Arm's result, too,
 * when FPCR asks for the same (RMode 0, FZ 0), no operand is a NaN and the result is in range. What
 * remains is FPSR: a result in range may be inexact, and asking the host whether it was costs more
 * than the operation. So the host computes only while FPSR.IXC is set already, which it is after
 * the first few operations of almost every program.
 *
 * fp_NAME_N_try(cpu, ...) is what the host can say; handlers of scalar instructions use it and
 * tail-call another handler when it says nothing. fp_NAME_N(cpu, ...) always has the answer; loops
 * over lanes use it.
 */
#ifndef CPU_FP_HOST_H
#define CPU_FP_HOST_H

#include "cpu/exec.h"
#include "cpu/fp_arith.h"

#include <math.h>

#define FPCR_RMODE (3u << FPCR_RMODE_SHIFT)

static inline bool fp_host_rounds(const struct cpu *cpu)
{
    return likely(!(cpu->fpcr & (FPCR_FZ | FPCR_RMODE))) && likely(cpu->fpsr & FPSR_IXC);
}

/* For what is exact, and for comparisons: only flushing would make a difference. */
static inline bool fp_host_keeps_denormals(const struct cpu *cpu)
{
    return likely(!(cpu->fpcr & FPCR_FZ));
}

/* -- bit patterns -- */
typedef float fp_host_32;
typedef double fp_host_64;

static inline float fp_from_bits_32(uint64_t bits)
{
    return ((union {
               uint32_t bits;
               float value;
           }){ (uint32_t)bits })
        .value;
}

static inline double fp_from_bits_64(uint64_t bits)
{
    return ((union {
               uint64_t bits;
               double value;
           }){ bits })
        .value;
}

static inline uint32_t fp_to_bits_32(float value)
{
    return ((union {
               float value;
               uint32_t bits;
           }){ value })
        .bits;
}

static inline uint64_t fp_to_bits_64(double value)
{
    return ((union {
               double value;
               uint64_t bits;
           }){ value })
        .bits;
}

/* Neither infinite nor a NaN: sums and differences are then right, for tiny ones are exact. */
static inline bool fp_is_finite_32(uint32_t bits)
{
    return likely((bits << 1) < 0xff000000u);
}

static inline bool fp_is_finite_64(uint64_t bits)
{
    return likely((bits << 1) < 0xffe0000000000000u);
}

/* Finite and above the smallest normal number, which might have been rounded up to. Zero may have
 * been rounded down to. */
static inline bool fp_is_normal_32(uint32_t bits)
{
    return likely((bits << 1) - 0x01000001u < 0xff000000u - 0x01000001u);
}

static inline bool fp_is_normal_64(uint64_t bits)
{
    return likely((bits << 1) - 0x0020000000000001u < 0xffe0000000000000u - 0x0020000000000001u);
}

/* ok: bits is the result, and FPSR need not change. */
struct fp_try {
    uint64_t bits;
    bool ok;
};

#define FP_COMPLETE(name, exact)                                                                   \
    const struct fp_try t = name;                                                                  \
    if (likely(t.ok))                                                                              \
        return t.bits;                                                                             \
    return exact

/* -- arithmetic; host: an expression in x, y (and z) -- */
#define FP_OPERATION_2(name, N, host, is_right)                                                    \
    static inline struct fp_try name##_##N##_try(struct cpu *cpu, uint64_t op1, uint64_t op2)      \
    {                                                                                              \
        const fp_host_##N x = fp_from_bits_##N(op1), y = fp_from_bits_##N(op2);                    \
        const uint##N##_t result = fp_to_bits_##N(host);                                           \
        return (struct fp_try){ result, fp_host_rounds(cpu) && is_right##_##N(result) };           \
    }                                                                                              \
    static inline uint64_t name##_##N(struct cpu *cpu, uint64_t op1, uint64_t op2)                 \
    {                                                                                              \
        FP_COMPLETE(name##_##N##_try(cpu, op1, op2), name(N, op1, op2, cpu->fpcr, &cpu->fpsr));    \
    }
#define FP_OPERATIONS_2(name, host, is_right)                                                      \
    FP_OPERATION_2(name, 32, host, is_right)                                                       \
    FP_OPERATION_2(name, 64, host, is_right)

FP_OPERATIONS_2(fp_add, x + y, fp_is_finite)
FP_OPERATIONS_2(fp_sub, x - y, fp_is_finite)
FP_OPERATIONS_2(fp_mul, x *y, fp_is_normal)
FP_OPERATIONS_2(fp_mulx, x *y, fp_is_normal)
FP_OPERATIONS_2(fp_div, x / y, fp_is_normal)

#define FP_SQRT(N, root)                                                                           \
    static inline struct fp_try fp_sqrt_##N##_try(struct cpu *cpu, uint64_t op)                    \
    {                                                                                              \
        const bool positive = op < (uint64_t)1 << (N - 1);                                         \
        const uint##N##_t result = positive ? fp_to_bits_##N(root(fp_from_bits_##N(op))) : 0;      \
        return (struct fp_try){ result, fp_host_rounds(cpu) && fp_is_normal_##N(result) };         \
    }                                                                                              \
    static inline uint64_t fp_sqrt_##N(struct cpu *cpu, uint64_t op)                               \
    {                                                                                              \
        FP_COMPLETE(fp_sqrt_##N##_try(cpu, op), fp_sqrt(N, op, cpu->fpcr, &cpu->fpsr));            \
    }
FP_SQRT(32, sqrtf)
FP_SQRT(64, sqrt)

#define FP_MUL_ADD(N, fused)                                                                       \
    static inline struct fp_try fp_mul_add_##N##_try(struct cpu *cpu, uint64_t addend,             \
                                                     uint64_t op1, uint64_t op2)                   \
    {                                                                                              \
        const uint##N##_t result = fp_to_bits_##N(                                                 \
            fused(fp_from_bits_##N(op1), fp_from_bits_##N(op2), fp_from_bits_##N(addend)));        \
        return (struct fp_try){ result, fp_host_rounds(cpu) && fp_is_normal_##N(result) };         \
    }                                                                                              \
    static inline uint64_t fp_mul_add_##N(struct cpu *cpu, uint64_t addend, uint64_t op1,          \
                                          uint64_t op2)                                            \
    {                                                                                              \
        FP_COMPLETE(fp_mul_add_##N##_try(cpu, addend, op1, op2),                                   \
                    fp_mul_add(N, addend, op1, op2, cpu->fpcr, &cpu->fpsr));                       \
    }
FP_MUL_ADD(32, fmaf)
FP_MUL_ADD(64, fma)

/* -- maximum and minimum: the host decides when the operands differ -- */
#define FP_SELECT(name, N, op)                                                                     \
    static inline struct fp_try name##_##N##_try(struct cpu *cpu, uint64_t op1, uint64_t op2)      \
    {                                                                                              \
        const fp_host_##N x = fp_from_bits_##N(op1), y = fp_from_bits_##N(op2);                    \
        return (struct fp_try){ x op y ? op1 : op2,                                                \
                                fp_host_keeps_denormals(cpu) && islessgreater(x, y) };             \
    }                                                                                              \
    static inline uint64_t name##_##N(struct cpu *cpu, uint64_t op1, uint64_t op2)                 \
    {                                                                                              \
        FP_COMPLETE(name##_##N##_try(cpu, op1, op2), name(N, op1, op2, cpu->fpcr, &cpu->fpsr));    \
    }
FP_SELECT(fp_max, 32, >)
FP_SELECT(fp_max, 64, >)
FP_SELECT(fp_min, 32, <)
FP_SELECT(fp_min, 64, <)
FP_SELECT(fp_max_num, 32, >)
FP_SELECT(fp_max_num, 64, >)
FP_SELECT(fp_min_num, 32, <)
FP_SELECT(fp_min_num, 64, <)

/* -- comparisons to all ones or zero: only NaNs are not the host's -- */
#define FP_RELATION(name, N, op)                                                                   \
    static inline struct fp_try name##_##N##_try(struct cpu *cpu, uint64_t op1, uint64_t op2)      \
    {                                                                                              \
        const fp_host_##N x = fp_from_bits_##N(op1), y = fp_from_bits_##N(op2);                    \
        return (struct fp_try){ x op y ? (uint##N##_t) - 1 : 0,                                    \
                                fp_host_keeps_denormals(cpu) && !isunordered(x, y) };              \
    }                                                                                              \
    static inline uint64_t name##_##N(struct cpu *cpu, uint64_t op1, uint64_t op2)                 \
    {                                                                                              \
        FP_COMPLETE(name##_##N##_try(cpu, op1, op2),                                               \
                    (uint##N##_t) - (uint64_t)name(N, op1, op2, cpu->fpcr, &cpu->fpsr));           \
    }
FP_RELATION(fp_compare_eq, 32, ==)
FP_RELATION(fp_compare_eq, 64, ==)
FP_RELATION(fp_compare_gt, 32, >)
FP_RELATION(fp_compare_gt, 64, >)
FP_RELATION(fp_compare_ge, 32, >=)
FP_RELATION(fp_compare_ge, 64, >=)

/* -- between single and double -- */
static inline struct fp_try fp_convert_32_to_64_try(struct cpu *cpu, uint64_t op)
{
    return (struct fp_try){ fp_to_bits_64((double)fp_from_bits_32((uint32_t)op)),
                            fp_host_keeps_denormals(cpu) && fp_is_finite_32((uint32_t)op) };
}

static inline struct fp_try fp_convert_64_to_32_try(struct cpu *cpu, uint64_t op)
{
    const uint32_t result = fp_to_bits_32((float)fp_from_bits_64(op));
    return (struct fp_try){ result, fp_host_rounds(cpu) && fp_is_normal_32(result) };
}

/* -- to integers of M bits, towards zero. Below the limit every value fits; it is exact when it
 * converts back. -- */
#define FP_TO_INTEGER(name, N, M, type, in_range, is_unsigned)                                     \
    static inline struct fp_try name##_##N##_##M##_try(struct cpu *cpu, uint64_t op)               \
    {                                                                                              \
        const fp_host_##N x = fp_from_bits_##N(op);                                                \
        if (!(fp_host_keeps_denormals(cpu) && (in_range)))                                         \
            return (struct fp_try){ 0, false };                                                    \
        const type result = (type)x;                                                               \
        return (struct fp_try){ (uint##M##_t)result,                                               \
                                (cpu->fpsr & FPSR_IXC) || (fp_host_##N)result == x };              \
    }                                                                                              \
    static inline uint64_t name##_##N##_##M##_exact(struct cpu *cpu, uint64_t op)                  \
    {                                                                                              \
        return fp_to_fixed(N, M, op, 0, is_unsigned, FP_ZERO_MODE, cpu->fpcr, &cpu->fpsr);         \
    }
#define FP_TO_SIGNED(N, M, limit)                                                                  \
    FP_TO_INTEGER(fp_to_signed, N, M, int##M##_t, x > -limit && x < limit, false)
#define FP_TO_UNSIGNED(N, M, limit)                                                                \
    FP_TO_INTEGER(fp_to_unsigned, N, M, uint##M##_t, x >= 0 && x < limit, true)
FP_TO_SIGNED(32, 32, 0x1p31f)
FP_TO_SIGNED(32, 64, 0x1p63f)
FP_TO_SIGNED(64, 32, 0x1p31)
FP_TO_SIGNED(64, 64, 0x1p63)
FP_TO_UNSIGNED(32, 32, 0x1p32f)
FP_TO_UNSIGNED(32, 64, 0x1p63f)
FP_TO_UNSIGNED(64, 32, 0x1p32)
FP_TO_UNSIGNED(64, 64, 0x1p63)

/* -- from integers of M bits -- */
#define FP_FROM_INTEGER(name, N, M, type, is_unsigned)                                             \
    static inline struct fp_try name##_##N##_##M##_try(struct cpu *cpu, type op)                   \
    {                                                                                              \
        return (struct fp_try){ fp_to_bits_##N((fp_host_##N)op),                                   \
                                (N == 64 && M == 32) || fp_host_rounds(cpu) };                     \
    }                                                                                              \
    static inline uint64_t name##_##N##_##M##_exact(struct cpu *cpu, type op)                      \
    {                                                                                              \
        return fixed_to_fp(N, (uint64_t)op, 0, is_unsigned, fp_rounding_mode(cpu->fpcr),           \
                           cpu->fpcr, &cpu->fpsr);                                                 \
    }
#define FP_FROM_INTEGERS(N, M)                                                                     \
    FP_FROM_INTEGER(fp_from_signed, N, M, int##M##_t, false)                                       \
    FP_FROM_INTEGER(fp_from_unsigned, N, M, uint##M##_t, true)
FP_FROM_INTEGERS(32, 32)
FP_FROM_INTEGERS(32, 64)
FP_FROM_INTEGERS(64, 32)
FP_FROM_INTEGERS(64, 64)

#endif
