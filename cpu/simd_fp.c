/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90: the floating-point instructions of Advanced SIMD three same, pairwise, across
 * lanes and by element, and their scalar forms.
 */
#include "cpu/simd_fp.h"

/* -- operations that are always calculated -- */
#define CALCULATED(name)                                                                           \
    static inline uint64_t name##_32(struct cpu *cpu, uint64_t a, uint64_t b)                      \
    {                                                                                              \
        return name(32, a, b, ENV);                                                                \
    }                                                                                              \
    static inline uint64_t name##_64(struct cpu *cpu, uint64_t a, uint64_t b)                      \
    {                                                                                              \
        return name(64, a, b, ENV);                                                                \
    }
CALCULATED(fp_recip_step_fused)
CALCULATED(fp_rsqrt_step_fused)

/* -- three same -- */
#define ROW_V(row, expr_32, expr_64)                                                               \
    FP_LANES(row, expr_32, expr_64)                                                                \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return fp_emit(d, FP_VECTOR(row, f->sz, f->Q), f->Rd, f->Rn, f->Rm, 0, 0);                 \
    }
#define ROW_S(row, expr_32, expr_64)                                                               \
    FP_SCALARS(row, expr_32, expr_64)                                                              \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit(d, FP_SCALAR(row, f->sz), f->Rd, f->Rn, f->Rm, 0, 0);                          \
    }
