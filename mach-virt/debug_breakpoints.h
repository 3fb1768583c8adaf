/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints, which no byte of memory shows. One on a link address of the kernel (guest_kernel.h)
 * holds for the instruction rather than for the address: it is also hit where the processor runs it
 * before the MMU is on, in the identity mapping afterwards, and where KASLR has moved it.
 */
#ifndef MACH_VIRT_DEBUG_BREAKPOINTS_H
#define MACH_VIRT_DEBUG_BREAKPOINTS_H

#include <stdbool.h>
#include <stdint.h>

struct debug;

struct debug_breakpoint {
    uint64_t va; /* what the client asked for */
    uint64_t pa; /* of the instruction, where aliased */
    bool aliased;
    struct debug_breakpoint *next;
};

/* False: unaligned, or out of memory. */
bool debug_add_breakpoint(struct debug *debug, uint64_t va);
bool debug_remove_breakpoint(struct debug *debug, uint64_t va);

/* The breakpoint that processor `cpu`, which has just left the core for one, is at; NULL: the
 * instruction is somebody else's, who happens to use the memory now. */
const struct debug_breakpoint *debug_breakpoint_hit(const struct debug *debug, unsigned cpu);

void debug_free_breakpoints(struct debug *debug);

#endif
