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
};
/* The access is several elements of `bytes` each (LDP: 2 registers; LD1: lanes): an element is to be aligned for itself.
 * Without it the access is one element. */
#define MEM_ELEMENT(bytes) ((unsigned)(bytes) << 8)

/* Loads `size` (1, 2, 4, 8, 16) bytes at va into cpu->data[0], zero-extended to 16 bytes. On failure cpu->fault says
 * why and nothing has changed. 16-byte accesses that are two 8-byte elements (LDP) may be loaded as one. */
bool mem_load(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);
/* Stores the low `size` bytes of cpu->data[0]. Either all bytes are written or none. */
bool mem_store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);
/* Checks that a store of `size` bytes at va would succeed, without storing (ST1 of several registers). */
bool mem_probe_store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);

/* Arm ARM J1, BigEndian of data accesses at the current EL, LDTR's included. The soft TLBs serve little-endian accesses
 * only. */
bool aarch64_big_endian(const struct cpu *cpu);
/* Reverses each element of the `size` bytes in cpu->data[0] for an access with these flags, when it is big-endian. */
void mem_order_bytes(struct cpu *cpu, unsigned size, unsigned flags);

/* LDXR and friends: load, arm the monitor. STXR: *status 0 stored, 1 not. `size` is the whole access (pairs: 8 or 16). */
bool mem_load_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags);
bool mem_store_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags, bool *stored);
/* What DC and IC do with an address: translate it, nothing more. `access`: ACCESS_CACHE, or ACCESS_WRITE for DC IVAC,
 * which watchpoints take for a store. */
bool mem_touch(struct cpu *cpu, uint64_t va, enum access_type access);
/* DC ZVA: zeroes the 64-byte block that holds va. */
bool mem_zero_block(struct cpu *cpu, uint64_t va);

/* The code page for fetching at cpu->pc at the current EL, entered into the code TLB. NULL: cpu->fault holds the
 * instruction abort (or a PC misalignment: FAULT_ALIGNMENT). */
struct code_page *mem_fetch_page(struct cpu *cpu);

/* Permissions of a translation, for EL0 and EL1 at once. */
#define PERM_READ    1u
#define PERM_WRITE   2u
#define PERM_EXECUTE 4u
#define PERM(el, p)  ((p) << ((el) ? 3 : 0))

/* The result of a translation that succeeded. */
struct translation {
    uint64_t pa;
    bool device;         /* Device memory: accesses must be aligned */
    bool global;
    uint8_t permissions; /* PERM() of both exception levels */
    uint8_t level;       /* of the block or page descriptor */
    uint8_t range_bits;  /* log2 of the bytes that it maps */
    uint8_t memattr;     /* MAIR byte */
    uint8_t shareability;
};
/* Arm ARM J1, AArch64.FirstStageTranslate for EL1&0, permissions not checked yet. On failure *fault. */
bool aarch64_first_stage_translate(const struct cpu *cpu, uint64_t va, enum access_type access,
                                   struct translation *out, struct fault *fault);
/* The same, beginning where walks before it have been (struct walk_region). */
bool mmu_translate(struct cpu *cpu, uint64_t va, enum access_type access, struct translation *out, struct fault *fault);
/* Arm ARM J1, AArch64.CheckPermission at privilege `el`. */
bool aarch64_check_permission(uint8_t permissions, enum access_type access, unsigned el);
/* Both, as AArch64.TranslateAddress: what AT does. `el` is the privilege to check for. */
bool aarch64_translate_address(const struct cpu *cpu, uint64_t va, enum access_type access, unsigned el,
                               struct translation *out, struct fault *fault);
/* Arm ARM J1, AArch64.BranchAddr: a branch target without its tag (TCR_EL1.TBI0, TBI1). */
uint64_t aarch64_branch_addr(const struct cpu *cpu, uint64_t va);

/* The main TLB's entry for va, walking the tables when there is none; NULL: *fault. The caller checks permissions. */
struct tlb_page *tlb_lookup(struct cpu *cpu, uint64_t va, enum access_type access, struct fault *fault);
/* Enters the page into the soft TLB that such accesses at `el` look into, if it allows fast ones. */
void tlb_fill_data(struct cpu *cpu, uint64_t va, const struct tlb_page *page, unsigned el, enum access_type access);
/* The page's entry in a soft TLB, brought back when another page displaced it a short while ago. NULL: not there. */
const struct tlb_entry *tlb_recall_data(struct dtlb *dtlb, uint64_t va, enum access_type access);
/* The half for such accesses; all but writes are reads here. */
static inline struct data_tlb *tlb_data(struct dtlb *dtlb, enum access_type access)
{
    return access == ACCESS_WRITE ? &dtlb->write : &dtlb->read;
}
/* No entry hits any more. */
void tlb_clear_data(struct dtlb *dtlb);
/* The same for fetches at the current EL; page->code is there. */
void tlb_fill_code(struct cpu *cpu, uint64_t va, const struct tlb_page *page);

/* Drops translations from all TLBs of this CPU. */
void tlb_flush_all(struct cpu *cpu);
/* The next data access to any page comes to mem.c. */
void tlb_flush_data(struct cpu *cpu);
void tlb_flush_asid(struct cpu *cpu, uint16_t asid);
/* Those for va: global ones and those of `asid`, or of every ASID. */
void tlb_flush_page(struct cpu *cpu, uint64_t va, bool every_asid, uint16_t asid);
/* Makes `asid` the current one: soft TLBs that hold another's translations forget them. Refreshes. */
void tlb_set_asid(struct cpu *cpu, uint16_t asid);
/* Nothing leads to decoded records any more: the cache is about to be swept. */
void tlb_forget_code(struct cpu *cpu);
/* The page at `pa` now holds decoded records: writes to it must be seen. */
void tlb_revoke_writes(struct cpu *cpu, uint64_t pa);

#endif
