/* SPDX-License-Identifier: MIT */
/*
 * Taking exceptions and returning from them: the vectors, what entry does to PSTATE, what SPSR_EL1
 * and ELR_EL1 hold, illegal returns, and which of several exceptions comes first.
 * Arm ARM D1, "Exception entry", "Exception return", "Synchronous exception prioritization"; J1,
 * AArch64.TakeException, AArch64.ExceptionReturn.
 */
#include "tests/guest/gic.h"
#include "tests/guest/paging.h"

#define NOWHERE   0x7f00000000ul /* not mapped */
#define SCTLR_UMA (1ul << 9)
#define SPSR_IL   (1ul << 20)
#define SVC_0xFF  0x540000fful

INSTRUCTION(do_svc, "svc #0x7");
INSTRUCTION(do_brk, "brk #0x8");
INSTRUCTION(do_hvc, "mov x0, #1\n\thvc #0x9");
INSTRUCTION(do_smc, "smc #0xa");
INSTRUCTION(do_hlt, "hlt #0xb");
INSTRUCTION(do_udf, ".inst 0x0000abcd");
INSTRUCTION(do_eret_at_el0, "eret");
INSTRUCTION(do_dcps1, "dcps1");
INSTRUCTION(do_drps, ".inst 0xd6bf03e0");
INSTRUCTION(do_unallocated, ".inst 0x1ac0c000");
INSTRUCTION(do_load, "ldr x0, [x0]");
INSTRUCTION(do_store, "str x1, [x0]");
INSTRUCTION(do_branch, "br x0");
INSTRUCTION(do_irq, "msr daifclr, #2\n\tmsr daifset, #2");
INSTRUCTION(do_fiq, "msr daifclr, #1\n\tmsr daifset, #1");
INSTRUCTION(do_both, "msr daifclr, #3\n\tnop\n\tmsr daifset, #3");
INSTRUCTION(do_nothing, "nop");

enum place { EL1H, EL1T, EL0, PLACES };

static const char places[PLACES][5] = { "EL1h", "EL1t", "EL0t" };

/* What the handler found at its first instruction, beside struct trap. */
static struct {
    u64 count, vector, daif, spsel, el, elr, spsr;
} entry;

static u64 nest; /* the handler takes an exception itself */

static u64 watch(u64 vector, struct frame *frame)
{
    (void)frame;
    if (vector == 8 && (READ_SYSREG(esr_el1) & 0xfc00ffff) == SVC_0xFF)
        return 0; /* the end of what ran at EL0 */
    entry.count++;
    entry.vector = vector;
    entry.daif = READ_SYSREG(daif);
    entry.spsel = READ_SYSREG(spsel);
    entry.el = READ_SYSREG(currentel);
    entry.elr = READ_SYSREG(elr_el1);
    entry.spsr = READ_SYSREG(spsr_el1);
    if (vector % 4 == 0)
        return 0;
    write32(GICC_EOIR, read32(GICC_IAR));
    return 1;
}

static u64 run_at(enum place place, const u32 *code, u64 x0)
{
    if (place != EL1T)
        return probe_code(place == EL1H, (u64)code, x0, 0).trapped;
    register u64 argument __asm__("x0") = x0;
    u64 count = trap.count;
    __asm__ volatile("msr spsel, #0\n\tblr %1\n\tmsr spsel, #1"
                     : "+r"(argument)
                     : "r"(code)
                     : "x1", "x2", "x3", "x30", "memory", "cc");
    return trap.count != count;
}

/* How far ELR_EL1 is from the code, which has several virtual addresses. */
static int offset(u64 elr, const u32 *code)
{
    return (int)(elr & 0xfffff) - (int)((u64)code & 0xfffff);
}

static void report(enum place place, const char *name, const u32 *code, u64 x0)
{
    u64 count = entry.count;

    run_at(place, code, x0);
    printf("%s %s: ", places[place], name);
    if (entry.count == count) {
        print("none\n");
        return;
    }
    printf("vector %lx", entry.vector);
    if (entry.vector % 4 == 0)
        printf(" class %x syndrome %x", ESR_EC(trap.esr), ESR_ISS(trap.esr));
    printf(" SPSR %lx ELR %d; DAIF %lx SP %lx EL %lx\n", entry.spsr & 0x0fffffff,
           offset(entry.elr, code), entry.daif, entry.spsel, entry.el);
}

static void all_places(const char *name, const u32 *code)
{
    for (enum place place = EL1H; place < PLACES; place++)
        report(place, name, code, NOWHERE);
}

static void synchronous(void)
{
    all_places("SVC", do_svc);
    all_places("BRK", do_brk);
    all_places("SMC", do_smc);
    all_places("HLT", do_hlt);
    all_places("UDF", do_udf);
    all_places("DCPS1", do_dcps1);
    all_places("DRPS", do_drps);
    all_places("unallocated", do_unallocated);
    all_places("LDR", do_load);
    all_places("STR", do_store);
    report(EL0, "HVC", do_hvc, 0);
    report(EL0, "ERET", do_eret_at_el0, 0);
    for (enum place place = EL1H; place < PLACES; place++) {
        run_at(place, do_branch, NOWHERE);
        printf("%s fetch: class %x syndrome %x FAR %lx ELR %lx\n", places[place], ESR_EC(trap.esr),
               ESR_ISS(trap.esr), trap.far, trap.elr);
        run_at(place, do_branch, NOWHERE + 2);
        printf("%s PC misaligned: class %x syndrome %x FAR %lx ELR %lx\n", places[place],
               ESR_EC(trap.esr), ESR_ISS(trap.esr), trap.far, trap.elr);
    }
}

