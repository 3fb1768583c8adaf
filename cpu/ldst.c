/* SPDX-License-Identifier: MIT */
/*
 * Load/store register of general registers, and load literal (Arm ARM C4.1.88).
 */
#include "cpu/ldst.h"

/* The kinds of access. Loads are named after the mnemonic and the width of the register. */
#define SIZE_ldrb    1
#define SIZE_ldrh    2
#define SIZE_ldr_w   4
#define SIZE_ldr_x   8
#define SIZE_ldrsb_w 1
#define SIZE_ldrsb_x 1
#define SIZE_ldrsh_w 2
#define SIZE_ldrsh_x 2
#define SIZE_ldrsw   4
#define SIZE_strb    1
#define SIZE_strh    2
#define SIZE_str_w   4
#define SIZE_str_x   8

#define GET_ldrb(p)    (RD = *(const u8_at *)(p))
#define GET_ldrh(p)    (RD = *(const u16_at *)(p))
#define GET_ldr_w(p)   (RD = *(const u32_at *)(p))
#define GET_ldr_x(p)   (RD = *(const u64_at *)(p))
#define GET_ldrsb_w(p) (RD = (uint32_t)(int8_t) * (const u8_at *)(p))
#define GET_ldrsb_x(p) (RD = (uint64_t)(int8_t) * (const u8_at *)(p))
#define GET_ldrsh_w(p) (RD = (uint32_t)(int16_t) * (const u16_at *)(p))
#define GET_ldrsh_x(p) (RD = (uint64_t)(int16_t) * (const u16_at *)(p))
#define GET_ldrsw(p)   (RD = (uint64_t)(int32_t) * (const u32_at *)(p))
#define PUT_strb(p)    (*(u8_at *)(p) = (uint8_t)RD)
#define PUT_strh(p)    (*(u16_at *)(p) = (uint16_t)RD)
#define PUT_str_w(p)   (*(u32_at *)(p) = (uint32_t)RD)
#define PUT_str_x(p)   (*(u64_at *)(p) = RD)

/* General registers need no look at CPACR_EL1. */
#define CHECK_ldrb()
#define CHECK_ldrh()
#define CHECK_ldr_w()
#define CHECK_ldr_x()
#define CHECK_ldrsb_w()
#define CHECK_ldrsb_x()
#define CHECK_ldrsh_w()
#define CHECK_ldrsh_x()
#define CHECK_ldrsw()
#define CHECK_strb()
#define CHECK_strh()
#define CHECK_str_w()
#define CHECK_str_x()

#define DEFINE_MODES(DEFINE, kind)                                                                 \
    DEFINE(kind, imm) DEFINE(kind, unpriv) DEFINE(kind, pre) DEFINE(kind, post) DEFINE_EXTENDS(DEFINE, kind)
DEFINE_MODES(DEFINE_LOAD, ldrb)
DEFINE_MODES(DEFINE_LOAD, ldrh)
DEFINE_MODES(DEFINE_LOAD, ldr_w)
DEFINE_MODES(DEFINE_LOAD, ldr_x)
DEFINE_MODES(DEFINE_LOAD, ldrsb_w)
DEFINE_MODES(DEFINE_LOAD, ldrsb_x)
DEFINE_MODES(DEFINE_LOAD, ldrsh_w)
DEFINE_MODES(DEFINE_LOAD, ldrsh_x)
DEFINE_MODES(DEFINE_LOAD, ldrsw)
DEFINE_MODES(DEFINE_STORE, strb)
DEFINE_MODES(DEFINE_STORE, strh)
DEFINE_MODES(DEFINE_STORE, str_w)
DEFINE_MODES(DEFINE_STORE, str_x)
DEFINE_LOAD(ldr_w, literal)
DEFINE_LOAD(ldr_x, literal)
DEFINE_LOAD(ldrsw, literal)

/* -- Decoding: the handlers of one kind, by mode -- */

