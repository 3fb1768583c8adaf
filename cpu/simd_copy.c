/* SPDX-License-Identifier: MIT */
/* Arm ARM C4.1.90, Advanced SIMD copy and modified immediate. */
#include "cpu/simd.h"

/* imm5 is index : 1 : zeros; the zeros count the lane size. 4 and more: reserved. */
static unsigned imm5_size(unsigned imm5)
{
    return imm5 & 15 ? (unsigned)__builtin_ctz(imm5) : 4;
}

static unsigned imm5_index(unsigned imm5)
{
    return imm5 >> (imm5_size(imm5) + 1);
}

/* -- DUP: r->imm is the lane of Vn -- */
#define ROW_DUP(row, source_b, source_h, source_s, source_d)                                       \
    SIMD_LANES(row##_8b, 8, uint8_t, b, source_b)                                                  \
    SIMD_LANES(row##_16b, 16, uint8_t, b, source_b)                                                \
    SIMD_LANES(row##_4h, 8, uint16_t, h, source_h)                                                 \
    SIMD_LANES(row##_8h, 16, uint16_t, h, source_h)                                                \
    SIMD_LANES(row##_2s, 8, uint32_t, s, source_s)                                                 \
    SIMD_LANES(row##_4s, 16, uint32_t, s, source_s)                                                \
    SIMD_LANES(row##_2d, 16, uint64_t, d, source_d)                                                \
    static handler_fn *const row##_table[5][2] = { TABLE_B(row), TABLE_H(row), TABLE_S(row),       \
                                                   TABLE_D(row), TABLE_NONE };

ROW_DUP(DUP_elem, vn.b[r->imm], vn.h[r->imm], vn.s[r->imm], vn.d[r->imm])
/* The general register's number is in r->ra. */
ROW_DUP(DUP_gen, RA, RA, RA, RA)

bool decode_DUP_elem_v(struct decode *d, const struct a64_DUP_elem_v *f)
{
    handler_fn *handler = DUP_elem_table[imm5_size(f->imm5)][f->Q];
    return handler && emit(d, handler, f->Rd, f->Rn, 0, 0, (int32_t)imm5_index(f->imm5));
}

bool decode_DUP_gen(struct decode *d, const struct a64_DUP_gen *f)
{
    handler_fn *handler = DUP_gen_table[imm5_size(f->imm5)][f->Q];
    return handler && emit(d, handler, f->Rd, 0, 0, reg_read(f->Rn), 0);
}

SIMD_LANES(DUP_elem_b, 1, uint8_t, b, vn.b[r->imm])
SIMD_LANES(DUP_elem_h, 2, uint16_t, h, vn.h[r->imm])
SIMD_LANES(DUP_elem_s, 4, uint32_t, s, vn.s[r->imm])
SIMD_LANES(DUP_elem_d, 8, uint64_t, d, vn.d[r->imm])

bool decode_DUP_elem_s(struct decode *d, const struct a64_DUP_elem_s *f)
{
    static handler_fn *const table[5] = { DUP_elem_b, DUP_elem_h, DUP_elem_s, DUP_elem_d, NULL };
    handler_fn *handler = table[imm5_size(f->imm5)];
    return handler && emit(d, handler, f->Rd, f->Rn, 0, 0, (int32_t)imm5_index(f->imm5));
}

/* -- to general registers: SMOV, UMOV -- */
#define MOVE_LANE(name, type, lane, rtype)                                                         \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        RD = (rtype)(type)VN.lane[r->imm];                                                         \
        NEXT();                                                                                    \
    }
MOVE_LANE(UMOV_b, uint8_t, b, uint64_t)
MOVE_LANE(UMOV_h, uint16_t, h, uint64_t)
MOVE_LANE(UMOV_s, uint32_t, s, uint64_t)
MOVE_LANE(UMOV_d, uint64_t, d, uint64_t)
MOVE_LANE(SMOV_w_b, int8_t, b, uint32_t)
MOVE_LANE(SMOV_w_h, int16_t, h, uint32_t)
MOVE_LANE(SMOV_x_b, int8_t, b, uint64_t)
MOVE_LANE(SMOV_x_h, int16_t, h, uint64_t)
MOVE_LANE(SMOV_x_s, int32_t, s, uint64_t)

bool decode_UMOV(struct decode *d, const struct a64_UMOV *f)
{
    static handler_fn *const table[5][2] = {
        { UMOV_b, NULL }, { UMOV_h, NULL }, { UMOV_s, NULL }, { NULL, UMOV_d }, TABLE_NONE
    };
    handler_fn *handler = table[imm5_size(f->imm5)][f->Q];
    return handler && emit(d, handler, reg_write(f->Rd), f->Rn, 0, 0, (int32_t)imm5_index(f->imm5));
}

bool decode_SMOV(struct decode *d, const struct a64_SMOV *f)
{
    static handler_fn *const table[5][2] = {
        { SMOV_w_b, SMOV_x_b }, { SMOV_w_h, SMOV_x_h }, { NULL, SMOV_x_s }, TABLE_NONE, TABLE_NONE
    };
    handler_fn *handler = table[imm5_size(f->imm5)][f->Q];
    return handler && emit(d, handler, reg_write(f->Rd), f->Rn, 0, 0, (int32_t)imm5_index(f->imm5));
}

/* -- INS: one lane changes; r->imm is its number, r->rm that of the source lane -- */
#define INSERT(name, lane, source)                                                                 \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        VD.lane[r->imm] = (source);                                                                \
        NEXT();                                                                                    \
    }
INSERT(INS_gen_b, b, (uint8_t)RN)
INSERT(INS_gen_h, h, (uint16_t)RN)
INSERT(INS_gen_s, s, (uint32_t)RN)
INSERT(INS_gen_d, d, RN)
INSERT(INS_elem_b, b, VN.b[r->rm])
INSERT(INS_elem_h, h, VN.h[r->rm])
INSERT(INS_elem_s, s, VN.s[r->rm])
INSERT(INS_elem_d, d, VN.d[r->rm])

bool decode_INS_gen(struct decode *d, const struct a64_INS_gen *f)
{
    static handler_fn *const table[5] = { INS_gen_b, INS_gen_h, INS_gen_s, INS_gen_d, NULL };
    handler_fn *handler = table[imm5_size(f->imm5)];
    return handler && emit(d, handler, f->Rd, reg_read(f->Rn), 0, 0, (int32_t)imm5_index(f->imm5));
}

bool decode_INS_elem(struct decode *d, const struct a64_INS_elem *f)
{
    static handler_fn *const table[5] = { INS_elem_b, INS_elem_h, INS_elem_s, INS_elem_d, NULL };
    const unsigned size = imm5_size(f->imm5);
    return table[size] &&
           emit(d, table[size], f->Rd, f->Rn, f->imm4 >> size, 0, (int32_t)imm5_index(f->imm5));
}

/*
 * -- modified immediate (Arm ARM J1, AdvSIMDExpandImm) --
 *
 * Every form repeats a pattern of 32 bits, but MOVI of 64 bits and FMOV of doubles. Those two get
 * their own handlers, which expand the eight bits again.
 */
#define IMMEDIATE(name, expr0, expr1)                                                              \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const uint64_t imm = (uint32_t)r->imm * 0x100000001u;                                      \
        VD = (union vreg){ .d = { expr0, expr1 } };                                                \
        NEXT();                                                                                    \
    }
IMMEDIATE(MOVI_d, imm, 0)
IMMEDIATE(MOVI_q, imm, imm)
IMMEDIATE(ORR_imm_d, VD.d[0] | imm, 0)
IMMEDIATE(ORR_imm_q, VD.d[0] | imm, VD.d[1] | imm)
IMMEDIATE(BIC_imm_d, VD.d[0] & ~imm, 0)
IMMEDIATE(BIC_imm_q, VD.d[0] & ~imm, VD.d[1] & ~imm)

/* r->rn: the eight bits. */
static inline uint64_t bits_to_bytes(unsigned imm8)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < 8; i++)
        result |= imm8 >> i & 1 ? (uint64_t)0xff << (8 * i) : 0;
    return result;
}

#define IMMEDIATE_64(name, expand, high)                                                           \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const uint64_t imm = expand(r->rn);                                                        \
        VD = (union vreg){ .d = { imm, high } };                                                   \
        NEXT();                                                                                    \
    }
