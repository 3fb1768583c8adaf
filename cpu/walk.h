/* SPDX-License-Identifier: MIT */
/*
 * A translation as the hardware goes through it, for whoever wants to look on: a debugger that explains why an address faults.
 * The tables are read as they are in memory now; what a TLB may still hold of them is not looked at. No state changes.
 */
#ifndef CPU_WALK_H
#define CPU_WALK_H

#include "cpu/cpu.h"

/* One descriptor that the walk looks at. */
struct cpu_walk_step {
    unsigned level;      /* 0..3 */
    unsigned high, low;  /* bits [high:low] of the address choose the descriptor in its table */
    uint64_t pa;         /* of the descriptor */
    bool in_memory;      /* false: nothing is there, and `descriptor` is 0 */
    uint64_t descriptor; /* Arm ARM D4.3, "VMSAv8-64 translation table format descriptors" */
};

enum { CPU_MAY_READ = 1, CPU_MAY_WRITE = 2, CPU_MAY_EXECUTE = 4 };

struct cpu_walk {
    /* Where it begins. */
    bool mmu;            /* SCTLR_EL1.M; without it nothing below but the result matters */
    bool upper;          /* TTBR1_EL1 rather than TTBR0_EL1 */
    uint64_t ttbr;       /* the register's value */
    unsigned input_size; /* bits of the address that the tables translate */
    unsigned granule;    /* log2 of its bytes: 12, 14, 16 */

    /* What comes of it. */
    bool mapped;
    unsigned fault_status; /* not mapped: DFSC, as ESR_EL1 would have it */
    uint64_t pa;
    unsigned level;        /* of the block or page */
    unsigned range_bits;   /* log2 of the bytes that it maps */
    unsigned may[2];       /* CPU_MAY_*, by exception level, everything considered (WXN, table attributes) */
    uint8_t memattr;       /* the byte of MAIR_EL1 */
    uint8_t shareability;  /* 0 none, 2 outer, 3 inner */
    bool global;
};

/* Translates va for a data access, telling `visit` (unless it is NULL) of each descriptor on the way. Returns walk->mapped. */
bool cpu_walk(const struct cpu *cpu, uint64_t va, void (*visit)(void *ctx, const struct cpu_walk_step *step), void *ctx,
              struct cpu_walk *walk);

#endif
