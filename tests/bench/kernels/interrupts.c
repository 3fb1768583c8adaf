/* SPDX-License-Identifier: MIT */
/* Interrupts: software-generated ones to itself, each acknowledged, ended and returned from. */
#include "tests/bench/kernels/bench.h"
#include "tests/guest/gic.h"

#define INTERRUPTS 500000

static volatile u64 taken;

static void take_interrupt(void)
{
    u32 id = read32(GICC_IAR);

    taken += 1 + (id & 1);
    write32(GICC_EOIR, id);
}

u64 work(void)
{
    on_interrupt = take_interrupt;
    write32(GICD_CTLR, 1);
    write32(GICC_PMR, 0xff);
    write32(GICC_CTLR, 1);
    __asm__ volatile("msr daifclr, #2" ::: "memory");
    for (u32 i = 0; i < INTERRUPTS; i++) {
        u64 before = taken;

        write32(GICD_SGIR, SGI_TO_SELF | (i & 7));
        while (taken == before)
            ;
    }
    __asm__ volatile("msr daifset, #2" ::: "memory");
    return taken;
}
