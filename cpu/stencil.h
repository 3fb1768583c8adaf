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
    uint16_t at;  /* in the stencil's code */
    uint8_t kind;
    uint16_t of;  /* enum stencil_hole, or the number of a function */
    int16_t addend;
};

/* What is known when a stencil begins, and behind it (stencil_gen.py): the field, 0..3 for rd..ra, of the operand whose register holds
 * what is in `last`; the value of `how`. */
#define STENCIL_ANY  0xff /* assumed: nothing */
#define STENCIL_KEEP 0xfe /* new: as before */
#define STENCIL_LOST 0xfd /* new: nothing is known any more */

struct stencil {
    uint16_t handler; /* whose body this is: the number of a function */
    uint8_t last, how, new_last, new_how;
    bool rm_zero;     /* it is only for records whose rm is 0 */
    bool goes_on;     /* to the next instruction, in some case */
    bool branches;    /* to a record of its page, in some case */
    uint16_t hot;     /* bytes of the hot part, which is left at its end or by a patch; the cold part stands behind it */
    uint16_t cold;
    uint16_t patch_count;
    uint32_t code;    /* where it begins in stencil_code */
    uint32_t patches; /* the first of its patches */
};
/* The variants for a handler stand one behind the other, the last of which assumes nothing of last and how. */
extern const struct stencil stencils[];
extern const unsigned stencil_count;
extern const uint8_t stencil_code[];
extern const struct stencil_patch stencil_patches[];
extern handler_fn *const stencil_functions[];

#endif
