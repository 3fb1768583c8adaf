/* SPDX-License-Identifier: MIT */
/*
 * Taking exceptions and returning from them (Arm ARM D1, and J1 AArch64.TakeException).
 *
 * All of these work on the exact state: cpu->pc is the instruction that caused the exception, and afterwards the
 * address of the vector. PSTATE, SP, ELR_EL1, SPSR_EL1, ESR_EL1, FAR_EL1 follow the architecture; cpu_refresh has
 * been called.
 */
#ifndef CPU_EXCEPTION_H
#define CPU_EXCEPTION_H

#include "cpu/state.h"

enum exception_class { /* ESR_ELx.EC */
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP_ACCESS = 0x07,
    EC_ILLEGAL_STATE = 0x0e,
    EC_SVC64 = 0x15,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYSREG = 0x18,
    EC_INSTRUCTION_ABORT_LOWER = 0x20,
    EC_INSTRUCTION_ABORT = 0x21,
    EC_PC_ALIGNMENT = 0x22,
    EC_DATA_ABORT_LOWER = 0x24,
    EC_DATA_ABORT = 0x25,
    EC_SP_ALIGNMENT = 0x26,
    EC_BREAKPOINT_LOWER = 0x30,
    EC_STEP_LOWER = 0x32,
    EC_WATCHPOINT_LOWER = 0x34,
    EC_BRK64 = 0x3c
};

/* CV and COND of the classes that have them: A64 instructions have no condition. */
#define ISS_COND_ALWAYS (1u << 24 | 0xeu << 20)

/* A synchronous exception to EL1; return_address goes into ELR_EL1 (SVC: the next instruction). */
void exception_take(struct cpu *cpu, enum exception_class ec, uint32_t iss, uint64_t return_address);
void exception_undefined(struct cpu *cpu);
/* The data abort (or SP alignment fault) described by cpu->fault. iss_extra: ISV and friends are not reported. */
void exception_data_abort(struct cpu *cpu);
/* The instruction abort (or PC alignment fault) described by cpu->fault. */
void exception_instruction_abort(struct cpu *cpu);
/* What an instruction is not even begun for, in the order of Arm ARM D1.13.2: the instruction abort, if it was not fetched (cpu->fault
 * says why), a breakpoint, the Illegal Execution state. False: none of them. */
bool exception_before(struct cpu *cpu, bool fetched);
/* Takes a pending, unmasked FIQ or IRQ. Returns whether one was taken. */
bool exception_interrupt(struct cpu *cpu);
/* ERET: from ELR_EL1 and SPSR_EL1; illegal returns set PSTATE.IL. */
void exception_return(struct cpu *cpu);
/* For exception.c: an exception was taken, ESR_EL1 is set; ERET is done. Only while cpu->catch is not 0. */
void catch_entry(struct cpu *cpu, unsigned from_el, bool interrupt);
void catch_return(struct cpu *cpu);
/* DFSC or IFSC of a fault, as ESR_EL1 and PAR_EL1 have it. */
uint32_t exception_fault_status(const struct fault *fault);
/* Changes PSTATE.EL and PSTATE.SP and puts the right stack pointer into x[X_SP]; cpu_refresh is left to the caller. */
void pstate_select(struct cpu *cpu, unsigned el, unsigned sp_sel);
/* PSTATE in SPSR layout, from and to the exact state; set switches SP and refreshes. */
uint32_t pstate_read(const struct cpu *cpu);
void pstate_write(struct cpu *cpu, uint32_t spsr);

#endif
