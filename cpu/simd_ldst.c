/* SPDX-License-Identifier: MIT */
/*
 * Arm ARM C4.1.88, Advanced SIMD load/store of multiple structures and of a single structure, and
 * their post-index forms.
 *
 * The record: rd the first register, rn the base, rm the slot of the post-index register (X_ZERO:
 * none), ra the shape (below), imm the post-index constant and, for a single structure, the lane.
 */
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/mem.h"

#include <string.h>

/* ra: log2 of the element's bytes; registers of a structure - 1; registers of 16 bytes rather
 * than 8. */
#define SHAPE(size, registers, Q) ((unsigned)(size) | ((registers)-1u) << 2 | (unsigned)(Q) << 4)
#define ELEMENT_BYTES             (1u << (r->ra & 3))
#define REGISTERS                 ((r->ra >> 2 & 3) + 1u)
#define REGISTER_BYTES            (r->ra >> 4 ? 16u : 8u)
#define LANE                      ((unsigned)r->imm >> 8)
#define IMM(amount, lane)         ((int32_t)((amount) | (lane) << 8))
#define WRITEBACK()               (RN += RM + ((unsigned)r->imm & 0xff))
#define BASE_FLAG                 (r->rn == X_SP ? MEM_SP_BASE : 0u)

/* -- between registers and bytes in memory order -- */

static void put_registers(struct cpu *cpu, const struct record *r, const uint8_t *from)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        union vreg v = { .d = { 0, 0 } };
        memcpy(&v, from + i * REGISTER_BYTES, REGISTER_BYTES);
        cpu->v[(r->rd + i) % 32] = v;
    }
}

static void get_registers(const struct cpu *cpu, const struct record *r, uint8_t *to)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        memcpy(to + i * REGISTER_BYTES, &cpu->v[(r->rd + i) % 32], REGISTER_BYTES);
}

/* Element e of register i is at (e * REGISTERS + i). */
static void put_structures(struct cpu *cpu, const struct record *r, const uint8_t *from)
{
    const unsigned bytes = ELEMENT_BYTES;
    for (unsigned i = 0; i < REGISTERS; i++) {
        union vreg v = { .d = { 0, 0 } };
        for (unsigned at = 0; at < REGISTER_BYTES; at += bytes)
            memcpy(v.b + at, from + at * REGISTERS + i * bytes, bytes);
        cpu->v[(r->rd + i) % 32] = v;
    }
}

static void get_structures(const struct cpu *cpu, const struct record *r, uint8_t *to)
{
    const unsigned bytes = ELEMENT_BYTES;
    for (unsigned i = 0; i < REGISTERS; i++) {
        const union vreg *v = &cpu->v[(r->rd + i) % 32];
        for (unsigned at = 0; at < REGISTER_BYTES; at += bytes)
            memcpy(to + at * REGISTERS + i * bytes, v->b + at, bytes);
    }
}

static void put_lanes(struct cpu *cpu, const struct record *r, const uint8_t *from)
{
    const unsigned bytes = ELEMENT_BYTES;
    for (unsigned i = 0; i < REGISTERS; i++)
        memcpy(cpu->v[(r->rd + i) % 32].b + LANE * bytes, from + i * bytes, bytes);
}

static void get_lanes(const struct cpu *cpu, const struct record *r, uint8_t *to)
{
    const unsigned bytes = ELEMENT_BYTES;
    for (unsigned i = 0; i < REGISTERS; i++)
        memcpy(to + i * bytes, cpu->v[(r->rd + i) % 32].b + LANE * bytes, bytes);
}

static void put_replicated(struct cpu *cpu, const struct record *r, const uint8_t *from)
{
    const unsigned bytes = ELEMENT_BYTES;
    for (unsigned i = 0; i < REGISTERS; i++) {
        union vreg v = { .d = { 0, 0 } };
        for (unsigned at = 0; at < REGISTER_BYTES; at += bytes)
            memcpy(v.b + at, from + i * bytes, bytes);
        cpu->v[(r->rd + i) % 32] = v;
    }
}

#define SIZE_registers  (REGISTERS * REGISTER_BYTES)
#define SIZE_structures (REGISTERS * REGISTER_BYTES)
#define SIZE_lanes      (REGISTERS * ELEMENT_BYTES)
#define SIZE_replicated (REGISTERS * ELEMENT_BYTES)

/* -- slow access to the bytes: the elements are aligned each for itself, nothing changes when one
 * faults -- */

#define BLOCK_MAX 64u

/* Whole elements, as many as one access may hold. */
static unsigned piece_of(unsigned size)
{
    return size >= 16 ? 16 : size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
}

