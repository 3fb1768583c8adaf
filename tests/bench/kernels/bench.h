/* SPDX-License-Identifier: MIT */
/*
 * A bare-metal benchmark: one C file with a work() that keeps one part of a processor busy.
 *
 * main.c turns the MMU on (4 KiB pages, Normal memory, caches on) and FP/SIMD, calls work() once at
 * EL1, and prints what it returned, which must not depend on the machine, and how many ticks of the
 * counter it took: on a machine whose clock counts instructions that is how many there were.
 * A work() takes about a second on the reference.
 *
 * Memory. RAM is mapped one to one, EL1 only, writable and executable. USER_BASE is a window of
 * USER_PAGES pages for EL0 and EL1, one of each address space, whose pages map_user() sets.
 */
#ifndef TESTS_BENCH_KERNELS_BENCH_H
#define TESTS_BENCH_KERNELS_BENCH_H

#include "tests/guest/guest.h"

#define BENCH_RAM   0x10000000ul /* of which free_memory has all but the first megabytes */
#define PAGE_SIZE   4096ul
#define USER_BASE   0x100000000ul
#define USER_PAGES  512ul
#define USER_SPACES 8u

u64 work(void);

/* Fills a page of a user window: readable and executable for both levels, or else writable. */
enum user_access { USER_NONE, USER_CODE, USER_DATA };
void map_user(unsigned space, u64 page, u64 pa, enum user_access access);
/* Makes the space's window current: TTBR0_EL1 with an ASID of its own. */
void switch_user(unsigned space);

/* Makes [start, start + size) of freshly written instructions executable: B2.2.5 of the Arm ARM,
 * "Concurrent modification and execution of instructions". */
void publish_code(u64 start, u64 size);

/* The same numbers everywhere: a 64-bit linear congruential generator's high half. */
static inline u32 next_random(u64 *state)
{
    *state = *state * 6364136223846793005ul + 1442695040888963407ul;
    return *state >> 32;
}

#endif
