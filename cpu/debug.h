/* SPDX-License-Identifier: MIT */
/*
 * AArch64 self-hosted debug (Arm ARM D2): the guest's own breakpoints, watchpoints and software
 * step, with exceptions to EL1.
 *
 * Off, it costs nothing. An enabled breakpoint makes the records at its page offset look (code.h),
 * an enabled watchpoint keeps its page out of the soft TLBs (watch.h), and while software step is
 * active or a breakpoint matches a context instead of an address, cpu_run executes one instruction
 * at a time (cpu->interrupt is set, so that handlers return to it).
 */
#ifndef CPU_DEBUG_H
#define CPU_DEBUG_H

#include "cpu/mem.h"

/* The debug registers, or what they depend on, may have changed: MDSCR_EL1, the OS locks, DBGB*,
 * DBGW*. */
void debug_refresh(struct cpu *cpu);
/* The CPU goes away: forgets its breakpoints. */
void debug_release(struct cpu *cpu);

/* What cpu->step_syndrome holds: the instruction before was stepped; it was a load-exclusive. */
#define STEP_ISV      (1u << 24)
#define STEP_EX       (1u << 6)
#define STEP_SYNDROME (STEP_ISV | STEP_EX)

/* Takes the Software Step exception if it is due before the instruction at cpu->pc. */
bool debug_take_step(struct cpu *cpu);
/* Takes the Breakpoint exception if one matches the instruction at cpu->pc. */
bool debug_take_breakpoint(struct cpu *cpu);
/* The instruction `word` is executed next. True: software step is active, and PSTATE.SS is to be
 * cleared behind it. */
bool debug_begin_step(struct cpu *cpu, uint32_t word);
/* PSTATE.SS behind an exception return to `el` with this SPSR (DebugExceptionReturnSS), asked
 * before the return. */
bool debug_return_ss(const struct cpu *cpu, unsigned el, uint32_t spsr);

/* Does a watchpoint match an access at this privilege? *va: the lowest byte of it. */
bool debug_watchpoint_matches(const struct cpu *cpu, uint64_t *va, unsigned size, unsigned el,
                              bool write);
/* Has an enabled watchpoint bytes in the page of va? */
bool debug_watches_page(const struct cpu *cpu, uint64_t va);

/* Software has read DBGDTRRX_EL0 or DBGDTR_EL0 (not a debugger that displays it): clears RXfull. */
void debug_word_received(struct cpu *cpu);

#endif
