/* SPDX-License-Identifier: MIT */
/*
 * Stage 1 translation: faults and their levels, permissions, TLB maintenance, AT.
 * Arm ARM: "The AArch64 Virtual Memory System Architecture"; fault status codes in "ISS encoding
 * for an exception from a Data Abort".
 *
 * 4 KiB granule, 39 bits, so tables begin at level 1. RAM and devices are mapped one to one for
 * EL1; the windows of the tests are in the third gigabyte.
 */
#include "tests/guest/guest.h"

#define MIB2      0x200000ul
#define GIB       0x40000000ul
#define WINDOW    (2 * GIB)
#define USER_CODE (4 * GIB) /* RAM again, read-only and executable at EL0 */
#define USER_DATA (5 * GIB) /* RAM again, EL0 may write */

#define TABLE        3ul
#define PAGE         3ul
#define BLOCK        1ul
#define NORMAL       (0ul << 2)
#define DEVICE       (1ul << 2)
#define AP_EL0       (1ul << 6)
#define AP_READ_ONLY (1ul << 7)
#define INNER        (3ul << 8)
#define AF           (1ul << 10)
#define NG           (1ul << 11)
#define PXN          (1ul << 53)
#define APTABLE_RO   (1ul << 62)
#define PAGE_RW      (PAGE | NORMAL | INNER | AF)

/* T0SZ 25, 4 KiB, inner and outer write-back, inner shareable; EPD1: TTBR1_EL1 unused; 40-bit
 * addresses. */
#define TCR  (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 30 | 2ul << 32)
#define MAIR 0x00fful /* 0: Normal, write-back; 1: Device-nGnRnE */

static u64 *level1, *level2, *level3, *level2_ro, *level3_ro;
static u64 page_a, page_b;
static u64 next_page = (u64)free_memory;

static u64 new_page(void)
{
    u64 page = next_page;

    next_page += 0x1000;
    for (u64 i = 0; i < 0x1000; i += 8)
        write64(page + i, 0);
    return page;
}

static void map(u64 *entry, u64 value)
{
    *(volatile u64 *)entry = value;
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

static void flush_all(void)
{
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

static void flush_page(u64 va)
{
    __asm__ volatile(
        "dsb ishst\n\ttlbi vaae1is, %0\n\tdsb ish\n\tisb" ::"r"(va >> 12 & 0xfffffffffff)
        : "memory");
}

static void enable_mmu(void)
{
    level1 = (u64 *)new_page();
    level2 = (u64 *)new_page();
    level3 = (u64 *)new_page();
    level2_ro = (u64 *)new_page();
    level3_ro = (u64 *)new_page();
    page_a = new_page();
    page_b = new_page();
    write64(page_a, 0xaaaa);
    write64(page_b, 0xbbbb);
    map(&level1[0], 0 * GIB | BLOCK | DEVICE | AF | PXN);
    map(&level1[1], 1 * GIB | BLOCK | NORMAL | INNER | AF);
    map(&level1[2], (u64)level2 | TABLE);
    map(&level1[4], 1 * GIB | BLOCK | NORMAL | INNER | AF | AP_READ_ONLY | AP_EL0);
    map(&level1[5], 1 * GIB | BLOCK | NORMAL | INNER | AF | AP_EL0);
    map(&level1[6], (u64)level2_ro | TABLE | APTABLE_RO);
    map(&level2[0], (u64)level3 | TABLE);
    map(&level2[2], (page_b & -MIB2) | BLOCK | NORMAL | INNER | AF);
    map(&level2_ro[0], (u64)level3_ro | TABLE);
    map(&level3_ro[0], page_a | PAGE_RW);
    WRITE_SYSREG(mair_el1, MAIR);
    WRITE_SYSREG(tcr_el1, TCR);
    WRITE_SYSREG(ttbr0_el1, (u64)level1);
    flush_all();
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | 1 | 1 << 2 | 1 << 12);
    print_hex("SCTLR_EL1.M", READ_SYSREG(sctlr_el1) & 1);
}

static void load(const char *name, u64 va)
{
    u64 value = read64(va);

    print_trap(name);
    if (trap.far != va)
        print_hex(name, value);
}

static void translation(void)
{
    map(&level3[0], page_a | PAGE_RW);
    print_hex("page A at the window", read64(WINDOW));
    write64(WINDOW + 8, 0x1234);
    print_hex("written through the window", read64(page_a + 8));
    print_hex("through the block of level 2", read64(WINDOW + 0x400000 + page_b % MIB2) == 0xbbbb);
    load("no entry at level 1", 3 * GIB);
    load("no entry at level 2", WINDOW + 0x200000);
    load("no entry at level 3", WINDOW + 0x1000);
    load("beyond the input size", 1ul << 39);
    load("TTBR1, EPD1 set", 0xffffff8000000000);
    print_hex("FAR_EL1", trap.far);
    map(&level3[2], page_a | (PAGE_RW & ~AF));
    load("access flag clear", WINDOW + 0x2000);
    map(&level3[2], page_a | PAGE_RW);
    load("access flag set, no TLBI needed", WINDOW + 0x2000);
}

static void maintenance(void)
{
    map(&level3[3], page_a | PAGE_RW);
    print_hex("mapped to A", read64(WINDOW + 0x3000));
    map(&level3[3], page_b | PAGE_RW);
    flush_page(WINDOW + 0x3000);
    print_hex("mapped to B, TLBI VAAE1IS", read64(WINDOW + 0x3000));
    map(&level3[3], 0);
    flush_page(WINDOW + 0x3000);
    load("unmapped, TLBI", WINDOW + 0x3000);
}

static void address_spaces(void)
{
    map(&level3[4], page_a | PAGE_RW | NG);
    WRITE_SYSREG(ttbr0_el1, (u64)level1 | 1ul << 48);
    print_hex("ASID 1", read64(WINDOW + 0x4000));
    WRITE_SYSREG(ttbr0_el1, (u64)level1 | 2ul << 48);
    map(&level3[4], page_b | PAGE_RW | NG);
    print_hex("ASID 2, another page", read64(WINDOW + 0x4000));
    __asm__ volatile("tlbi aside1is, %0\n\tdsb ish\n\tisb" ::"r"(1ul << 48) : "memory");
    WRITE_SYSREG(ttbr0_el1, (u64)level1 | 1ul << 48);
    print_hex("ASID 1, TLBI ASIDE1IS", read64(WINDOW + 0x4000));
}

static void permissions(void)
{
    map(&level3[5], page_a | PAGE_RW | AP_READ_ONLY);
    write64(WINDOW + 0x5000, 0);
    print_trap("store, read-only");
    load("load, read-only", WINDOW + 0x5000);
    write64(6 * GIB, 0);
    print_trap("store, APTable read-only");

    write32(page_b + 0x100, 0xd65f03c0); /* ret */
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::"r"(page_b + 0x100)
                     : "memory");
    map(&level3[6], page_b | PAGE_RW);
    map(&level3[7], page_b | PAGE_RW | PXN);
    map(&level3[8], page_b | PAGE_RW | AP_EL0);
    ((void (*)(void))(WINDOW + 0x6100))();
    print_trap("fetch, executable");
    ((void (*)(void))(WINDOW + 0x7100))();
    print_trap("fetch, PXN");
    ((void (*)(void))(WINDOW + 0x8100))();
    print_trap("fetch at EL1, EL0 may write it");

    __asm__ volatile("ldtr x1, [%0]" ::"r"(WINDOW) : "x1", "memory");
    print_trap("LDTR, EL1 only");
    __asm__ volatile("ldtr x1, [%0]" ::"r"(USER_DATA) : "x1", "memory");
    print_trap("LDTR, EL0 allowed");
    __asm__ volatile("sttr x1, [%0]" ::"r"(USER_CODE) : "memory");
    print_trap("STTR, EL0 read-only");
}