struct modes {
    handler_fn *imm, *unpriv, *pre, *post, *extend[8];
    uint8_t scale; /* log2 of the size */
    bool load;
};
#define MODES(kind, log2, is_load)                                                                 \
    { kind##_imm, kind##_unpriv, kind##_pre, kind##_post, LIST_EXTEND(kind), log2, is_load }
static const struct modes strb = MODES(strb, 0, false), strh = MODES(strh, 1, false);
static const struct modes str[2] = { MODES(str_w, 2, false), MODES(str_x, 3, false) };
static const struct modes ldrb = MODES(ldrb, 0, true), ldrh = MODES(ldrh, 1, true);
static const struct modes ldr[2] = { MODES(ldr_w, 2, true), MODES(ldr_x, 3, true) };
static const struct modes ldrsb[2] = { MODES(ldrsb_x, 0, true), MODES(ldrsb_w, 0, true) };
static const struct modes ldrsh[2] = { MODES(ldrsh_x, 1, true), MODES(ldrsh_w, 1, true) };
static const struct modes ldrsw = MODES(ldrsw, 2, true);

static unsigned slot(const struct modes *m, unsigned rt)
{
    return m->load ? reg_write(rt) : reg_read(rt);
}

static bool uimm(struct decode *d, const struct modes *m, unsigned imm12, unsigned rn, unsigned rt)
{
    return emit(d, m->imm, slot(m, rt), rn, 0, 0, (int32_t)(imm12 << m->scale));
}

static bool unscaled(struct decode *d, const struct modes *m, unsigned imm9, unsigned rn, unsigned rt)
{
    return emit(d, m->imm, slot(m, rt), rn, 0, 0, sign_extend(imm9, 9));
}

static bool unpriv(struct decode *d, const struct modes *m, unsigned imm9, unsigned rn, unsigned rt)
{
    return emit(d, m->unpriv, slot(m, rt), rn, 0, 0, sign_extend(imm9, 9));
}

static bool pre(struct decode *d, const struct modes *m, unsigned imm9, unsigned rn, unsigned rt)
{
    return emit_writeback(d, m->pre, slot(m, rt), rn, 0, sign_extend(imm9, 9));
}

static bool post(struct decode *d, const struct modes *m, unsigned imm9, unsigned rn, unsigned rt)
{
    return emit_writeback(d, m->post, slot(m, rt), rn, 0, sign_extend(imm9, 9));
}

static bool reg(struct decode *d, const struct modes *m, unsigned rm, unsigned option, bool S, unsigned rn, unsigned rt)
{
    if (!m->extend[option])
        return false;
    return emit(d, m->extend[option], slot(m, rt), rn, reg_read(rm), S ? m->scale : 0, 0);
}

#define DECODE_IMM9(op, mode, modes)                                                               \
    bool decode_##op##_##mode(struct decode *d, const struct a64_##op##_##mode *f)                 \
    {                                                                                              \
        return mode(d, modes, f->imm9, f->Rn, f->Rt);                                              \
    }
#define DECODE_MODES(op, modes)                                                                    \
    bool decode_##op##_uimm(struct decode *d, const struct a64_##op##_uimm *f)                     \
    {                                                                                              \
        return uimm(d, modes, f->imm12, f->Rn, f->Rt);                                             \
    }                                                                                              \
    DECODE_IMM9(op, unscaled, modes)                                                               \
    DECODE_IMM9(op, unpriv, modes)                                                                 \
    DECODE_IMM9(op, pre, modes)                                                                    \
    DECODE_IMM9(op, post, modes)                                                                   \
    bool decode_##op##_reg(struct decode *d, const struct a64_##op##_reg *f)                       \
    {                                                                                              \
        return reg(d, modes, f->Rm, f->option, f->S, f->Rn, f->Rt);                                \
    }
DECODE_MODES(STRB, &strb)
DECODE_MODES(STRH, &strh)
DECODE_MODES(STR, &str[f->sf])
DECODE_MODES(LDRB, &ldrb)
DECODE_MODES(LDRH, &ldrh)
DECODE_MODES(LDR, &ldr[f->sf])
DECODE_MODES(LDRSB, &ldrsb[f->w])
DECODE_MODES(LDRSH, &ldrsh[f->w])
DECODE_MODES(LDRSW, &ldrsw)

/* Prefetches are hints; there is no cache to fill. */
bool decode_PRFM_uimm(struct decode *d, const struct a64_PRFM_uimm *f)
{
    return emit(d, exec_nop, 0, 0, 0, 0, 0);
}

bool decode_PRFM_unscaled(struct decode *d, const struct a64_PRFM_unscaled *f)
{
    return emit(d, exec_nop, 0, 0, 0, 0, 0);
}

bool decode_PRFM_reg(struct decode *d, const struct a64_PRFM_reg *f)
{
    return (f->option & 2) && emit(d, exec_nop, 0, 0, 0, 0, 0);
}

bool decode_PRFM_lit(struct decode *d, const struct a64_PRFM_lit *f)
{
    return emit(d, exec_nop, 0, 0, 0, 0, 0);
}

bool decode_LDR_lit(struct decode *d, const struct a64_LDR_lit *f)
{
    return emit(d, f->sf ? ldr_x_literal : ldr_w_literal, reg_write(f->Rt), 0, 0, 0, sign_extend(f->imm19, 19) * 4);
}

bool decode_LDRSW_lit(struct decode *d, const struct a64_LDRSW_lit *f)
{
    return emit(d, ldrsw_literal, reg_write(f->Rt), 0, 0, 0, sign_extend(f->imm19, 19) * 4);
}
