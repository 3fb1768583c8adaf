/* SPDX-License-Identifier: MIT */
/* System registers, as a kernel uses them most: thread pointers, interrupt masks, the counter. */
#include "tests/bench/kernels/bench.h"

u64 work(void)
{
    u64 result = 0;

    for (u64 i = 0; i < 5000000; i++) {
        u64 mask = READ_SYSREG(daif);

        __asm__ volatile("msr daifset, #2" ::: "memory");
        __asm__ volatile("msr tpidr_el0, %0" ::"r"(i));
        result += READ_SYSREG(tpidr_el0) + READ_SYSREG(tpidr_el1) + (READ_SYSREG(currentel) >> 2);
        result ^= READ_SYSREG(cntvct_el0) & 0; /* read, not shown */
        __asm__ volatile("msr daif, %0" ::"r"(mask) : "memory");
    }
    return result;
}
