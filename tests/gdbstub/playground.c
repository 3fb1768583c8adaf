/* SPDX-License-Identifier: MIT */
/*
 * A bare-metal guest to be debugged: places to stand in, counters to look at. The test sets the
 * program counter to where it wants to be.
 *
 * When ready() is reached, the timer interrupts CPU 0 every 10 us, and CPU 1 counts, if there is
 * one.
 */
#include "tests/guest/guest.h"

#define GICD_CTLR       (GICD_BASE + 0x000)
#define GICD_ISENABLER  (GICD_BASE + 0x100)
#define GICC_CTLR       (GICC_BASE + 0x00)
#define GICC_PMR        (GICC_BASE + 0x04)
#define GICC_IAR        (GICC_BASE + 0x0c)
#define GICC_EOIR       (GICC_BASE + 0x10)
#define INTID_VIRTUAL   27
#define PSCI_CPU_ON     0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008
#define TICK            (62500000 / 100000) /* 10 us */

volatile u64 ticks, count, count_of_cpu1;
volatile u64 cell, behind_cell; /* touched by touching only */
volatile u8 buffer[3 * 4096] __attribute__((aligned(4096)));

static void take_interrupt(void)
{
    u32 id = read32(GICC_IAR);

    ticks++;
    WRITE_SYSREG(cntv_tval_el0, TICK);
    write32(GICC_EOIR, id);
}

static void start_timer(void)
{
    on_interrupt = take_interrupt;
    write32(GICD_ISENABLER, 1u << INTID_VIRTUAL);
    write32(GICD_CTLR, 1);
    write32(GICC_PMR, 0xff);
    write32(GICC_CTLR, 1);
    WRITE_SYSREG(cntv_tval_el0, TICK);
    WRITE_SYSREG(cntv_ctl_el0, 1);
    __asm__ volatile("msr daifclr, #2" ::: "memory");
}

__asm__(".text\n"
        ".global cpu1\n"
        "cpu1:   adrp x1, count_of_cpu1\n"
        "        add x1, x1, :lo12:count_of_cpu1\n"
        "1:      ldr x2, [x1]\n"
        "        add x2, x2, #1\n"
        "        str x2, [x1]\n"
        "        b 1b\n"
        ".global spin_masked\n"
        "spin_masked:\n"
        "        msr daifset, #15\n"
        "        b .\n"
        ".global sleep_masked\n"
        "sleep_masked:\n"
        "        msr daifset, #15\n"
        "        msr cntv_ctl_el0, xzr\n"
        "1:      wfi\n"
        ".global behind_wfi\n"
        "behind_wfi:\n"
        "        b 1b\n"
        ".global counting\n"
        "counting:\n"
        "        adrp x1, count\n"
        "        add x1, x1, :lo12:count\n"
        "1:      ldr x2, [x1]\n"
        "        add x2, x2, #1\n"
        ".global counting_store\n"
        "counting_store:\n"
        "        str x2, [x1]\n"
        "        b 1b\n"
        ".global touching\n" /* a write of the value that is there, a read, neither */
        "touching:\n"
        "        adrp x1, cell\n"
        "        add x1, x1, :lo12:cell\n"
        "        str xzr, [x1]\n"
        ".global touched\n"
        "touched:\n"
        "        ldrh w2, [x1, #6]\n"
        ".global was_read\n"
        "was_read:\n"
        "        adrp x1, behind_cell\n"
        "        add x1, x1, :lo12:behind_cell\n"
        "        str xzr, [x1]\n"
        "        b touching\n"
        ".global exclusive\n"
        "exclusive:\n"
        "        adrp x1, cell\n"
        "        add x1, x1, :lo12:cell\n"
        "1:      ldxr x2, [x1]\n"
        "        add x2, x2, #1\n"
        "        stxr w3, x2, [x1]\n"
        "        cbnz w3, 1b\n"
        ".global exclusive_done\n"
        "exclusive_done:\n"
        "        b .\n");
extern u8 cpu1[];

__attribute__((noinline)) void ready(void)
{
    __asm__ volatile("" ::: "memory");
}

/* Only the test calls it. */
__attribute__((noinline, used, retain)) void leave(void)
{
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}

int main(void)
{
    psci(PSCI_CPU_ON, 1, (u64)cpu1, 0);
    start_timer();
    ready();
    for (;;)
        ;
}
