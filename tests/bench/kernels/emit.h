/* SPDX-License-Identifier: MIT */
/* Code made at run time, for benchmarks with more of it than a person would write. */
#ifndef TESTS_BENCH_KERNELS_EMIT_H
#define TESTS_BENCH_KERNELS_EMIT_H

#include "tests/bench/kernels/bench.h"

#define INSN_RET 0xd65f03c0u

/*
 * An instruction by chance, in about the proportions of compiled code: half of them change one of
 * x0-x7 by another one, a third load from or store to 4 KiB at x8, the rest branch over the next
 * instruction, as the data says. Nothing is constant or unused, so that no translator can leave it
 * out.
 */
static inline u32 random_instruction(u64 *random)
{
    u32 r = next_random(random), rd = r & 7, rm = (rd + 1 + (r >> 3) % 7) & 7, shift = r >> 8 & 31;

    switch (r >> 16 & 15) {
    case 0:
    case 1:
    case 2:
        return 0x8b000000u | rm << 16 | rd << 5 | rd; /* add */
    case 3:
        return 0xcb000000u | rm << 16 | rd << 5 | rd; /* sub */
    case 4:
        return 0xca000000u | rm << 16 | rd << 5 | rd; /* eor */
    case 5:
        return 0x8b000000u | rm << 16 | shift << 10 | rd << 5 | rd; /* add, lsl #shift */
    case 6:
        return 0x91000000u | shift << 10 | rd << 5 | rd; /* add, immediate */
    case 7:
        return 0x93c00000u | rd << 16 | shift << 10 | rd << 5 | rd; /* ror */
    case 8:
        return 0xeb000000u | rm << 16 | rd << 5 | rd; /* subs */
    case 9:
    case 10:
    case 11:
        return 0xf9400100u | (r >> 20 & 511) << 10 | rd; /* ldr */
    case 12:
    case 13:
        return 0xf9000100u | (r >> 20 & 511) << 10 | rd; /* str */
    case 14:
        return 0x36000040u | shift << 19 | rd; /* tbz, behind the next */
    default:
        return 0x54000040u | (shift & 1 ? 0u : 11u); /* b.eq or b.lt, behind the next */
    }
}

/* `count` of them, the last of which is no branch. */
static inline void emit_run(u32 *code, u32 count, u64 *random)
{
    for (u32 i = 0; i + 1 < count; i++)
        code[i] = random_instruction(random);
    code[count - 1] = 0x8b010000u; /* add x0, x0, x1 */
}

static inline u32 branch(u64 from, u64 to)
{
    return 0x14000000u | ((u32)((to - from) >> 2) & 0x3ffffff);
}

/* Calls code that keeps to x0-x7, with its 4 KiB at x8. */
static inline u64 call_code(u64 code, u64 argument)
{
    static u64 data[PAGE_SIZE / 8] __attribute__((aligned(4096)));
    register u64 x0 __asm__("x0") = argument;
    register u64 *x8 __asm__("x8") = data;

    __asm__ volatile("mov x1, #1\n\tmov x2, #2\n\tmov x3, #5\n\t"
                     "mov x4, #7\n\tmov x5, #11\n\tmov x6, #13\n\tmov x7, #17\n\tblr %1"
                     : "+r"(x0)
                     : "r"(code), "r"(x8)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x30", "cc", "memory");
    return x0;
}

#endif
