/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints: a debugger's (cpu.h), at virtual or physical addresses, and the offsets of a guest's (debug.c).
 *
 * A record does not know its address. So each record at the page offset of a breakpoint, in whatever page, is decoded to
 * exec_breakpoint, which asks. Other offsets cost nothing.
 */
#ifndef CPU_BREAKPOINT_H
#define CPU_BREAKPOINT_H

#include "cpu/code.h"

struct breakpoint;
struct breakpoints {
    struct breakpoint *at[PAGE_RECORDS]; /* lists by offset / 4 */
    uint16_t guest[PAGE_RECORDS];        /* how many a guest has */
};
/* Those of a cache, which frees them in the end. */
struct breakpoints *code_breakpoints(struct code_cache *cache);
void breakpoints_free(struct breakpoints *breakpoints);

/* Is there a breakpoint at this place; at any address with this offset in its page? */
bool code_has_breakpoint(struct code_cache *cache, uint64_t va, uint64_t pa);
bool code_has_breakpoint_offset(struct code_cache *cache, unsigned offset);

/* A breakpoint of a guest at this offset in some page (debug.c): code_has_breakpoint_offset says so, too. Counted. */
void code_add_guest_breakpoint(struct code_cache *cache, unsigned offset);
void code_remove_guest_breakpoint(struct code_cache *cache, unsigned offset);

#endif
