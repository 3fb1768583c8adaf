/* SPDX-License-Identifier: MIT */
/*
 * Load/store pair (Arm ARM C4.1.88). The second register is in ra; both accesses hit the same page
 * or neither is done by the fast handler. The non-temporal forms are the same without the hint.
 */
#include "cpu/ldst.h"

#define V1 (cpu->v[r->rd])
#define V2 (cpu->v[r->ra])

#define SIZE_ldp_w 8
#define SIZE_ldp_x 16
#define SIZE_ldpsw 8
#define SIZE_ldp_s 8
#define SIZE_ldp_d 16
#define SIZE_ldp_q 32
#define SIZE_stp_w 8
#define SIZE_stp_x 16
#define SIZE_stp_s 8
#define SIZE_stp_d 16
#define SIZE_stp_q 32

#define LOW(p, type)  (((const type *)(p))[0])
#define HIGH(p, type) (((const type *)(p))[1])
#define GET_ldp_w(p)  (RD = LOW(p, u32_at), RA = HIGH(p, u32_at))
#define GET_ldp_x(p)  (RD = LOW(p, u64_at), RA = HIGH(p, u64_at))
#define GET_ldpsw(p)                                                                               \
    (RD = (uint64_t)(int64_t)(int32_t)LOW(p, u32_at),                                              \
     RA = (uint64_t)(int64_t)(int32_t)HIGH(p, u32_at))
#define GET_ldp_s(p)                                                                               \
    (V1 = (union vreg){ .s = { LOW(p, u32_at) } }, V2 = (union vreg){ .s = { HIGH(p, u32_at) } })
#define GET_ldp_d(p)                                                                               \
    (V1 = (union vreg){ .d = { LOW(p, u64_at) } }, V2 = (union vreg){ .d = { HIGH(p, u64_at) } })
#define GET_ldp_q(p) (memcpy(&V1, (p), 16), memcpy(&V2, (const uint8_t *)(p) + 16, 16))
#define PUT_stp_w(p) (((u32_at *)(p))[0] = (uint32_t)RD, ((u32_at *)(p))[1] = (uint32_t)RA)
#define PUT_stp_x(p) (((u64_at *)(p))[0] = RD, ((u64_at *)(p))[1] = RA)
#define PUT_stp_s(p) (((u32_at *)(p))[0] = V1.s[0], ((u32_at *)(p))[1] = V2.s[0])
#define PUT_stp_d(p) (((u64_at *)(p))[0] = V1.d[0], ((u64_at *)(p))[1] = V2.d[0])
#define PUT_stp_q(p) (memcpy((p), &V1, 16), memcpy((uint8_t *)(p) + 16, &V2, 16))

#define CHECK_ldp_w()
#define CHECK_ldp_x()
#define CHECK_ldpsw()
#define CHECK_stp_w()
#define CHECK_stp_x()
#define CHECK_ldp_s() FP_ENABLED()
#define CHECK_ldp_d() FP_ENABLED()
#define CHECK_ldp_q() FP_ENABLED()
#define CHECK_stp_s() FP_ENABLED()
#define CHECK_stp_d() FP_ENABLED()
#define CHECK_stp_q() FP_ENABLED()

/* A pair is two accesses of one element each, with the alignment of an element. The data of both
 * stands side by side in cpu->data. */
static bool load_pair(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    const unsigned element = size / 2;
    union vreg first;
    if (!mem_load(cpu, va, element, flags))
        return false;
    first = cpu->data[0];
    if (!mem_load(cpu, va + element, element, flags))
        return false;
    memmove(cpu->data[0].b + element, cpu->data[0].b, element);
    memcpy(cpu->data[0].b, first.b, element);
    return true;
}

static bool store_pair(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    const unsigned element = size / 2;
    union vreg second = { 0 };
    if (!mem_probe_store(cpu, va, element, flags) ||
        !mem_probe_store(cpu, va + element, element, flags))
        return false;
    memcpy(second.b, cpu->data[0].b + element, element);
    if (!mem_store(cpu, va, element, flags))
        return false;
    cpu->data[0] = second;
    return mem_store(cpu, va + element, element, flags);
}

