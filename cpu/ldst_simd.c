/* SPDX-License-Identifier: MIT */
/*
 * Load/store register of SIMD&FP registers (Arm ARM C4.1.88). A load clears the rest of the register.
 */
#include "cpu/ldst.h"

#define V (cpu->v[r->rd])

#define SIZE_ldr_b 1
#define SIZE_ldr_h 2
#define SIZE_ldr_s 4
#define SIZE_ldr_d 8
#define SIZE_ldr_q 16
#define SIZE_str_b 1
#define SIZE_str_h 2
#define SIZE_str_s 4
#define SIZE_str_d 8
#define SIZE_str_q 16

#define GET_ldr_b(p) (V = (union vreg){ .d = { *(const u8_at *)(p) } })
#define GET_ldr_h(p) (V = (union vreg){ .d = { *(const u16_at *)(p) } })
#define GET_ldr_s(p) (V = (union vreg){ .d = { *(const u32_at *)(p) } })
#define GET_ldr_d(p) (V = (union vreg){ .d = { *(const u64_at *)(p) } })
#define GET_ldr_q(p) memcpy(&V, (p), 16)
#define PUT_str_b(p) (*(u8_at *)(p) = V.b[0])
#define PUT_str_h(p) (*(u16_at *)(p) = V.h[0])
#define PUT_str_s(p) (*(u32_at *)(p) = V.s[0])
#define PUT_str_d(p) (*(u64_at *)(p) = V.d[0])
#define PUT_str_q(p) memcpy((p), &V, 16)

#define CHECK_ldr_b() FP_ENABLED()
#define CHECK_ldr_h() FP_ENABLED()
#define CHECK_ldr_s() FP_ENABLED()
#define CHECK_ldr_d() FP_ENABLED()
#define CHECK_ldr_q() FP_ENABLED()
#define CHECK_str_b() FP_ENABLED()
#define CHECK_str_h() FP_ENABLED()
#define CHECK_str_s() FP_ENABLED()
#define CHECK_str_d() FP_ENABLED()
#define CHECK_str_q() FP_ENABLED()

#define DEFINE_MODES(DEFINE, kind) DEFINE(kind, imm) DEFINE(kind, pre) DEFINE(kind, post) DEFINE_EXTENDS(DEFINE, kind)
DEFINE_MODES(DEFINE_LOAD, ldr_b)
DEFINE_MODES(DEFINE_LOAD, ldr_h)
DEFINE_MODES(DEFINE_LOAD, ldr_s)
DEFINE_MODES(DEFINE_LOAD, ldr_d)
DEFINE_MODES(DEFINE_LOAD, ldr_q)
DEFINE_MODES(DEFINE_STORE, str_b)
DEFINE_MODES(DEFINE_STORE, str_h)
DEFINE_MODES(DEFINE_STORE, str_s)
DEFINE_MODES(DEFINE_STORE, str_d)
DEFINE_MODES(DEFINE_STORE, str_q)
DEFINE_LOAD(ldr_s, literal)
DEFINE_LOAD(ldr_d, literal)
DEFINE_LOAD(ldr_q, literal)

struct modes {
    handler_fn *imm, *pre, *post, *extend[8];
};
#define MODES(kind) { kind##_imm, kind##_pre, kind##_post, LIST_EXTEND(kind) }
static const struct modes load[5] = { MODES(ldr_b), MODES(ldr_h), MODES(ldr_s), MODES(ldr_d), MODES(ldr_q) };
static const struct modes store[5] = { MODES(str_b), MODES(str_h), MODES(str_s), MODES(str_d), MODES(str_q) };

/* log2 of the size: opc<1> with size 00 is the quadword; 5 and more are unallocated. */
static unsigned scale_of(unsigned opc1, unsigned size)
{
    return opc1 << 2 | size;
}

#define DECODE_IMM9(op, table, mode, writer)                                                       \
    bool decode_##op##_simd_##mode(struct decode *d, const struct a64_##op##_simd_##mode *f)       \
    {                                                                                              \
        unsigned scale = scale_of(f->opc1, f->size);                                               \
        return scale <= 4 && writer;                                                               \
    }
#define IMM9 sign_extend(f->imm9, 9)
#define DECODE_MODES(op, table)                                                                    \
    bool decode_##op##_simd_uimm(struct decode *d, const struct a64_##op##_simd_uimm *f)           \
    {                                                                                              \
        unsigned scale = scale_of(f->opc1, f->size);                                               \
        return scale <= 4 && emit(d, table[scale].imm, f->Rt, f->Rn, 0, 0, f->imm12 << scale);     \
    }                                                                                              \
    DECODE_IMM9(op, table, unscaled, emit(d, table[scale].imm, f->Rt, f->Rn, 0, 0, IMM9))          \
    DECODE_IMM9(op, table, pre, emit_writeback(d, table[scale].pre, f->Rt, f->Rn, 0, IMM9))        \
    DECODE_IMM9(op, table, post, emit_writeback(d, table[scale].post, f->Rt, f->Rn, 0, IMM9))      \
    bool decode_##op##_simd_reg(struct decode *d, const struct a64_##op##_simd_reg *f)             \
    {                                                                                              \
        unsigned scale = scale_of(f->opc1, f->size);                                               \
        return scale <= 4 && table[scale].extend[f->option] &&                                     \
               emit(d, table[scale].extend[f->option], f->Rt, f->Rn, reg_read(f->Rm), f->S ? scale : 0, 0); \
    }
DECODE_MODES(STR, store)
DECODE_MODES(LDR, load)

bool decode_LDR_lit_simd(struct decode *d, const struct a64_LDR_lit_simd *f)
{
    static handler_fn *const handlers[4] = { ldr_s_literal, ldr_d_literal, ldr_q_literal };
    return handlers[f->opc] && emit(d, handlers[f->opc], f->Rt, 0, 0, 0, sign_extend(f->imm19, 19) * 4);
}
