/* SPDX-License-Identifier: MIT */
/*
 * Memory as instructions see it: translation, the TLBs, faults, devices.
 *
 * Handlers try the soft TLB themselves (exec.h) and come here when it misses. These functions look closer: they fill
 * the TLB, split accesses that cross a page, reach devices, and record a fault in cpu->fault instead of taking it.
 */
#ifndef CPU_MEM_H
#define CPU_MEM_H

#include "cpu/state.h"

enum access_type { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH, ACCESS_CACHE };

/* Qualities of an access beyond its address and size. */
enum {
    MEM_UNPRIVILEGED = 1, /* LDTR/STTR: checked as EL0 */
    MEM_ALIGNED = 2,      /* exclusive, acquire/release: must be aligned whatever SCTLR_EL1.A says */
    MEM_SP_BASE = 4,      /* the base register is SP: subject to the SP alignment check */
    MEM_EXCLUSIVE = 8
};

/* Loads `size` (1, 2, 4, 8, 16) bytes at va into cpu->data[0], zero-extended to 16 bytes. On failure cpu->fault says
 * why and nothing has changed. 16-byte accesses that are two 8-byte elements (LDP) may be loaded as one. */
bool mem_load(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);
/* Stores the low `size` bytes of cpu->data[0]. Either all bytes are written or none. */
bool mem_store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);
/* Pairs of 16-byte registers: 32 bytes in cpu->data[0..1]. */
bool mem_load_32(struct cpu *cpu, uint64_t va, unsigned flags);
bool mem_store_32(struct cpu *cpu, uint64_t va, unsigned flags);
/* Checks that a store of `size` bytes at va would succeed, without storing (ST1 of several registers). */
bool mem_probe_store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);

/* LDXR and friends: load, arm the monitor. STXR: *status 0 stored, 1 not. `size` is the whole access (pairs: 8 or 16). */
bool mem_load_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);
bool mem_store_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags, bool *stored);
/* DC ZVA: zeroes the 64-byte block that holds va. */
bool mem_zero_block(struct cpu *cpu, uint64_t va);

/* The code page for fetching at cpu->pc at the current EL, entered into the code TLB. NULL: cpu->fault holds the
 * instruction abort (or a PC misalignment: FAULT_ALIGNMENT). */
struct code_page *mem_fetch_page(struct cpu *cpu);

/* The result of a translation that succeeded. */
struct translation {
    uint64_t pa;
    bool device;     /* Device memory: accesses must be aligned */
    bool global;
    bool read_ok, write_ok, exec_ok; /* at the privilege asked for */
    uint8_t memattr; /* MAIR byte */
    uint8_t shareability;
};
/* Arm ARM J1, AArch64.TranslateAddress, stage 1 EL1&0. `el` is the privilege to check for. On failure *fault. */
bool aarch64_translate_address(struct cpu *cpu, uint64_t va, enum access_type access, unsigned el,
                               struct translation *out, struct fault *fault);

/* Drops soft-TLB entries. */
void tlb_flush_all(struct cpu *cpu);
void tlb_flush_nonglobal(struct cpu *cpu);
void tlb_flush_page(struct cpu *cpu, uint64_t va);
/* The page at `pa` now holds decoded records: writes to it must be seen. */
void tlb_revoke_writes(struct cpu *cpu, uint64_t pa);
/* A code page leaves the cache. */
void tlb_drop_code(struct cpu *cpu, const struct code_page *page);

#endif
