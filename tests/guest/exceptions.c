/* SPDX-License-Identifier: MIT */
/*
 * Synchronous exceptions, from EL1 and from EL0: vector and syndrome.
 * Arm ARM: "ESR_EL1, Exception Syndrome Register (EL1)"; "AArch64 exceptions", priority and
 * vectors.
 */
#include "tests/guest/guest.h"

static void at_el0(void)
{
    __asm__ volatile("svc #0x123");
    __asm__ volatile("brk #0x45");
    __asm__ volatile(".inst 0x00000000"); /* UDF */
    LEAVE_EL0();
}

static void privileged_at_el0(void)
{
    __asm__ volatile("mrs x0, sctlr_el1");
    LEAVE_EL0();
}

static void wfi_at_el0(void)
{
    __asm__ volatile("wfi");
    LEAVE_EL0();
}

static void mask_at_el0(void)
{
    __asm__ volatile("msr daifset, #2");
    LEAVE_EL0();
}

static void load_at_el0(void)
{
    (void)read32(NOT_RAM);
    LEAVE_EL0();
}

static void from_el0(void)
{
    u64 before = trap.count;

    enter_el0(at_el0);
    print_hex("EL0: SVC, BRK, UDF", trap.count - before);
    print_trap("EL0: the last of them");
    enter_el0(privileged_at_el0);
    print_trap("EL0: MRS SCTLR_EL1");
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) & ~(1ul << 16 | 1ul << 9)); /* nTWI, UMA */
    enter_el0(wfi_at_el0);
    print_trap("EL0: WFI, trapped");
    enter_el0(mask_at_el0);
    print_trap("EL0: MSR DAIFSet, trapped");
    enter_el0(load_at_el0);
    print_trap("EL0: LDR from nowhere");
}

static void from_el1(void)
{
    __asm__ volatile("svc #0xabc");
    print_trap("SVC");
    __asm__ volatile("brk #0x1234");
    print_trap("BRK");
    __asm__ volatile(".inst 0x00000000");
    print_trap("UDF");
    __asm__ volatile("smc #0");
    print_trap("SMC without EL3");
    __asm__ volatile("mrs x0, s3_0_c15_c15_7" ::: "x0");
    print_trap("MRS of an unallocated register");
    __asm__ volatile(".inst 0xd5180000");
    print_trap("MSR MIDR_EL1, read-only");
}

static void floating_point(void)
{
    WRITE_SYSREG(cpacr_el1, 0);
    __asm__ volatile(".arch_extension fp\n\tfmov d0, xzr");
    print_trap("FMOV, CPACR_EL1.FPEN = 0");
    WRITE_SYSREG(cpacr_el1, 3ul << 20);
    __asm__ volatile("fmov d0, xzr");
    print_trap("FMOV, CPACR_EL1.FPEN = 3");
}

static void memory(void)
{
    (void)read32(RAM_BASE + 2);
    print_trap("LDR, unaligned, Device memory");
    print_hex("FAR_EL1", trap.far);
    write32((u64)free_memory + 1, 0);
    print_trap("STR, unaligned, Device memory");
    (void)read32(NOT_RAM);
    print_trap("LDR from nowhere");
    print_hex("FAR_EL1", trap.far);
    ((void (*)(void))NOT_RAM)();
    print_trap("fetch from nowhere");
    print_hex("FAR_EL1", trap.far);
    ((void (*)(void))(RAM_BASE + 0x100002))();
    print_trap("fetch, PC unaligned");
    print_hex("FAR_EL1", trap.far);
}

static void stack_pointer(void)
{
    __asm__ volatile("mov x9, sp\n\t"
                     "msr spsel, #0\n\t"
                     "add x10, x9, #8\n\t"
                     "mov sp, x10\n\t"
                     "ldr x11, [sp]\n\t" /* taken on SP_EL1 through vector 0 */
                     "msr spsel, #1" ::
                         : "x9", "x10", "x11", "memory");
    print_trap("LDR, SP_EL0 unaligned");
}

int main(void)
{
    from_el1();
    floating_point();
    memory();
    stack_pointer();
    from_el0();
    return 0;
}
