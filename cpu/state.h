/* SPDX-License-Identifier: MIT */
/*
 * The vCPU as the files of this folder see it.
 *
 * Two views. While handlers run, the program counter is a record pointer, the flags are three arguments and the
 * count is a distance (exec.h). Everywhere else - slow paths, exceptions, system registers, the port - `pc`,
 * `flags` and `count` here are exact; exec.h's SAVE and LOAD move between the two.
 */
#ifndef CPU_STATE_H
#define CPU_STATE_H

#include "cpu/cpu.h"
#include "cpu/flags.h"
#include "cpu/sysreg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BITS 12
#define PAGE_SIZE (1u << PAGE_BITS)
#define PAGE_MASK (~(uint64_t)(PAGE_SIZE - 1))

/* Slots of cpu->x beyond X30: register 31 is resolved at decode time. */
enum { X_SP = 31, X_ZERO = 32, X_SINK = 33, X_SLOTS };

union vreg {
    uint8_t b[16];
    uint16_t h[8];
    uint32_t s[4];
    uint64_t d[2];
};

/* A soft-TLB entry for data. An access of `size` bytes at va hits when ((va + size - 1) & PAGE_MASK) equals the tag:
 * page-crossing accesses miss. MMIO, Device memory, pages with decoded records (for writes) and everything else that
 * wants a closer look carry TAG_INVALID. */
struct tlb_entry {
    uint64_t tag;
    uint64_t addend; /* host address - va */
};
#define TAG_INVALID   UINT64_MAX /* never page-aligned */
#define TLB_NONGLOBAL 1u         /* in data_tlb.pa and code_entry.flags: the translation belongs to the ASID */
#define DTLB_BITS     8
#define DTLB_SIZE     (1u << DTLB_BITS)
#define DTLB_VICTIMS  4u /* behind them: what other pages displaced last */

/* Where the decoded form of a virtual page is. */
struct code_entry {
    uint64_t tag; /* virtual page or TAG_INVALID */
    struct code_page *page;
    uint64_t flags;
};
#define CTLB_BITS 8
#define CTLB_SIZE (1u << CTLB_BITS)

/*
 * An entry of the main TLB: what the walk found out about a 4 KiB piece of a mapping, for both exception levels. The soft
 * TLBs hold nothing that the main TLB does not, so maintenance looks here first.
 */
struct tlb_page {
    uint64_t tag;         /* virtual page, tag byte (TBI) included, or TAG_INVALID */
    uint64_t pa;          /* physical page */
    uint8_t *host;        /* NULL: no memory there, the bus decides */
    struct code_page *code; /* its decoded form, until the next sweep; NULL: not fetched here yet */
    uint16_t asid;        /* if not global */
    bool global;
    bool device;          /* data accesses are to Device memory */
    bool writable;        /* the memory at host may be written; otherwise stores go to the bus */
    uint8_t permissions;  /* PERM_* of mem.h */
    uint8_t level;        /* of the descriptor, 0..3 */
    uint8_t range_bits;   /* log2 of the bytes that the descriptor maps: 12 and up */
};
#define TLB_BITS 10
#define TLB_SIZE (1u << TLB_BITS)

#define LARGE_BITS 12

struct tlb {
    struct tlb_page page[TLB_SIZE];
    /* Which mappings larger than 4 KiB may have entries: their sizes, a bit per range_bits, and a Bloom filter of where they
     * are. TLBI by address looks for pieces of one only where there may be one. */
    uint64_t large_sizes, large[(1u << LARGE_BITS) / 64];
};

/* Loads and stores have entries of their own: a copy from one page to another is two streams that may have the same index. */
struct data_tlb {
    struct tlb_entry entry[DTLB_SIZE + DTLB_VICTIMS];
    uint64_t pa[DTLB_SIZE + DTLB_VICTIMS]; /* physical page | TLB_* bits of each */
    unsigned next_victim;
};
struct dtlb {
    struct data_tlb read, write;
};
#define DTLB_INDEX(address) ((address) >> PAGE_BITS & (DTLB_SIZE - 1))
struct ctlb {
    struct code_entry entry[CTLB_SIZE];
};

/*
 * What a walk found out about a 2 MiB piece of the address space, granules of 4 KiB: the table of its pages, or that it is a block.
 * Other walks in it, with the same TTBR, begin there. TLBI for an address in it, and whatever flushes the TLBs, drops it.
 */
struct walk_region {
    uint64_t tag;        /* the address >> REGION_BITS, or TAG_INVALID */
    uint64_t ttbr;
    uint64_t descriptor; /* of level 2 */
    bool block;
    uint8_t output_size; /* TCR_EL1.IPS */
    uint8_t ap;          /* APTable, UXNTable, PXNTable on the way there */
    bool uxn, pxn;
};
#define REGION_BITS 21
#define REGIONS     64u

