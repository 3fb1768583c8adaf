/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.90, floating-point data-processing, compare, conditional, immediate and conversions
 * of scalars.
 *
 * Armv8.0-A computes in single (ptype 00) and double precision (01); half (11) only converts.
 *
 * Each instruction that the host can do has two handlers: one that asks the host (fp_host.h), and
 * NAME_exact, reached by a tail call, that calculates (fp_arith.h).
 */
#include "cpu/fp_host.h"
#include "cpu/simd.h"

#define RESULT_32(value) (VD = (union vreg){ .s = { (uint32_t)(value) } })
#define RESULT_64(value) (VD = (union vreg){ .d = { (value) } })
#define RESULT_X(value)  (RD = (value))

#define LANE_32(v) ((v).s[0])
#define LANE_64(v) ((v).d[0])

/* An operation, result into `to`: what the host says, and the calculation. */
#define FP_HANDLERS(name, to, attempt, exact)                                                      \
    static COLD HANDLER(name##_exact)                                                              \
    {                                                                                              \
        RESULT_##to(exact);                                                                        \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const struct fp_try t = attempt;                                                           \
        if (!likely(t.ok))                                                                         \
            TAIL(name##_exact);                                                                    \
        RESULT_##to(t.bits);                                                                       \
        NEXT();                                                                                    \
    }

/* An operation that is always done the same way. */
#define FP_HANDLER(name, to, result)                                                               \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        RESULT_##to(result);                                                                       \
        NEXT();                                                                                    \
    }

#define ENV cpu->fpcr, &cpu->fpsr

/* ptype of the instructions that compute: 0 single, 1 double. */
#define BY_PTYPE(row) (f->ptype == 0 ? row##_32 : f->ptype == 1 ? row##_64 : NULL)

static bool emit_fp(struct decode *d, handler_fn *handler, unsigned Rd, unsigned Rn, unsigned Rm,
                    unsigned Ra, int32_t imm)
{
    return handler && emit(d, handler, Rd, Rn, Rm, Ra, imm);
}

/* -- data-processing (2 source) -- */
#define BINARY(name, N, function)                                                                  \
    FP_HANDLERS(name##_##N, N, function##_##N##_try(cpu, LANE_##N(VN), LANE_##N(VM)),              \
                function(N, LANE_##N(VN), LANE_##N(VM), ENV))
#define ROW_2(row, name, function)                                                                 \
    BINARY(name, 32, function)                                                                     \
    BINARY(name, 64, function)                                                                     \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE(name), f->Rd, f->Rn, f->Rm, 0, 0);                              \
    }
ROW_2(FADD_s, FADD, fp_add)
ROW_2(FSUB_s, FSUB, fp_sub)
ROW_2(FMUL_s, FMUL, fp_mul)
ROW_2(FDIV_s, FDIV, fp_div)
ROW_2(FMAX_s, FMAX, fp_max)
ROW_2(FMIN_s, FMIN, fp_min)
ROW_2(FMAXNM_s, FMAXNM, fp_max_num)
ROW_2(FMINNM_s, FMINNM, fp_min_num)

/* FNMUL negates the rounded product, NaNs included. */
static inline struct fp_try negated(unsigned N, struct fp_try t)
{
    return (struct fp_try){ fp_neg(N, t.bits), t.ok };
}

FP_HANDLERS(FNMUL_32, 32, negated(32, fp_mul_32_try(cpu, LANE_32(VN), LANE_32(VM))),
            fp_neg(32, fp_mul(32, LANE_32(VN), LANE_32(VM), ENV)))
FP_HANDLERS(FNMUL_64, 64, negated(64, fp_mul_64_try(cpu, LANE_64(VN), LANE_64(VM))),
            fp_neg(64, fp_mul(64, LANE_64(VN), LANE_64(VM), ENV)))

bool decode_FNMUL_s(struct decode *d, const struct a64_FNMUL_s *f)
{
    return emit_fp(d, BY_PTYPE(FNMUL), f->Rd, f->Rn, f->Rm, 0, 0);
}

/* -- data-processing (3 source): the operands are negated before the fused operation -- */
#define SAME(N, op) (op)
#define FUSED(name, N, sign_a, sign_n)                                                             \
    FP_HANDLERS(                                                                                   \
        name##_##N, N,                                                                             \
        fp_mul_add_##N##_try(cpu, sign_a(N, LANE_##N(VA)), sign_n(N, LANE_##N(VN)), LANE_##N(VM)), \
        fp_mul_add(N, sign_a(N, LANE_##N(VA)), sign_n(N, LANE_##N(VN)), LANE_##N(VM), ENV))
#define ROW_3(row, sign_a, sign_n)                                                                 \
    FUSED(row, 32, sign_a, sign_n)                                                                 \
    FUSED(row, 64, sign_a, sign_n)                                                                 \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE(row), f->Rd, f->Rn, f->Rm, f->Ra, 0);                           \
    }
ROW_3(FMADD, SAME, SAME)
ROW_3(FMSUB, SAME, fp_neg)
ROW_3(FNMADD, fp_neg, fp_neg)
ROW_3(FNMSUB, fp_neg, SAME)

/* -- data-processing (1 source) -- */
#define ROW_SIGN(row, name, function)                                                              \
    FP_HANDLER(name##_32, 32, function(32, LANE_32(VN)))                                           \
    FP_HANDLER(name##_64, 64, function(64, LANE_64(VN)))                                           \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE(name), f->Rd, f->Rn, 0, 0, 0);                                  \
    }
ROW_SIGN(FMOV_reg, FMOV, SAME)
ROW_SIGN(FABS_s, FABS, fp_abs)
ROW_SIGN(FNEG_s, FNEG, fp_neg)

FP_HANDLERS(FSQRT_32, 32, fp_sqrt_32_try(cpu, LANE_32(VN)), fp_sqrt(32, LANE_32(VN), ENV))
FP_HANDLERS(FSQRT_64, 64, fp_sqrt_64_try(cpu, LANE_64(VN)), fp_sqrt(64, LANE_64(VN), ENV))

bool decode_FSQRT_s(struct decode *d, const struct a64_FSQRT_s *f)
{
    return emit_fp(d, BY_PTYPE(FSQRT), f->Rd, f->Rn, 0, 0, 0);
}

/* Rounding to integral: r->ra is the mode, or the one of FPCR; r->imm: inexact results are flagged
 * (FRINTX). */
#define MODE_OF_FPCR 7u

static inline enum fp_rounding rounding_of(const struct cpu *cpu, unsigned ra)
{
    return ra == MODE_OF_FPCR ? fp_rounding_mode(cpu->fpcr) : (enum fp_rounding)ra;
}

FP_HANDLER(FRINT_32, 32, fp_round_int(32, LANE_32(VN), rounding_of(cpu, r->ra), r->imm, ENV))
FP_HANDLER(FRINT_64, 64, fp_round_int(64, LANE_64(VN), rounding_of(cpu, r->ra), r->imm, ENV))

#define ROW_FRINT(row, mode, exact)                                                                \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE(FRINT), f->Rd, f->Rn, 0, mode, exact);                          \
    }
ROW_FRINT(FRINTN_s, FP_TIEEVEN, 0)
ROW_FRINT(FRINTP_s, FP_POSINF, 0)
ROW_FRINT(FRINTM_s, FP_NEGINF, 0)
ROW_FRINT(FRINTZ_s, FP_ZERO_MODE, 0)
ROW_FRINT(FRINTA_s, FP_TIEAWAY, 0)
ROW_FRINT(FRINTX_s, MODE_OF_FPCR, 1)
ROW_FRINT(FRINTI_s, MODE_OF_FPCR, 0)

/* Between formats. */
#define RESULT_16(value) (VD = (union vreg){ .h = { (uint16_t)(value) } })
#define LANE_16(v)       ((v).h[0])
#define CONVERT(N, M)    fp_convert(N, M, LANE_##N(VN), fp_rounding_mode(cpu->fpcr), ENV)
FP_HANDLERS(FCVT_32_64, 64, fp_convert_32_to_64_try(cpu, LANE_32(VN)), CONVERT(32, 64))
FP_HANDLERS(FCVT_64_32, 32, fp_convert_64_to_32_try(cpu, LANE_64(VN)), CONVERT(64, 32))
FP_HANDLER(FCVT_16_32, 32, CONVERT(16, 32))
FP_HANDLER(FCVT_16_64, 64, CONVERT(16, 64))
FP_HANDLER(FCVT_32_16, 16, CONVERT(32, 16))
FP_HANDLER(FCVT_64_16, 16, CONVERT(64, 16))

bool decode_FCVT(struct decode *d, const struct a64_FCVT *f)
{
    static handler_fn *const table[4][4] = {
        /* from ptype to opc */
        [0] = { [1] = FCVT_32_64, [3] = FCVT_32_16 },
        [1] = { [0] = FCVT_64_32, [3] = FCVT_64_16 },
        [3] = { [0] = FCVT_16_32, [1] = FCVT_16_64 },
    };
    return emit_fp(d, table[f->ptype][f->opc], f->Rd, f->Rn, 0, 0, 0);
}

/* -- compare -- */
/* Less: N; equal: Z and C; greater: C. NaNs are for the exact handler. */
#define COMPARE(name, N, operand, signal_nans)                                                     \
    static COLD HANDLER(name##_exact)                                                              \
    {                                                                                              \
        GIVE_FLAGS(fp_compare(N, LANE_##N(VN), operand, signal_nans, ENV));                        \
        NEXT();                                                                                    \
    }                                                                                              \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const fp_host_##N x = fp_from_bits_##N(LANE_##N(VN)), y = fp_from_bits_##N(operand);       \
        if (!fp_host_keeps_denormals(cpu) || isunordered(x, y))                                    \
            TAIL(name##_exact);                                                                    \
        left = x > y;                                                                              \
        right = x < y;                                                                             \
        how = FLAGS_SUB;                                                                           \
        NEXT();                                                                                    \
    }
#define ROW_COMPARE(row, operand_32, operand_64, signal_nans)                                      \
    COMPARE(row##_32, 32, operand_32, signal_nans)                                                 \
    COMPARE(row##_64, 64, operand_64, signal_nans)                                                 \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE(row), 0, f->Rn, f->Rm, 0, 0);                                   \
    }
ROW_COMPARE(FCMP, LANE_32(VM), LANE_64(VM), false)
ROW_COMPARE(FCMPE, LANE_32(VM), LANE_64(VM), true)
ROW_COMPARE(FCMP_zero, 0, 0, false)
ROW_COMPARE(FCMPE_zero, 0, 0, true)

/* -- conditional compare and select: r->ra is the condition -- */
#define CONDITIONAL(row, N)                                                                        \
    static HANDLER(row##_##N)                                                                      \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        if (condition_holds(r->ra, left, right, how))                                              \
            TAIL(row##_compare_##N);                                                               \
        GIVE_FLAGS(r->imm);                                                                        \
        NEXT();                                                                                    \
    }
#define ROW_CONDITIONAL(row, signal_nans)                                                          \
    COMPARE(row##_compare_32, 32, LANE_32(VM), signal_nans)                                        \
    COMPARE(row##_compare_64, 64, LANE_64(VM), signal_nans)                                        \
    CONDITIONAL(row, 32)                                                                           \
    CONDITIONAL(row, 64)                                                                           \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE(row), 0, f->Rn, f->Rm, f->cond, f->nzcv);                       \
    }
ROW_CONDITIONAL(FCCMP, false)
ROW_CONDITIONAL(FCCMPE, true)

FP_HANDLER(FCSEL_32, 32, condition_holds(r->ra, left, right, how) ? LANE_32(VN) : LANE_32(VM))
FP_HANDLER(FCSEL_64, 64, condition_holds(r->ra, left, right, how) ? LANE_64(VN) : LANE_64(VM))

bool decode_FCSEL(struct decode *d, const struct a64_FCSEL *f)
{
    return emit_fp(d, BY_PTYPE(FCSEL), f->Rd, f->Rn, f->Rm, f->cond, 0);
}

/* -- immediate: r->rn is imm8 -- */
FP_HANDLER(FMOV_imm_32, 32, vfp_expand_imm_32(r->rn))
FP_HANDLER(FMOV_imm_64, 64, vfp_expand_imm_64(r->rn))

bool decode_FMOV_imm(struct decode *d, const struct a64_FMOV_imm *f)
{
    return emit_fp(d, BY_PTYPE(FMOV_imm), f->Rd, f->imm8, 0, 0, 0);
}

/* -- moves to and from general registers -- */
FP_HANDLER(FMOV_w_s, X, LANE_32(VN))
FP_HANDLER(FMOV_x_d, X, LANE_64(VN))
FP_HANDLER(FMOV_x_top, X, VN.d[1])
FP_HANDLER(FMOV_s_w, 32, RN)
FP_HANDLER(FMOV_d_x, 64, RN)

static HANDLER(FMOV_top_x)
{
    FP_ENABLED();
    VD.d[1] = RN;
    NEXT();
}

bool decode_FMOV_to_gen(struct decode *d, const struct a64_FMOV_to_gen *f)
{
    return f->ptype == f->sf &&
           emit(d, f->sf ? FMOV_x_d : FMOV_w_s, reg_write(f->Rd), f->Rn, 0, 0, 0);
}

bool decode_FMOV_from_gen(struct decode *d, const struct a64_FMOV_from_gen *f)
{
    return f->ptype == f->sf &&
           emit(d, f->sf ? FMOV_d_x : FMOV_s_w, f->Rd, reg_read(f->Rn), 0, 0, 0);
}

bool decode_FMOV_top_to_gen(struct decode *d, const struct a64_FMOV_top_to_gen *f)
{
    return emit(d, FMOV_x_top, reg_write(f->Rd), f->Rn, 0, 0, 0);
}

bool decode_FMOV_top_from_gen(struct decode *d, const struct a64_FMOV_top_from_gen *f)
{
    return emit(d, FMOV_top_x, f->Rd, reg_read(f->Rn), 0, 0, 0);
}

/* -- to integers: r->ra is the rounding mode, r->rm whether unsigned, r->imm the fraction bits --
 */
#define TO_INTEGER(N, M)                                                                           \
    FP_HANDLER(                                                                                    \
        TO_INTEGER_##N##_##M, X,                                                                   \
        fp_to_fixed(N, M, LANE_##N(VN), (unsigned)r->imm, r->rm, (enum fp_rounding)r->ra, ENV))    \
    FP_HANDLERS(FCVTZS_##N##_##M, X, fp_to_signed_##N##_##M##_try(cpu, LANE_##N(VN)),              \
                fp_to_signed_##N##_##M##_exact(cpu, LANE_##N(VN)))                                 \
    FP_HANDLERS(FCVTZU_##N##_##M, X, fp_to_unsigned_##N##_##M##_try(cpu, LANE_##N(VN)),            \
                fp_to_unsigned_##N##_##M##_exact(cpu, LANE_##N(VN)))
TO_INTEGER(32, 32)
TO_INTEGER(32, 64)
TO_INTEGER(64, 32)
TO_INTEGER(64, 64)

/* By the size of the general register. */
#define BY_PTYPE_SF(name)                                                                          \
    (f->ptype == 0   ? (f->sf ? name##_32_64 : name##_32_32)                                       \
     : f->ptype == 1 ? (f->sf ? name##_64_64 : name##_64_32)                                       \
                     : NULL)

#define ROW_TO_INTEGER(row, is_unsigned, mode)                                                     \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE_SF(TO_INTEGER), reg_write(f->Rd), f->Rn, is_unsigned, mode, 0); \
    }
ROW_TO_INTEGER(FCVTNS_gen, 0, FP_TIEEVEN)
ROW_TO_INTEGER(FCVTNU_gen, 1, FP_TIEEVEN)
ROW_TO_INTEGER(FCVTAS_gen, 0, FP_TIEAWAY)
ROW_TO_INTEGER(FCVTAU_gen, 1, FP_TIEAWAY)
ROW_TO_INTEGER(FCVTPS_gen, 0, FP_POSINF)
ROW_TO_INTEGER(FCVTPU_gen, 1, FP_POSINF)
ROW_TO_INTEGER(FCVTMS_gen, 0, FP_NEGINF)
ROW_TO_INTEGER(FCVTMU_gen, 1, FP_NEGINF)

/* Fixed point: 64 - scale fraction bits, at most the size of the general register. */
#define FBITS       (64 - f->scale)
#define FBITS_VALID (f->sf || f->scale >= 32)
#define ROWS_TO_INTEGER_ZERO(name, is_unsigned)                                                    \
    bool decode_##name##_gen(struct decode *d, const struct a64_##name##_gen *f)                   \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE_SF(name), reg_write(f->Rd), f->Rn, 0, 0, 0);                    \
    }                                                                                              \
    bool decode_##name##_gen_fix(struct decode *d, const struct a64_##name##_gen_fix *f)           \
    {                                                                                              \
        return FBITS_VALID && emit_fp(d, BY_PTYPE_SF(TO_INTEGER), reg_write(f->Rd), f->Rn,         \
                                      is_unsigned, FP_ZERO_MODE, FBITS);                           \
    }
ROWS_TO_INTEGER_ZERO(FCVTZS, 0)
ROWS_TO_INTEGER_ZERO(FCVTZU, 1)

/* -- from integers: r->imm is the fraction bits -- */
#define FROM_INTEGER(name, way, N, M, type, is_unsigned)                                           \
    FP_HANDLER(name##_fix_##N##_##M, N,                                                            \
               fixed_to_fp(N, (uint64_t)(type)RN, (unsigned)r->imm, is_unsigned,                   \
                           fp_rounding_mode(cpu->fpcr), ENV))                                      \
    FP_HANDLERS(name##_##N##_##M, N, way##_##N##_##M##_try(cpu, (type)RN),                         \
                way##_##N##_##M##_exact(cpu, (type)RN))
#define ROWS_FROM_INTEGER(name, way, sign, is_unsigned)                                            \
    FROM_INTEGER(name, way, 32, 32, sign##32_t, is_unsigned)                                       \
    FROM_INTEGER(name, way, 32, 64, sign##64_t, is_unsigned)                                       \
    FROM_INTEGER(name, way, 64, 32, sign##32_t, is_unsigned)                                       \
    FROM_INTEGER(name, way, 64, 64, sign##64_t, is_unsigned)                                       \
    bool decode_##name##_gen(struct decode *d, const struct a64_##name##_gen *f)                   \
    {                                                                                              \
        return emit_fp(d, BY_PTYPE_SF(name), f->Rd, reg_read(f->Rn), 0, 0, 0);                     \
    }                                                                                              \
    bool decode_##name##_gen_fix(struct decode *d, const struct a64_##name##_gen_fix *f)           \
    {                                                                                              \
        return FBITS_VALID &&                                                                      \
               emit_fp(d, BY_PTYPE_SF(name##_fix), f->Rd, reg_read(f->Rn), 0, 0, FBITS);           \
    }
ROWS_FROM_INTEGER(SCVTF, fp_from_signed, int, false)
ROWS_FROM_INTEGER(UCVTF, fp_from_unsigned, uint, true)
