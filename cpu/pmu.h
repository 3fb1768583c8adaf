/* SPDX-License-Identifier: MIT */
/*
 * What the performance monitors have to hear of (pmu.c). All of it is for cpu->pmu_active only:
 * some counter is on.
 */
#ifndef CPU_PMU_H
#define CPU_PMU_H

#include "cpu/state.h"

/* Arm ARM D6.10, "PMU events and event numbers"; PMCEID0_EL0 is made of these. */
enum {
    PMU_SW_INCR = 0x00,
    PMU_INST_RETIRED = 0x08,
    PMU_EXC_TAKEN = 0x09,
    PMU_EXC_RETURN = 0x0a,
    PMU_CID_WRITE_RETIRED = 0x0b,
    PMU_CPU_CYCLES = 0x11,
    PMU_TTBR_WRITE_RETIRED = 0x1c,
    PMU_CHAIN = 0x1e
};

/* One event that is no matter of counting instructions. */
void pmu_event(struct cpu *cpu, unsigned event);
/* Around a change of the exception level, by an exception or a return. `retired`: the instruction
 * is executed, which the count does not say yet; otherwise what will be counted is the entry. */
void pmu_leave_el(struct cpu *cpu, unsigned event, bool retired);
void pmu_enter_el(struct cpu *cpu);
/* Counts up to now; overflow flags, the interrupt, pmu_deadline. At a check point from pmu_deadline
 * on, and when the state was exchanged. */
void pmu_refresh(struct cpu *cpu);

#endif
