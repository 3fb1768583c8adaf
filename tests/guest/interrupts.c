/* SPDX-License-Identifier: MIT */
/*
 * The generic timer and software interrupts through the GICv2.
 * IHI 0048, "Programmers' Model"; Arm ARM, "The Generic Timer in AArch64 state".
 */
#include "tests/guest/gic.h"

#define TICK (62500000 / 1000) /* 1 ms */

static volatile u64 acknowledged;
static volatile u64 before_last; /* the one acknowledged before */
static volatile u64 interrupts;
static volatile u64 running_priority;

static void take_interrupt(void)
{
    u32 id = read32(GICC_IAR);

    before_last = acknowledged;
    acknowledged = id;
    running_priority = read32(GICC_RPR);
    interrupts++;
    if (id == INTID_VIRTUAL)
        WRITE_SYSREG(cntv_ctl_el0, 0);
    if (id == INTID_PHYSICAL)
        WRITE_SYSREG(cntp_ctl_el0, 0);
    write32(GICC_EOIR, id);
}

static void wait_for_interrupt(const char *name)
{
    u64 before = interrupts;

    while (interrupts == before)
        __asm__ volatile("wfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" ::: "memory");
    print_hex(name, acknowledged);
}

static void unmask_briefly(void)
{
    __asm__ volatile("msr daifclr, #2\n\tisb\n\tnop\n\tnop\n\tmsr daifset, #2" ::: "memory");
}

static void timers(void)
{
    u64 start = READ_SYSREG(cntvct_el0);

    WRITE_SYSREG(cntv_tval_el0, TICK);
    WRITE_SYSREG(cntv_ctl_el0, 1);
    wait_for_interrupt("virtual timer: INTID");
    print_hex("virtual timer: not early", READ_SYSREG(cntvct_el0) - start >= TICK);

    start = READ_SYSREG(cntpct_el0);
    WRITE_SYSREG(cntp_cval_el0, start + TICK);
    WRITE_SYSREG(cntp_ctl_el0, 1);
    wait_for_interrupt("physical timer: INTID");
    print_hex("physical timer: not early", READ_SYSREG(cntpct_el0) - start >= TICK);

    WRITE_SYSREG(cntv_tval_el0, -1);
    WRITE_SYSREG(cntv_ctl_el0, 3); /* ENABLE, IMASK */
    print_hex("CNTV_CTL_EL0, expired and masked", READ_SYSREG(cntv_ctl_el0));
    print_hex("HPPIR, timer masked", read32(GICC_HPPIR));
    WRITE_SYSREG(cntv_ctl_el0, 1);
    print_hex("HPPIR, timer unmasked", read32(GICC_HPPIR));
    WRITE_SYSREG(cntv_ctl_el0, 0);
    print_hex("HPPIR, timer off again (level)", read32(GICC_HPPIR));
}

static void software_interrupts(void)
{
    write32(GICD_SGIR, SGI_TO_SELF | 5);
    wait_for_interrupt("SGI 5 to self: IAR");
    print_hex("SGI 5: running priority", running_priority);

    write32(GICD_SGIR, SGI_TO_SELF | 3);
    write32(GICD_SGIR, SGI_TO_SELF | 9);
    print_hex("SGI 3 (0xa0) and 9 (0x40) pend: HPPIR", read32(GICC_HPPIR));
    before_last = acknowledged = 0;
    unmask_briefly();
    unmask_briefly();
    print_hex("taken first", before_last);
    print_hex("then", acknowledged);

    write32(GICC_PMR, 0x80);
    write32(GICD_SGIR, SGI_TO_SELF | 3);
    u64 before = interrupts;
    unmask_briefly();
    print_hex("SGI 3 (0xa0), PMR 0x80: taken", interrupts - before);
    write32(GICC_PMR, 0xff);
    unmask_briefly();
    print_hex("PMR 0xff: taken", interrupts - before);
    print_hex("IAR, nothing pending", read32(GICC_IAR));
    print_hex("RPR, idle", read32(GICC_RPR));
}

int main(void)
{
    on_interrupt = take_interrupt;
    for (u32 i = 0; i < 32; i += 4)
        write32(GICD_IPRIORITYR + i, 0xa0a0a0a0);
    write32(GICD_IPRIORITYR + 8, 0xa0a040a0); /* SGI 9: 0x40 */
    write32(GICD_ISENABLER, 1u << INTID_VIRTUAL | 1u << INTID_PHYSICAL);
    print_hex("GICD_ISENABLER0", read32(GICD_ISENABLER));
    write32(GICC_PMR, 0xff);
    write32(GICC_CTLR, 1);
    write32(GICD_CTLR, 1);
    timers();
    software_interrupts();
    return 0;
}