static void read_kernel_at_el0(void)
{
    __asm__ volatile("mov x0, #0x40000000\n\tldr x0, [x0]" ::: "x0", "memory");
    LEAVE_EL0();
}

static void write_user_at_el0(void)
{
    __asm__ volatile("mov x0, #0x100000000\n\tmovk x0, #0x4000, lsl #16\n\tstr x0, [x0]" ::
                         : "x0", "memory");
    LEAVE_EL0();
}

static void user(void)
{
    enter_el0((void (*)(void))((u64)write_user_at_el0 - GIB + USER_CODE));
    print_trap("EL0: store, EL0 may write it");
    print_hex("EL0: stored", read64(GIB) == USER_DATA);
    enter_el0((void (*)(void))((u64)read_kernel_at_el0 - GIB + USER_CODE));
    print_trap("EL0: load, EL1 only");
    enter_el0(read_kernel_at_el0);
    print_trap("EL0: the same from code it may run but not read");
}

static void address_translation(void)
{
    __asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(WINDOW + 0x123) : "memory");
    print_hex("AT S1E1R: fault", READ_SYSREG(par_el1) & 1);
    print_hex("AT S1E1R: page A", (READ_SYSREG(par_el1) & 0xfffffffff000) == page_a);
    print_hex("AT S1E1R: attributes", READ_SYSREG(par_el1) >> 56);
    __asm__ volatile("at s1e1w, %0\n\tisb" ::"r"(WINDOW + 0x5000) : "memory");
    print_hex("AT S1E1W, read-only: F and FST", READ_SYSREG(par_el1) & 0x7f);
    __asm__ volatile("at s1e0r, %0\n\tisb" ::"r"(WINDOW) : "memory");
    print_hex("AT S1E0R, EL1 only: F and FST", READ_SYSREG(par_el1) & 0x7f);
    __asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(3 * GIB) : "memory");
    print_hex("AT S1E1R, no entry: F and FST", READ_SYSREG(par_el1) & 0x7f);
}

static void alignment(void)
{
    map(&level3[10], page_a | PAGE_RW);
    map(&level3[11], page_b | PAGE_RW);
    write64(WINDOW + 0xaffc, 0x1122334455667788);
    print_trap("store across two pages");
    print_hex("the low part in A", read32(page_a + 0xffc));
    print_hex("the high part in B", read32(page_b));
    load("load across two pages", WINDOW + 0xaffc);
    map(&level3[11], 0);
    flush_page(WINDOW + 0xb000);
    write64(WINDOW + 0xaff8, 0);
    write64(WINDOW + 0xaffc, ~0ul);
    print_trap("store into a page that is not there");
    print_hex("nothing was written", read64(WINDOW + 0xaff8));
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | 2);
    (void)read32(WINDOW + 1);
    print_trap("SCTLR_EL1.A, unaligned");
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) & ~2ul);
}

int main(void)
{
    enable_mmu();
    translation();
    maintenance();
    address_spaces();
    permissions();
    user();
    address_translation();
    alignment();
    return 0;
}