#define ROWS(name, expr_32, expr_64)                                                               \
    ROW_V(name##_v, expr_32, expr_64)                                                              \
    ROW_S(name##_s, expr_32, expr_64)

ROW_V(FADD_v, fp_add_32(cpu, a, b), fp_add_64(cpu, a, b))
ROW_V(FSUB_v, fp_sub_32(cpu, a, b), fp_sub_64(cpu, a, b))
ROW_V(FMUL_v, fp_mul_32(cpu, a, b), fp_mul_64(cpu, a, b))
ROW_V(FDIV_v, fp_div_32(cpu, a, b), fp_div_64(cpu, a, b))
ROW_V(FMAX_v, fp_max_32(cpu, a, b), fp_max_64(cpu, a, b))
ROW_V(FMIN_v, fp_min_32(cpu, a, b), fp_min_64(cpu, a, b))
ROW_V(FMAXNM_v, fp_max_num_32(cpu, a, b), fp_max_num_64(cpu, a, b))
ROW_V(FMINNM_v, fp_min_num_32(cpu, a, b), fp_min_num_64(cpu, a, b))
ROW_V(FMLA_v, fp_mul_add_32(cpu, acc, a, b), fp_mul_add_64(cpu, acc, a, b))
ROW_V(FMLS_v, fp_mul_add_32(cpu, acc, fp_neg(32, a), b), fp_mul_add_64(cpu, acc, fp_neg(64, a), b))
ROWS(FMULX, fp_mulx_32(cpu, a, b), fp_mulx_64(cpu, a, b))
ROWS(FABD, fp_abs(32, fp_sub_32(cpu, a, b)), fp_abs(64, fp_sub_64(cpu, a, b)))
ROWS(FRECPS, fp_recip_step_fused_32(cpu, a, b), fp_recip_step_fused_64(cpu, a, b))
ROWS(FRSQRTS, fp_rsqrt_step_fused_32(cpu, a, b), fp_rsqrt_step_fused_64(cpu, a, b))
ROWS(FCMEQ, fp_compare_eq_32(cpu, a, b), fp_compare_eq_64(cpu, a, b))
ROWS(FCMGE, fp_compare_ge_32(cpu, a, b), fp_compare_ge_64(cpu, a, b))
ROWS(FCMGT, fp_compare_gt_32(cpu, a, b), fp_compare_gt_64(cpu, a, b))
ROWS(FACGE, fp_compare_ge_32(cpu, fp_abs(32, a), fp_abs(32, b)),
     fp_compare_ge_64(cpu, fp_abs(64, a), fp_abs(64, b)))
ROWS(FACGT, fp_compare_gt_32(cpu, fp_abs(32, a), fp_abs(32, b)),
     fp_compare_gt_64(cpu, fp_abs(64, a), fp_abs(64, b)))

/* -- pairs: of two vectors; of the two lanes of one; of all lanes, as a tree -- */
#define PAIR_OF_VN(name, bytes, type, lane, operation)                                             \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const type result = (type)operation(cpu, VN.lane[0], VN.lane[1]);                          \
        VD = (union vreg){ .lane = { result } };                                                   \
        NEXT();                                                                                    \
    }
#define ROWS_PAIR(name, function)                                                                  \
    SIMD_PAIRS(name##_2s, 8, uint32_t, s, function##_32(cpu, a, b))                                \
    SIMD_PAIRS(name##_4s, 16, uint32_t, s, function##_32(cpu, a, b))                               \
    SIMD_PAIRS(name##_2d, 16, uint64_t, d, function##_64(cpu, a, b))                               \
    PAIR_OF_VN(name##_s, 4, uint32_t, s, function##_32)                                            \
    PAIR_OF_VN(name##_d, 8, uint64_t, d, function##_64)                                            \
    bool decode_##name##_v(struct decode *d, const struct a64_##name##_v *f)                       \
    {                                                                                              \
        return fp_emit(d, FP_VECTOR(name, f->sz, f->Q), f->Rd, f->Rn, f->Rm, 0, 0);                \
    }                                                                                              \
    bool decode_##name##_s(struct decode *d, const struct a64_##name##_s *f)                       \
    {                                                                                              \
        return emit(d, FP_SCALAR(name, f->sz), f->Rd, f->Rn, 0, 0, 0);                             \
    }
ROWS_PAIR(FADDP, fp_add)
ROWS_PAIR(FMAXP, fp_max)
ROWS_PAIR(FMINP, fp_min)
ROWS_PAIR(FMAXNMP, fp_max_num)
ROWS_PAIR(FMINNMP, fp_min_num)

#define ROW_ACROSS(row, operation)                                                                 \
    static HANDLER(row##_4s)                                                                       \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN;                                                                  \
        const uint64_t high = operation(cpu, vn.s[2], vn.s[3]); /* Reduce does this half first */  \
        const uint64_t low = operation(cpu, vn.s[0], vn.s[1]);                                     \
        VD = (union vreg){ .s = { (uint32_t)operation(cpu, low, high) } };                         \
        NEXT();                                                                                    \
    }                                                                                              \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return f->Q && emit(d, row##_4s, f->Rd, f->Rn, 0, 0, 0);                                   \
    }
ROW_ACROSS(FMAXV, fp_max_32)
ROW_ACROSS(FMINV, fp_min_32)
ROW_ACROSS(FMAXNMV, fp_max_num_32)
ROW_ACROSS(FMINNMV, fp_min_num_32)

/* -- by element: words have index H:L, doublewords H; M is the top bit of Vm -- */
#define DECODE_ELEMENT(row, handler)                                                               \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        const unsigned index = f->sz ? f->H : (unsigned)f->H << 1 | f->L;                          \
        return !(f->sz && f->L) &&                                                                 \
               fp_emit(d, handler, f->Rd, f->Rn, (unsigned)f->M << 4 | f->Rm, index, 0);           \
    }
#define ROWS_ELEMENT(name, expr_32, expr_64)                                                       \
    SIMD_LANES_INDEXED(name##_elem_2s, 8, uint32_t, s, r->ra, expr_32)                             \
    SIMD_LANES_INDEXED(name##_elem_4s, 16, uint32_t, s, r->ra, expr_32)                            \
    SIMD_LANES_INDEXED(name##_elem_2d, 16, uint64_t, d, r->ra, expr_64)                            \
    SIMD_LANES_INDEXED(name##_elem_s, 4, uint32_t, s, r->ra, expr_32)                              \
    SIMD_LANES_INDEXED(name##_elem_d, 8, uint64_t, d, r->ra, expr_64)                              \
    DECODE_ELEMENT(name##_elem_v, FP_VECTOR(name##_elem, f->sz, f->Q))                             \
    DECODE_ELEMENT(name##_elem_s, FP_SCALAR(name##_elem, f->sz))

ROWS_ELEMENT(FMUL, fp_mul_32(cpu, a, b), fp_mul_64(cpu, a, b))
ROWS_ELEMENT(FMULX, fp_mulx_32(cpu, a, b), fp_mulx_64(cpu, a, b))
ROWS_ELEMENT(FMLA, fp_mul_add_32(cpu, acc, a, b), fp_mul_add_64(cpu, acc, a, b))
ROWS_ELEMENT(FMLS, fp_mul_add_32(cpu, acc, fp_neg(32, a), b),
             fp_mul_add_64(cpu, acc, fp_neg(64, a), b))
