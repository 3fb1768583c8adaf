/* SPDX-License-Identifier: MIT */
/*
 * Stencils: the machine code of handlers with holes for their operands (stencil_code.h, stencil_pack.py). None where the host is
 * not x86-64, the compiler promises no tail calls, or sanitizers look at them.
 */
#ifndef CPU_STENCIL_H
#define CPU_STENCIL_H

#include "cpu/code.h"

/* What goes into a hole (stencil_code.h). */
enum stencil_hole {
    HOLE_x_rd, HOLE_x_rn, HOLE_x_rm, HOLE_x_ra,
    HOLE_v_rd, HOLE_v_rn, HOLE_v_rm, HOLE_v_ra,
    HOLE_rd, HOLE_rn, HOLE_rm, HOLE_ra,
    HOLE_imm, HOLE_mask, HOLE_here, HOLE_there, HOLE_moved
};

enum stencil_patch_kind {
    STENCIL_32,    /* a hole's value plus the addend, in 32 bits, or in 64 */
    STENCIL_64,
    STENCIL_NEXT,  /* these are distances of 32 bits from behind the patch: to the end of the hot part */
    STENCIL_TAKEN, /* to the code of the record that a branch goes to */
    STENCIL_HOT,   /* to the addend-th byte of the hot part */
    STENCIL_COLD,  /* the same, of the cold part */
    STENCIL_CALL   /* to a function */
};

struct stencil_patch {
    uint16_t at; /* in the stencil's code */
    uint8_t kind;
    int16_t addend;
    union {
        enum stencil_hole hole;
        handler_fn *function;
    };
};

struct stencil {
    handler_fn *handler; /* whose body this is; NULL behind the last one */
    const uint8_t *code; /* the hot part, which is left at its end or by a patch, and the cold part */
    const struct stencil_patch *patches;
    uint16_t hot, cold;  /* bytes */
    uint16_t patch_count;
    bool goes_on;        /* to the next instruction, in some case */
    bool branches;       /* to a record of its page, in some case */
};
extern const struct stencil stencils[];
extern const unsigned stencil_count;

#endif
