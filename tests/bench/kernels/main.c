/* SPDX-License-Identifier: MIT */
/* What stands around a benchmark's work(): translation tables, FP on, the report. */
#include "tests/bench/kernels/bench.h"

/* Arm ARM, "VMSAv8-64 translation table descriptor formats". */
#define DESC_TABLE      3ul
#define DESC_BLOCK      1ul
#define DESC_PAGE       3ul
#define DESC_NORMAL     (0ul << 2) /* MAIR_EL1.Attr0 */
#define DESC_DEVICE     (1ul << 2) /* MAIR_EL1.Attr1 */
#define DESC_USER       (1ul << 6) /* AP[1]: EL0 as well */
#define DESC_READ_ONLY  (1ul << 7) /* AP[2] */
#define DESC_SHARED     (3ul << 8)
#define DESC_ACCESSED   (1ul << 10)
#define DESC_NOT_GLOBAL (1ul << 11)
#define DESC_NO_EXECUTE (3ul << 53) /* UXN, PXN */

#define MAIR     0x00fful /* Normal write-back, Device-nGnRnE */
#define TCR      (25ul | 1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 23 | 2ul << 32 | 1ul << 36)
#define SCTLR_ON (1ul << 0 | 1ul << 2 | 1ul << 12) /* M, C, I */
#define CPACR_FP (3ul << 20)

#define ENTRIES    512
#define TABLE      __attribute__((aligned(4096)))
#define RAM_TABLES (BENCH_RAM / (ENTRIES * PAGE_SIZE))

static u64 level1[USER_SPACES][ENTRIES] TABLE;
static u64 ram_level2[ENTRIES] TABLE;
static u64 ram_level3[RAM_TABLES][ENTRIES] TABLE;
static u64 user_level2[USER_SPACES][ENTRIES] TABLE;
static u64 user_level3[USER_SPACES][ENTRIES] TABLE;

static void map_ram(void)
{
    for (u64 i = 0; i < RAM_TABLES; i++) {
        ram_level2[i] = (u64)ram_level3[i] | DESC_TABLE;
        for (u64 k = 0; k < ENTRIES; k++) {
            u64 pa = RAM_BASE + (i * ENTRIES + k) * PAGE_SIZE;

            ram_level3[i][k] = pa | DESC_PAGE | DESC_NORMAL | DESC_SHARED | DESC_ACCESSED;
        }
    }
    for (unsigned space = 0; space < USER_SPACES; space++) {
        level1[space][0] = DESC_BLOCK | DESC_DEVICE | DESC_ACCESSED | DESC_NO_EXECUTE;
        level1[space][RAM_BASE >> 30] = (u64)ram_level2 | DESC_TABLE;
        level1[space][USER_BASE >> 30] = (u64)user_level2[space] | DESC_TABLE;
        user_level2[space][0] = (u64)user_level3[space] | DESC_TABLE;
    }
}

void map_user(unsigned space, u64 page, u64 pa, enum user_access access)
{
    u64 entry =
        pa | DESC_PAGE | DESC_NORMAL | DESC_SHARED | DESC_ACCESSED | DESC_USER | DESC_NOT_GLOBAL;

    if (access == USER_NONE)
        entry = 0;
    else if (access == USER_CODE)
        entry |= DESC_READ_ONLY;
    else
        entry |= DESC_NO_EXECUTE;
    user_level3[space][page] = entry;
    __asm__ volatile("dsb ishst\n\tisb" ::: "memory");
}

void switch_user(unsigned space)
{
    WRITE_SYSREG(ttbr0_el1, (u64)level1[space] | (space + 1ul) << 48);
}

void publish_code(u64 start, u64 size)
{
    u64 line = 4ul << (READ_SYSREG(ctr_el0) & 15);

    for (u64 va = start & ~(line - 1); va < start + size; va += line)
        __asm__ volatile("dc cvau, %0" ::"r"(va) : "memory");
    __asm__ volatile("dsb ish" ::: "memory");
    for (u64 va = start & ~(line - 1); va < start + size; va += line)
        __asm__ volatile("ic ivau, %0" ::"r"(va) : "memory");
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

static void turn_on(void)
{
    map_ram();
    WRITE_SYSREG(mair_el1, MAIR);
    WRITE_SYSREG(tcr_el1, TCR);
    switch_user(0);
    WRITE_SYSREG(cpacr_el1, CPACR_FP);
    __asm__ volatile("tlbi vmalle1\n\tdsb ish\n\tisb" ::: "memory");
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_ON);
}

int main(void)
{
    u64 start, result;

    turn_on();
    start = READ_SYSREG(cntvct_el0);
    result = work();
    print_hex("ticks", READ_SYSREG(cntvct_el0) - start);
    print_hex("result", result);
    return 0;
}
