/* SPDX-License-Identifier: MIT */
/*
 * How the bodies of handlers are compiled to stencils (stencil_gen.py): what their markers mean, and the holes.
 *
 * A hole is the address of a symbol. The compiler leaves room for one of 32 bits, sign-extended (the kernel code model), and
 * a relocation that says where; holes of 64 bits come by movabs. Hence two rules: an address of 32 bits is never 0 to the
 * compiler, so whatever may be compared comes through an asm statement; and stencils use no data but what hangs from cpu.
 *
 * Each stencil knows its place, STENCIL_HERE(), and needs no record. The register of that argument holds `last` instead, the
 * value that was written to cpu->x last, where somebody knows which register that was of.
 */
#ifndef CPU_STENCIL_CODE_H
#define CPU_STENCIL_CODE_H

#include "cpu/exec.h"

extern const char stencil_x_rd[], stencil_x_rn[], stencil_x_rm[], stencil_x_ra[]; /* offset in struct cpu of a register */
extern const char stencil_v_rd[], stencil_v_rn[], stencil_v_rm[], stencil_v_ra[]; /* the same, of a vector register */
extern const char stencil_rd[], stencil_rn[], stencil_rm[], stencil_ra[];         /* the bytes as they are */
extern const char stencil_imm[];
extern const char stencil_mask[];  /* 64 bits: bitmask_immediates[imm] */
extern const char stencil_here[];  /* 64 bits: the record */
extern const char stencil_there[]; /* 64 bits: the record that a branch inside the page goes to */
extern const char stencil_moved[]; /* what such a branch adds to limit */

/* The code behind this stencil; the code of the record that a branch goes to. */
handler_fn stencil_next, stencil_taken;

#define STENCIL(name)                                                                              \
    handler_fn stencil_of_##name __attribute__((flatten));                                         \
    HANDLER(stencil_of_##name)

#define STENCIL_BEGIN()                                                                            \
    const uint64_t last_before = (uint64_t)(uintptr_t)r;                                           \
    uint64_t last __attribute__((unused)) = last_before

#define STENCIL_LAST()   last_before
#define STENCIL_AT(hole) ((intptr_t)stencil_##hole)
#define STENCIL_x(field) (*(uint64_t *)((char *)cpu + STENCIL_AT(x_##field)))
#define STENCIL_v(field) (*(union vreg *)((char *)cpu + STENCIL_AT(v_##field)))
#define STENCIL_IMM()    STENCIL_AT(imm)
#define STENCIL_BYTE(field)                                                                        \
    __extension__({                                                                                \
        int byte;                                                                                  \
        __asm__("movl %1, %k0" : "=r"(byte) : "i"(stencil_##field));                               \
        byte;                                                                                      \
    })
#define STENCIL_LONG(hole)                                                                         \
    __extension__({                                                                                \
        uint64_t value;                                                                            \
        __asm__("movabsq %1, %0" : "=r"(value) : "i"(stencil_##hole));                             \
        value;                                                                                     \
    })
#define STENCIL_MASK() STENCIL_LONG(mask)
#define STENCIL_HERE() ((struct record *)STENCIL_LONG(here))

/* On to other compiled code. */
#define STENCIL_GO(code)                                                                           \
    do {                                                                                           \
        struct record *r = (struct record *)(uintptr_t)last;                                       \
        TAIL(code);                                                                                \
    } while (0)

#define FUSE_NEXT() STENCIL_GO(stencil_next)
#define FUSE_TAIL(h)                                                                               \
    do {                                                                                           \
        struct record *r = STENCIL_HERE();                                                         \
        TAIL(h);                                                                                   \
    } while (0)
#define FUSE_FORWARD()                                                                             \
    do {                                                                                           \
        limit = RECORD_AT(limit, STENCIL_AT(moved));                                               \
        STENCIL_GO(stencil_taken);                                                                 \
    } while (0)
#define FUSE_BACK()                                                                                \
    do {                                                                                           \
        limit = RECORD_AT(limit, STENCIL_AT(moved));                                               \
        struct record *r = (struct record *)STENCIL_LONG(there);                                   \
        if (unlikely((uintptr_t)r >= (uintptr_t)limit))                                            \
            TAIL(exec_check_point);                                                                \
        TAIL(stencil_taken);                                                                       \
    } while (0)
#define FUSE_JUMP(address)                                                                         \
    do {                                                                                           \
        const uint64_t to = (address);                                                             \
        struct record *r = STENCIL_HERE();                                                         \
        JUMP(to);                                                                                  \
    } while (0)

#endif