/* The TLBs that ASIDs with the same lowest bit share. Two sets, because a kernel that keeps its tables apart from the
 * user's changes that bit on every entry and exit. */
struct tlb_set {
    struct tlb main;
    struct dtlb dtlb[2]; /* by exception level */
    struct ctlb ctlb[2];
    uint16_t asid;       /* whose non-global translations the soft TLBs hold */
};
#define TLB_SETS 2

#define DEBUG_BREAKPOINTS 6u /* ID_AA64DFR0_EL1.BRPs + 1 */

enum fault_type { /* Arm ARM J1, Fault enumeration; those of stage 1 */
    FAULT_NONE,
    FAULT_TRANSLATION,
    FAULT_ADDRESS_SIZE,
    FAULT_ACCESS_FLAG,
    FAULT_PERMISSION,
    FAULT_ALIGNMENT,
    FAULT_EXTERNAL,           /* synchronous external abort on the access itself */
    FAULT_EXTERNAL_ON_WALK,   /* synchronous external abort on a translation table walk */
    FAULT_UNSUPPORTED_EXCLUSIVE,
    FAULT_SP_ALIGNMENT,       /* SP as base register, not 16-byte aligned (its own exception class) */
    FAULT_DEBUG_WATCHPOINT
};

/* The last failed access; the address of the abort and what its syndrome needs. */
struct fault {
    enum fault_type type;
    unsigned level; /* of the walk, 0..3 */
    uint64_t va;
    bool write;     /* WnR */
    bool cache_maintenance; /* CM: the fault came from DC, IC IVAU or AT */
    bool s1ptw;
};

struct exclusive_monitor {
    bool armed;
    unsigned size;    /* bytes: 1, 2, 4, 8, 16 */
    uint64_t pa;
    uint64_t data[2]; /* what the load returned; a store succeeds only while memory still holds it */
};

struct cpu {
    /* -- hot: handlers touch these -- */
    uint64_t x[X_SLOTS];        /* x[X_SP] is the SP of the current stack selection */
    uint64_t bias;              /* PC of record r is ((uintptr_t)r >> 2) + bias */
    struct dtlb *dtlb;          /* of the current EL, or `never` while SP is misaligned and checked */
    struct dtlb *user_dtlb;     /* EL0's, for LDTR/STTR */
    struct ctlb *ctlb;          /* of the current EL */
    bool fp_trap;               /* FP/SIMD access traps at this EL (CPACR_EL1.FPEN) */
    bool interrupt;             /* leave at the next look: an unmasked interrupt, a watchpoint hit, single steps */
    uint8_t el;                 /* 0 or 1 */
    uint8_t sp_sel;             /* PSTATE.SP */
    uint8_t daif;               /* PSTATE.DAIF: D=8, A=4, I=2, F=1 */
    uint8_t il;                 /* PSTATE.IL */
    uint8_t ss;                 /* PSTATE.SS */
    uint64_t limit_count;       /* the count at which the record pointer meets the limit */
    union vreg v[32] __attribute__((aligned(16)));
    uint32_t fpcr, fpsr;
    uint64_t va;                /* operand of a slow path: the virtual address of the access */
    union vreg data[2] __attribute__((aligned(16))); /* what a slow access loaded or is to store */
    struct fault fault;

    /* -- exact outside the handlers -- */
    uint64_t pc;
    struct flags flags;
    uint64_t count;
    enum cpu_exit exit;
    bool running;               /* inside handlers: count is a distance */
    bool stepping;              /* the record being executed belongs to the step page */
    bool exit_requested;
    bool yields;                /* YIELD and loops that wait for others end the run */
    bool event;                 /* the event register */
    bool line[2];               /* by enum cpu_line */
    bool held;                  /* interrupts stay pending, whatever PSTATE says (a debugger's step) */
    struct record *r, *limit; /* where the handlers left */
    bool watched;               /* there are watchpoints (watch.h) */
    bool watch_pending;         /* the instruction being executed has hit one: */
    struct cpu_watch_hit watch_hit;

