/* SPDX-License-Identifier: MIT */
/*
 * What the files behind sysreg.h share: the rows and their hooks.
 */
#ifndef CPU_SYSREG_INTERNAL_H
#define CPU_SYSREG_INTERNAL_H

#include "cpu/state.h"

enum sysreg_access { ACCESS_NO = 0, ACCESS_RO = 1, ACCESS_WO = 2, ACCESS_RW = 3 };

/* Controls that trap accesses which the access columns allow. All but SP and FP concern EL0 only. */
enum sysreg_gate {
    GATE_NONE,
    GATE_SP,     /* SP_EL0 is UNDEFINED while it is the current stack pointer */
    GATE_FP,     /* CPACR_EL1.FPEN */
    GATE_UCT,    /* SCTLR_EL1.UCT */
    GATE_UMA,    /* SCTLR_EL1.UMA */
    GATE_CNTFRQ, /* CNTKCTL_EL1: EL0PCTEN or EL0VCTEN */
    GATE_CNTPCT, /* EL0PCTEN */
    GATE_CNTVCT, /* EL0VCTEN */
    GATE_CNTP,   /* EL0PTEN */
    GATE_CNTV,   /* EL0VTEN */
    GATE_PMU,    /* PMUSERENR_EL0.EN */
    GATE_PMU_SW, /* EN or SW */
    GATE_PMU_CR, /* EN, or CR for reads */
    GATE_PMU_ER, /* EN, or ER for reads and for PMSELR_EL0 */
    GATE_TDCC    /* MDSCR_EL1.TDCC */
};

struct sysreg_row {
    const char *name;
    uint16_t encoding;
    uint8_t el1, el0; /* enum sysreg_access */
    uint8_t gate;
    uint64_t reset, writable;
    uint64_t (*read)(const struct cpu *cpu, enum sysreg reg);
    void (*write)(struct cpu *cpu, enum sysreg reg, uint64_t value);
};
extern const struct sysreg_row sysreg_rows[SYSREG_COUNT];

/* Bits of registers that the core acts upon. */
#define SCTLR_M    (1u << 0)
#define SCTLR_A    (1u << 1)
#define SCTLR_SA   (1u << 3)
#define SCTLR_SA0  (1u << 4)
#define SCTLR_UMA  (1u << 9)
#define SCTLR_I    (1u << 12)
#define SCTLR_DZE  (1u << 14)
#define SCTLR_UCT  (1u << 15)
#define SCTLR_WXN  (1u << 19)
#define SCTLR_E0E  (1u << 24)
#define SCTLR_EE   (1u << 25)
#define SCTLR_UCI  (1u << 26)

#define MDSCR_SS     (1u << 0)
#define MDSCR_MDE    (1u << 15)
#define MDSCR_TXFULL (1u << 29)
#define MDSCR_RXFULL (1u << 30)
#define MDSCR_OPEN   0x0000b001ull /* SS, TDCC, KDE, MDE */
#define MDSCR_LOCKED 0x6ce04040ull /* RXfull, TXfull, RXO, TXU, INTdis, TDA, HDE, ERR */
#define MDSCR_BITS   (MDSCR_OPEN | MDSCR_LOCKED)
#define OSLSR_OSLK   (1u << 1)
#define DBGBCR_BAS0  (1u << 5) /* the first of the bytes that an A64 instruction begins at */
#define DBGWCR_WT    (1u << 20)

/* All fields of Armv8.0; RES1 bits are stored as written, as on a Cortex-A57. */
#define SCTLR_MASK 0x37dddbbfull
/* T0SZ to TBI1, without HA and HD (Armv8.1). */
#define TCR_MASK  0x77ffffffbfull
#define FPCR_MASK 0x07c00000ull /* AHP, DN, FZ, RMode; no trapped exceptions */
#define FPSR_MASK 0x0800009full

/* ID registers that differ from a Cortex-A57's, because something is not here or more is. */
#define ID_AA64PFR0  0x00000011ull /* AArch64 only; EL1 and EL0 only; FP and Advanced SIMD */
#define ID_AA64DFR0  0x10305106ull /* 6 breakpoints, 4 watchpoints, PMUv3: as the A57 */
#define ID_AA64ISAR0 0x00011120ull /* CRC32, SHA256, SHA1, AES with PMULL */
#define ID_AA64MMFR0 0x00001120ull /* 16-bit ASID, mixed endianness, granules of 4 and 64 KiB; PARange: model.c */

