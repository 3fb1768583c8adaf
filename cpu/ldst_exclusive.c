/* SPDX-License-Identifier: MIT */
/*
 * Load/store exclusive and ordered (Arm ARM C4.1.88).
 *
 * The monitor remembers the physical address and what the load returned; a store exclusive succeeds
 * while memory still holds that value. All CPUs of a machine see the accesses of the others in
 * order, so acquire and release need no more than their alignment check - unless CPUs have host
 * threads of their own: then ldst_parallel.c takes over.
 *
 * Record: rd is Rt, ra is Rt2, rn the base, rm is Rs.
 */
#include "cpu/ldst.h"
#include "cpu/parallel.h"

#define ALIGNED(va, size) (((va) & ((size)-1)) == 0)

#define TYPE_1 u8_at
#define TYPE_2 u16_at
#define TYPE_4 u32_at
#define TYPE_8 u64_at

#define DEFINE_EXCLUSIVE(bytes)                                                                    \
    COLD_OP(ldxr_##bytes##_cold)                                                                   \
    {                                                                                              \
        SAVE();                                                                                    \
        if (!mem_load_exclusive(cpu, RN, bytes, BASE_FLAG()))                                      \
            TAIL(exec_data_abort);                                                                 \
        RD = cpu->data[0].d[0];                                                                    \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(ldxr_##bytes)                                                                               \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_READ(cpu->dtlb, va);                                      \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes))                                       \
            TAIL(ldxr_##bytes##_cold);                                                             \
        const uint64_t value = *(const TYPE_##bytes *)DTLB_HOST(e, va);                            \
        cpu->exclusive.armed = true;                                                               \
        cpu->exclusive.size = bytes;                                                               \
        cpu->exclusive.pa = DTLB_PHYSICAL(read, va);                                               \
        cpu->exclusive.data[0] = value;                                                            \
        RD = value;                                                                                \
        NEXT();                                                                                    \
    }                                                                                              \
    COLD_OP(stxr_##bytes##_cold)                                                                   \
    {                                                                                              \
        SAVE();                                                                                    \
        cpu->data[0].d[0] = RD;                                                                    \
        if (!store_exclusive(cpu, RN, bytes, BASE_FLAG()))                                         \
            TAIL(exec_data_abort);                                                                 \
        RM = cpu->va;                                                                              \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(stxr_##bytes)                                                                               \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_WRITE(cpu->dtlb, va);                                     \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes) || !cpu->exclusive.armed ||            \
            cpu->exclusive.size != bytes || cpu->exclusive.pa != DTLB_PHYSICAL(write, va))         \
            TAIL(stxr_##bytes##_cold);                                                             \
        TYPE_##bytes *host = DTLB_HOST(e, va);                                                     \
        const bool stored = *host == cpu->exclusive.data[0];                                       \
        if (stored)                                                                                \
            *host = (TYPE_##bytes)RD;                                                              \
        cpu->exclusive.armed = false;                                                              \
        RM = !stored;                                                                              \
        NEXT();                                                                                    \
    }                                                                                              \
    COLD_OP(ldar_##bytes##_cold)                                                                   \
    {                                                                                              \
        SAVE();                                                                                    \
        if (!mem_load(cpu, RN, bytes, BASE_FLAG() | MEM_ALIGNED))                                  \
            TAIL(exec_data_abort);                                                                 \
        RD = cpu->data[0].d[0];                                                                    \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(ldar_##bytes)                                                                               \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_READ(cpu->dtlb, va);                                      \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes))                                       \
            TAIL(ldar_##bytes##_cold);                                                             \
        RD = *(const TYPE_##bytes *)DTLB_HOST(e, va);                                              \
        NEXT();                                                                                    \
    }                                                                                              \
    COLD_OP(stlr_##bytes##_cold)                                                                   \
    {                                                                                              \
        SAVE();                                                                                    \
        cpu->data[0].d[0] = RD;                                                                    \
        if (!mem_store(cpu, RN, bytes, BASE_FLAG() | MEM_ALIGNED))                                 \
            TAIL(exec_data_abort);                                                                 \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    OP(stlr_##bytes)                                                                               \
    {                                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_WRITE(cpu->dtlb, va);                                     \
        if (!DTLB_HITS(e, va, bytes) || !ALIGNED(va, bytes))                                       \
            TAIL(stlr_##bytes##_cold);                                                             \
        *(TYPE_##bytes *)DTLB_HOST(e, va) = (TYPE_##bytes)RD;                                      \
        NEXT();                                                                                    \
    }

/* The status goes into cpu->va: handlers have no addressable locals. */
static bool store_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    bool stored;
    if (!mem_store_exclusive(cpu, va, size, flags, &stored))
        return false;
    cpu->va = !stored;
    return true;
}

DEFINE_EXCLUSIVE(1)
DEFINE_EXCLUSIVE(2)
DEFINE_EXCLUSIVE(4)
DEFINE_EXCLUSIVE(8)

/* -- Pairs -- */

#define DEFINE_EXCLUSIVE_PAIR(W, size, FIRST, SECOND)                                              \
    COLD_OP(ldxp_##W)                                                                              \
    {                                                                                              \
        SAVE();                                                                                    \
        if (!mem_load_exclusive(cpu, RN, size, BASE_FLAG() | MEM_ELEMENT(size / 2)))               \
            TAIL(exec_data_abort);                                                                 \
        RD = FIRST;                                                                                \
        RA = SECOND;                                                                               \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    COLD_OP(stxp_##W)                                                                              \
    {                                                                                              \
        SAVE();                                                                                    \
        FIRST = (__typeof__(FIRST))RD;                                                             \
        SECOND = (__typeof__(SECOND))RA;                                                           \
        if (!store_exclusive(cpu, RN, size, BASE_FLAG() | MEM_ELEMENT(size / 2)))                  \
            TAIL(exec_data_abort);                                                                 \
        RM = cpu->va;                                                                              \
        NEXT_CHECKED();                                                                            \
    }
DEFINE_EXCLUSIVE_PAIR(w, 8, cpu->data[0].s[0], cpu->data[0].s[1])
DEFINE_EXCLUSIVE_PAIR(x, 16, cpu->data[0].d[0], cpu->data[0].d[1])

/* -- Decoding -- */

/* The handler for `bytes`, by whether CPUs have threads of their own. */
#define BY_SIZE(name, bytes)                                                                       \
    ((bytes) == 1 ? name##_1 : (bytes) == 2 ? name##_2 : (bytes) == 4 ? name##_4 : name##_8)
#define HANDLER_FOR(name, bytes)                                                                   \
    (d->parallel ? BY_SIZE(name##_parallel, bytes) : BY_SIZE(name, bytes))

#define DECODE_LOAD(op, name, bytes)                                                               \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, HANDLER_FOR(name, bytes), reg_write(f->Rt), f->Rn, 0, 0, 0);                \
    }
#define DECODE_STORE(op, name, bytes)                                                              \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, HANDLER_FOR(name, bytes), reg_read(f->Rt), f->Rn, reg_write(f->Rs), 0, 0);  \
    }
#define DECODE_SIZES(DECODE, op, name)                                                             \
    DECODE(op##B, name, 1)                                                                         \
    DECODE(op##H, name, 2)                                                                         \
    DECODE(op, name, f->sz ? 8 : 4)
DECODE_SIZES(DECODE_LOAD, LDXR, ldxr)
DECODE_SIZES(DECODE_LOAD, LDAXR, ldxr)
DECODE_SIZES(DECODE_LOAD, LDAR, ldar)
DECODE_SIZES(DECODE_STORE, STXR, stxr)
DECODE_SIZES(DECODE_STORE, STLXR, stxr)
DECODE_SIZES(DECODE_STORE, STLR, stlr)

#define DECODE_LOAD_PAIR(op)                                                                       \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, f->sz ? ldxp_x : ldxp_w, reg_write(f->Rt), f->Rn, 0, reg_write(f->Rt2), 0); \
    }
#define DECODE_STORE_PAIR(op)                                                                      \
    bool decode_##op(struct decode *d, const struct a64_##op *f)                                   \
    {                                                                                              \
        return emit(d, f->sz ? stxp_x : stxp_w, reg_read(f->Rt), f->Rn, reg_write(f->Rs),          \
                    reg_read(f->Rt2), 0);                                                          \
    }
DECODE_LOAD_PAIR(LDXP)
DECODE_LOAD_PAIR(LDAXP)
DECODE_STORE_PAIR(STXP)
DECODE_STORE_PAIR(STLXP)
