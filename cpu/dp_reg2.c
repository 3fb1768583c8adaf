/* SPDX-License-Identifier: MIT */
/*
 * Data processing - register: one source, two source without flags, and three source (Arm ARM C4.1.89).
 */
#include "cpu/alu.h"
#include "cpu/crc32.h"
#include "cpu/decode.h"

#define BOTH_WIDTHS(DEFINE, ...) DEFINE(x, __VA_ARGS__) DEFINE(w, __VA_ARGS__)

/* A handler that computes Rd from a = Rn and b = Rm. */
#define DEFINE_TWO(W, name, expression)                                                            \
    OP(name##_##W)                                                                                 \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = (type_##W)RM;                                         \
        RD = (type_##W)(expression);                                                               \
        NEXT();                                                                                    \
    }
#define DECODE_TWO(op, name)                                                                       \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, f->sf ? name##_x : name##_w, reg_write(f->Rd), reg_read(f->Rn), reg_read(f->Rm), 0, 0); \
    }

/* -- Division: by zero gives 0; the one overflow gives the dividend -- */

BOTH_WIDTHS(DEFINE_TWO, udiv, b ? a / b : 0)
DEFINE_TWO(x, sdiv, b == 0 ? 0 : b == UINT64_MAX ? -a : (uint64_t)((int64_t)a / (int64_t)b))
DEFINE_TWO(w, sdiv, b == 0 ? 0 : b == UINT32_MAX ? -a : (uint32_t)((int32_t)a / (int32_t)b))
DECODE_TWO(UDIV, udiv)
DECODE_TWO(SDIV, sdiv)

/* -- Shifts by register: modulo the width -- */

BOTH_WIDTHS(DEFINE_TWO, lslv, a << (b % (8 * sizeof(a))))
BOTH_WIDTHS(DEFINE_TWO, lsrv, a >> (b % (8 * sizeof(a))))
DEFINE_TWO(x, asrv, (int64_t)a >> (b % 64))
DEFINE_TWO(w, asrv, (int32_t)a >> (b % 32))
BOTH_WIDTHS(DEFINE_TWO, rorv, a >> (b % (8 * sizeof(a))) | a << (-b % (8 * sizeof(a))))
DECODE_TWO(LSLV, lslv)
DECODE_TWO(LSRV, lsrv)
DECODE_TWO(ASRV, asrv)
DECODE_TWO(RORV, rorv)

/* -- CRC32: ra holds the number of bytes -- */

OP(crc32)
{
    RD = crc32_update((uint32_t)RN, RM, r->ra);
    NEXT();
}

OP(crc32c)
{
    RD = crc32c_update((uint32_t)RN, RM, r->ra);
    NEXT();
}

static bool crc(struct decode *d, handler_fn *handler, bool sf, unsigned sz, unsigned rm, unsigned rn, unsigned rd)
{
    if (sf != (sz == 3))
        return false;
    return emit(d, handler, reg_write(rd), reg_read(rn), reg_read(rm), 1u << sz, 0);
}

bool decode_CRC32(struct decode *d, const struct a64_CRC32 *f)
{
    return crc(d, crc32, f->sf, f->sz, f->Rm, f->Rn, f->Rd);
}

bool decode_CRC32C(struct decode *d, const struct a64_CRC32C *f)
{
    return crc(d, crc32c, f->sf, f->sz, f->Rm, f->Rn, f->Rd);
}

/* -- One source -- */

static inline uint64_t reverse_bits(uint64_t v)
{
    v = (v >> 1 & 0x5555555555555555) | (v & 0x5555555555555555) << 1;
    v = (v >> 2 & 0x3333333333333333) | (v & 0x3333333333333333) << 2;
    v = (v >> 4 & 0x0f0f0f0f0f0f0f0f) | (v & 0x0f0f0f0f0f0f0f0f) << 4;
    return __builtin_bswap64(v);
}

static inline uint64_t swap_bytes_of_halfwords(uint64_t v)
{
    return (v >> 8 & 0x00ff00ff00ff00ff) | (v & 0x00ff00ff00ff00ff) << 8;
}

static inline uint64_t rotate_32(uint64_t v)
{
    return v >> 32 | v << 32;
}