    /* -- system registers -- */
    uint64_t sp_el[2];          /* the stack pointers not in use right now: SP_EL0, SP_EL1 */
    uint64_t sys[SYSREG_COUNT]; /* by enum sysreg, those that have storage */
    struct exclusive_monitor exclusive;
    unsigned catch, caught;     /* sets of enum cpu_catch (catch.h): wanted, and happened */
    bool timer_level[CPU_TIMERS];
    uint16_t asid;              /* the current one (tlb_set_asid), from TTBR0_EL1 or TTBR1_EL1 (TCR_EL1.A1, AS) */
    uint64_t pmu_count;         /* the count up to which the event counters are exact (pmu.c) */
    uint64_t pmu_deadline;      /* the count at which to look again; UINT64_MAX: none */
    bool pmu_active;            /* some counter is on */
    bool pmu_level;             /* the overflow interrupt */
    uint8_t pmu_entries;        /* since pmu_count: entries to exceptions, which retire nothing; 0 or 1 */
    uint32_t step_syndrome;     /* what the next Software Step exception says of the instruction before it (ISS) */

    /* -- what the debug registers ask for (debug.c) -- */
    bool step_enabled;          /* MDSCR_EL1.SS, not locked */
    bool breakpoints_enabled, watchpoints_enabled;
    bool context_breakpoint;    /* one that matches a context, not an address */
    uint16_t armed[DEBUG_BREAKPOINTS];

    /* -- wiring -- */
    unsigned index;
    struct cpu_port port;
    struct code_cache *cache;
    struct cpu *next_in_cache;  /* the cache's list of its CPUs */
    struct cpu_thread *thread;  /* parallel.h; NULL: all CPUs share a host thread */
    struct code_page *step_page;
    const struct cpu_trace *trace;
    struct cpu_profile *profile;
    struct cpu_coverage *coverage;
    uint8_t sysreg_reported[1u << 13]; /* a bit per encoding: sysreg_first_report */
    uint64_t loop[6];           /* struct exec_loop, where tail calls are not to be had (exec.h) */
    struct walk_region region[REGIONS]; /* by the lowest bits of the tag */
    struct tlb_set tlb_set[TLB_SETS];
    struct tlb_set *tlbs;       /* the set of the current ASID */
    struct dtlb never;          /* no entry ever hits */
};

#define PSTATE_D 8u
#define PSTATE_I 2u
#define PSTATE_F 1u
#define MDSCR_KDE (1u << 13)

/* Lines, the event register and, as a hint, `interrupt` may be set by other threads (parallel.h). */
static inline bool cpu_line(const struct cpu *cpu, enum cpu_line line)
{
    return __atomic_load_n(&cpu->line[line], __ATOMIC_RELAXED);
}

/* An interrupt that is pending and not masked, FIQ first. false: none. */
static inline bool cpu_interrupt_pending(const struct cpu *cpu, enum cpu_line *line)
{
    *line = cpu_line(cpu, CPU_LINE_FIQ) && !(cpu->daif & PSTATE_F) ? CPU_LINE_FIQ : CPU_LINE_IRQ;
    return *line == CPU_LINE_FIQ || (cpu_line(cpu, CPU_LINE_IRQ) && !(cpu->daif & PSTATE_I));
}

/* Is the state machine of software step active (Arm ARM D2.12)? */
static inline bool debug_step_active(const struct cpu *cpu)
{
    return cpu->step_enabled &&
           (cpu->el == 0 || ((cpu->sys[SYSREG_MDSCR_EL1] & MDSCR_KDE) && !(cpu->daif & PSTATE_D)));
}

/* Must each instruction be looked at before it is executed? */
static inline bool debug_single_steps(const struct cpu *cpu)
{
    return cpu->context_breakpoint || debug_step_active(cpu);
}

/* After a change of an interrupt line, of PSTATE.DAIF, of the EL, of watch_pending or of the debug registers, by the CPU's own
 * thread. */
static inline void cpu_update_interrupt(struct cpu *cpu)
{
    enum cpu_line line;
    const bool taken = cpu_interrupt_pending(cpu, &line) && !cpu->held;
    __atomic_store_n(&cpu->interrupt, taken || cpu->watch_pending || debug_single_steps(cpu),
                     __ATOMIC_RELAXED);
}

static inline bool cpu_is_interrupted(const struct cpu *cpu)
{
    return __atomic_load_n(&cpu->interrupt, __ATOMIC_RELAXED);
}

/* Something is to be done at this check point. */
static inline bool cpu_looks_up(const struct cpu *cpu)
{
    return cpu_is_interrupted(cpu) || cpu->exit_requested;
}

/* Recomputes what depends on EL, SP, PSTATE and system registers: dtlb, ctlb, fp_trap, interrupt. Call it after
 * changing any of them outside a handler. */
void cpu_refresh(struct cpu *cpu);

/* printf to the port's log, when the machine asked for this class. */
__attribute__((format(printf, 3, 4))) void cpu_log(struct cpu *cpu, enum cpu_log class, const char *format, ...);

#endif
