/* SPDX-License-Identifier: MIT */
/*
 * Data processing - immediate (Arm ARM C4.1.86).
 */
#include "cpu/alu.h"
#include "cpu/bitmask.h"
#include "cpu/decode.h"

/* -- PC-relative addressing -- */

OP(adr)
{
    RD = PC() + (uint64_t)(int64_t)r->imm;
    NEXT();
}

OP(adrp)
{
    RD = (PC() & PAGE_MASK) + ((uint64_t)(int64_t)r->imm << PAGE_BITS);
    NEXT();
}

bool decode_ADR(struct decode *d, const struct a64_ADR *f)
{
    return emit(d, adr, reg_write(f->Rd), 0, 0, 0, sign_extend(f->immhi << 2 | f->immlo, 21));
}

bool decode_ADRP(struct decode *d, const struct a64_ADRP *f)
{
    return emit(d, adrp, reg_write(f->Rd), 0, 0, 0, sign_extend(f->immhi << 2 | f->immlo, 21));
}

/* -- Add/subtract (immediate): Rn 31 is SP, and so is Rd unless flags are set -- */

DEFINE_ADD_SUB(x, imm)
DEFINE_ADD_SUB(w, imm)

OP(add_x_imm_sp)
{
    cpu->x[X_SP] = RN + (uint64_t)(int64_t)r->imm;
    NEXT_SP();
}

OP(add_w_imm_sp)
{
    cpu->x[X_SP] = (uint32_t)RN + (uint32_t)r->imm;
    NEXT_SP();
}

OP(mov_x)
{
    RD = RN;
    NEXT();
}

static bool add_sub_to_sp(struct decode *d, bool sf, unsigned rn, int32_t imm)
{
    if (sf && rn == X_SP && imm % 16 == 0) /* the alignment stays what it was */
        return emit(d, add_x_imm, X_SP, X_SP, 0, 0, imm);
    return emit(d, sf ? add_x_imm_sp : add_w_imm_sp, X_SP, rn, 0, 0, imm);
}

static bool add_sub(struct decode *d, unsigned op, bool sf, bool sh, unsigned imm12, unsigned rn, unsigned rd)
{
    static handler_fn *const handlers[2][6] = { LIST_ADD_SUB(w, imm), LIST_ADD_SUB(x, imm) };
    int32_t imm = (int32_t)(sh ? imm12 << 12 : imm12);
    bool set_flags = op == OP_ADDS || op == OP_SUBS;
    if (rd == 31 && !set_flags)
        return add_sub_to_sp(d, sf, rn, op == OP_SUB ? -imm : imm);
    if (sf && imm == 0 && op == OP_ADD)
        return emit(d, mov_x, rd, rn, 0, 0, 0);
    return emit(d, handlers[sf][op_compares(op, rd)], reg_write(rd), rn, 0, 0, imm);
}

