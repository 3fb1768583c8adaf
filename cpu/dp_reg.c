/* SPDX-License-Identifier: MIT */
/*
 * Data processing - register, two source operands and their flags (Arm ARM C4.1.89): logical, add/subtract, with carry,
 * conditional compare and select. The rest of the class is in dp_reg2.c.
 */
#include "cpu/alu.h"
#include "cpu/decode.h"

/* -- Logical (shifted register) -- */

DEFINE_LOGIC(x, reg)
DEFINE_LOGIC(x, lsl)
DEFINE_LOGIC(x, lsr)
DEFINE_LOGIC(x, asr)
DEFINE_LOGIC(x, ror)
DEFINE_LOGIC(w, reg)
DEFINE_LOGIC(w, lsl)
DEFINE_LOGIC(w, lsr)
DEFINE_LOGIC(w, asr)
DEFINE_LOGIC(w, ror)

OP(mov_x_reg)
{
    RD = RM;
    NEXT();
}

OP(mov_w_reg)
{
    RD = (uint32_t)RM;
    NEXT();
}

struct shifted {
    bool sf;
    unsigned shift, amount, rm, rn, rd;
};

static bool logical_shifted(struct decode *d, unsigned op, struct shifted s)
{
    static handler_fn *const plain[2][LOGIC_OPS] = { LIST_LOGIC(w, reg), LIST_LOGIC(x, reg) };
    static handler_fn *const shifted[2][4][LOGIC_OPS] = {
        { LIST_LOGIC(w, lsl), LIST_LOGIC(w, lsr), LIST_LOGIC(w, asr), LIST_LOGIC(w, ror) },
        { LIST_LOGIC(x, lsl), LIST_LOGIC(x, lsr), LIST_LOGIC(x, asr), LIST_LOGIC(x, ror) },
    };
    if (!s.sf && s.amount >= 32)
        return false;
    unsigned rd = reg_write(s.rd), rn = reg_read(s.rn), rm = reg_read(s.rm);
    op = op_tests(op, s.rd);
    if (s.amount)
        return emit(d, shifted[s.sf][s.shift][op], rd, rn, rm, 0, (int32_t)s.amount);
    if (op == OP_ORR && s.rn == 31)
        return emit(d, s.sf ? mov_x_reg : mov_w_reg, rd, 0, rm, 0, 0);
    return emit(d, plain[s.sf][op], rd, rn, rm, 0, 0);
}

#define DECODE_LOGIC(op)                                                                           \
    bool decode_##op##_shift(struct decode *d, const struct a64_##op##_shift *f)                   \
    {                                                                                              \
        return logical_shifted(d, OP_##op,                                                         \
                               (struct shifted){ f->sf, f->shift, f->imm6, f->Rm, f->Rn, f->Rd }); \
    }
DECODE_LOGIC(AND)
DECODE_LOGIC(BIC)
DECODE_LOGIC(ORR)
DECODE_LOGIC(ORN)
DECODE_LOGIC(EOR)
DECODE_LOGIC(EON)
DECODE_LOGIC(ANDS)
DECODE_LOGIC(BICS)

/* -- Add/subtract (shifted register) -- */

DEFINE_ADD_SUB(x, reg)
DEFINE_ADD_SUB(x, lsl)
DEFINE_ADD_SUB(x, lsr)
DEFINE_ADD_SUB(x, asr)
DEFINE_ADD_SUB(w, reg)
DEFINE_ADD_SUB(w, lsl)
DEFINE_ADD_SUB(w, lsr)
DEFINE_ADD_SUB(w, asr)

static bool add_sub_shifted(struct decode *d, unsigned op, struct shifted s)
{
    static handler_fn *const plain[2][6] = { LIST_ADD_SUB(w, reg), LIST_ADD_SUB(x, reg) };
    static handler_fn *const shifted[2][3][6] = {
        { LIST_ADD_SUB(w, lsl), LIST_ADD_SUB(w, lsr), LIST_ADD_SUB(w, asr) },
        { LIST_ADD_SUB(x, lsl), LIST_ADD_SUB(x, lsr), LIST_ADD_SUB(x, asr) },
    };
    if (s.shift == 3 || (!s.sf && s.amount >= 32))
        return false;
    op = op_compares(op, s.rd);
    handler_fn *handler = s.amount ? shifted[s.sf][s.shift][op] : plain[s.sf][op];
    return emit(d, handler, reg_write(s.rd), reg_read(s.rn), reg_read(s.rm), 0, (int32_t)s.amount);
}

#define DECODE_ADD_SUB(op)                                                                         \
    bool decode_##op##_shift(struct decode *d, const struct a64_##op##_shift *f)                   \
    {                                                                                              \
        return add_sub_shifted(d, OP_##op,                                                         \
                               (struct shifted){ f->sf, f->shift, f->imm6, f->Rm, f->Rn, f->Rd }); \
    }
DECODE_ADD_SUB(ADD)
DECODE_ADD_SUB(ADDS)
DECODE_ADD_SUB(SUB)
DECODE_ADD_SUB(SUBS)

