/* SPDX-License-Identifier: MIT */
/*
 * Page tables for bare-metal guests, and accesses that may fault.
 *
 * paging_start() turns the MMU on with tables that both halves of the address space share, so that
 * a test can replace one while it runs from the other:
 *
 *     offset in the half   what
 *     0 GiB                devices: Device-nGnRnE, not executable
 *     1 GiB                RAM, for EL1; its first 2 MiB, the guest's code, read-only
 *     4 GiB                RAM again, EL0 and EL1 may read and execute it
 *     5 GiB                RAM again, EL0 and EL1 may read and write it
 *
 * Arm ARM D5, "VMSAv8-64 translation table format descriptors".
 */
#ifndef TESTS_PAGING_H
#define TESTS_PAGING_H

#include "tests/guest/guest.h"

#define MIB       0x100000ul
#define GIB       0x40000000ul
#define HIGH_HALF 0xffff000000000000ul
#define USER_CODE (4 * GIB)
#define USER_DATA (5 * GIB)

/* Descriptors. */
#define DESC_TABLE 3ul
#define DESC_PAGE  3ul
#define DESC_BLOCK 1ul

#define DESC_ATTR(index)  ((u64)(index) << 2) /* MAIR_EL1: NORMAL, ... below */
#define DESC_NS           (1ul << 5)
#define DESC_AP_EL0       (1ul << 6)
#define DESC_AP_READ_ONLY (1ul << 7)
#define DESC_INNER        (3ul << 8)
#define DESC_AF           (1ul << 10)
#define DESC_NG           (1ul << 11)
#define DESC_CONTIGUOUS   (1ul << 52)
#define DESC_PXN          (1ul << 53)
#define DESC_UXN          (1ul << 54)
#define DESC_PXN_TABLE    (1ul << 59)
#define DESC_UXN_TABLE    (1ul << 60)
#define DESC_AP_TABLE(ap) ((u64)(ap) << 61)

enum { NORMAL, DEVICE, NORMAL_NC, DEVICE_GRE };             /* indices into MAIR_EL1 */
#define DESC_RAM (DESC_ATTR(NORMAL) | DESC_INNER | DESC_AF) /* EL1 may do everything */

/* Input sizes and granules. */
enum { GRAIN_4K = 12, GRAIN_64K = 16 };

struct tables {
    u64 root;
    unsigned grain;      /* GRAIN_... */
    unsigned input_size; /* 64 - TxSZ: 25 to 48 */
};

void paging_start(void);
void flush_tlb(void); /* of this CPU, with the barriers around it */

/* Zeroed memory, 64 KiB and aligned to it, from 0x40400000 on; free_tables() takes back all that
 * came after `mark`, a value of next_table(). */
u64 new_table(void);
u64 next_table(void);
void free_tables(u64 mark);

struct tables tables_create(unsigned grain, unsigned input_size);
unsigned tables_first_level(const struct tables *tables);
/* Where a walk for va finds its descriptor of `level`; tables above it are made where there are
 * none. Nothing is flushed. */
volatile u64 *tables_entry(const struct tables *tables, u64 va, unsigned level);
u64 level_size(const struct tables *tables, unsigned level); /* bytes that a descriptor maps */

/* Half 0 or 1 of the address space goes to `tables`, with these bits of TCR_EL1 beside its T0SZ and
 * TG0 (or T1SZ, TG1), until paging_restore(). The TLB is flushed. The caller runs in the other. */
void paging_replace(unsigned half, const struct tables *tables, u64 tcr_bits);
void paging_restore(void);
/* The first address of a half, by its input size. */
u64 half_base(unsigned half, unsigned input_size);

/* RAM or a device at a physical address, where EL1 has it in the half that runs. */
u64 here(u64 pa);

u64 call_high(u64 (*entry)(u64), u64 x); /* entry(x) with PC, SP and vectors in the upper half */

/* One access at an exception level. */
enum access { LOAD, STORE, LOAD_UNPRIVILEGED, STORE_UNPRIVILEGED, FETCH };
struct outcome {
    u64 trapped, value; /* value: of a load */
    u64 vector, esr, far, elr, spsr;
};
struct outcome probe(unsigned el, enum access access, u64 va);
/* `code` at EL0, up to the first exception or svc #0xff. It is a physical address in RAM. */
struct outcome probe_code(unsigned el, u64 code, u64 x0, u64 x1);
/* "name: ok", or vector, EC, ISS and FAR. */
void print_outcome(const char *name, const struct outcome *o);
void hash_outcome(const struct outcome *o);

extern const u32 probe_done[]; /* svc #0xff */

/* Calls code, which ends with RET and keeps x19 to x30, with these registers; they come back as it
 * left them. SIMD registers need CPACR_EL1.FPEN. */
struct registers {
    u64 x[4];
    u64 q[4][2];
} __attribute__((aligned(16)));
void run_registers(const u32 *code, struct registers *r);

/* An instruction of which run_registers can run one, as a function of its own. */
#define INSTRUCTION(label, text)                                                                   \
    __asm__(".pushsection .text\n\t.arch armv8-a+crc+crypto\n" #label ":\n\t" text                 \
            "\n\tret\n\t.popsection");                                                             \
    extern const u32 label[]

#endif
