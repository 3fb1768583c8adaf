/* SPDX-License-Identifier: MIT */
/*
 * Watched memory: the debugger's watchpoints of cpu.h, and what memory accesses ask of them.
 *
 * Accesses to a page with watched bytes never hit the soft TLB (watch_page), so that each of them
 * comes to mem.c, which tells watch_note when the access is complete. The instruction then ends at
 * its NEXT_CHECKED, and cpu_run reports. The guest's own watchpoints
 * (debug.h) keep accesses off the soft TLB in the same way, and fault before the access.
 */
#ifndef CPU_WATCH_H
#define CPU_WATCH_H

#include "cpu/state.h"

struct watchpoint;

/* Are there watched bytes in the page of va? */
bool watch_page(const struct cpu *cpu, uint64_t va);
/* An access of `size` bytes at va is complete; kind is CPU_WATCH_READ or CPU_WATCH_WRITE. cpu->pc
 * is the instruction's. */
void watch_note(struct cpu *cpu, uint64_t va, uint64_t size, unsigned kind);
/* The instruction did not complete after all: it took an exception. */
void watch_forget(struct cpu *cpu);
/* Ends the instruction's run: was watched memory accessed since it was asked last? */
bool watch_taken(struct cpu *cpu);
/* The watchpoints of a CPU may have changed: soft TLBs, cpu->watched. */
void watch_changed(struct cpu *cpu);

void watch_free(struct watchpoint *list);

#endif