static void interrupts(void)
{
    write32(GICD_CTLR, 1);
    write32(GICC_PMR, 0xff);
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_UMA);
    for (enum place place = EL1H; place < PLACES; place++) {
        write32(GICC_CTLR, 1);
        write32(GICD_SGIR, SGI_TO_SELF | 1);
        report(place, "IRQ, masked", do_nothing, 0);
        report(place, "IRQ, FIQ unmasked", do_fiq, 0);
        report(place, "IRQ", do_irq, 0);
        write32(GICC_CTLR, 1 | GICC_FIQ_EN);
        write32(GICD_SGIR, SGI_TO_SELF | 1);
        report(place, "FIQ, IRQ unmasked", do_irq, 0);
        report(place, "FIQ", do_fiq, 0);
        write32(GICD_SGIR, SGI_TO_SELF | 1);
        report(place, "both unmasked", do_both, 0);
    }
}

/* -- PSTATE -- */

/* Sets PSTATE by ERET, takes SVC from there, and comes back. */
static void pstate_of(u64 spsr)
{
    __asm__ volatile("msr spsr_el1, %0\n\tadr x9, 1f\n\tmsr elr_el1, x9\n\teret\n"
                     "1:\tsvc #1\n\tmsr spsel, #1\n\tmsr daifset, #15" ::"r"(spsr)
                     : "x9", "memory", "cc");
    printf("SPSR %lx: seen as %lx\n", spsr, trap.spsr);
}

static void pstate(void)
{
    for (u64 bit = 28; bit < 32; bit++)
        pstate_of(1ul << bit | 0x3c5);
    pstate_of(0xf00003c4);
    for (u64 bit = 6; bit < 10; bit++)
        pstate_of(1ul << bit | 5);
    pstate_of(4);
    pstate_of(0x0fc00005 & ~(3ul << 20)); /* bits that Armv8.0 does not have */
}

/* An exception in the handler overwrites what the first one left; the rest comes back. */
static u64 nested(u64 vector, struct frame *frame)
{
    u64 elr = READ_SYSREG(elr_el1), spsr = READ_SYSREG(spsr_el1);

    if (!nest)
        return 0;
    nest--;
    printf("nested, vector %lx, SPSR %lx\n", vector, spsr & 0x0fffffff);
    __asm__ volatile("svc #2");
    printf("back from within: SPSR %lx changed %lx\n", READ_SYSREG(spsr_el1) & 0x0fffffff,
           (u64)(READ_SYSREG(elr_el1) != elr));
    WRITE_SYSREG(elr_el1, elr);
    WRITE_SYSREG(spsr_el1, spsr);
    if (vector != 8)
        return 1;
    frame->x[0] = 0x77;
    return 1;
}

static void nesting(void)
{
    on_exception = nested;
    nest = 3;
    run_at(EL1H, do_svc, 0);
    nest = 2;
    struct outcome o = probe_code(0, (u64)do_svc, 1, 2);
    printf("EL0 goes on: %lx\n", o.value);
    on_exception = watch;
}

/* -- illegal returns -- */

/* ERET to `target` with spsr; the exception that the next instruction takes comes back here. */
static void return_to(const char *name, u64 spsr, u64 target)
{
    u64 site;

    __asm__ volatile("adr %0, 1f\n\tcmp %2, #0\n\tcsel x9, %0, %2, eq\n\tmov x30, %0\n\t"
                     "msr elr_el1, x9\n\tmsr spsr_el1, %1\n\tisb\n\teret\n"
                     "1:\tnop\n\tmsr spsel, #1\n\tmsr daifset, #15"
                     : "=&r"(site)
                     : "r"(spsr), "r"(target)
                     : "x9", "x30", "memory", "cc");
    printf("%s %lx: class %x syndrome %x SPSR %lx ELR ", name, spsr, ESR_EC(trap.esr),
           ESR_ISS(trap.esr), trap.spsr);
    if (target)
        printf("%lx\n", trap.elr);
    else
        printf("%d\n", (int)(trap.elr - site));
}

/* The modes that a PE with EL0 and EL1 does not have, and PSTATE.IL in SPSR_EL1 itself. Step_over()
 * leaves the illegal state by a good SPSR_EL1. */
static u64 leave_illegal_state(u64 vector, struct frame *frame)
{
    watch(vector, frame);
    trap.count++;
    trap.vector = vector;
    trap.esr = READ_SYSREG(esr_el1);
    trap.elr = READ_SYSREG(elr_el1);
    trap.far = READ_SYSREG(far_el1);
    trap.spsr = READ_SYSREG(spsr_el1);
    WRITE_SYSREG(spsr_el1, 0x3c5);
    WRITE_SYSREG(elr_el1, frame->x[30] + 4);
    return 1;
}

static void illegal_returns(void)
{
    on_exception = leave_illegal_state;
    for (u64 mode = 1; mode < 16; mode++)
        if (mode != 4 && mode != 5)
            return_to("mode", 0x600003c0 | mode, 0);
    return_to("IL", SPSR_IL | 0x3c5, 0);
    return_to("IL", SPSR_IL | 0xa0000004, 0);
    return_to("IL, PC misaligned", SPSR_IL | 0x3c5, NOWHERE + 2);
    return_to("IL, not mapped", SPSR_IL | 0x3c5, NOWHERE);
    return_to("PC misaligned", 0x3c5, NOWHERE + 1);
    return_to("illegal, PC misaligned", 0x3c9, NOWHERE + 3);
    on_exception = watch;
}

int main(void)
{
    on_exception = watch;
    paging_start();
    synchronous();
    interrupts();
    pstate();
    nesting();
    illegal_returns();
    return 0;
}
