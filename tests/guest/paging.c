/* SPDX-License-Identifier: MIT */
/* Page tables and probes of paging.h. */
#include "tests/guest/paging.h"

#define TABLES     0x40400000ul /* the same in every guest, as addresses are printed */
#define TABLE_SIZE 0x10000ul
#define ADDRESS    0x0000fffffffff000ul

/* Inner and outer write-back tables, inner shareable; 44-bit addresses; 4 KiB granules. */
#define TCR_WALKS (1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 24 | 1ul << 26 | 3ul << 28 | 4ul << 32)
#define TCR_BASE  (TCR_WALKS | 16ul | 16ul << 16 | 2ul << 30)
#define MAIR      0x0c4400fful /* NORMAL, DEVICE, NORMAL_NC, DEVICE_GRE */

#define SCTLR_M (1ul << 0)
#define SCTLR_C (1ul << 2)
#define SCTLR_I (1ul << 12)

extern const u32 probe_load[], probe_store[], probe_load_unprivileged[], probe_store_unprivileged[],
    probe_fetch[];

static u64 next = TABLES, root;

/* -- tables -- */

void flush_tlb(void)
{
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb ish\n\tisb" ::: "memory");
}

u64 here(u64 pa)
{
    return pa | ((u64)free_memory & HIGH_HALF);
}

u64 next_table(void)
{
    return next;
}

u64 new_table(void)
{
    u64 table = next_table();

    if (READ_SYSREG(sctlr_el1) & SCTLR_M)
        for (u64 i = 0; i < TABLE_SIZE; i += 64)
            __asm__ volatile("dc zva, %0" ::"r"(here(table) + i) : "memory");
    else
        for (u64 i = 0; i < TABLE_SIZE; i += 8)
            write64(here(table) + i, 0);
    next = table + TABLE_SIZE;
    return table;
}

void free_tables(u64 mark)
{
    next = mark;
}

unsigned tables_first_level(const struct tables *tables)
{
    unsigned stride = tables->grain - 3;

    return 4 - (tables->input_size - tables->grain + stride - 1) / stride;
}

static unsigned level_shift(const struct tables *tables, unsigned level)
{
    return tables->grain + (3 - level) * (tables->grain - 3);
}

u64 level_size(const struct tables *tables, unsigned level)
{
    return 1ul << level_shift(tables, level);
}

struct tables tables_create(unsigned grain, unsigned input_size)
{
    return (struct tables){ .root = new_table(), .grain = grain, .input_size = input_size };
}

volatile u64 *tables_entry(const struct tables *tables, u64 va, unsigned level)
{
    u64 table = tables->root;

    va &= (1ul << tables->input_size) - 1;
    for (unsigned l = tables_first_level(tables);; l++) {
        u64 index = va >> level_shift(tables, l) & ((1ul << (tables->grain - 3)) - 1);
        volatile u64 *entry = (volatile u64 *)here(table + 8 * index);
        if (l == level)
            return entry;
        if (!(*entry & 1))
            *entry = new_table() | DESC_TABLE;
        table = *entry & ADDRESS;
    }
}

/* -- the two halves -- */

void paging_start(void)
{
    u64 level1 = new_table(), level2 = new_table();

    root = new_table();
    write64(root, level1 | DESC_TABLE);
    for (u64 i = 0; i < 512; i++)
        write64(level2 + 8 * i, (GIB + i * 2 * MIB) | DESC_BLOCK | DESC_RAM);
    write64(level2, GIB | DESC_BLOCK | DESC_RAM | DESC_AP_READ_ONLY);
    write64(level1 + 0, 0 * GIB | DESC_BLOCK | DESC_ATTR(DEVICE) | DESC_AF | DESC_PXN | DESC_UXN);
    write64(level1 + 8, level2 | DESC_TABLE);
    write64(level1 + 32, 1 * GIB | DESC_BLOCK | DESC_RAM | DESC_AP_EL0 | DESC_AP_READ_ONLY);
    write64(level1 + 40, 1 * GIB | DESC_BLOCK | DESC_RAM | DESC_AP_EL0);
    WRITE_SYSREG(mair_el1, MAIR);
    paging_restore();
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I);
}

void paging_restore(void)
{
    WRITE_SYSREG(tcr_el1, TCR_BASE);
    WRITE_SYSREG(ttbr0_el1, root);
    WRITE_SYSREG(ttbr1_el1, root);
    flush_tlb();
}

u64 half_base(unsigned half, unsigned input_size)
{
    return half ? -(1ul << input_size) : 0;
}

void paging_replace(unsigned half, const struct tables *tables, u64 tcr_bits)
{
    u64 txsz = 64 - tables->input_size, tcr;

    if (half) {
        u64 tg1 = tables->grain == GRAIN_64K ? 3 : 2;
        tcr = TCR_WALKS | 16 | txsz << 16 | tg1 << 30;
        WRITE_SYSREG(ttbr1_el1, tables->root);
    } else {
        u64 tg0 = tables->grain == GRAIN_64K ? 1 : 0;
        tcr = TCR_WALKS | txsz | tg0 << 14 | 16ul << 16 | 2ul << 30;
        WRITE_SYSREG(ttbr0_el1, tables->root);
    }
    WRITE_SYSREG(tcr_el1, tcr ^ tcr_bits);
    flush_tlb();
}

/* -- probes -- */

/* An address of the guest's own as EL0 may execute it, in the half that runs. */
static u64 user_alias(u64 address)
{
    return address - GIB + USER_CODE;
}

static struct outcome outcome_since(u64 count, u64 value)
{
    return (struct outcome){
        .trapped = trap.count != count,
        .value = value,
        .vector = trap.vector,
        .esr = trap.esr,
        .far = trap.far,
        .elr = trap.elr,
        .spsr = trap.spsr,
    };
}

struct outcome probe_code(unsigned el, u64 code, u64 x0, u64 x1)
{
    u64 count = trap.count, value;

    code = here(code & ~HIGH_HALF);
    if (el)
        value = ((u64(*)(u64, u64))code)(x0, x1);
    else
        value = run_el0(user_alias(code), x0, x1, user_alias((u64)probe_done), 1);
    return outcome_since(count, value);
}

static u64 code_of(enum access access)
{
    switch (access) {
    case LOAD:
        return (u64)probe_load;
    case STORE:
        return (u64)probe_store;
    case LOAD_UNPRIVILEGED:
        return (u64)probe_load_unprivileged;
    case STORE_UNPRIVILEGED:
        return (u64)probe_store_unprivileged;
    case FETCH:
        break;
    }
    return (u64)probe_fetch;
}

struct outcome probe(unsigned el, enum access access, u64 va)
{
    return probe_code(el, code_of(access), va, 0x5a5a);
}

void print_outcome(const char *name, const struct outcome *o)
{
    if (o->trapped)
        printf("%s: vector %lx, class %x, syndrome %x, FAR %lx\n", name, o->vector, ESR_EC(o->esr),
               ESR_ISS(o->esr), o->far);
    else
        printf("%s: ok\n", name);
}

void hash_outcome(const struct outcome *o)
{
    hash_add(o->trapped);
    if (!o->trapped)
        return;
    hash_add(o->vector);
    hash_add(o->esr);
    hash_add(o->far);
}