#define DECODE_ADD_SUB(op)                                                                         \
    bool decode_##op##_imm(struct decode *d, const struct a64_##op##_imm *f)                       \
    {                                                                                              \
        return add_sub(d, OP_##op, f->sf, f->sh, f->imm12, f->Rn, f->Rd);                          \
    }
DECODE_ADD_SUB(ADD)
DECODE_ADD_SUB(ADDS)
DECODE_ADD_SUB(SUB)
DECODE_ADD_SUB(SUBS)

/* -- Logical (immediate): Rd 31 is SP unless flags are set -- */

/* An immediate that a record has no room for stands in the table of bitmask immediates. */
#define OPERAND_mask(W) ((type_##W)bitmask_immediates[r->imm])

#define DEFINE_LOGIC_IMM(W, form)                                                                  \
    DEFINE_LOGIC_ONE(and, W, form, a & b)                                                          \
    DEFINE_LOGIC_ONE(orr, W, form, a | b)                                                          \
    DEFINE_LOGIC_ONE(eor, W, form, a ^ b)                                                          \
    DEFINE_LOGIC_FLAGS(ands, W, form, a & b)                                                       \
    DEFINE_TEST(W, form)
#define LIST_LOGIC_IMM(W, form)                                                                    \
    { [OP_AND] = and_##W##_##form, [OP_ORR] = orr_##W##_##form,                                    \
      [OP_EOR] = eor_##W##_##form, [OP_ANDS] = ands_##W##_##form, [OP_TST] = tst_##W##_##form }
DEFINE_LOGIC_IMM(x, imm)
DEFINE_LOGIC_IMM(w, imm)
DEFINE_LOGIC_IMM(x, mask)

OP(mov_imm)
{
    RD = (uint64_t)(int64_t)r->imm;
    NEXT();
}

/* The operation to rd = scratch slot first, then to SP. */
#define DEFINE_LOGIC_SP(name, W, op)                                                               \
    OP(name##_##W##_sp)                                                                            \
    {                                                                                              \
        cpu->x[X_SP] = (type_##W)((type_##W)RN op (type_##W)bitmask_immediates[r->imm]);           \
        NEXT_SP();                                                                                 \
    }
DEFINE_LOGIC_SP(and, x, &)
DEFINE_LOGIC_SP(orr, x, |)
DEFINE_LOGIC_SP(eor, x, ^)
DEFINE_LOGIC_SP(and, w, &)
DEFINE_LOGIC_SP(orr, w, |)
DEFINE_LOGIC_SP(eor, w, ^)

static bool logical_to_sp(struct decode *d, unsigned op, bool sf, unsigned rn, int32_t index)
{
    static handler_fn *const handlers[2][OP_BICS + 1] = {
        { [OP_AND] = and_w_sp, [OP_ORR] = orr_w_sp, [OP_EOR] = eor_w_sp },
        { [OP_AND] = and_x_sp, [OP_ORR] = orr_x_sp, [OP_EOR] = eor_x_sp },
    };
    return emit(d, handlers[sf][op], X_SP, reg_read(rn), 0, 0, index);
}

static bool logical(struct decode *d, unsigned op, bool sf, unsigned N, unsigned immr, unsigned imms, unsigned rn,
                    unsigned rd)
{
    static handler_fn *const handlers[2][LOGIC_OPS] = { LIST_LOGIC_IMM(w, imm), LIST_LOGIC_IMM(x, imm) };
    static handler_fn *const masked[LOGIC_OPS] = LIST_LOGIC_IMM(x, mask);
    uint64_t imm;
    if (!decode_bit_masks(sf, N, imms, immr, true, &imm))
        return false;
    int32_t index = (int32_t)(N << 12 | immr << 6 | imms);
    if (rd == 31 && op != OP_ANDS)
        return logical_to_sp(d, op, sf, rn, index);
    bool fits = !sf || imm == (uint64_t)(int64_t)(int32_t)imm;
    if (op == OP_ORR && rn == 31 && imm == (uint64_t)(int64_t)(int32_t)imm)
        return emit(d, mov_imm, rd, 0, 0, 0, (int32_t)imm);
    op = op_tests(op, rd);
    if (fits)
        return emit(d, handlers[sf][op], reg_write(rd), reg_read(rn), 0, 0, (int32_t)imm);
    return emit(d, masked[op], reg_write(rd), reg_read(rn), 0, 0, index);
}

#define DECODE_LOGIC(op)                                                                           \
    bool decode_##op##_imm(struct decode *d, const struct a64_##op##_imm *f)                       \
    {                                                                                              \
        return logical(d, OP_##op, f->sf, f->N, f->immr, f->imms, f->Rn, f->Rd);                   \
    }
DECODE_LOGIC(AND)
DECODE_LOGIC(ORR)
DECODE_LOGIC(EOR)
DECODE_LOGIC(ANDS)

/* -- Move wide (immediate) -- */

OP(movz)
{
    RD = (uint64_t)(uint32_t)r->imm << r->ra;
    NEXT();
}

OP(movn_x)
{
    RD = ~((uint64_t)(uint32_t)r->imm << r->ra);
    NEXT();
}

OP(movn_w)
{
    RD = (uint32_t) ~((uint32_t)r->imm << r->ra);
    NEXT();
}

OP(movk_x)
{
    RD = (RD & ~(0xffffull << r->ra)) | (uint64_t)(uint32_t)r->imm << r->ra;
    NEXT();
}

OP(movk_w)
{
    RD = (uint32_t)((RD & ~(0xffffull << r->ra)) | (uint64_t)(uint32_t)r->imm << r->ra);
    NEXT();
}

static bool move_wide(struct decode *d, handler_fn *handler, bool sf, unsigned hw, unsigned imm16, unsigned rd)
{
    if (!sf && hw >= 2)
        return false;
    return emit(d, handler, reg_write(rd), 0, 0, hw * 16, (int32_t)imm16);
}

bool decode_MOVZ(struct decode *d, const struct a64_MOVZ *f)
{
    if (f->hw == 0)
        return emit(d, mov_imm, reg_write(f->Rd), 0, 0, 0, f->imm16);
    return move_wide(d, movz, f->sf, f->hw, f->imm16, f->Rd);
}

bool decode_MOVN(struct decode *d, const struct a64_MOVN *f)
{
    return move_wide(d, f->sf ? movn_x : movn_w, f->sf, f->hw, f->imm16, f->Rd);
}

bool decode_MOVK(struct decode *d, const struct a64_MOVK *f)
{
    return move_wide(d, f->sf ? movk_x : movk_w, f->sf, f->hw, f->imm16, f->Rd);
}

/* -- Bitfield: all of UBFM and SBFM are a shift left by rm and a shift right by ra -- */

OP(ubfm_x)
{
    RD = RN << r->rm >> r->ra;
    NEXT();
}

OP(ubfm_w)
{
    RD = (uint32_t)RN << r->rm >> r->ra;
    NEXT();
}

OP(sbfm_x)
{
    RD = (uint64_t)((int64_t)(RN << r->rm) >> r->ra);
    NEXT();
}

OP(sbfm_w)
{
    RD = (uint32_t)((int32_t)((uint32_t)RN << r->rm) >> r->ra);
    NEXT();
}

OP(lsl_x)
{
    RD = RN << r->rm;
    NEXT();
}

OP(lsl_w)
{
    RD = (uint32_t)RN << r->rm;
    NEXT();
}

OP(lsr_x)
{
    RD = RN >> r->ra;
    NEXT();
}

OP(lsr_w)
{
    RD = (uint32_t)RN >> r->ra;
    NEXT();
}

OP(asr_x)
{
    RD = (uint64_t)((int64_t)RN >> r->ra);
    NEXT();
}

OP(asr_w)
{
    RD = (uint32_t)((int32_t)RN >> r->ra);
    NEXT();
}

OP(uxtb)
{
    RD = (uint8_t)RN;
    NEXT();
}

OP(uxth)
{
    RD = (uint16_t)RN;
    NEXT();
}

OP(sxtw)
{
    RD = (uint64_t)(int64_t)(int32_t)RN;
    NEXT();
}

/* imms >= immr extracts the field immr..imms; otherwise imms+1 low bits go to bit (size - immr). */
static bool bitfield(struct decode *d, handler_fn *handler, bool sf, unsigned N, unsigned immr, unsigned imms,
                     unsigned rn, unsigned rd)
{
    unsigned size = sf ? 64 : 32;
    if (N != sf || immr >= size || imms >= size)
        return false;
    unsigned left = size - 1 - imms;
    unsigned right = imms >= immr ? left + immr : immr - imms - 1;
    if (handler == ubfm_x && right == 0)
        handler = lsl_x;
    else if (handler == ubfm_w && right == 0)
        handler = lsl_w;
    else if (handler == ubfm_x && left == 0)
        handler = lsr_x;
    else if (handler == ubfm_w && left == 0)
        handler = lsr_w;
    else if (handler == sbfm_x && left == 0)
        handler = asr_x;
    else if (handler == sbfm_w && left == 0)
        handler = asr_w;
    else if (handler == ubfm_w && immr == 0 && imms == 7)
        handler = uxtb;
    else if (handler == ubfm_w && immr == 0 && imms == 15)
        handler = uxth;
    else if (handler == sbfm_x && immr == 0 && imms == 31)
        handler = sxtw;
    return emit(d, handler, reg_write(rd), reg_read(rn), left, right, 0);
}

bool decode_UBFM(struct decode *d, const struct a64_UBFM *f)
{
    return bitfield(d, f->sf ? ubfm_x : ubfm_w, f->sf, f->N, f->immr, f->imms, f->Rn, f->Rd);
}

bool decode_SBFM(struct decode *d, const struct a64_SBFM *f)
{
    return bitfield(d, f->sf ? sbfm_x : sbfm_w, f->sf, f->N, f->immr, f->imms, f->Rn, f->Rd);
}

/* BFM replaces the bits of a mask: `rm` zeroes above ra ones... the mask is ones >> rm << ra; the source is Rn rotated
 * right by imm. */
OP(bfm_x)
{
    const uint64_t mask = UINT64_MAX >> r->rm << r->ra;
    const uint64_t rotated = RN >> r->imm | RN << (-r->imm & 63);
    RD = (RD & ~mask) | (rotated & mask);
    NEXT();
}

OP(bfm_w)
{
    const uint32_t mask = UINT32_MAX >> r->rm << r->ra;
    const uint32_t rotated = (uint32_t)RN >> r->imm | (uint32_t)RN << (-r->imm & 31);
    RD = ((uint32_t)RD & ~mask) | (rotated & mask);
    NEXT();
}

bool decode_BFM(struct decode *d, const struct a64_BFM *f)
{
    unsigned size = f->sf ? 64 : 32;
    if (f->N != f->sf || f->immr >= size || f->imms >= size)
        return false;
    bool extract = f->imms >= f->immr; /* BFXIL, otherwise BFI */
    unsigned width = extract ? f->imms - f->immr + 1u : f->imms + 1u;
    unsigned lsb = extract ? 0 : size - f->immr;
    return emit(d, f->sf ? bfm_x : bfm_w, f->Rd == 31 ? X_SINK : f->Rd, reg_read(f->Rn), size - width, lsb,
                f->immr);
}

/* -- Extract -- */

OP(extr_x)
{
    RD = RM >> r->imm | RN << (64 - r->imm);
    NEXT();
}

OP(extr_w)
{
    RD = (uint32_t)((uint32_t)RM >> r->imm | (uint32_t)RN << (32 - r->imm));
    NEXT();
}

OP(extr_w_0)
{
    RD = (uint32_t)RM;
    NEXT();
}

bool decode_EXTR(struct decode *d, const struct a64_EXTR *f)
{
    if (f->N != f->sf || (!f->sf && f->imms >= 32))
        return false;
    if (f->imms == 0)
        return emit(d, f->sf ? mov_x : extr_w_0, reg_write(f->Rd), reg_read(f->Rm), reg_read(f->Rm), 0, 0);
    return emit(d, f->sf ? extr_x : extr_w, reg_write(f->Rd), reg_read(f->Rn), reg_read(f->Rm), 0, f->imms);
}
