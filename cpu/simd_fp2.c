/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90: the floating-point instructions of Advanced SIMD two-register miscellaneous and
 * of shift by immediate (fixed point), and their scalar forms.
 */
#include "cpu/simd_fp.h"

#define ROW_V(row, expr_32, expr_64)                                                               \
    FP_LANES(row, expr_32, expr_64)                                                                \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return fp_emit(d, FP_VECTOR(row, f->sz, f->Q), f->Rd, f->Rn, 0, 0, 0);                     \
    }
#define ROW_S(row, expr_32, expr_64)                                                               \
    FP_SCALARS(row, expr_32, expr_64)                                                              \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit(d, FP_SCALAR(row, f->sz), f->Rd, f->Rn, 0, 0, 0);                              \
    }
#define ROWS(name, expr_32, expr_64)                                                               \
    ROW_V(name##_v, expr_32, expr_64)                                                              \
    ROW_S(name##_s, expr_32, expr_64)

#define MODE_OF_FPCR fp_rounding_mode(cpu->fpcr)

/* -- sign, square root, rounding to integral -- */
ROW_V(FABS_v, fp_abs(32, a), fp_abs(64, a))
ROW_V(FNEG_v, fp_neg(32, a), fp_neg(64, a))
ROW_V(FSQRT_v, fp_sqrt_32(cpu, a), fp_sqrt_64(cpu, a))

#define ROW_FRINT(row, mode, exact)                                                                \
    ROW_V(row, fp_round_int(32, a, mode, exact, ENV), fp_round_int(64, a, mode, exact, ENV))
ROW_FRINT(FRINTN_v, FP_TIEEVEN, false)
ROW_FRINT(FRINTP_v, FP_POSINF, false)
ROW_FRINT(FRINTM_v, FP_NEGINF, false)
ROW_FRINT(FRINTZ_v, FP_ZERO_MODE, false)
ROW_FRINT(FRINTA_v, FP_TIEAWAY, false)
ROW_FRINT(FRINTX_v, MODE_OF_FPCR, true)
ROW_FRINT(FRINTI_v, MODE_OF_FPCR, false)

/* -- comparison with zero -- */
ROWS(FCMEQ_zero, fp_compare_eq_32(cpu, a, 0), fp_compare_eq_64(cpu, a, 0))
ROWS(FCMGE_zero, fp_compare_ge_32(cpu, a, 0), fp_compare_ge_64(cpu, a, 0))
ROWS(FCMGT_zero, fp_compare_gt_32(cpu, a, 0), fp_compare_gt_64(cpu, a, 0))
ROWS(FCMLE_zero, fp_compare_ge_32(cpu, 0, a), fp_compare_ge_64(cpu, 0, a))
ROWS(FCMLT_zero, fp_compare_gt_32(cpu, 0, a), fp_compare_gt_64(cpu, 0, a))

/* -- estimates -- */
ROWS(FRECPE, fp_recip_estimate(32, a, ENV), fp_recip_estimate(64, a, ENV))
ROWS(FRSQRTE, fp_rsqrt_estimate(32, a, ENV), fp_rsqrt_estimate(64, a, ENV))
ROW_S(FRECPX_s, fp_recpx(32, a, ENV), fp_recpx(64, a, ENV))

#define ROW_WORDS(row, expr)                                                                       \
    LANES_S(row, uint, expr)                                                                       \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return !f->sz && emit(d, f->Q ? row##_4s : row##_2s, f->Rd, f->Rn, 0, 0, 0);               \
    }
ROW_WORDS(URECPE, unsigned_recip_estimate(a))
ROW_WORDS(URSQRTE, unsigned_rsqrt_estimate(a))

/* -- to and from integers of the same size; r->imm is the number of fraction bits -- */
#define TO_FIXED(N, is_unsigned, mode)                                                             \
    fp_to_fixed(N, N, a, (unsigned)r->imm, is_unsigned, mode, ENV)
#define ROWS_TO_INTEGER(name, is_unsigned, mode)                                                   \
    ROWS(name, TO_FIXED(32, is_unsigned, mode), TO_FIXED(64, is_unsigned, mode))
ROWS_TO_INTEGER(FCVTNS, false, FP_TIEEVEN)
ROWS_TO_INTEGER(FCVTNU, true, FP_TIEEVEN)
ROWS_TO_INTEGER(FCVTAS, false, FP_TIEAWAY)
ROWS_TO_INTEGER(FCVTAU, true, FP_TIEAWAY)
ROWS_TO_INTEGER(FCVTPS, false, FP_POSINF)
ROWS_TO_INTEGER(FCVTPU, true, FP_POSINF)
ROWS_TO_INTEGER(FCVTMS, false, FP_NEGINF)
ROWS_TO_INTEGER(FCVTMU, true, FP_NEGINF)
ROWS_TO_INTEGER(FCVTZS, false, FP_ZERO_MODE)
ROWS_TO_INTEGER(FCVTZU, true, FP_ZERO_MODE)

#define SIGNED_TO_FP(N)                                                                            \
    fixed_to_fp(N, (uint64_t)(int##N##_t)a, (unsigned)r->imm, false, MODE_OF_FPCR, ENV)
#define UNSIGNED_TO_FP(N) fixed_to_fp(N, a, (unsigned)r->imm, true, MODE_OF_FPCR, ENV)
ROWS(SCVTF, SIGNED_TO_FP(32), SIGNED_TO_FP(64))
ROWS(UCVTF, UNSIGNED_TO_FP(32), UNSIGNED_TO_FP(64))

/* The same with fraction bits. immh:immb is twice the lane size less those; immh 1xxx: doublewords,
 * 01xx: words. */
#define FRACTION_BITS (f->immh & 8 ? 128 : 64) - (f->immh << 3 | f->immb)
#define ROWS_FIXED(name)                                                                           \
    bool decode_##name##_fix_v(struct decode *d, const struct a64_##name##_fix_v *f)               \
    {                                                                                              \
        return f->immh >= 4 && fp_emit(d, FP_VECTOR(name##_v, f->immh & 8, f->Q), f->Rd, f->Rn, 0, \
                                       0, FRACTION_BITS);                                          \
    }                                                                                              \
    bool decode_##name##_fix_s(struct decode *d, const struct a64_##name##_fix_s *f)               \
    {                                                                                              \
        return f->immh >= 4 &&                                                                     \
               emit(d, FP_SCALAR(name##_s, f->immh & 8), f->Rd, f->Rn, 0, 0, FRACTION_BITS);       \
    }
ROWS_FIXED(SCVTF)
ROWS_FIXED(UCVTF)
ROWS_FIXED(FCVTZS)
ROWS_FIXED(FCVTZU)

/* -- between formats; the second forms use the upper half of the narrow register -- */
#define BY_SZ_Q(row) (f->sz ? (f->Q ? row##_4s : row##_2s) : (f->Q ? row##_8h : row##_4h))

SIMD_LONG(FCVTL_4h, 8, 0, uint16_t, h, uint32_t, s, fp_convert(16, 32, a, MODE_OF_FPCR, ENV))
SIMD_LONG(FCVTL_8h, 8, 1, uint16_t, h, uint32_t, s, fp_convert(16, 32, a, MODE_OF_FPCR, ENV))
SIMD_LONG(FCVTL_2s, 8, 0, uint32_t, s, uint64_t, d, fp_convert(32, 64, a, MODE_OF_FPCR, ENV))
SIMD_LONG(FCVTL_4s, 8, 1, uint32_t, s, uint64_t, d, fp_convert(32, 64, a, MODE_OF_FPCR, ENV))

bool decode_FCVTL_v(struct decode *d, const struct a64_FCVTL_v *f)
{
    return emit(d, BY_SZ_Q(FCVTL), f->Rd, f->Rn, 0, 0, 0);
}

SIMD_NARROW(FCVTN_4h, 8, 0, uint16_t, h, uint32_t, s, fp_convert(32, 16, a, MODE_OF_FPCR, ENV))
SIMD_NARROW(FCVTN_8h, 8, 1, uint16_t, h, uint32_t, s, fp_convert(32, 16, a, MODE_OF_FPCR, ENV))
SIMD_NARROW(FCVTN_2s, 8, 0, uint32_t, s, uint64_t, d, fp_convert(64, 32, a, MODE_OF_FPCR, ENV))
SIMD_NARROW(FCVTN_4s, 8, 1, uint32_t, s, uint64_t, d, fp_convert(64, 32, a, MODE_OF_FPCR, ENV))

bool decode_FCVTN_v(struct decode *d, const struct a64_FCVTN_v *f)
{
    return emit(d, BY_SZ_Q(FCVTN), f->Rd, f->Rn, 0, 0, 0);
}

/* FCVTXN rounds to odd, so that rounding once more is as good as rounding once. */
SIMD_NARROW(FCVTXN_2s, 8, 0, uint32_t, s, uint64_t, d, fp_convert(64, 32, a, FP_ODD, ENV))
SIMD_NARROW(FCVTXN_4s, 8, 1, uint32_t, s, uint64_t, d, fp_convert(64, 32, a, FP_ODD, ENV))
SIMD_NARROW(FCVTXN_1s, 4, 0, uint32_t, s, uint64_t, d, fp_convert(64, 32, a, FP_ODD, ENV))

bool decode_FCVTXN_v(struct decode *d, const struct a64_FCVTXN_v *f)
{
    return f->sz && emit(d, f->Q ? FCVTXN_4s : FCVTXN_2s, f->Rd, f->Rn, 0, 0, 0);
}

bool decode_FCVTXN_s(struct decode *d, const struct a64_FCVTXN_s *f)
{
    return f->sz && emit(d, FCVTXN_1s, f->Rd, f->Rn, 0, 0, 0);
}