IMMEDIATE_64(MOVI_1d, bits_to_bytes, 0)
IMMEDIATE_64(MOVI_2d, bits_to_bytes, imm)
IMMEDIATE_64(FMOV_imm_2d, vfp_expand_imm_64, imm)

#define IMM8(f) ((unsigned)(f)->abc << 5 | (f)->defgh)

static bool emit_immediate(struct decode *d, handler_fn *handler, unsigned Rd, uint32_t imm)
{
    return emit(d, handler, Rd, 0, 0, 0, (int32_t)imm);
}

#define ROW_IMMEDIATE(row, operation, expand)                                                      \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_immediate(d, f->Q ? operation##_q : operation##_d, f->Rd, expand);             \
    }
#define EXPAND_32  (IMM8(f) << 8 * f->amount)
#define EXPAND_16  ((IMM8(f) << 8 * f->amount) * 0x10001u)
#define EXPAND_8   (IMM8(f) * 0x1010101u)
#define EXPAND_MSL (f->amount ? IMM8(f) << 16 | 0xffff : IMM8(f) << 8 | 0xff)
#define EXPAND_FP  vfp_expand_imm_32(IMM8(f))

ROW_IMMEDIATE(MOVI_32, MOVI, EXPAND_32)
ROW_IMMEDIATE(MOVI_16, MOVI, EXPAND_16)
ROW_IMMEDIATE(MOVI_8, MOVI, EXPAND_8)
ROW_IMMEDIATE(MOVI_msl, MOVI, EXPAND_MSL)
ROW_IMMEDIATE(MVNI_32, MOVI, ~EXPAND_32)
ROW_IMMEDIATE(MVNI_16, MOVI, ~EXPAND_16)
ROW_IMMEDIATE(MVNI_msl, MOVI, ~EXPAND_MSL)
ROW_IMMEDIATE(ORR_imm32, ORR_imm, EXPAND_32)
ROW_IMMEDIATE(ORR_imm16, ORR_imm, EXPAND_16)
ROW_IMMEDIATE(BIC_imm32, BIC_imm, EXPAND_32)
ROW_IMMEDIATE(BIC_imm16, BIC_imm, EXPAND_16)
ROW_IMMEDIATE(FMOV_imm_v_s, MOVI, EXPAND_FP)

bool decode_MOVI_64(struct decode *d, const struct a64_MOVI_64 *f)
{
    return emit(d, f->Q ? MOVI_2d : MOVI_1d, f->Rd, IMM8(f), 0, 0, 0);
}

bool decode_FMOV_imm_v_d(struct decode *d, const struct a64_FMOV_imm_v_d *f)
{
    return emit(d, FMOV_imm_2d, f->Rd, IMM8(f), 0, 0, 0);
}