#define PMU_COUNTERS 0x8000003full /* the cycle counter and six others */
#define PMU_TYPE     0xc00003ffull /* PMEVTYPER<n>_EL0: filter bits and event number */

/* Cortex-A57 TRM 4.3, "L2 Control Register, EL1" (ECC, RAM setup and latency) and "CPU Extended Control Register, EL1". */
#define L2CTLR_MASK 0x003003e7ull
#define CPUECTLR    0x0000005b0000007full

#define READ_HOOK(name)  uint64_t name(const struct cpu *cpu, enum sysreg reg)
#define WRITE_HOOK(name) void name(struct cpu *cpu, enum sysreg reg, uint64_t value)

/* sysreg.c: has nothing been logged about `encoding` on this CPU yet? Notes that now something is. */
bool sysreg_first_report(struct cpu *cpu, uint32_t encoding);

/* sysreg_hooks.c */
READ_HOOK(midr_read);
READ_HOOK(mpidr_read);
READ_HOOK(mmfr0_read);
READ_HOOK(ctr_read);
READ_HOOK(ccsidr_read);
READ_HOOK(dczid_read);
READ_HOOK(isr_read);
READ_HOOK(sp_el0_read);
READ_HOOK(sp_el1_read);
READ_HOOK(spsel_read);
READ_HOOK(currentel_read);
READ_HOOK(nzcv_read);
READ_HOOK(daif_read);
READ_HOOK(fpcr_read);
READ_HOOK(fpsr_read);
READ_HOOK(l2_read);
READ_HOOK(l2ctlr_read);
READ_HOOK(cbar_read);
WRITE_HOOK(l2_write);
WRITE_HOOK(cpu_control_write);
WRITE_HOOK(sctlr_write);
WRITE_HOOK(cpacr_write);
WRITE_HOOK(context_write);
WRITE_HOOK(contextidr_write);
WRITE_HOOK(translation_write);
WRITE_HOOK(sp_el0_write);
WRITE_HOOK(sp_el1_write);
WRITE_HOOK(spsel_write);
WRITE_HOOK(nzcv_write);
WRITE_HOOK(daif_write);
WRITE_HOOK(fpcr_write);
WRITE_HOOK(fpsr_write);
/* The ASID that TTBRn_EL1 and TCR_EL1 select now. */
uint16_t context_asid(const struct cpu *cpu);

/* debug.c */
READ_HOOK(dbgclaimset_read);
READ_HOOK(mdccsr_read);
READ_HOOK(dbgdtr_read);
READ_HOOK(dbgdtrrx_read);
WRITE_HOOK(debug_write);
WRITE_HOOK(mdscr_write);
WRITE_HOOK(oslar_write);
WRITE_HOOK(dbgclaimset_write);
WRITE_HOOK(dbgclaimclr_write);
WRITE_HOOK(dbgdtr_write);
WRITE_HOOK(dbgdtrtx_write);

/* timer.c */
READ_HOOK(counter_read);
READ_HOOK(timer_tval_read);
READ_HOOK(timer_ctl_read);
WRITE_HOOK(timer_tval_write);
WRITE_HOOK(timer_write);

/* pmu.c */
READ_HOOK(pmcr_read);
READ_HOOK(pmu_bits_read);
READ_HOOK(pmu_overflow_read);
READ_HOOK(pmu_counter_read);
READ_HOOK(pmxevtyper_read);
READ_HOOK(pmxevcntr_read);
WRITE_HOOK(pmcr_write);
WRITE_HOOK(pmu_bits_set);
WRITE_HOOK(pmu_bits_clear);
WRITE_HOOK(pmswinc_write);
WRITE_HOOK(pmu_counter_write);
WRITE_HOOK(pmu_type_write);
WRITE_HOOK(pmxevtyper_write);
WRITE_HOOK(pmxevcntr_write);

#endif
