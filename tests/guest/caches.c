/* SPDX-License-Identifier: MIT */
/*
 * What cache maintenance and DC ZVA do with an address, and what EL0 may do of it.
 * Arm ARM D4.4, "Cache support"; B2, "Alignment of data accesses"; ISS encoding for an exception
 * from a Data Abort (CM, WnR).
 */
#include "tests/guest/paging.h"

#define WINDOW    (HIGH_HALF | 0xff8000200000)
#define SCTLR_DZE (1ul << 14)
#define SCTLR_UCT (1ul << 15)
#define SCTLR_UCI (1ul << 26)

#define OPERATIONS(X)                                                                              \
    X(cvau, "dc cvau, x0")                                                                         \
    X(cvac, "dc cvac, x0")                                                                         \
    X(civac, "dc civac, x0")                                                                       \
    X(ivau, "ic ivau, x0")                                                                         \
    X(ivac, "dc ivac, x0")                                                                         \
    X(zva, "dc zva, x0")                                                                           \
    X(isw, "dc isw, xzr")                                                                          \
    X(ialluis, "ic ialluis")                                                                       \
    X(ctr, "mrs x0, ctr_el0")                                                                      \
    X(dczid, "mrs x0, dczid_el0")                                                                  \
    X(prfm, "prfm pldl1keep, [x0]")

#define DEFINE(label, text) INSTRUCTION(label, text);
#define ENTRY(label, text)  { text, label },
OPERATIONS(DEFINE)

static const struct operation {
    const char *text;
    const u32 *code;
} operations[] = { OPERATIONS(ENTRY) };

static struct tables tables;
static u64 page;

static void each(const char *name, unsigned el)
{
    printf("%s, EL%u\n", name, el);
    for (u32 i = 0; i < COUNT(operations); i++) {
        struct outcome o = probe_code(el, (u64)operations[i].code, WINDOW + 0x47, 0);
        if (o.trapped)
            printf(" %s: vector %lx esr %lx FAR %lx\n", operations[i].text, o.vector, o.esr, o.far);
    }
}

static void map(u64 descriptor)
{
    *tables_entry(&tables, WINDOW, 3) = descriptor;
    flush_tlb();
}

/* DC ZVA clears the 64 bytes around its address and nothing else. */
static void zeroes(u64 offset)
{
    for (u64 i = 0; i < 0x1000; i++)
        write8(page + i, 0xee);
    probe_code(1, (u64)zva, WINDOW + offset, 0);
    u64 first = 0, count = 0;
    for (u64 i = 0; i < 0x1000; i++)
        if (!read8(page + i)) {
            first = count++ ? first : i;
        }
    printf("DC ZVA at %lx: %lx bytes from %lx\n", offset, count, first);
}

static void permissions(void)
{
    u64 right = page | DESC_PAGE | DESC_RAM | DESC_AP_EL0;

    map(right);
    each("writable", 1);
    map(right | DESC_AP_READ_ONLY);
    each("read-only", 1);
    map(0);
    each("not mapped", 1);
    map(right & ~DESC_AF);
    each("access flag clear", 1);
    map((right & ~DESC_ATTR(7)) | DESC_ATTR(DEVICE));
    each("Device memory", 1);
}

static void user(void)
{
    u64 right = page | DESC_PAGE | DESC_RAM | DESC_AP_EL0;
    u64 sctlr = READ_SYSREG(sctlr_el1) & ~(SCTLR_DZE | SCTLR_UCT | SCTLR_UCI);

    map(right);
    WRITE_SYSREG(sctlr_el1, sctlr);
    each("all trapped", 0);
    WRITE_SYSREG(sctlr_el1, sctlr | SCTLR_UCI);
    each("UCI", 0);
    WRITE_SYSREG(sctlr_el1, sctlr | SCTLR_UCT);
    each("UCT", 0);
    WRITE_SYSREG(sctlr_el1, sctlr | SCTLR_DZE);
    each("DZE", 0);
    printf("DCZID_EL0 at EL0: %lx\n", probe_code(0, (u64)dczid, 0, 0).value);
    WRITE_SYSREG(sctlr_el1, sctlr);
    printf("DCZID_EL0 at EL0, DZE clear: %lx\n", probe_code(0, (u64)dczid, 0, 0).value);
    printf("DCZID_EL0 at EL1: %lx\n", READ_SYSREG(dczid_el0));
    WRITE_SYSREG(sctlr_el1, sctlr | SCTLR_DZE | SCTLR_UCT | SCTLR_UCI);
    map(right & ~DESC_AP_EL0);
    each("EL1's, all allowed", 0);
    map(right | DESC_AP_READ_ONLY);
    each("read-only, all allowed", 0);
}

int main(void)
{
    paging_start();
    page = new_table();
    tables = tables_create(GRAIN_4K, 39);
    map(page | DESC_PAGE | DESC_RAM);
    paging_replace(1, &tables, 0);
    zeroes(0);
    zeroes(0x47);
    zeroes(0xfff);
    permissions();
    user();
    return 0;
}