#define DEFINE_ONE(W, name, expression)                                                            \
    OP(name##_##W)                                                                                 \
    {                                                                                              \
        const type_##W a = (type_##W)RN;                                                           \
        RD = (type_##W)(expression);                                                               \
        NEXT();                                                                                    \
    }
#define DECODE_ONE(op, name)                                                                       \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, f->sf ? name##_x : name##_w, reg_write(f->Rd), reg_read(f->Rn), 0, 0, 0);   \
    }
DEFINE_ONE(x, rbit, reverse_bits(a))
DEFINE_ONE(w, rbit, reverse_bits(a) >> 32)
BOTH_WIDTHS(DEFINE_ONE, rev16, swap_bytes_of_halfwords(a))
DEFINE_ONE(x, clz, a ? __builtin_clzll(a) : 64)
DEFINE_ONE(w, clz, a ? __builtin_clz(a) : 32)
DEFINE_ONE(x, cls, __builtin_clrsbll((long long)a))
DEFINE_ONE(w, cls, __builtin_clrsb((int)a))
DEFINE_ONE(w, rev, __builtin_bswap32(a))
DEFINE_ONE(x, rev, __builtin_bswap64(a))
DEFINE_ONE(x, rev32, rotate_32(__builtin_bswap64(a)))
DECODE_ONE(RBIT, rbit)
DECODE_ONE(REV16, rev16)
DECODE_ONE(CLZ, clz)
DECODE_ONE(CLS, cls)

bool decode_REV_32(struct decode *d, const struct a64_REV_32 *f)
{
    return emit(d, rev_w, reg_write(f->Rd), reg_read(f->Rn), 0, 0, 0);
}

bool decode_REV_64(struct decode *d, const struct a64_REV_64 *f)
{
    return emit(d, rev_x, reg_write(f->Rd), reg_read(f->Rn), 0, 0, 0);
}

bool decode_REV32(struct decode *d, const struct a64_REV32 *f)
{
    return emit(d, rev32_x, reg_write(f->Rd), reg_read(f->Rn), 0, 0, 0);
}

/* -- Three source -- */

#define DEFINE_THREE(name, expression)                                                             \
    OP(name)                                                                                       \
    {                                                                                              \
        RD = (expression);                                                                         \
        NEXT();                                                                                    \
    }
#define SIGNED_W(reg) ((uint64_t)(int64_t)(int32_t)(reg))
DEFINE_THREE(madd_x, RA + RN * RM)
DEFINE_THREE(madd_w, (uint32_t)((uint32_t)RA + (uint32_t)RN * (uint32_t)RM))
DEFINE_THREE(msub_x, RA - RN * RM)
DEFINE_THREE(msub_w, (uint32_t)((uint32_t)RA - (uint32_t)RN * (uint32_t)RM))
DEFINE_THREE(smaddl, RA + SIGNED_W(RN) * SIGNED_W(RM))
DEFINE_THREE(smsubl, RA - SIGNED_W(RN) * SIGNED_W(RM))
DEFINE_THREE(umaddl, RA + (uint64_t)(uint32_t)RN * (uint32_t)RM)
DEFINE_THREE(umsubl, RA - (uint64_t)(uint32_t)RN * (uint32_t)RM)
DEFINE_THREE(smulh, (uint64_t)((__int128)(int64_t)RN * (int64_t)RM >> 64))
DEFINE_THREE(umulh, (uint64_t)((unsigned __int128)RN * RM >> 64))

#define DECODE_THREE(op, handler)                                                                  \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, handler, reg_write(f->Rd), reg_read(f->Rn), reg_read(f->Rm), reg_read(f->Ra), 0); \
    }
DECODE_THREE(MADD, f->sf ? madd_x : madd_w)
DECODE_THREE(MSUB, f->sf ? msub_x : msub_w)
DECODE_THREE(SMADDL, smaddl)
DECODE_THREE(SMSUBL, smsubl)
DECODE_THREE(UMADDL, umaddl)
DECODE_THREE(UMSUBL, umsubl)
DECODE_THREE(SMULH, smulh)
DECODE_THREE(UMULH, umulh)