static bool load_block(struct cpu *cpu, uint64_t va, uint8_t *to, unsigned size, unsigned flags)
{
    for (unsigned at = 0; at < size;) {
        const unsigned n = piece_of(size - at);
        if (!mem_load(cpu, va + at, n, flags))
            return false;
        memcpy(to + at, cpu->data[0].b, n);
        at += n;
    }
    return true;
}

static bool store_block(struct cpu *cpu, uint64_t va, const uint8_t *from, unsigned size,
                        unsigned flags)
{
    for (unsigned at = 0; at < size; at += piece_of(size - at))
        if (!mem_probe_store(cpu, va + at, piece_of(size - at), flags))
            return false;
    for (unsigned at = 0; at < size;) {
        const unsigned n = piece_of(size - at);
        memcpy(cpu->data[0].b, from + at, n);
        if (!mem_store(cpu, va + at, n, flags))
            return false;
        at += n;
    }
    return true;
}

/* -- handlers -- */
#define DEFINE_LOAD(kind)                                                                          \
    static bool load_##kind##_slowly(struct cpu *cpu, const struct record *r)                      \
    {                                                                                              \
        uint8_t block[BLOCK_MAX];                                                                  \
        if (!load_block(cpu, RN, block, SIZE_##kind, BASE_FLAG | MEM_ELEMENT(ELEMENT_BYTES)))      \
            return false;                                                                          \
        put_##kind(cpu, r, block);                                                                 \
        WRITEBACK();                                                                               \
        return true;                                                                               \
    }                                                                                              \
    static COLD HANDLER(load_##kind##_cold)                                                        \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        SAVE();                                                                                    \
        if (!load_##kind##_slowly(cpu, r))                                                         \
            TAIL(exec_data_abort);                                                                 \
        if (r->rn == X_SP)                                                                         \
            cpu_refresh(cpu);                                                                      \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    static HANDLER(load_##kind)                                                                    \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_READ(cpu->dtlb, va);                                      \
        if (!DTLB_HITS(e, va, SIZE_##kind))                                                        \
            TAIL(load_##kind##_cold);                                                              \
        put_##kind(cpu, r, DTLB_HOST(e, va));                                                      \
        WRITEBACK();                                                                               \
        NEXT();                                                                                    \
    }
#define DEFINE_STORE(kind)                                                                         \
    static bool store_##kind##_slowly(struct cpu *cpu, const struct record *r)                     \
    {                                                                                              \
        uint8_t block[BLOCK_MAX];                                                                  \
        get_##kind(cpu, r, block);                                                                 \
        if (!store_block(cpu, RN, block, SIZE_##kind, BASE_FLAG | MEM_ELEMENT(ELEMENT_BYTES)))     \
            return false;                                                                          \
        WRITEBACK();                                                                               \
        return true;                                                                               \
    }                                                                                              \
    static COLD HANDLER(store_##kind##_cold)                                                       \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        SAVE();                                                                                    \
        if (!store_##kind##_slowly(cpu, r))                                                        \
            TAIL(exec_data_abort);                                                                 \
        if (r->rn == X_SP)                                                                         \
            cpu_refresh(cpu);                                                                      \
        NEXT_CHECKED();                                                                            \
    }                                                                                              \
    static HANDLER(store_##kind)                                                                   \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const uint64_t va = RN;                                                                    \
        const struct tlb_entry *e = DTLB_WRITE(cpu->dtlb, va);                                     \
        if (!DTLB_HITS(e, va, SIZE_##kind))                                                        \
            TAIL(store_##kind##_cold);                                                             \
        get_##kind(cpu, r, DTLB_HOST(e, va));                                                      \
        WRITEBACK();                                                                               \
        NEXT();                                                                                    \
    }
DEFINE_LOAD(registers)
DEFINE_LOAD(structures)
DEFINE_LOAD(lanes)
DEFINE_LOAD(replicated)
DEFINE_STORE(registers)
DEFINE_STORE(structures)
DEFINE_STORE(lanes)

/* -- decoding -- */
struct access {
    handler_fn *fast, *cold;
};
#define ACCESS(kind) ((struct access){ kind, kind##_cold })

/* Rm 31 of the post-index forms is the size of the block; without post-index Rm is NO_POST. SP as
 * base with writeback goes the slow way, which looks at its alignment again. */
#define NO_POST 32u

static bool emit_access(struct decode *d, struct access a, unsigned Rt, unsigned Rn, unsigned Rm,
                        unsigned shape, unsigned bytes, unsigned lane)
{
    const bool by_size = Rm == 31, by_register = Rm < 31;
    handler_fn *handler = Rn == X_SP && Rm != NO_POST ? a.cold : a.fast;
    return emit(d, handler, Rt, Rn, by_register ? Rm : X_ZERO, shape,
                IMM(by_size ? bytes : 0, lane));
}

static bool multiple(struct decode *d, struct access a, unsigned Rt, unsigned Rn, unsigned Rm,
                     unsigned registers, unsigned size, unsigned Q)
{
    return emit_access(d, a, Rt, Rn, Rm, SHAPE(size, registers, Q), registers * (Q ? 16 : 8), 0);
}

/* LD1 transfers registers one after the other; the others need elements: no structures of one
 * doubleword each. */
#define ROW_MULTIPLE(row, access, registers, allowed)                                              \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return (allowed) &&                                                                        \
               multiple(d, ACCESS(access), f->Rt, f->Rn, NO_POST, registers, f->size, f->Q);       \
    }                                                                                              \
    bool decode_##row##_post(struct decode *d, const struct a64_##row##_post *f)                   \
    {                                                                                              \
        return (allowed) &&                                                                        \
               multiple(d, ACCESS(access), f->Rt, f->Rn, f->Rm, registers, f->size, f->Q);         \
    }
#define NOT_1D (f->size != 3 || f->Q)

ROW_MULTIPLE(LD1_1reg, load_registers, 1, true)
ROW_MULTIPLE(LD1_2regs, load_registers, 2, true)
ROW_MULTIPLE(LD1_3regs, load_registers, 3, true)
ROW_MULTIPLE(LD1_4regs, load_registers, 4, true)
ROW_MULTIPLE(LD2, load_structures, 2, NOT_1D)
ROW_MULTIPLE(LD3, load_structures, 3, NOT_1D)
ROW_MULTIPLE(LD4, load_structures, 4, NOT_1D)
ROW_MULTIPLE(ST1_1reg, store_registers, 1, true)
ROW_MULTIPLE(ST1_2regs, store_registers, 2, true)
ROW_MULTIPLE(ST1_3regs, store_registers, 3, true)
ROW_MULTIPLE(ST1_4regs, store_registers, 4, true)
ROW_MULTIPLE(ST2, store_structures, 2, NOT_1D)
ROW_MULTIPLE(ST3, store_structures, 3, NOT_1D)
ROW_MULTIPLE(ST4, store_structures, 4, NOT_1D)

/* The lane's number is in Q:S:size, as much of it as the element size leaves. scale is opcode<2:1>.
 */
static bool single(struct decode *d, struct access a, unsigned Rt, unsigned Rn, unsigned Rm,
                   unsigned registers, unsigned scale, unsigned index)
{
    unsigned size = scale;
    if (scale == 3)
        return false; /* stores: unallocated; loads are LDnR */
    if (scale == 1 && (index & 1))
        return false;
    if (scale == 2 && (index & 3) == 1)
        size = 3;
    if ((scale == 2 && (index & 2)) || (size == 3 && (index & 4)))
        return false;
    return emit_access(d, a, Rt, Rn, Rm, SHAPE(size, registers, 1), registers << size,
                       index >> size);
}

#define ROW_SINGLE(row, access, registers)                                                         \
    bool decode_##row##_single(struct decode *d, const struct a64_##row##_single *f)               \
    {                                                                                              \
        const unsigned index = (unsigned)f->Q << 3 | (unsigned)f->S << 2 | f->size;                \
        return single(d, ACCESS(access), f->Rt, f->Rn, NO_POST, registers, f->scale, index);       \
    }                                                                                              \
    bool decode_##row##_single_post(struct decode *d, const struct a64_##row##_single_post *f)     \
    {                                                                                              \
        const unsigned index = (unsigned)f->Q << 3 | (unsigned)f->S << 2 | f->size;                \
        return single(d, ACCESS(access), f->Rt, f->Rn, f->Rm, registers, f->scale, index);         \
    }

ROW_SINGLE(LD1, load_lanes, 1)
ROW_SINGLE(LD2, load_lanes, 2)
ROW_SINGLE(LD3, load_lanes, 3)
ROW_SINGLE(LD4, load_lanes, 4)
ROW_SINGLE(ST1, store_lanes, 1)
ROW_SINGLE(ST2, store_lanes, 2)
ROW_SINGLE(ST3, store_lanes, 3)
ROW_SINGLE(ST4, store_lanes, 4)

#define ROW_REPLICATE(row, registers)                                                              \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit_access(d, ACCESS(load_replicated), f->Rt, f->Rn, NO_POST,                      \
                           SHAPE(f->size, registers, f->Q), registers << f->size, 0);              \
    }                                                                                              \
    bool decode_##row##_post(struct decode *d, const struct a64_##row##_post *f)                   \
    {                                                                                              \
        return emit_access(d, ACCESS(load_replicated), f->Rt, f->Rn, f->Rm,                        \
                           SHAPE(f->size, registers, f->Q), registers << f->size, 0);              \
    }

ROW_REPLICATE(LD1R, 1)
ROW_REPLICATE(LD2R, 2)
ROW_REPLICATE(LD3R, 3)
ROW_REPLICATE(LD4R, 4)
