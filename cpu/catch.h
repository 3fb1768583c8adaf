/* SPDX-License-Identifier: MIT */
/*
 * Exceptions that somebody wants to hear of: a debugger's catchpoints, and its step that is to come back from an exception.
 *
 * When one of them is taken the run ends, as by cpu_request_exit, at the vector before its first instruction; a return ends it
 * where the return led. Who asked then finds out with cpu_take_caught. It costs nothing between exceptions.
 */
#ifndef CPU_CATCH_H
#define CPU_CATCH_H

#include "cpu/cpu.h"

enum cpu_catch {
    CPU_CATCH_SVC = 1 << 0,
    CPU_CATCH_IRQ = 1 << 1,    /* FIQ, too */
    CPU_CATCH_DABORT = 1 << 2, /* data aborts and SP alignment faults */
    CPU_CATCH_IABORT = 1 << 3, /* instruction aborts and PC alignment faults */
    CPU_CATCH_UNDEF = 1 << 4,  /* and the illegal execution state */
    CPU_CATCH_OTHER = 1 << 5,  /* BRK, traps of system registers, FP and WFI */
    CPU_CATCH_EL0 = 1 << 6,    /* any that comes from EL0 */
    CPU_CATCH_EL1 = 1 << 7,    /* any that comes from EL1 */
    CPU_CATCH_RETURN = 1 << 8, /* ERET */
};
#define CPU_CATCH_ENTRIES (CPU_CATCH_EL0 | CPU_CATCH_EL1)

/* `what`: a set of enum cpu_catch; 0, as from the start: none. */
void cpu_set_catch(struct cpu *cpu, unsigned what);
/* What of that has happened since the last call; an entry has its kind and its level. */
unsigned cpu_take_caught(struct cpu *cpu);

#endif