/* -- Add/subtract (extended register): Rn 31 is SP, and so is Rd unless flags are set -- */

#define EACH_EXTEND(X, W) X(W, uxtb) X(W, uxth) X(W, uxtw) X(W, lsl) X(W, sxtb) X(W, sxth) X(W, sxtw)
#define DEFINE_EXTENDED(W, form)                                                                   \
    OP(add_##W##_##form##_sp)                                                                      \
    {                                                                                              \
        cpu->x[X_SP] = (type_##W)((type_##W)RN + OPERAND_##form(W));                               \
        NEXT_SP();                                                                                 \
    }                                                                                              \
    OP(sub_##W##_##form##_sp)                                                                      \
    {                                                                                              \
        cpu->x[X_SP] = (type_##W)((type_##W)RN - OPERAND_##form(W));                               \
        NEXT_SP();                                                                                 \
    }
EACH_EXTEND(DEFINE_EXTENDED, x)
EACH_EXTEND(DEFINE_EXTENDED, w)
DEFINE_ADD_SUB(x, uxtb)
DEFINE_ADD_SUB(x, uxth)
DEFINE_ADD_SUB(x, uxtw)
DEFINE_ADD_SUB(x, sxtb)
DEFINE_ADD_SUB(x, sxth)
DEFINE_ADD_SUB(x, sxtw)
DEFINE_ADD_SUB(w, uxtb)
DEFINE_ADD_SUB(w, uxth)
DEFINE_ADD_SUB(w, uxtw)
DEFINE_ADD_SUB(w, sxtb)
DEFINE_ADD_SUB(w, sxth)
DEFINE_ADD_SUB(w, sxtw)

#define LIST_EXTENDED(W)                                                                           \
    { LIST_ADD_SUB(W, uxtb), LIST_ADD_SUB(W, uxth), LIST_ADD_SUB(W, uxtw), LIST_ADD_SUB(W, lsl),   \
      LIST_ADD_SUB(W, sxtb), LIST_ADD_SUB(W, sxth), LIST_ADD_SUB(W, sxtw), LIST_ADD_SUB(W, lsl) }
#define PAIR_SP(W, form) { add_##W##_##form##_sp, sub_##W##_##form##_sp }
#define LIST_EXTENDED_SP(W)                                                                        \
    { PAIR_SP(W, uxtb), PAIR_SP(W, uxth), PAIR_SP(W, uxtw), PAIR_SP(W, lsl),                       \
      PAIR_SP(W, sxtb), PAIR_SP(W, sxth), PAIR_SP(W, sxtw), PAIR_SP(W, lsl) }

static bool add_sub_extended(struct decode *d, unsigned op, struct shifted s)
{
    static handler_fn *const handlers[2][8][6] = { LIST_EXTENDED(w), LIST_EXTENDED(x) };
    static handler_fn *const to_sp[2][8][2] = { LIST_EXTENDED_SP(w), LIST_EXTENDED_SP(x) };
    if (s.amount > 4)
        return false;
    if (s.rd == 31 && (op == OP_ADD || op == OP_SUB))
        return emit(d, to_sp[s.sf][s.shift][op == OP_SUB], X_SP, s.rn, reg_read(s.rm), 0, (int32_t)s.amount);
    return emit(d, handlers[s.sf][s.shift][op_compares(op, s.rd)], reg_write(s.rd), s.rn, reg_read(s.rm), 0, (int32_t)s.amount);
}

#define DECODE_EXTENDED(op)                                                                        \
    bool decode_##op##_ext(struct decode *d, const struct a64_##op##_ext *f)                       \
    {                                                                                              \
        return add_sub_extended(d, OP_##op,                                                        \
                                (struct shifted){ f->sf, f->option, f->imm3, f->Rm, f->Rn, f->Rd }); \
    }
DECODE_EXTENDED(ADD)
DECODE_EXTENDED(ADDS)
DECODE_EXTENDED(SUB)
DECODE_EXTENDED(SUBS)

/* -- Add/subtract (with carry): SBC is ADC of the inverted operand -- */

/* a + b + 1 is a - ~b; without the carry it is a + b. */
#define DEFINE_CARRY(W, name, operand)                                                             \
    OP(name##_##W)                                                                                 \
    {                                                                                              \
        RD = (type_##W)((type_##W)RN + (operand) + (type_##W)FLAG(carry));                         \
        NEXT();                                                                                    \
    }                                                                                              \
    OP(name##s_##W)                                                                                \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = (operand), carry = FLAG(carry);                       \
        if (carry)                                                                                 \
            FLAGS_SUB_##W(a, ~b);                                                                  \
        else                                                                                       \
            FLAGS_ADD_##W(a, b);                                                                   \
        RD = (type_##W)(a + b + carry);                                                            \
        NEXT();                                                                                    \
    }
DEFINE_CARRY(x, adc, RM)
DEFINE_CARRY(x, sbc, ~RM)
DEFINE_CARRY(w, adc, (uint32_t)RM)
DEFINE_CARRY(w, sbc, ~(uint32_t)RM)

#define DECODE_CARRY(op, name)                                                                     \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, f->sf ? name##_x : name##_w, reg_write(f->Rd), reg_read(f->Rn), reg_read(f->Rm), 0, 0); \
    }
DECODE_CARRY(ADC, adc)
DECODE_CARRY(ADCS, adcs)
DECODE_CARRY(SBC, sbc)
DECODE_CARRY(SBCS, sbcs)

/* -- Conditional compare: rd holds nzcv, imm the immediate operand -- */

#define DEFINE_COMPARE(W, name, form, FLAGS)                                                       \
    OP(name##_##W##_##form)                                                                        \
    {                                                                                              \
        if (condition_holds(r->ra, left, right, how)) {                                            \
            const type_##W a = (type_##W)RN, b = OPERAND_##form(W);                                \
            FLAGS(a, b);                                                                           \
        } else {                                                                                   \
            GIVE_FLAGS(r->rd);                                                                     \
        }                                                                                          \
        NEXT();                                                                                    \
    }
DEFINE_COMPARE(x, ccmp, reg, FLAGS_SUB_x)
DEFINE_COMPARE(x, ccmp, imm, FLAGS_SUB_x)
DEFINE_COMPARE(x, ccmn, reg, FLAGS_ADD_x)
DEFINE_COMPARE(x, ccmn, imm, FLAGS_ADD_x)
DEFINE_COMPARE(w, ccmp, reg, FLAGS_SUB_w)
DEFINE_COMPARE(w, ccmp, imm, FLAGS_SUB_w)
DEFINE_COMPARE(w, ccmn, reg, FLAGS_ADD_w)
DEFINE_COMPARE(w, ccmn, imm, FLAGS_ADD_w)

#define DECODE_COMPARE(op, name)                                                                   \
    bool decode_##op##_reg(struct decode *d, const struct a64_##op##_reg *f)                       \
    {                                                                                              \
        return emit(d, f->sf ? name##_x_reg : name##_w_reg, f->nzcv, reg_read(f->Rn), reg_read(f->Rm), f->cond, 0); \
    }                                                                                              \
    bool decode_##op##_imm(struct decode *d, const struct a64_##op##_imm *f)                       \
    {                                                                                              \
        return emit(d, f->sf ? name##_x_imm : name##_w_imm, f->nzcv, reg_read(f->Rn), 0, f->cond, f->imm5); \
    }
DECODE_COMPARE(CCMP, ccmp)
DECODE_COMPARE(CCMN, ccmn)

/* -- Conditional select: one handler for each condition -- */

#define DEFINE_SELECT(name, W, cond, otherwise)                                                    \
    OP(name##_##W##_##cond)                                                                        \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = (type_##W)RM;                                         \
        RD = COND_##cond ? a : (type_##W)(otherwise);                                              \
        NEXT();                                                                                    \
    }
#define COND_AL 1
#define DEFINE_SELECTS(cond)                                                                       \
    DEFINE_SELECT(csel, x, cond, b)                                                                \
    DEFINE_SELECT(csel, w, cond, b)                                                                \
    DEFINE_SELECT(csinc, x, cond, b + 1)                                                           \
    DEFINE_SELECT(csinc, w, cond, b + 1)                                                           \
    DEFINE_SELECT(csinv, x, cond, ~b)                                                              \
    DEFINE_SELECT(csinv, w, cond, ~b)                                                              \
    DEFINE_SELECT(csneg, x, cond, -b)                                                              \
    DEFINE_SELECT(csneg, w, cond, -b)
EACH_COND(DEFINE_SELECTS)
DEFINE_SELECTS(AL)

#define ENTRY_csel_x(cond) csel_x_##cond,
#define ENTRY_csel_w(cond) csel_w_##cond,
#define ENTRY_csinc_x(cond) csinc_x_##cond,
#define ENTRY_csinc_w(cond) csinc_w_##cond,
#define ENTRY_csinv_x(cond) csinv_x_##cond,
#define ENTRY_csinv_w(cond) csinv_w_##cond,
#define ENTRY_csneg_x(cond) csneg_x_##cond,
#define ENTRY_csneg_w(cond) csneg_w_##cond,
#define DECODE_SELECT(op, name)                                                                    \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        static handler_fn *const handlers[2][16] = {                                               \
            { EACH_COND(ENTRY_##name##_w) name##_w_AL, name##_w_AL },                              \
            { EACH_COND(ENTRY_##name##_x) name##_x_AL, name##_x_AL },                              \
        };                                                                                         \
        return emit(d, handlers[f->sf][f->cond], reg_write(f->Rd), reg_read(f->Rn), reg_read(f->Rm), 0, 0); \
    }
DECODE_SELECT(CSEL, csel)
DECODE_SELECT(CSINC, csinc)
DECODE_SELECT(CSINV, csinv)
DECODE_SELECT(CSNEG, csneg)
