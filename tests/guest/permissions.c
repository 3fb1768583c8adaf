/* SPDX-License-Identifier: MIT */
/*
 * Every combination of the permission bits of a page and of the tables above it, with and without
 * SCTLR_EL1.WXN, against every kind of access from both exception levels.
 * Arm ARM D5.4, "Memory access control"; J1, AArch64.CheckPermission.
 */
#include "tests/guest/paging.h"

#define SCTLR_WXN  (1ul << 19)
#define INPUT_SIZE 39
#define RET        0xd65f03c0u

static struct tables tables;
static u64 page;

/* Bit 0: EL1 may read; 1: write; 2: execute; 3-5: EL0; 6, 7: LDTR and STTR at EL1. */
static u32 allowed(u64 va)
{
    static const struct {
        u8 el, access;
    } tries[] = { { 1, LOAD },
                  { 1, STORE },
                  { 1, FETCH },
                  { 0, LOAD },
                  { 0, STORE },
                  { 0, FETCH },
                  { 1, LOAD_UNPRIVILEGED },
                  { 1, STORE_UNPRIVILEGED } };
    u32 result = 0;

    for (u32 i = 0; i < COUNT(tries); i++) {
        write32(here(page), RET);
        struct outcome o = probe(tries[i].el, tries[i].access, va);
        hash_outcome(&o);
        result |= !o.trapped << i;
    }
    return result;
}

struct bits {
    u64 ap, pxn, uxn; /* of the page: AP[2:1] */
};

static u64 bits_of(const struct bits *b)
{
    return DESC_RAM | b->ap << 6 | b->pxn << 53 | b->uxn << 54;
}

/* All pages below one choice of APTable, PXNTable and UXNTable: a line of 16 results. */
static void under_table(u64 va, u64 ap, u64 pxn, u64 uxn)
{
    volatile u64 *table = tables_entry(&tables, va, 2), *entry = tables_entry(&tables, va, 3);

    *table = (*table & 0xfffffffff003) | ap << 61 | pxn << 59 | uxn << 60;
    printf("APTable %lx PXNTable %lx UXNTable %lx:", ap, pxn, uxn);
    for (u64 i = 0; i < 16; i++) {
        struct bits b = { i >> 2, i >> 1 & 1, i & 1 };
        *entry = page | bits_of(&b) | DESC_PAGE;
        flush_tlb();
        printf(" %x", allowed(va));
    }
    printf("\n");
}

static void all_tables(u64 va)
{
    for (u64 i = 0; i < 16; i++)
        under_table(va, i >> 2, i >> 1 & 1, i & 1);
    print_hash("vectors, syndromes, addresses");
}

/* Attributes of tables at several levels add up. */
static void two_tables(u64 va)
{
    struct bits open = { 1, 0, 0 };
    volatile u64 *table1 = tables_entry(&tables, va, 1), *table2 = tables_entry(&tables, va, 2);

    *tables_entry(&tables, va, 3) = page | bits_of(&open) | DESC_PAGE;
    *table1 = (*table1 & 0xfffffffff003) | DESC_AP_TABLE(2);
    *table2 = (*table2 & 0xfffffffff003) | DESC_UXN_TABLE;
    flush_tlb();
    printf("read-only by level 1, UXN by level 2: %x\n", allowed(va));
    *table1 = (*table1 & 0xfffffffff003) | DESC_PXN_TABLE;
    *table2 = (*table2 & 0xfffffffff003) | DESC_AP_TABLE(1);
    flush_tlb();
    printf("PXN by level 1, EL1 only by level 2: %x\n", allowed(va));
    print_hash("vectors, syndromes, addresses");
}

/* Blocks have the same bits, and faults report their level. */
static void blocks(u64 half, unsigned level)
{
    u64 va = half_base((unsigned)half, INPUT_SIZE) + 2 * GIB + level * 8 * GIB;
    u64 block = page & -level_size(&tables, level);

    printf("blocks of level %u:", level);
    for (u64 i = 0; i < 16; i++) {
        struct bits b = { i >> 2, i >> 1 & 1, i & 1 };
        *tables_entry(&tables, va, level) = block | bits_of(&b) | DESC_BLOCK;
        flush_tlb();
        printf(" %x", allowed(va + page - block));
    }
    printf("\n");
    print_hash("vectors, syndromes, addresses");
}

static u64 in_half(u64 half)
{
    u64 va = half_base((unsigned)half, INPUT_SIZE) + 0x5000;

    tables = tables_create(GRAIN_4K, INPUT_SIZE);
    tables_entry(&tables, va, 3);
    paging_replace((unsigned)half, &tables, 0);
    all_tables(va);
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_WXN);
    flush_tlb();
    print("WXN\n");
    all_tables(va);
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) & ~SCTLR_WXN);
    flush_tlb();
    print("two levels of tables\n");
    two_tables(va);
    blocks(half, 1);
    blocks(half, 2);
    paging_restore();
    return 0;
}

int main(void)
{
    paging_start();
    page = new_table();
    print("upper half\n");
    in_half(1);
    print("lower half\n");
    call_high(in_half, 0);
    return 0;
}
