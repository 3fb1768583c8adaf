/* SPDX-License-Identifier: MIT */
/*
 * Hints and barriers: all of them execute; which WFE and WFI end, and which EL0 may not execute.
 * Arm ARM D1, "Mechanisms for entering a low-power state"; C6, HINT, DMB, DSB, ISB.
 * A wait that does not end shows as a guest that does not.
 */
#include "tests/guest/gic.h"
#include "tests/guest/paging.h"

#define SCTLR_NTWI (1ul << 16)
#define SCTLR_NTWE (1ul << 18)

#define WORD_HINT(n)    (0xd503201fu | (u32)(n) << 5)
#define WORD_BARRIER(n) (0xd503301fu | (u32)(n) << 5) /* CRm and op2 */
#define WORD_PRFM(n)    (0xf9800000u | (u32)(n))      /* of x0 */
#define WORD_RET        0xd65f03c0u

INSTRUCTION(do_wfi, "wfi");
INSTRUCTION(do_wfe, "wfe");
INSTRUCTION(do_sevl_wfe, "sevl\n\twfe");
INSTRUCTION(do_sev, "sev");
INSTRUCTION(do_yield, "yield");

static u64 code_page;

/* Whether it took an exception. */
static u64 execute(u32 word, u64 x0)
{
    write32(code_page, word);
    write32(code_page + 4, WORD_RET);
    sync_code(code_page);
    struct outcome o = probe_code(1, code_page, x0, 0);
    return o.trapped ? o.esr : 0;
}

static void all_hints(void)
{
    u64 trapped = 0;

    for (u32 n = 0; n < 128; n++)
        if (n != 2 && n != 3) /* WFE, WFI */
            trapped += execute(WORD_HINT(n), 0) != 0;
    printf("hints that trap: %lu\n", trapped);
    trapped = 0;
    for (u32 n = 0; n < 32; n++)
        trapped += execute(WORD_PRFM(n), 0x7f00000000) != 0;
    printf("prefetches that trap: %lu\n", trapped);
}

/* CLREX, DSB, DMB and ISB with every CRm; what else there is of op2. */
static void all_barriers(void)
{
    static const u8 op2[] = { 2, 4, 5, 6, 0, 1, 3, 7 };

    for (u32 i = 0; i < COUNT(op2); i++) {
        printf("barriers, op2 %u:", op2[i]);
        for (u32 crm = 0; crm < 16; crm++)
            printf(" %lx", execute(WORD_BARRIER(crm << 3 | op2[i]), 0));
        print("\n");
    }
}

static void events(void)
{
    __asm__ volatile("sevl\n\twfe");
    print("SEVL, WFE\n");
    __asm__ volatile("sev\n\twfe");
    print("SEV, WFE\n");
    __asm__ volatile("sevl\n\twfe\n\tsvc #1\n\twfe" ::: "memory");
    print("exception return, WFE\n");
}

static void interrupts(void)
{
    write32(GICD_CTLR, 1);
    write32(GICC_CTLR, 1);
    write32(GICC_PMR, 0xff);
    write32(GICD_SGIR, SGI_TO_SELF | 2);
    __asm__ volatile("wfi\n\twfi");
    print("WFI, a masked interrupt pending\n");
    print_hex("ISR_EL1", READ_SYSREG(isr_el1));
    write32(GICC_EOIR, read32(GICC_IAR));
    print_hex("ISR_EL1", READ_SYSREG(isr_el1));
}

static void user(const char *name, const u32 *code, u64 sctlr)
{
    u64 before = READ_SYSREG(sctlr_el1);

    WRITE_SYSREG(sctlr_el1, (before & ~(SCTLR_NTWI | SCTLR_NTWE)) | sctlr);
    struct outcome o = probe_code(0, (u64)code, 0, 0);
    print_outcome(name, &o);
    WRITE_SYSREG(sctlr_el1, before);
}

int main(void)
{
    paging_start();
    code_page = new_table();
    all_hints();
    all_barriers();
    events();
    interrupts();
    __asm__ volatile("sevl\n\twfe"); /* the event register is clear now, but for ERET's event */
    user("EL0: WFI, nTWI clear", do_wfi, 0);
    user("EL0: SEVL, WFE, nTWE clear", do_sevl_wfe, 0);
    user("EL0: SEVL, WFE", do_sevl_wfe, SCTLR_NTWE);
    user("EL0: WFE behind ERET, nTWE clear", do_wfe, 0);
    user("EL0: SEV", do_sev, 0);
    user("EL0: YIELD", do_yield, 0);
    write32(GICD_SGIR, SGI_TO_SELF | 2);
    user("EL0: WFI, interrupt pending, nTWI clear", do_wfi, 0);
    user("EL0: WFI, interrupt pending", do_wfi, SCTLR_NTWI);
    return 0;
}