#define DEFINE_LOAD_PAIR(kind, mode)  DEFINE_LOAD_BY(load_pair, kind, mode)
#define DEFINE_STORE_PAIR(kind, mode) DEFINE_STORE_BY(store_pair, kind, mode)
#define DEFINE_PAIR(DEFINE, kind)     DEFINE(kind, imm) DEFINE(kind, pre) DEFINE(kind, post)
DEFINE_PAIR(DEFINE_LOAD_PAIR, ldp_w)
DEFINE_PAIR(DEFINE_LOAD_PAIR, ldp_x)
DEFINE_PAIR(DEFINE_LOAD_PAIR, ldpsw)
DEFINE_PAIR(DEFINE_LOAD_PAIR, ldp_s)
DEFINE_PAIR(DEFINE_LOAD_PAIR, ldp_d)
DEFINE_PAIR(DEFINE_LOAD_PAIR, ldp_q)
DEFINE_PAIR(DEFINE_STORE_PAIR, stp_w)
DEFINE_PAIR(DEFINE_STORE_PAIR, stp_x)
DEFINE_PAIR(DEFINE_STORE_PAIR, stp_s)
DEFINE_PAIR(DEFINE_STORE_PAIR, stp_d)
DEFINE_PAIR(DEFINE_STORE_PAIR, stp_q)

enum mode { MODE_np, MODE_post, MODE_off, MODE_pre };
#define MODES(kind)                                                                                \
    {                                                                                              \
        kind##_imm, kind##_post, kind##_imm, kind##_pre                                            \
    }
typedef handler_fn *const modes[4];
static const modes ldp[2] = { MODES(ldp_w), MODES(ldp_x) };
static const modes stp[2] = { MODES(stp_w), MODES(stp_x) };
static const modes ldpsw = MODES(ldpsw);
static const modes ldp_simd[3] = { MODES(ldp_s), MODES(ldp_d), MODES(ldp_q) };
static const modes stp_simd[3] = { MODES(stp_s), MODES(stp_d), MODES(stp_q) };

static bool pair(struct decode *d, const modes handlers, enum mode mode, unsigned scale,
                 unsigned imm7, unsigned rn, unsigned rt, unsigned rt2)
{
    return emit_writeback(d, handlers[mode], rt, rn, rt2, sign_extend(imm7, 7) * (1 << scale));
}

#define DECODE_GENERAL(mode)                                                                       \
    bool decode_STP_##mode(struct decode *d, const struct a64_STP_##mode *f)                       \
    {                                                                                              \
        return pair(d, stp[f->sf], MODE_##mode, 2u + f->sf, f->imm7, f->Rn, reg_read(f->Rt),       \
                    reg_read(f->Rt2));                                                             \
    }                                                                                              \
    bool decode_LDP_##mode(struct decode *d, const struct a64_LDP_##mode *f)                       \
    {                                                                                              \
        return pair(d, ldp[f->sf], MODE_##mode, 2u + f->sf, f->imm7, f->Rn, reg_write(f->Rt),      \
                    reg_write(f->Rt2));                                                            \
    }
#define DECODE_SIGNED(mode)                                                                        \
    bool decode_LDPSW_##mode(struct decode *d, const struct a64_LDPSW_##mode *f)                   \
    {                                                                                              \
        return pair(d, ldpsw, MODE_##mode, 2, f->imm7, f->Rn, reg_write(f->Rt),                    \
                    reg_write(f->Rt2));                                                            \
    }
#define DECODE_SIMD(op, table, mode)                                                               \
    bool decode_##op##_simd_##mode(struct decode *d, const struct a64_##op##_simd_##mode *f)       \
    {                                                                                              \
        return f->opc < 3 &&                                                                       \
               pair(d, table[f->opc], MODE_##mode, 2u + f->opc, f->imm7, f->Rn, f->Rt, f->Rt2);    \
    }
#define DECODE_MODE(mode)                                                                          \
    DECODE_GENERAL(mode) DECODE_SIMD(STP, stp_simd, mode) DECODE_SIMD(LDP, ldp_simd, mode)
DECODE_MODE(np)
DECODE_MODE(post)
DECODE_MODE(off)
DECODE_MODE(pre)
DECODE_SIGNED(post)
DECODE_SIGNED(off)
DECODE_SIGNED(pre)
