/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of an access are: shared by mem.c and exclusive.c.
 */
#ifndef CPU_MEM_INTERNAL_H
#define CPU_MEM_INTERNAL_H

#include "cpu/mem.h"

/* The part of an access that lies in one page. */
struct piece {
    uint64_t pa;
    uint8_t *host; /* the page, NULL: the bus */
    bool writable; /* stores go to host, otherwise to the bus */
};

struct place {
    struct piece piece[2];
    unsigned first; /* bytes in piece[0]; the rest of the access is in piece[1] */
};

/* All checks and the translation of all bytes. Fills the soft TLB. false: cpu->fault. */
bool mem_locate(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags,
                enum access_type access, struct place *out);
/* The checks that come before translation. */
bool mem_check_alignment(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags,
                         enum access_type access);
/* Records a fault; returns false. */
bool mem_fail(struct cpu *cpu, enum fault_type type, uint64_t va, enum access_type access);

#endif
