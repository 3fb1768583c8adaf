/* SPDX-License-Identifier: MIT */
/*
 * System registers: one row each in sysreg.def; this file turns the rows into numbers.
 */
#ifndef CPU_SYSREG_H
#define CPU_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;

enum sysreg {
#define SYSREG(name, ...) SYSREG_##name,
#include "cpu/sysreg.def"
#undef SYSREG
    SYSREG_COUNT
};

/* op0..op2 as MRS and MSR encode them, in one number. */
#define SYSREG_ENCODING(op0, op1, crn, crm, op2) \
    ((uint32_t)(op0) << 14 | (uint32_t)(op1) << 11 | (uint32_t)(crn) << 7 | (uint32_t)(crm) << 3 | (uint32_t)(op2))

enum sysreg_result {
    SYSREG_OK,
    SYSREG_UNDEFINED, /* no such register at this EL, or read-only/write-only: UNDEFINED */
    SYSREG_TRAPPED,   /* allowed by the encoding, trapped to EL1 by a control (EC 0x18) */
    SYSREG_FP_TRAPPED, /* FPCR or FPSR while CPACR_EL1.FPEN forbids them (EC 0x07) */
    SYSREG_FAULT      /* address operations: cpu->fault is a data abort */
};

/* Index of the register or -1. */
int sysreg_find(uint32_t encoding);
/* When reads at EL1 are plain loads of cpu->sys[index] (no hook, no trap); the decoder makes them one handler.
 * *min_el: lowest EL that may do so untrapped under every configuration. */
bool sysreg_is_plain_read(int index, unsigned *min_el);
/* MRS and MSR at the current EL, with all checks. The state is exact (state.h). A write has called cpu_refresh. */
enum sysreg_result sysreg_read(struct cpu *cpu, uint32_t encoding, uint64_t *value);
enum sysreg_result sysreg_write(struct cpu *cpu, uint32_t encoding, uint64_t value);
/* MSR (immediate): op1:op2 select the PSTATE field. */
enum sysreg_result sysreg_write_pstate(struct cpu *cpu, unsigned op1, unsigned op2, unsigned imm);
/* SYS: AT, DC, IC, TLBI and their friends. DC ZVA included (mem_zero_block). */
enum sysreg_result sysreg_operation(struct cpu *cpu, uint32_t encoding, uint64_t value);
/* All registers to their reset values. */
void sysreg_reset(struct cpu *cpu);
/* A short text for the log, once per encoding and CPU: a row ready to paste into sysreg.def. */
void sysreg_log_unknown(struct cpu *cpu, uint32_t encoding, bool write);

#endif
